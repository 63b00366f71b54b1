/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_order: what a flow costs at the collector between its decoded batch and its commit: order,
 * release, windows. Two sensors send in turn; the two-second window is full (511 connections).
 *
 * Prints `name ns_per_op ops_per_s`. The best of all rounds counts: noise only ever adds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/rng.h"

#include "common/flow/service.h"

#include "collector/order/order.h"

#define BASE_US INT64_C(1770000000000000)
#define GAP_US  100 /* between two flows: 10,000 a second */
#define SENSORS 2
#define RECORDS 512
#define BATCHES 100 /* in a round */
#define ROUNDS  10

static struct weir_boot_id boot_of(uint32_t sensor_id)
{
    return (struct weir_boot_id){.bytes = {(uint8_t)sensor_id}};
}

static struct order_now time_at(int64_t us)
{
    return (struct order_now){.mono = {.ns = (us - BASE_US) * 1000 + WEIR_NS_PER_S}, .wall_us = us};
}

static struct weir_flow_record make_record(struct weir_rng *rng, uint64_t number, int64_t start_us,
                                           uint64_t hosts)
{
    const uint64_t host = weir_rng_below(rng, hosts);
    struct weir_flow_record record = {
        .flow_id = number,
        .record_no = number,
        .start_us = start_us,
        .end_us = start_us,
        .record_type = WEIR_RECORD_FINAL,
        .proto = WEIR_PROTO_TCP,
        .ip_version = 4,
        .conn_state = WEIR_CONN_SF,
        .flag = WEIR_FLAG_SF,
        .early_flag = WEIR_FLAG_SF,
        .has_vector = true,
        .orig = {.address = {.bytes = {10, 0, 0, 1}, .size = 4}},
        .resp = {.address = {.bytes = {10, 1, (uint8_t)(host >> 8), (uint8_t)host}, .size = 4}},
    };
    record.orig.port = (uint16_t)(1024 + weir_rng_below(rng, 60000));
    record.resp.port = (uint16_t)(weir_rng_below(rng, 4) == 0 ? weir_rng_below(rng, 1024) : 443);
    record.service = weir_service_label(WEIR_PROTO_TCP, record.orig.port, record.resp.port,
                                        WEIR_SERVICE_HINT_NONE);
    return record;
}

/* The index-th batch of all: its flows start one GAP_US after the other, then comes its low. */
static struct ready_batch *make_batch(struct weir_rng *rng, uint64_t index, uint64_t hosts)
{
    const uint64_t sequence = index / SENSORS + 1;
    const int64_t first_us = BASE_US + (int64_t)(index * RECORDS * GAP_US);
    struct ready_batch *batch = flow_row_batch_new(0);
    weir_check(batch != NULL);
    batch->sensor_id = (uint32_t)(index % SENSORS) + 1;
    batch->content_hash = sequence;
    batch->wire_bytes = RECORDS * 70;
    batch->batch = (struct weir_flow_batch){
        .boot = boot_of(batch->sensor_id),
        .sequence = sequence,
        .previous_sequence = sequence - 1,
        .low_us = first_us + (int64_t)RECORDS * GAP_US,
        .stream = ORDER_LIVE_STREAM,
        .count = RECORDS,
    };
    struct weir_flow_record *records =
        (struct weir_flow_record *)weir_arena_take(&batch->arena, RECORDS * sizeof(*records));
    weir_check(records != NULL);
    for (size_t i = 0; i < RECORDS; i++) {
        records[i] = make_record(rng, (sequence - 1) * RECORDS + i + 1,
                                 first_us + (int64_t)i * GAP_US, hosts);
    }
    batch->batch.records = records;
    return batch;
}

static int64_t cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * WEIR_NS_PER_S + now.tv_nsec;
}

static size_t give(struct order *order, struct ready_batch **batches)
{
    size_t rows = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        struct order_ack ack;
        struct ready_batch *ready = NULL;
        const struct order_now now = time_at(batches[i]->batch.low_us);
        weir_check(order_on_batch(order, &batches[i], now) == WEIR_OK);
        while ((ready = order_pop_ready(order)) != NULL) {
            rows += ready->batch.count;
            order_commit_done(order, &ready);
        }
        while (order_pop_ack(order, &ack)) {
        }
    }
    return rows;
}

static void run(const char *name, uint64_t hosts)
{
    struct weir_rng rng;
    struct order *order = NULL;
    int64_t best_ns = INT64_MAX;
    size_t rows = 0;
    weir_rng_init(&rng, 1);
    weir_check(order_new(&order_defaults, &order) == WEIR_OK);
    for (uint32_t sensor_id = 1; sensor_id <= SENSORS; sensor_id++) {
        const struct order_hello hello = {.sensor_id = sensor_id,
                                          .boot = boot_of(sensor_id),
                                          .stream = ORDER_LIVE_STREAM};
        weir_check(order_on_join(order, &hello, time_at(BASE_US)) == WEIR_OK);
    }
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct ready_batch *batches[BATCHES];
        for (uint64_t i = 0; i < BATCHES; i++) {
            batches[i] = make_batch(&rng, round * BATCHES + i, hosts);
        }
        const int64_t begin_ns = cpu_ns();
        rows += give(order, batches);
        const int64_t took_ns = cpu_ns() - begin_ns;
        best_ns = took_ns < best_ns ? took_ns : best_ns;
    }
    weir_check(rows + SENSORS * RECORDS >= (size_t)ROUNDS * BATCHES * RECORDS);
    order_free(order);
    const double ns = (double)best_ns / (BATCHES * RECORDS);
    (void)printf("order_%s %.0f %.0f\n", name, ns, 1e9 / ns);
}

int main(void)
{
    run("20_hosts", 20);
    run("200_hosts", 200);
    run("5000_hosts", 5000);
    return 0;
}
