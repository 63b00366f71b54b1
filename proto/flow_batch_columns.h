/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_batch_columns: the varint columns of weir/v1/flow_batch.proto as tables.
 *
 * Shape:   X(constant, field, number). Dense columns have one value a record; those of a block one
 *          value a row of the block. Columns of fixed width and bytes are not here.
 */
#ifndef WEIR_PROTO_FLOW_BATCH_COLUMNS_H
#define WEIR_PROTO_FLOW_BATCH_COLUMNS_H

#define WEIR_DENSE_COLUMNS(X)                                                                      \
    X(FLOW_ID, flow_id, 101)                                                                       \
    X(RECORD_TYPE, record_type, 102)                                                               \
    X(START_US, start_us, 103)                                                                     \
    X(END_US, end_us, 104)                                                                         \
    X(PROTO, proto, 105)                                                                           \
    X(ORIG_H, orig_h, 106)                                                                         \
    X(ORIG_P, orig_p, 107)                                                                         \
    X(RESP_H, resp_h, 108)                                                                         \
    X(RESP_P, resp_p, 109)                                                                         \
    X(ORIG_BYTES, orig_bytes, 110)                                                                 \
    X(RESP_BYTES, resp_bytes, 111)                                                                 \
    X(ORIG_PKTS, orig_pkts, 112)                                                                   \
    X(RESP_PKTS, resp_pkts, 113)                                                                   \
    X(CONN_STATE, conn_state, 114)                                                                 \
    X(ORIG_IP_BYTES, orig_ip_bytes, 116)                                                           \
    X(RESP_IP_BYTES, resp_ip_bytes, 117)                                                           \
    X(DURATION_US, duration_us, 118)                                                               \
    X(HISTORY, history, 119)                                                                       \
    X(SERVICE, service, 120)                                                                       \
    X(APP, app, 121)                                                                               \
    X(FLAG, flag, 122)                                                                             \
    X(EARLY_FLAG, early_flag, 123)                                                                 \
    X(MISSED_BYTES, missed_bytes, 124)                                                             \
    X(END_REASON, end_reason, 125)                                                                 \
    X(FLOW_STATUS, flow_status, 126)                                                               \
    X(TCP_ANOMALY, tcp_anomaly, 127)                                                               \
    X(IP_VERSION, ip_version, 128)                                                                 \
    X(ORIG_L2, orig_l2, 131)                                                                       \
    X(RESP_L2, resp_l2, 132)                                                                       \
    X(CONTENT_TRUNCATED, content_truncated, 135)                                                   \
    X(LAND, land, 136)                                                                             \
    X(RECORD_NO, record_no, 160)                                                                   \
    X(HAS_VECTOR, has_vector, 162)                                                                 \
    X(ENCRYPTED_GUESS, encrypted_guess, 163)                                                       \
    X(DETAIL, detail, 164)

#define WEIR_VLAN_COLUMNS(X)                                                                       \
    X(VLAN_COUNT, vlan_count, 141)                                                                 \
    X(VLAN_OUTER, vlan_outer, 142)                                                                 \
    X(VLAN_INNER, vlan_inner, 143)

/* The six columns of a direction follow each other, as the codec counts on. */
#define WEIR_ICMP_COLUMNS(X)                                                                       \
    X(ICMP_ORIG_MESSAGES, icmp_orig_messages, 171)                                                 \
    X(ICMP_ORIG_BYTES, icmp_orig_bytes, 172)                                                       \
    X(ICMP_ORIG_FIRST_US, icmp_orig_first_us, 173)                                                 \
    X(ICMP_ORIG_LAST_US, icmp_orig_last_us, 174)                                                   \
    X(ICMP_ORIG_TYPE, icmp_orig_type, 175)                                                         \
    X(ICMP_ORIG_CODE, icmp_orig_code, 176)                                                         \
    X(ICMP_RESP_MESSAGES, icmp_resp_messages, 177)                                                 \
    X(ICMP_RESP_BYTES, icmp_resp_bytes, 178)                                                       \
    X(ICMP_RESP_FIRST_US, icmp_resp_first_us, 179)                                                 \
    X(ICMP_RESP_LAST_US, icmp_resp_last_us, 180)                                                   \
    X(ICMP_RESP_TYPE, icmp_resp_type, 181)                                                         \
    X(ICMP_RESP_CODE, icmp_resp_code, 182)

#define WEIR_KDD_COLUMNS(X)                                                                        \
    X(KDD_WRONG_FRAGMENT, kdd_wrong_fragment, 191)                                                 \
    X(KDD_URGENT, kdd_urgent, 192)                                                                 \
    X(KDD_HOT, kdd_hot, 193)                                                                       \
    X(KDD_NUM_FAILED_LOGINS, kdd_num_failed_logins, 194)                                           \
    X(KDD_LOGGED_IN, kdd_logged_in, 195)                                                           \
    X(KDD_NUM_COMPROMISED, kdd_num_compromised, 196)                                               \
    X(KDD_ROOT_SHELL, kdd_root_shell, 197)                                                         \
    X(KDD_SU_ATTEMPTED, kdd_su_attempted, 198)                                                     \
    X(KDD_NUM_ROOT, kdd_num_root, 199)                                                             \
    X(KDD_NUM_FILE_CREATIONS, kdd_num_file_creations, 200)                                         \
    X(KDD_NUM_SHELLS, kdd_num_shells, 201)                                                         \
    X(KDD_NUM_ACCESS_FILES, kdd_num_access_files, 202)                                             \
    X(KDD_IS_HOST_LOGIN, kdd_is_host_login, 203)                                                   \
    X(KDD_IS_GUEST_LOGIN, kdd_is_guest_login, 204)

#define WEIR_VERDICT_COLUMNS(X)                                                                    \
    X(VERDICT_MODEL_VERSION, verdict_model_version, 211)                                           \
    X(VERDICT_FLAGGED, verdict_flagged, 213)

#define WEIR_TUNNEL_COLUMNS(X)                                                                     \
    X(TUNNEL, tunnel, 231)                                                                         \
    X(TUNNEL_ID, tunnel_id, 232)

#define WEIR_ROW_COLUMNS(X)                                                                        \
    X(VLAN_ROW, vlan_row, 140)                                                                     \
    X(ICMP_ROW, icmp_row, 170)                                                                     \
    X(KDD_ROW, kdd_row, 190)                                                                       \
    X(VERDICT_ROW, verdict_row, 210)                                                               \
    X(IMMEDIATE_ROW, immediate_row, 220)                                                           \
    X(TUNNEL_ROW, tunnel_row, 230)

#define WEIR_COMMUNITY_ID_NUMBER     115
#define WEIR_CONN_TAG_NUMBER         161
#define WEIR_VERDICT_SCORE_NUMBER    212
#define WEIR_IMMEDIATE_COUNTS_NUMBER 221
#define WEIR_TEXT_SIZES_NUMBER       11
#define WEIR_TEXT_BYTES_NUMBER       12
#define WEIR_BLOCKS_NUMBER           240

#endif
