/* SPDX-License-Identifier: Apache-2.0
 *
 * fleet_traffic: what the sensors of a simulated fleet have to say, made from a seed, and what one
 * sensor that saw everything would have counted.
 *
 * Shape:   sensors have batches in spool order; a sensor that was killed has two boots. Every
 * record carries its index in `wants` as conn_tag, so that a stored row can be found again. Units:
 * times are microseconds of the true clock; a skewed sensor adds offset_us to what it says.
 */
#ifndef WEIR_TESTS_SUPPORT_FLEET_TRAFFIC_H
#define WEIR_TESTS_SUPPORT_FLEET_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/rng.h"

#include "common/flow/flow_batch.h"
#include "common/flow/kdd_window.h"

#define FLEET_SENSORS_MAX 6
#define FLEET_BASE_US     INT64_C(1770000000000000)

struct fleet_batch {
    size_t boot; /* 0, 1 */
    uint64_t sequence;
    int64_t low_us;      /* as said, with the sensor's offset */
    int64_t close_us;    /* true time */
    size_t first, count; /* of the sensor's records */
    bool dropped;        /* by the spool, never sent */
};

struct fleet_sensor {
    int64_t offset_us;
    bool clock_unstable;
    int64_t kill_us, back_us; /* 0 = never */
    struct weir_flow_record *records;
    int64_t *emitted_us;
    size_t record_count;
    size_t boot_first_record; /* of the second boot */
    struct fleet_batch *batches;
    size_t batch_count;
};

struct fleet_want { /* what the row of a record must say */
    size_t sensor;
    struct weir_flow_record *record;
    struct weir_kdd_counts counts; /* of one sensor that saw everything */
};

struct fleet_plan {
    size_t sensors, connections;
    int64_t span_us;
    bool kill_sensors, skew_stable, skew_unstable, drop_batches;
    size_t batch_records; /* a batch closes at so many records or after a second */
};

struct fleet_traffic {
    struct fleet_sensor sensors[FLEET_SENSORS_MAX];
    size_t sensor_count;
    int64_t end_us; /* the last record is emitted before */
    struct fleet_want *wants;
    size_t want_count;
};

extern const struct weir_kdd_window_options fleet_traffic_window;

void fleet_traffic_init(struct fleet_traffic *traffic, const struct fleet_plan *plan,
                        struct weir_rng *rng);
void fleet_traffic_fini(struct fleet_traffic *traffic);

/* The low a sensor would say in a heartbeat at a true time, with nothing pending beyond it. */
int64_t fleet_traffic_low(const struct fleet_sensor *sensor, size_t boot, int64_t at_us);

#endif
