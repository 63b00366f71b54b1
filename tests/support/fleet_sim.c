/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fleet_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/rng.h"

#include "collector/order/order_restore.h"

#include "tests/support/fleet_link.h"
#include "tests/support/fleet_store.h"
#include "tests/support/fleet_traffic.h"

#define TICK_US        (INT64_C(250) * WEIR_US_PER_MS)
#define PATIENCE_US    (INT64_C(400) * WEIR_US_PER_S) /* after the last fault and record */
#define RECORD_BYTES   1500                           /* memory of a record held, at most */
#define WIRE_BATCH_MAX 2048
#define JOIN_US        (INT64_C(10) * WEIR_US_PER_S) /* the fleet is there before its traffic */

struct sim {
    uint64_t seed;
    bool verbose;
    struct weir_rng rng;
    struct fleet_sim_totals *totals;
    char *why;
    bool failed;
    struct fleet_plan plan;
    struct fleet_traffic traffic;
    struct fleet_link links[FLEET_SENSORS_MAX];
    struct fleet_store store;
    struct order_options options;
    struct order *order;
    size_t memory_slack;
    bool live, equal; /* equal: the faults of this seed promise equality with one sensor */
    bool cuts, long_cuts, slow, very_slow, duplicates, outage, kills;
    int64_t now_us, outage_from_us, outage_to_us, down_until_us;
    int64_t heard_us[FLEET_SENSORS_MAX];
    char stream[8];
};

static int64_t below(struct sim *sim, int64_t bound)
{
    return (int64_t)weir_rng_below(&sim->rng, (uint64_t)bound);
}

static bool chance(struct sim *sim, uint64_t one_in)
{
    return weir_rng_below(&sim->rng, one_in) == 0;
}

static struct order_now now_of(const struct sim *sim)
{
    return (struct order_now){.mono = {.ns = (sim->now_us - FLEET_BASE_US + 2 * JOIN_US) * 1000},
                              .wall_us = sim->now_us};
}

static void fail(struct sim *sim, const char *what, uint64_t a, uint64_t b)
{
    if (!sim->failed) {
        sim->failed = true;
        (void)snprintf(sim->why, 200, "seed %llu: %s (%llu, %llu) at %.2f s",
                       (unsigned long long)sim->seed, what, (unsigned long long)a,
                       (unsigned long long)b, (double)(sim->now_us - FLEET_BASE_US) / 1e6);
    }
}

static void choose_faults(struct sim *sim)
{
    sim->live = chance(sim, 2);
    (void)snprintf(sim->stream, sizeof(sim->stream), "%s", sim->live ? "live" : "replay");
    sim->plan = (struct fleet_plan){
        .sensors = 1 + (size_t)below(sim, FLEET_SENSORS_MAX),
        .connections = 60 + (size_t)below(sim, 160),
        .span_us = (20 + below(sim, 60)) * WEIR_US_PER_S,
        .batch_records = 2 + (size_t)below(sim, 14),
        .kill_sensors = chance(sim, 4),
        .skew_stable = chance(sim, 3),
        .skew_unstable = chance(sim, 8),
        .drop_batches = chance(sim, 8),
    };
    sim->cuts = chance(sim, 2);
    sim->long_cuts = sim->cuts && chance(sim, 6);
    sim->slow = chance(sim, 2);
    sim->very_slow = sim->slow && chance(sim, 6);
    sim->duplicates = chance(sim, 3);
    sim->outage = chance(sim, 3);
    sim->kills = chance(sim, 3);
    sim->equal = !sim->plan.skew_unstable && !sim->plan.drop_batches &&
                 !(sim->live && (sim->long_cuts || sim->very_slow));
    sim->outage_from_us = FLEET_BASE_US + below(sim, sim->plan.span_us);
    sim->outage_to_us = sim->outage ? sim->outage_from_us + below(sim, 40 * WEIR_US_PER_S) : 0;
    sim->options = order_defaults;
    sim->options.window = fleet_traffic_window;
    sim->options.hash_key = sim->seed;
    sim->options.wire_batch_max = WIRE_BATCH_MAX;
    /* With so little memory that whoever is waited for sends one batch at a time, a live sensor may
     * fall behind through no fault of its own; a replay waits. */
    const bool tight = !sim->live || chance(sim, 4);
    sim->equal = sim->equal && !(sim->live && tight);
    sim->options.memory_max = (size_t)(tight ? 24 + below(sim, 100) : 800) * 1024;
    sim->options.expect_sensors = sim->live ? 0 : (uint32_t)sim->plan.sensors;
}

