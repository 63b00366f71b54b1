/* SPDX-License-Identifier: Apache-2.0
 *
 * fleet_link: one simulated sensor's sender and its connection: a spool, credit, acknowledgements,
 * delays, a thin uplink, cuts.
 *
 * Shape:   messages in flight are lost when the link is cut; within a link they keep their order,
 *          but a pulse may overtake batches.
 */
#ifndef WEIR_TESTS_SUPPORT_FLEET_LINK_H
#define WEIR_TESTS_SUPPORT_FLEET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/rng.h"

#include "collector/order/order.h"

#include "tests/support/fleet_traffic.h"

#define FLEET_FLIGHT_MAX 512

enum fleet_message_kind {
    FLEET_HELLO,
    FLEET_BATCH,
    FLEET_PULSE,
};

struct fleet_message {
    enum fleet_message_kind kind;
    int64_t arrives_us;
    size_t index;      /* BATCH: of the sensor's batches */
    size_t boot;       /* PULSE */
    int64_t low_us;    /* PULSE */
    uint64_t sequence; /* PULSE: last closed */
};

struct fleet_ack_in_flight {
    int64_t arrives_us;
    struct order_ack ack;
};

struct fleet_link_options {
    const struct fleet_sensor *sensor;
    uint32_t sensor_id;
    bool live;
    int64_t begin_us; /* a replay's sensor begins */
    int64_t delay_us;
    int64_t bytes_per_tick;
};

struct fleet_link {
    const struct fleet_sensor *sensor;
    struct fleet_link_options options;
    uint32_t sensor_id;
    size_t boot;        /* running now */
    size_t acked;       /* batches before this index are deleted from the spool */
    size_t next;        /* to be sent */
    size_t flight_from; /* sent and unacknowledged begin here */
    uint64_t credit;
    bool up, greeted;
    uint64_t received[2]; /* a boot, by the welcome */
    int64_t down_until_us, last_pulse_us, uplink_free_us;
    struct fleet_message up_flight[FLEET_FLIGHT_MAX];
    size_t up_count;
    struct fleet_ack_in_flight down_flight[FLEET_FLIGHT_MAX];
    size_t down_count;
};

struct weir_boot_id fleet_link_boot(uint32_t sensor_id, size_t boot);
size_t fleet_link_wire_bytes(const struct fleet_batch *batch);

void fleet_link_init(struct fleet_link *link, const struct fleet_link_options *options);
void fleet_link_cut(struct fleet_link *link, int64_t until_us);

/* Hears acknowledgements, reconnects, sends what credit and uplink allow. */
void fleet_link_run(struct fleet_link *link, int64_t now_us, struct weir_rng *rng);

/* The next message that has arrived at the collector. */
bool fleet_link_receive(struct fleet_link *link, int64_t now_us, struct fleet_message *out);

void fleet_link_send_ack(struct fleet_link *link, const struct order_ack *ack, int64_t now_us,
                         struct weir_rng *rng);

/* The sequence before this batch in the spool. */
uint64_t fleet_link_previous(const struct fleet_link *link, size_t index);

/* Index of the last batch that is not dropped. */
size_t fleet_link_last(const struct fleet_link *link);

size_t fleet_link_ranges(const struct fleet_link *link, struct order_boot_range ranges[2]);

/* Everything this sensor will ever say is acknowledged. */
bool fleet_link_drained(const struct fleet_link *link);

#endif
