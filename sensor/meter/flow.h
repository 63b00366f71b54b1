/* SPDX-License-Identifier: Apache-2.0
 *
 * flow: one live connection, as the meter keeps it.
 *
 * Shape:   at most 512 bytes (architecture 12); what every packet touches stands first. What only
 *          some flows need (holes, lines of an FTP session) lies in pools, by number.
 * Units:   _us are microseconds of packet time.
 * Source:  specification 1.2 to 1.5; architecture 6.
 */
#ifndef WEIR_SENSOR_METER_FLOW_H
#define WEIR_SENSOR_METER_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_record.h"

#include "sensor/meter/dns_pending.h"
#include "sensor/meter/flow_key.h"
#include "sensor/meter/history.h"
#include "sensor/meter/tcp_bytes.h"
#include "sensor/meter/tcp_state.h"

#define FLOW_NEVER INT64_MAX

/* flow_status bits of specification 3.3 that the meter sets besides those in flow_record.h */
#define FLOW_STATUS_FLIPPED         (UINT64_C(1) << 0)
#define FLOW_STATUS_NO_ETHERNET     (UINT64_C(1) << 1)
#define FLOW_STATUS_VLAN            (UINT64_C(1) << 8)
#define FLOW_STATUS_MPLS            (UINT64_C(1) << 9)
#define FLOW_STATUS_MPLS_MULTICAST  (UINT64_C(1) << 10)
#define FLOW_STATUS_GRE             (UINT64_C(1) << 12)
#define FLOW_STATUS_IPV4            (UINT64_C(1) << 14)
#define FLOW_STATUS_IPV6            (UINT64_C(1) << 15)
#define FLOW_STATUS_MALFORMED       (UINT64_C(1) << 16)
#define FLOW_STATUS_IP_IN_IP        (UINT64_C(1) << 17)
#define FLOW_STATUS_VXLAN           (UINT64_C(1) << 22)
#define FLOW_STATUS_SHORT_CAPTURE   (UINT64_C(1) << 33)
#define FLOW_STATUS_FRAGMENTS       (UINT64_C(1) << 36)
#define FLOW_STATUS_FRAGMENT_ERROR  (UINT64_C(1) << 37)
#define FLOW_STATUS_FRAGMENT_NOHEAD (UINT64_C(1) << 38)
#define FLOW_STATUS_PENDING         (UINT64_C(1) << 39)
#define FLOW_STATUS_TIMED_OUT       (UINT64_C(1) << 40)
#define FLOW_STATUS_UNDISSECTED     (UINT64_C(1) << 43)
#define FLOW_STATUS_SAME_ID         (UINT64_C(1) << 44)
#define FLOW_STATUS_SHORT_HEADER    (UINT64_C(1) << 46)
#define FLOW_STATUS_PAST_FRAME      (UINT64_C(1) << 47)
#define FLOW_STATUS_LAND            (UINT64_C(1) << 50)

#define FLOW_STATUS_BACKWARD (UINT64_C(1) << 51)

/* flow_tcp_side.sent: kinds of segments a direction has sent, as one who looks for scans sees it */
#define FLOW_SENT_SYN     0x01U /* without ACK and FIN */
#define FLOW_SENT_PROBE   0x02U /* no ACK and FIN, or none of the six flags */
#define FLOW_SENT_RST     0x04U
#define FLOW_SENT_SYN_ACK 0x08U
#define FLOW_SENT_OTHER   0x10U

enum flow_stage {          /* what has been emitted */
    FLOW_STAGE_FRESH = 0,  /* nothing */
    FLOW_STAGE_STARTED = 1 /* START, perhaps INTERIMs */
};

enum flow_standing {      /* what a full table gives up first; see flow_table.h */
    FLOW_UNANSWERED = 0,  /* one end has not been heard, or TCP's handshake is not complete */
    FLOW_ESTABLISHED = 1, /* both ends take part */
    FLOW_DECIDED = 2,     /* the outcome is known; only the linger is left */
    FLOW_STANDINGS
};

struct flow_tcp_side {
    struct tcp_bytes bytes;
    uint32_t syn_sequence; /* of its first SYN; valid with has_syn */
    uint32_t gap;          /* the last hole told as a gap; valid with gap_told */
    bool has_syn, gap_told;
    bool asked_alive; /* its latest segment was a keep-alive */
    uint8_t sent;     /* FLOW_SENT_* */
};

struct flow_icmp_side {
    uint64_t messages;
    int64_t first_us, last_us;
    uint8_t type, code;
};

struct flow_side { /* what one end sent */
    uint64_t packets;
    uint64_t ip_bytes;
    uint64_t bytes; /* payload, specification 1.4 */
    union {
        struct flow_tcp_side tcp;
        struct flow_icmp_side icmp;
    };
    struct history_side letters;
    uint8_t mac[6];
    bool has_mac;
};

struct flow {
    struct flow_key key;
    uint32_t hash;       /* of the key: where the table's index wants it */
    uint32_t statistics; /* block of the statistics_pool, 0 = none */
    int64_t last_us;     /* last packet, for idleness */
    int64_t due_us;    /* nothing happens to this flow before; it may be due earlier than needed */
    int64_t listed_us; /* last_us when it was last moved in the table's order of use */
    struct flow_side side[2]; /* 0 originator, 1 responder */
    struct tcp_state tcp;
    bool low_is_orig;
    uint8_t stage;      /* enum flow_stage */
    uint8_t standing;   /* enum flow_standing */
    uint8_t early_flag; /* enum weir_flag; latched with `early_known` */
    bool early_known;
    bool decided; /* the outcome is known; only the linger is left */
    bool counted; /* a connection of the immediate windows */
    bool has_vector;
    bool content_truncated;
    uint8_t content_state; /* 0 = no payload yet; flow_content.h */
    uint8_t service;       /* label */
    uint8_t hint;          /* enum weir_service_hint */
    uint8_t wrong_fragment;
    uint16_t urgent;
    uint16_t orig_port, resp_port; /* ICMP: type and code of the originator's message */
    uint8_t detail;                /* enum weir_detail: the least that could be afforded */
    uint8_t tunnel;                /* enum weir_tunnel, of the first packet */
    uint8_t datagrams_open;        /* whose fragments have not all come, saturating */
    bool unmeasured;               /* it goes without statistics */
    bool fast_open;                /* TCP Fast Open was offered */
    bool active;                   /* active_counts has counted it */
    uint8_t vlan_count;
    uint16_t vlan[WEIR_VLAN_MAX];
    uint32_t tcp_anomaly;
    uint32_t tunnel_id;
    uint32_t first_tick; /* where first_start counts it */
    uint32_t content;    /* its inspection, 0 = none */
    int64_t start_us;
    int64_t end_us;     /* last packet that counts for the duration */
    int64_t decided_us; /* when the outcome became known, or FLOW_NEVER */
    int64_t report_us;  /* next START or INTERIM */
    uint64_t flow_id;
    uint64_t conn_tag;
    uint64_t missed_bytes; /* holes given up; open ones come on top */
    uint64_t flow_status;
    uint64_t window_position; /* of the connection in the immediate windows */
    int64_t window_us;        /* the start it was added with */
    struct dns_pending dns;
    struct history history;
};

_Static_assert(sizeof(struct flow) <= 512, "architecture 12 gives a live flow 512 bytes");

#endif