/* What one sensor may hold while everyone waits for it: what it says within the seconds that lie
 * between its low and its clock, and one batch more. */
static size_t slack_of(const struct fleet_sensor *sensor)
{
    size_t most = 0;
    for (size_t i = 0; i < sensor->batch_count; i++) {
        size_t bytes = 0;
        const int64_t until = sensor->batches[i].close_us + 9 * WEIR_US_PER_S;
        for (size_t j = i; j < sensor->batch_count && sensor->batches[j].close_us < until; j++) {
            bytes += sensor->batches[j].count * RECORD_BYTES + 1024;
        }
        most = bytes > most ? bytes : most;
    }
    return most + 20 * RECORD_BYTES;
}

static void print_plan(const struct sim *sim)
{
    printf("%s, %zu sensors, %zu connections; equal %d, cuts %d long %d, slow %d very %d, "
           "outage %d, kills %d, sensor kills %d, skew %d unstable %d, drops %d, memory %zu\n",
           sim->stream, sim->plan.sensors, sim->plan.connections, sim->equal, sim->cuts,
           sim->long_cuts, sim->slow, sim->very_slow, sim->outage, sim->kills,
           sim->plan.kill_sensors, sim->plan.skew_stable, sim->plan.skew_unstable,
           sim->plan.drop_batches, sim->options.memory_max);
}

static void start_collector(struct sim *sim)
{
    weir_check(order_new(&sim->options, &sim->order) == WEIR_OK);
    sim->totals->restored_flows +=
        fleet_store_restore(&sim->store, sim->order, sim->stream, now_of(sim));
    for (size_t s = 0; s < sim->traffic.sensor_count; s++) {
        const struct fleet_sensor *sensor = &sim->traffic.sensors[s];
        sim->heard_us[s] = sim->now_us;
        if (sensor->clock_unstable || sensor->offset_us != 0) {
            weir_check(
                order_set_clock(sim->order, (uint32_t)s + 1,
                                sensor->clock_unstable ? ORDER_CLOCK_SUSPECT : ORDER_CLOCK_STABLE,
                                sensor->offset_us) == WEIR_OK);
        }
    }
}

static void kill_collector(struct sim *sim)
{
    fleet_store_collector_died(&sim->store, &sim->rng);
    order_free(sim->order);
    sim->order = NULL;
    sim->down_until_us = sim->now_us + below(sim, 10 * WEIR_US_PER_S);
    for (size_t s = 0; s < sim->traffic.sensor_count; s++) {
        fleet_link_cut(&sim->links[s], sim->down_until_us + below(sim, 8 * WEIR_US_PER_S));
    }
    sim->totals->collector_kills++;
    if (sim->verbose) {
        printf("%8.2f kill of the collector\n", (double)(sim->now_us - FLEET_BASE_US) / 1e6);
    }
}

