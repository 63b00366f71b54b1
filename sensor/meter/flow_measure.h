/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_measure: what of a flow is measured, as far as pools and detail level allow.
 *
 * Shape:   a flow has statistics of all its packets or none: it gets a block with its first packet,
 *          and loses it when a packet comes while there is no time to measure.
 * Owns:    the pool of statistics and the active counts; the statistics it lends with a record are
 *          good until the next report.
 * Errors:  only init() can fail. A flow that finds no block is counted and goes without.
 * Source:  specification 3, 2.5; architecture 12.
 */
#ifndef WEIR_SENSOR_METER_FLOW_MEASURE_H
#define WEIR_SENSOR_METER_FLOW_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/flow_record.h"

#include "sensor/meter/active_counts.h"
#include "sensor/meter/flow_table.h"
#include "sensor/meter/meter.h"
#include "sensor/meter/statistics_pool.h"

struct flow_measure {
    struct statistics_pool *pool; /* NULL: nothing is measured */
    struct active_counts *active;
    struct flow_table *table; /* where the flow that an ICMP error quotes is looked up */
    uint64_t hash_key;
    uint16_t community_id_seed;
    bool key_vlan;
    bool payload;  /* read payload */
    uint8_t level; /* enum weir_detail */
    struct meter_counts *counts;
    struct weir_flow_statistics record;
};

struct flow_measure_packet { /* one that was given to its flow, and is not counted in it yet */
    const struct packet *packet;
    bool from_orig;
    bool has_header;                   /* its transport header was read and is good */
    const struct tcp_options *options; /* TCP with header: its options, and what its payload was */
    const struct tcp_bytes_step *step;
};

/* Takes memory as the options ask; table and counts are borrowed. After a failure
 * flow_measure_fini() is still to be called. */
WEIR_MUST_CHECK int flow_measure_init(struct flow_measure *measure,
                                      const struct meter_options *options, struct flow_table *table,
                                      struct meter_counts *counts);
void flow_measure_fini(struct flow_measure *measure);

/* A flow begins. */
void flow_measure_begin(struct flow_measure *measure, struct flow *flow);

/* Takes a packet. */
void flow_measure_add(struct flow_measure *measure, struct flow *flow,
                      const struct flow_measure_packet *measured);

/* Fragments that were counted before they could be measured, and what was wrong with fragments. */
void flow_measure_add_fragments(struct flow_measure *measure, struct flow *flow, uint32_t waited,
                                uint32_t wrong);

/* Gives the flow's block back and has no more of its packets measured: one could not be. */
void flow_measure_drop(struct flow_measure *measure, struct flow *flow);

/* Adds to an INTERIM or FINAL record what was measured, and lends it the statistics. */
void flow_measure_report(struct flow_measure *measure, struct flow *flow,
                         struct weir_block_pool *holes, struct weir_flow_record *record);

/* Tells the processor that the flow's end will be reported soon. */
void flow_measure_expect_end(const struct flow_measure *measure, const struct flow *flow);

/* The flow is over: gives back what it has. */
void flow_measure_end(struct flow_measure *measure, struct flow *flow);

#endif
