/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_life: when flows begin, report and end.
 *
 * Shape:   a flow is in the table and on the wheel from begin to end. Every decision is made from
 *          the flow's own times, so it does not matter when catch_up is called, only that it is
 *          called before the next packet is added and before the end.
 * Units:   microseconds of packet time.
 * Owns:    all of its memory, taken by flow_life_init().
 * Source:  specification 1.2.4, 1.10, 6.3; architecture 6; decisions/0001 and 0002.
 */
#ifndef WEIR_SENSOR_METER_FLOW_LIFE_H
#define WEIR_SENSOR_METER_FLOW_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/meter/first_start.h"
#include "sensor/meter/flow_birth.h"
#include "sensor/meter/flow_measure.h"
#include "sensor/meter/flow_table.h"
#include "sensor/meter/meter.h"
#include "sensor/meter/timer_wheel.h"

struct flow_ending { /* for drain: flows in order of start */
    int64_t start_us;
    uint64_t flow_id;
    uint32_t number;
};

struct flow_life {
    struct meter_options options;
    meter_sink_fn *sink;
    void *context;
    struct flow_table *table;
    struct timer_wheel *wheel;
    struct weir_block_pool *holes; /* of struct tcp_hole_list */
    struct inspector *inspector;
    struct flow_ending *endings;
    struct flow_birth_options birth;
    int64_t window_us; /* start of the latest connection in the immediate windows */
    uint64_t flow_id, record_no;
    struct meter_counts counts;
    struct flow_measure measure;
    struct first_start first;
    struct weir_flow_record record; /* being emitted */
};

/* Takes all memory. After a failure flow_life_fini() is still to be called. WEIR_ENOMEM. */
WEIR_MUST_CHECK int flow_life_init(struct flow_life *life, const struct meter_options *options,
                                   meter_sink_fn *sink, void *context);
void flow_life_fini(struct flow_life *life);

/* The live flow of the packet, with all that was due before it emitted; made if there is none, with
 * start_us as its start. later_fragment: the packet's transport header is not its own. */
struct flow *flow_life_touch(struct flow_life *life, const struct packet *packet, int64_t start_us,
                             bool later_fragment, bool *from_orig);

/* A packet was added: the flow may be due sooner than before. */
void flow_life_update(struct flow_life *life, struct flow *flow);

/* The outcome is known at now_us. */
void flow_life_decide(struct flow *flow, int64_t now_us);

/* A message of an ICMP flow from one end (0 originator) is a connection of the windows. */
void flow_life_add_window(struct flow_life *life, struct flow *flow, int end, int64_t start_us);

/* When the flow is over, unless more of its packets come before. */
int64_t flow_life_expiry_us(const struct flow_life *life, const struct flow *flow);

/* Emits what is due before now_us, to within a tick of the wheel. */
void flow_life_advance(struct flow_life *life, int64_t now_us);

/* Ends every flow, in order of start. */
void flow_life_drain(struct flow_life *life, int64_t now_us);

#endif