static struct ready_batch *make_batch(const struct sim *sim, const struct fleet_link *link,
                                      size_t index)
{
    const struct fleet_batch *from = &link->sensor->batches[index];
    struct ready_batch *made = flow_row_batch_new(0);
    weir_check(made != NULL);
    made->sensor_id = link->sensor_id;
    made->batch = (struct weir_flow_batch){
        .boot = fleet_link_boot(link->sensor_id, from->boot),
        .sequence = from->sequence,
        .previous_sequence = fleet_link_previous(link, index),
        .low_us = from->low_us,
        .sent_us = from->close_us,
        .count = from->count,
    };
    if (!sim->live && index == fleet_link_last(link)) {
        made->batch.low_us = WEIR_LOW_END;
    }
    memcpy(made->batch.stream, sim->stream, sizeof(sim->stream));
    made->batch.records =
        (struct weir_flow_record *)weir_arena_take(&made->arena,
                                                   from->count * sizeof(*made->batch.records));
    memcpy(made->batch.records, &link->sensor->records[from->first],
           from->count * sizeof(*made->batch.records));
    made->batch.last_record_no = made->batch.records[from->count - 1].record_no;
    const uint64_t identity[3] = {link->sensor_id, from->boot, from->sequence};
    made->content_hash = weir_hash(identity, sizeof(identity));
    made->wire_bytes = fleet_link_wire_bytes(from);
    return made;
}

static void check_memory(struct sim *sim)
{
    const struct order_gauges gauges = order_read_gauges(sim->order);
    if (gauges.held_bytes > sim->totals->peak_bytes) {
        sim->totals->peak_bytes = gauges.held_bytes;
    }
    if (gauges.held_bytes > sim->options.memory_max + sim->memory_slack) {
        fail(sim, "more memory held than allowed", gauges.held_bytes,
             sim->options.memory_max + sim->memory_slack);
    }
    if (gauges.restore_late != 0) {
        fail(sim, "a restored flow came out of order", gauges.restore_late, 0);
    }
}

/* A live sensor that was not heard of for so long is no part of the promise. */
static void note_heard(struct sim *sim, size_t sensor)
{
    if (sim->live && sim->now_us - sim->heard_us[sensor] > sim->options.active_us) {
        sim->equal = false;
    }
    sim->heard_us[sensor] = sim->now_us;
}

static void deliver_batch(struct sim *sim, const struct fleet_link *link, size_t index)
{
    struct ready_batch *batch = make_batch(sim, link, index);
    /* Cut again and again, on a thin line: such a live sensor is a laggard in truth. */
    if (sim->live && sim->now_us - batch->batch.sent_us > sim->options.max_lag_us * 4 / 5) {
        sim->equal = false;
    }
    const int result = order_on_batch(sim->order, &batch, now_of(sim));
    weir_check(batch == NULL);
    sim->totals->refusals += result == WEIR_EAGAIN;
    if (result != WEIR_OK && result != WEIR_EAGAIN && result != WEIR_ENOENT) {
        fail(sim, "a good batch was refused", (uint64_t)-result, index);
    }
    check_memory(sim);
}

static void deliver_hello(struct sim *sim, struct fleet_link *link)
{
    struct order_boot_range ranges[2];
    const struct order_hello hello = {
        .sensor_id = link->sensor_id,
        .boot = fleet_link_boot(link->sensor_id, link->boot),
        .stream = sim->stream,
        .spooled = ranges,
        .spooled_count = fleet_link_ranges(link, ranges),
    };
    weir_check(order_on_join(sim->order, &hello, now_of(sim)) == WEIR_OK);
    fleet_store_note_sensor(&sim->store, link->sensor_id, link->boot);
}

static void deliver_pulse(struct sim *sim, const struct fleet_message *message,
                          const struct fleet_link *link)
{
    const struct order_pulse pulse = {
        .sensor_id = link->sensor_id,
        .boot = fleet_link_boot(link->sensor_id, message->boot),
        .stream = sim->stream,
        .low_us = message->low_us,
        .last_sequence = message->sequence,
    };
    const int result = order_on_pulse(sim->order, &pulse, now_of(sim));
    weir_check(result == WEIR_OK || result == WEIR_ENOENT);
}

/* Everything that has reached the collector by now. */
static void run_uplinks(struct sim *sim)
{
    for (size_t s = 0; s < sim->traffic.sensor_count; s++) {
        struct fleet_link *link = &sim->links[s];
        struct fleet_message message;
        while (fleet_link_receive(link, sim->now_us, &message)) {
            if (sim->order == NULL) {
                continue;
            }
            note_heard(sim, s);
            switch (message.kind) {
            case FLEET_HELLO:
                deliver_hello(sim, link);
                break;
            case FLEET_BATCH:
                deliver_batch(sim, link, message.index);
                if (sim->duplicates && chance(sim, 8)) {
                    sim->totals->duplicates++;
                    deliver_batch(sim, link, message.index);
                }
                break;
            case FLEET_PULSE:
                deliver_pulse(sim, &message, link);
                break;
            }
        }
    }
}

