/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_statistics: header, length, time and round-trip statistics of one connection, as tables.
 *
 * The tables below are the only place that lists the fields. The struct, the columns on the wire,
 * the text output, the database columns and the `sensor` schema are made from them, so that a field
 * has one name, one unit and one number everywhere.
 *
 * Shape:   X(member, type, kind, number, unit, source). A field of a side is named orig_MEMBER and
 *          resp_MEMBER outside this header. Its column on the wire is 300 + number for the
 *          originator, 400 + number for the responder; 500 + number for a field of the connection.
 *          Numbers are never reused.
 * Units:   as each field says; _us are microseconds. An absent value is -1 and differs from 0.
 * Source:  specification 3.3 to 3.5, 2.5 (active connections), 6.2.
 */
#ifndef WEIR_COMMON_FLOW_FLOW_STATISTICS_H
#define WEIR_COMMON_FLOW_FLOW_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#define WEIR_SEQUENCE_MAX 16 /* first packets of the connection that are told one by one */
#define WEIR_STACKS_MAX   4  /* distinct header stacks told */
#define WEIR_JA4T_SIZE    64 /* text and NUL */
#define WEIR_ABSENT       (-1)

/* COUNT: unsigned integer. OPTIONAL: signed integer, WEIR_ABSENT or at least 0. REAL: float of any
 * sign. OPTIONAL_REAL: float, WEIR_ABSENT or at least 0. */
enum weir_statistic_kind {
    WEIR_STATISTIC_COUNT,
    WEIR_STATISTIC_OPTIONAL,
    WEIR_STATISTIC_REAL,
    WEIR_STATISTIC_OPTIONAL_REAL,
};

/* Of one direction. The tcp fields are 0 or absent for other protocols. */
#define WEIR_SIDE_STATISTICS(X)                                                                    \
    X(first_us, int64_t, OPTIONAL, 1, "us", "3.1")                                                 \
    X(last_us, int64_t, OPTIONAL, 2, "us", "3.1")                                                  \
    X(ttl_min, uint8_t, COUNT, 3, "hop", "3.4")                                                    \
    X(ttl_max, uint8_t, COUNT, 4, "hop", "3.4")                                                    \
    X(ttl_changes, uint8_t, COUNT, 5, "packet", "3.4")                                             \
    X(tos_or, uint8_t, COUNT, 6, "bits", "3.4")                                                    \
    X(tos_first, uint8_t, COUNT, 7, "bits", "3.4")                                                 \
    X(tos_changes, uint8_t, COUNT, 8, "packet", "3.4")                                             \
    X(ip_flags, uint16_t, COUNT, 9, "bits", "3.4")                                                 \
    X(ipid_delta_min, int32_t, OPTIONAL, 10, "", "3.4")                                            \
    X(ipid_delta_max, int32_t, OPTIONAL, 11, "", "3.4")                                            \
    X(ip_options, uint32_t, COUNT, 12, "packet", "3.4")                                            \
    X(tcp_flags_or, uint8_t, COUNT, 13, "bits", "3.4")                                             \
    X(tcp_fin, uint32_t, COUNT, 14, "segment", "3.4")                                              \
    X(tcp_syn, uint32_t, COUNT, 15, "segment", "3.4")                                              \
    X(tcp_rst, uint32_t, COUNT, 16, "segment", "3.4")                                              \
    X(tcp_psh, uint32_t, COUNT, 17, "segment", "3.4")                                              \
    X(tcp_ack, uint32_t, COUNT, 18, "segment", "3.4")                                              \
    X(tcp_urg, uint32_t, COUNT, 19, "segment", "3.4")                                              \
    X(tcp_ece, uint32_t, COUNT, 20, "segment", "3.4")                                              \
    X(tcp_cwr, uint32_t, COUNT, 21, "segment", "3.4")                                              \
    X(seq_ok, uint32_t, COUNT, 22, "segment", "3.4")                                               \
    X(seq_fault, uint32_t, COUNT, 23, "segment", "3.4")                                            \
    X(ack_ok, uint32_t, COUNT, 24, "segment", "3.4")                                               \
    X(ack_fault, uint32_t, COUNT, 25, "segment", "3.4")                                            \
    X(win_init, int64_t, OPTIONAL, 26, "byte", "3.4")                                              \
    X(win_avg, float, OPTIONAL_REAL, 27, "byte", "3.4")                                            \
    X(win_min, int64_t, OPTIONAL, 28, "byte", "3.4")                                               \
    X(win_max, int64_t, OPTIONAL, 29, "byte", "3.4")                                               \
    X(win_down, uint32_t, COUNT, 30, "segment", "3.4")                                             \
    X(win_up, uint32_t, COUNT, 31, "segment", "3.4")                                               \
    X(win_dir_changes, uint32_t, COUNT, 32, "segment", "3.4")                                      \
    X(win_low_ratio, float, OPTIONAL_REAL, 33, "ratio", "3.4")                                     \
    X(tcp_opt_count, uint32_t, COUNT, 34, "option", "3.4")                                         \
    X(tcp_opt_mask, uint32_t, COUNT, 35, "bits", "3.4")                                            \
    X(mss, int32_t, OPTIONAL, 36, "byte", "3.4")                                                   \
    X(wscale, int32_t, OPTIONAL, 37, "bit", "3.4")                                                 \
    X(tcp_uptime_s, int64_t, OPTIONAL, 38, "s", "3.4")                                             \
    X(pkt_len_min, uint32_t, COUNT, 39, "byte", "3.5")                                             \
    X(pkt_len_max, uint32_t, COUNT, 40, "byte", "3.5")                                             \
    X(pkt_len_mean, float, REAL, 41, "byte", "3.5")                                                \
    X(pkt_len_std, float, REAL, 42, "byte", "3.5")                                                 \
    X(iat_min_us, uint64_t, COUNT, 43, "us", "3.5")                                                \
    X(iat_max_us, uint64_t, COUNT, 44, "us", "3.5")                                                \
    X(iat_mean_us, float, REAL, 45, "us", "3.5")                                                   \
    X(iat_std_us, float, REAL, 46, "us", "3.5")                                                    \
    X(payload_entropy, float, OPTIONAL_REAL, 47, "bit/byte", "3.5")                                \
    X(rtt_ack_samples, uint32_t, COUNT, 48, "sample", "3.5")                                       \
    X(rtt_ack_min_us, int64_t, OPTIONAL, 49, "us", "3.5")                                          \
    X(rtt_ack_max_us, int64_t, OPTIONAL, 50, "us", "3.5")                                          \
    X(rtt_ack_mean_us, float, OPTIONAL_REAL, 51, "us", "3.5")

