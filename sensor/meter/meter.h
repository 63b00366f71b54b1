/* SPDX-License-Identifier: Apache-2.0
 *
 * meter: packets in, flow records out (the IPFIX Metering Process).
 *
 * Shape:   every decision about time is made in packet time, by a packet's own time against its
 *          flow's last one; when a sweep runs changes only the order of records. The same packets
 *          give the same records, byte for byte.
 * Units:   microseconds of packet time.
 * Owns:    all of its memory, taken by meter_new(); nothing on the packet path allocates.
 * Errors:  only meter_new() can fail. A full table is not an error: the flow idle longest is ended
 *          early and counted.
 * Threads: one owner; the sink is called from within add, advance and drain.
 * Source:  specification 1.2 to 1.7, 1.10, 6.2, 6.3; architecture 6.
 */
#ifndef WEIR_SENSOR_METER_METER_H
#define WEIR_SENSOR_METER_METER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/flow_record.h"
#include "common/flow/kdd_window.h"

#include "sensor/decode/packet.h"
#include "sensor/inspect/inspector.h"
#include "sensor/inspect/policy.h"
#include "sensor/meter/timeouts.h"

/* Receives each record as it is emitted. Borrows it for the length of the call. */
typedef void meter_sink_fn(void *context, const struct weir_flow_record *record);

struct meter_options {
    size_t flows_max;             /* live flows, 16 .. 2^24; specification: 1,000,000 */
    uint64_t hash_key;            /* secret per process: orders the table */
    uint64_t tag_key;             /* shared by the fleet: conn_tag must agree between sensors */
    bool final_only;              /* emit FINAL records alone: nobody waits for START or INTERIM */
    bool flip;                    /* likely-server-port rule of 1.2.3 (b); `kdd.flip` */
    bool key_vlan;                /* VLAN ids are part of the key; `flow.key_vlan` */
    bool ignore_checksums;        /* a bad checksum does not make TCP ignore the segment */
    struct timeouts timeouts;     /* all zero: timeouts_defaults */
    const struct policy *inspect; /* borrowed for meter_new(); NULL: policy_defaults */
    uint32_t statistics_max;      /* flows that can have statistics at a time; 0 = none has */
    bool payload_statistics;      /* read payload for payload_entropy and tcp_anomaly bit 26 */
    uint16_t community_id_seed;   /* of icmp_parent_community_id */
    struct weir_kdd_window *window; /* immediate windows, borrowed; NULL: records carry none */
    pthread_mutex_t *window_lock;   /* taken around the window, which others use too; NULL: ours */
    uint64_t flow_id_base;          /* flow ids count from it */
    uint32_t holes_max;             /* flows with bytes missing at a time; 0 = by flows_max */
    uint32_t fragments_max;         /* datagrams in pieces at a time; 0 = 4,096 */
};

extern const struct meter_options meter_defaults;

struct meter_counts {
    uint64_t packets, ip_bytes;                    /* given to meter_add */
    uint64_t held_packets;                         /* fragments waiting for their first one, now */
    uint64_t dropped_packets, dropped_bytes;       /* fragments no flow could be found for */
    uint64_t created;                              /* flows: created = open + final */
    uint64_t open;                                 /* now */
    uint64_t start, interim, final;                /* records emitted */
    uint64_t evicted;                              /* left the table because it was full */
    uint64_t unanswered, established, decided;     /* of open; see enum flow_standing */
    uint64_t inspections_used, inspections_denied; /* flows: now; that were not inspected */
    uint64_t segments_used,
        segments_denied;               /* blocks: now; that were not there to wait for bytes */
    uint64_t holes_used, holes_denied; /* flows with bytes missing: now; that found no room */
    uint64_t fragments_used;           /* datagrams in pieces, now */
    uint64_t fragments_evicted;        /* datagrams given up early for want of room */
    uint64_t inspections_max, segments_max, holes_max, statistics_max, fragments_max;
    struct inspector_counts inspected; /* what inspections came to */
    uint64_t window_failures;          /* connections a window had no memory for */
    uint64_t statistics_used;          /* blocks in use, now */
    uint64_t statistics_denied;        /* flows that found no block free */
    uint64_t active_denied;            /* flows active_* could not count */
};

struct meter;

/* Gives a new meter in *out. WEIR_EINVAL for options out of range, WEIR_ENOMEM. */
WEIR_MUST_CHECK int meter_new(const struct meter_options *options, meter_sink_fn *sink,
                              void *context, struct meter **out);

/* Frees the meter and drops the flows in it. Does nothing with NULL. */
void meter_free(struct meter *meter);

/* Meters one packet. A time before the packet clock is taken as the clock. */
void meter_add(struct meter *meter, const struct packet *packet);

/* Other timeouts from here on; the start delay and the reuse of ports stay as they were, since the
 * fleet agrees on them. A flow notices at its next packet, or when it was due before. */
void meter_set_timeouts(struct meter *meter, const struct timeouts *timeouts);

/* Moves the packet clock to now_us, if that is later, and emits what is due. */
void meter_advance(struct meter *meter, int64_t now_us);

/* Ends every flow, in order of start: at shutdown and at the end of a file. */
void meter_drain(struct meter *meter);

/* From now on the meter does no more than this level allows, and every flow that a packet reaches
 * under it says so. Without statistics for one packet, a flow has none: they would be wrong. At
 * WEIR_DETAIL_COUNTERS TCP payload is counted as it comes, repeated or not. A site that does not
 * have payload read is never above WEIR_DETAIL_NO_INSPECTION. */
void meter_set_detail(struct meter *meter, enum weir_detail level);

/* The smallest start that a later first record (START, or FINAL without START) can have. Never
 * decreases. */
int64_t meter_low_us(struct meter *meter);

/* Largest packet time so far; INT64_MIN before the first packet. */
int64_t meter_clock_us(const struct meter *meter);

const struct meter_counts *meter_counts(struct meter *meter);

#endif