static void run_downlinks(struct sim *sim)
{
    struct order_ack ack;
    while (order_pop_ack(sim->order, &ack)) {
        sim->totals->resends += ack.resend;
        fleet_link_send_ack(&sim->links[ack.sensor_id - 1], &ack, sim->now_us, &sim->rng);
    }
    struct order_event event;
    while (order_pop_event(sim->order, &event)) {
        sim->totals->gaps += event.kind == ORDER_EVENT_GAP;
        sim->totals->laggards += event.kind == ORDER_EVENT_LAGGARD;
        sim->totals->missing += event.kind == ORDER_EVENT_MISSING;
        sim->totals->rejoined += event.kind == ORDER_EVENT_REJOINED;
        if (sim->verbose) {
            printf("%8.2f %s sensor=%u sequence=%llu amount=%llu\n",
                   (double)(sim->now_us - FLEET_BASE_US) / 1e6, order_event_text(event.kind),
                   event.sensor_id, (unsigned long long)event.sequence,
                   (unsigned long long)event.amount);
        }
    }
}

static void run_faults(struct sim *sim)
{
    const bool early =
        sim->now_us > FLEET_BASE_US && sim->now_us < sim->traffic.end_us + 20 * WEIR_US_PER_S;
    if (sim->kills && early && sim->order != NULL && chance(sim, 120)) {
        kill_collector(sim);
    }
    for (size_t s = 0; s < sim->traffic.sensor_count && sim->cuts && early; s++) {
        if (chance(sim, 150)) {
            sim->totals->cuts++;
            const int64_t longest = sim->long_cuts ? 150 : 15;
            fleet_link_cut(&sim->links[s], sim->now_us + below(sim, longest * WEIR_US_PER_S));
        }
    }
}

static void run_store(struct sim *sim)
{
    const bool out = sim->now_us >= sim->outage_from_us && sim->now_us < sim->outage_to_us;
    const char *wrong = fleet_store_run(&sim->store, sim->order, sim->now_us, out, &sim->rng);
    if (wrong != NULL) {
        fail(sim, wrong, 0, 0);
    }
}

static bool all_stored(const struct sim *sim)
{
    for (size_t s = 0; s < sim->traffic.sensor_count; s++) {
        if (!fleet_link_drained(&sim->links[s])) {
            return false;
        }
    }
    return true;
}

static void check_row(struct sim *sim, const struct fleet_want *want,
                      const struct fleet_stored *stored)
{
    const bool vector = want->record->has_vector;
    sim->totals->rows++;
    sim->totals->complete_rows += stored->reason == FLOW_ROW_COMPLETE;
    sim->totals->late_rows += stored->reason == FLOW_ROW_LATE;
    sim->totals->lagging_rows += stored->reason == FLOW_ROW_LAGGING;
    sim->totals->suspect_rows += stored->reason == FLOW_ROW_CLOCK_SUSPECT;
    sim->totals->unknown_starts += stored->reason == FLOW_ROW_UNKNOWN_START;
    if (!vector && stored->reason != FLOW_ROW_NO_VECTOR &&
        stored->reason != FLOW_ROW_UNKNOWN_START) {
        fail(sim, "a row without vector has another reason", want->record->conn_tag,
             stored->reason);
    }
    if (sim->equal && vector && stored->reason != FLOW_ROW_COMPLETE) {
        fail(sim, "a row has no windows", want->record->conn_tag, stored->reason);
    }
    if (sim->equal && vector && memcmp(&stored->frozen, &want->counts, sizeof(want->counts)) != 0) {
        fail(sim, "windows differ from one sensor's", want->record->conn_tag, stored->frozen.count);
    }
}