/* Of the connection. The two handshake times add up to the round trip of the whole path. */
#define WEIR_CONNECTION_STATISTICS(X)                                                              \
    X(handshake_server_us, int64_t, OPTIONAL, 1, "us", "3.5")                                      \
    X(handshake_client_us, int64_t, OPTIONAL, 2, "us", "3.5")                                      \
    X(rtt_ack_jitter_us, float, OPTIONAL_REAL, 3, "us", "3.5")                                     \
    X(frag_count, uint32_t, COUNT, 4, "fragment", "6.2")                                           \
    X(frag_errors, uint32_t, COUNT, 5, "fragment", "1.7")                                          \
    X(active_peers_src, uint32_t, COUNT, 6, "host", "2.5")                                         \
    X(active_peers_dst, uint32_t, COUNT, 7, "host", "2.5")                                         \
    X(active_pair_conns, uint32_t, COUNT, 8, "connection", "2.5")                                  \
    X(active_srcport_conns, uint32_t, COUNT, 9, "connection", "2.5")                               \
    X(icmp_msg_count, uint32_t, COUNT, 10, "message", "6.2")                                       \
    X(icmp_typecode_count, uint32_t, COUNT, 11, "pair", "6.2")                                     \
    X(icmp_type_mask, uint64_t, COUNT, 12, "bits: types 0 to 63", "6.2")                           \
    X(icmp_type_mask_high, uint64_t, COUNT, 13, "bits: types 128 to 191", "6.2")                   \
    X(icmp_code_mask, uint32_t, COUNT, 14, "bits", "6.2")                                          \
    X(icmp_echo_req, uint32_t, COUNT, 15, "message", "6.2")                                        \
    X(icmp_echo_rep, uint32_t, COUNT, 16, "message", "6.2")                                        \
    X(icmp_echo_succ_ratio, float, REAL, 17, "ratio", "3.1")                                       \
    X(icmp_echo_len_min, int32_t, OPTIONAL, 18, "byte", "6.2")                                     \
    X(icmp_echo_len_max, int32_t, OPTIONAL, 19, "byte", "6.2")                                     \
    X(icmp_parent_flow_id, uint64_t, COUNT, 20, "", "3.1")

#define WEIR_STATISTIC_MEMBER(member, type, kind, number, unit, source) type member;

struct weir_side_statistics {
    WEIR_SIDE_STATISTICS(WEIR_STATISTIC_MEMBER)
};

struct weir_flow_statistics {
    struct weir_side_statistics orig, resp;
    WEIR_CONNECTION_STATISTICS(WEIR_STATISTIC_MEMBER)

    /* the first packets, oldest first: IP length, negative when the responder sent it; time since
     * the packet before, 0 for the first */
    int32_t len_seq[WEIR_SEQUENCE_MAX];
    uint32_t iat_seq[WEIR_SEQUENCE_MAX];
    uint8_t sequence_count;

    uint8_t stack_count;                    /* distinct stacks told */
    uint64_t header_stack[WEIR_STACKS_MAX]; /* see common/flow/header_stack.h */

    char ja4t[WEIR_JA4T_SIZE];         /* of the originator's SYN; empty without one */
    char ja4ts[WEIR_JA4T_SIZE];        /* of the responder's SYN-ACK */
    char icmp_parent_community_id[31]; /* of the flow an ICMP error quotes; empty = none */
};

#undef WEIR_STATISTIC_MEMBER

/* Everything absent or zero. */
void weir_flow_statistics_init(struct weir_flow_statistics *statistics);

/* Names the first field out of its range in *why (may be NULL); true when there is none. */
bool weir_flow_statistics_valid(const struct weir_flow_statistics *statistics, const char **why);

#endif
