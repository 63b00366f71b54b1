/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_record: what a sensor says of one connection; the record that travels from meter to row.
 *
 * Shape:   plain data; grouped by who fills it. Names and meanings are the specification's section
 *          6.2 (field numbers there); zeroed, it is an empty record.
 * Units:   _us are microseconds since 1970 (packet time); counters are totals since the flow began.
 * Owns:    nothing: statistics and details belong to who made the record and live as long as its
 *          other memory (a batch's arena); a copy of the struct shares them.
 * Source:  specification 1 and 6; architecture 5 and 6.
 */
#ifndef WEIR_COMMON_FLOW_FLOW_RECORD_H
#define WEIR_COMMON_FLOW_FLOW_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/address.h"
#include "common/flow/conn_state.h"
#include "common/flow/kdd_counts.h"

#define WEIR_PROTO_ICMP   1
#define WEIR_PROTO_TCP    6
#define WEIR_PROTO_UDP    17
#define WEIR_PROTO_ICMPV6 58
#define WEIR_PROTO_SCTP   132

#define WEIR_COMMUNITY_ID_SIZE 31 /* "1:" + 28 base64 characters + NUL */
#define WEIR_HISTORY_SIZE      65 /* 64 letters + NUL */
#define WEIR_VLAN_MAX          2  /* tags kept, outer first */

enum weir_record_type {
    WEIR_RECORD_START = 1,
    WEIR_RECORD_INTERIM = 2,
    WEIR_RECORD_FINAL = 3
};

enum weir_end_reason { /* IPFIX element 136 */
    WEIR_END_NONE = 0,
    WEIR_END_IDLE = 1,
    WEIR_END_ACTIVE = 2, /* INTERIM only */
    WEIR_END_OF_FLOW = 3,
    WEIR_END_FORCED = 4,
    WEIR_END_LACK_OF_RESOURCES = 5,
};

/* flow_status bits (specification 3.3) set so far */
#define WEIR_STATUS_EVICTED   (UINT64_C(1) << 42) /* ended early because the table was full */
#define WEIR_STATUS_TRUNCATED (UINT64_C(1) << 45) /* a packet was cut by the snap length */
#define WEIR_STATUS_LOST_END  (UINT64_C(1) << 61) /* its sensor began anew before it ended */
#define WEIR_STATUS_INTERIM   (UINT64_C(1) << 62) /* the flow went on after this record */

/* What one end sent. */
struct weir_flow_side {
    struct weir_address address;
    uint16_t port;  /* TCP, UDP; ICMP: type for the originator, code for the responder */
    uint8_t mac[6]; /* first seen; zero when the link has none */
    uint64_t bytes; /* payload bytes, specification 1.4 */
    uint64_t packets;
    uint64_t ip_bytes; /* sum of IP total lengths */
};

/* One direction of an ICMP flow; the window operator spreads `messages` from first_us to last_us.
 */
struct weir_icmp_side {
    uint64_t messages;
    uint64_t bytes; /* sum of ICMP message lengths */
    int64_t first_us, last_us;
    uint8_t type, code;
};

/* Whether anything is in it; member by member, for padding is nobody's promise. */
static inline bool weir_icmp_side_is_set(const struct weir_icmp_side *side)
{
    return side->messages != 0 || side->bytes != 0 || side->first_us != 0 || side->last_us != 0 ||
           side->type != 0 || side->code != 0;
}

/* Columns 8 to 22 of the KDD vector. */
struct weir_kdd_content {
    uint32_t num_compromised, num_root;
    uint16_t urgent, hot, num_file_creations, num_access_files;
    uint8_t wrong_fragment; /* 0 .. 3 */
    uint8_t num_failed_logins, logged_in, root_shell, su_attempted, num_shells;
    uint8_t is_host_login, is_guest_login;
};

/* What a model said of a flow. */
struct weir_verdict {
    uint64_t model_version; /* 0 = not scored */
    float score;            /* 0 .. 1, probability of attack */
    bool flagged;           /* score reached the model's threshold */
};

/* How much the sensor could afford for a flow, or its site allows: the least while it was open. A
 * flow whose payload was not read because a pool was empty has no inspection either. */
enum weir_detail {
    WEIR_DETAIL_FULL = 0,
    WEIR_DETAIL_NO_INSPECTION = 1, /* payload was not read */
    WEIR_DETAIL_NO_STATISTICS = 2, /* nor were packets measured one by one */
    WEIR_DETAIL_COUNTERS = 3,      /* packets and bytes alone; TCP states still followed */
    WEIR_DETAIL_COUNT
};

struct weir_flow_details; /* common/flow/flow_details.h */
struct weir_flow_statistics;

struct weir_flow_record {
    uint64_t flow_id;   /* unique per sensor boot */
    uint64_t record_no; /* ordinal of emission in this boot, from 1 */
    uint64_t conn_tag;  /* keyed hash of the originator's initial sequence number; 0 = none */
    int64_t start_us, end_us;
    int64_t duration_us; /* 1.3, without truncation */
    struct weir_flow_side orig, resp;
    uint64_t missed_bytes;
    uint64_t flow_status;
    uint32_t tcp_anomaly;
    uint16_t vlan[WEIR_VLAN_MAX]; /* outer to inner; vlan_count are valid */
    uint8_t vlan_count;
    uint8_t record_type; /* enum weir_record_type */
    uint8_t proto;       /* IP protocol number */
    uint8_t ip_version;  /* 4, 6 */
    uint8_t conn_state;  /* enum weir_conn_state */
    uint8_t flag;        /* enum weir_flag */
    uint8_t early_flag;  /* enum weir_flag; state at start + 5 s */
    uint8_t end_reason;  /* enum weir_end_reason */
    uint8_t service;     /* label 0 .. 69 */
    bool has_vector;     /* false: a flow record without KDD vector (1.2) */
    bool land;
    bool content_truncated;
    bool encrypted_guess; /* 5.1.1: no known application, and both directions look like noise */
    uint8_t app;          /* enum weir_app of common/flow/app.h; 0 = not enough bytes to say */
    uint8_t detail;       /* enum weir_detail */
    uint8_t tunnel;       /* enum weir_tunnel of common/flow/tunnel.h: the outermost; 0 = none */
    uint32_t tunnel_id;   /* VXLAN and GENEVE network, GRE key, GTP-U tunnel; 0 = none */
    char community_id[WEIR_COMMUNITY_ID_SIZE]; /* empty until weir_community_id_fill() */
    char history[WEIR_HISTORY_SIZE];
    struct weir_icmp_side icmp_orig, icmp_resp; /* proto 1 and 58 only */
    struct weir_kdd_content content;
    struct weir_kdd_counts immediate; /* FINAL: the sensor's own windows; count 0 = none */
    struct weir_verdict verdict;      /* FINAL: the sensor's own model */
    const struct weir_flow_statistics *statistics; /* NULL = not measured; FINAL and INTERIM only */
    const struct weir_flow_details *details;       /* NULL = no protocol was parsed */
};

/* "full", "no_inspection", ...; NULL for a value out of range. */
const char *weir_detail_text(enum weir_detail detail);

/* The label of the second report's rule (3.1): the low word of tcp_anomaly above 4. */
static inline bool weir_seed_tcp_anomaly(const struct weir_flow_record *record)
{
    return (record->tcp_anomaly & UINT32_C(0xffff)) > 4;
}

/* True when every field is within what the specification allows; the codecs check before encoding
 * and after decoding. *why (may be NULL) names the first field that is not. */
bool weir_flow_record_valid(const struct weir_flow_record *record, const char **why);

#endif