static void check_end(struct sim *sim)
{
    for (size_t s = 0; s < sim->traffic.sensor_count; s++) {
        const struct fleet_sensor *sensor = &sim->traffic.sensors[s];
        for (size_t i = 0; i < sensor->batch_count; i++) {
            const struct fleet_batch *batch = &sensor->batches[i];
            for (size_t r = batch->first; r < batch->first + batch->count; r++) {
                const uint64_t tag = sensor->records[r].conn_tag;
                const struct fleet_stored *stored = &sim->store.rows[tag];
                if (stored->times != (batch->dropped ? 0U : 1U)) {
                    fail(sim, "a record is not in exactly one row", tag, stored->times);
                } else if (stored->times == 1) {
                    check_row(sim, &sim->traffic.wants[tag], stored);
                }
            }
        }
    }
}

static void step(struct sim *sim)
{
    sim->now_us += TICK_US;
    run_faults(sim);
    if (sim->order == NULL && sim->now_us >= sim->down_until_us) {
        start_collector(sim);
    }
    for (size_t s = 0; s < sim->traffic.sensor_count; s++) {
        fleet_link_run(&sim->links[s], sim->now_us, &sim->rng);
    }
    run_uplinks(sim);
    if (sim->order != NULL) {
        order_advance(sim->order, now_of(sim));
        run_store(sim);
        run_downlinks(sim);
    }
}

static void begin(struct sim *sim)
{
    choose_faults(sim);
    if (sim->verbose) {
        print_plan(sim);
    }
    fleet_traffic_init(&sim->traffic, &sim->plan, &sim->rng);
    fleet_store_init(&sim->store, &sim->traffic);
    for (size_t s = 0; s < sim->traffic.sensor_count; s++) {
        sim->memory_slack += slack_of(&sim->traffic.sensors[s]);
        sim->totals->second_boots += sim->traffic.sensors[s].kill_us != 0;
        fleet_link_init(&sim->links[s],
                        &(struct fleet_link_options){
                            .sensor = &sim->traffic.sensors[s],
                            .sensor_id = (uint32_t)s + 1,
                            .live = sim->live,
                            .begin_us = FLEET_BASE_US - 5000000 - below(sim, 3000000),
                            .delay_us = 20000 + below(sim, 2000000),
                            .bytes_per_tick = sim->very_slow && s == 0 ? 60
                                              : sim->slow              ? 600 + below(sim, 3000)
                                                                       : 1000000,
                        });
    }
    sim->now_us = FLEET_BASE_US - JOIN_US;
    start_collector(sim);
}

bool fleet_sim_run(uint64_t seed, bool verbose, struct fleet_sim_totals *totals, char why[200])
{
    struct sim *sim = (struct sim *)calloc(1, sizeof(*sim));
    weir_check(sim != NULL);
    sim->seed = seed;
    sim->verbose = verbose;
    sim->totals = totals;
    sim->why = why;
    weir_rng_init(&sim->rng, seed);
    begin(sim);
    const int64_t limit_us = sim->traffic.end_us + PATIENCE_US;
    bool done = false;
    while (!sim->failed && !done) {
        step(sim);
        done = all_stored(sim);
        if (sim->now_us > limit_us) {
            fail(sim, "standstill: batches stored, records", sim->store.committed_batches,
                 sim->traffic.want_count);
        }
    }
    if (!sim->failed) {
        check_end(sim);
    }
    const int64_t rest_s = (sim->now_us - sim->traffic.end_us) / WEIR_US_PER_S;
    if (rest_s > (int64_t)totals->worst_finish_s) {
        totals->worst_finish_s = (uint64_t)rest_s;
    }
    totals->runs++;
    totals->equal_runs += sim->equal;
    totals->failed_commits += sim->store.failed;
    totals->ledger_skips += sim->store.skips;
    const bool passed = !sim->failed;
    order_free(sim->order);
    fleet_store_fini(&sim->store);
    fleet_traffic_fini(&sim->traffic);
    free(sim);
    return passed;
}
