/* SPDX-License-Identifier: Apache-2.0
 *
 * store_rows: made-up batches that are fit for the store, for its tests and its bench.
 *
 * Shape:   every field that can differ does, from a seed; a batch owns its records and rows.
 */
#ifndef WEIR_TESTS_SUPPORT_STORE_ROWS_H
#define WEIR_TESTS_SUPPORT_STORE_ROWS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"

#include "common/flow/community_id.h"

#include "collector/window/flow_row.h"

static inline void store_rows_side(struct weir_flow_side *side, struct weir_rng *rng)
{
    side->address.size = 4;
    side->address.bytes[0] = 10;
    side->address.bytes[2] = (uint8_t)weir_rng_below(rng, 4);
    side->address.bytes[3] = (uint8_t)weir_rng_below(rng, 250);
    side->port = (uint16_t)(1 + weir_rng_below(rng, 60000));
    side->mac[5] = (uint8_t)(1 + weir_rng_below(rng, 200));
    side->bytes = weir_rng_below(rng, 100000);
    side->packets = 1 + weir_rng_below(rng, 100);
    side->ip_bytes = side->bytes + 40 * side->packets;
}

static inline void store_rows_counts(struct weir_kdd_counts *counts, struct weir_rng *rng)
{
    uint16_t values[WEIR_KDD_COUNT_FIELDS];
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        values[i] = (uint16_t)(2 + weir_rng_below(rng, 99));
    }
    memcpy(counts, values, sizeof(values));
    /* the four window sizes, which bound the rest */
    counts->count = counts->srv_count = counts->dst_host_count = counts->dst_host_srv_count = 120;
}

/* A finished TCP connection. */
static inline void store_rows_record(struct weir_flow_record *record, uint64_t number,
                                     int64_t start_us, struct weir_rng *rng)
{
    memset(record, 0, sizeof(*record));
    record->flow_id = number;
    record->record_no = number;
    record->conn_tag = weir_rng_next(rng);
    record->start_us = start_us;
    record->end_us = start_us + 1500000;
    record->duration_us = 1500000;
    store_rows_side(&record->orig, rng);
    store_rows_side(&record->resp, rng);
    record->flow_status = weir_rng_next(rng) & WEIR_STATUS_TRUNCATED;
    record->tcp_anomaly = UINT32_C(0x80000001);
    record->vlan[0] = 12;
    record->vlan_count = 1;
    record->record_type = WEIR_RECORD_FINAL;
    record->proto = WEIR_PROTO_TCP;
    record->ip_version = 4;
    record->conn_state = WEIR_CONN_SF;
    record->flag = WEIR_FLAG_SF;
    record->early_flag = WEIR_FLAG_SF;
    record->end_reason = WEIR_END_OF_FLOW;
    record->service = 21;
    record->has_vector = true;
    weir_community_id(0, record->proto, &record->orig, &record->resp, record->community_id);
    memcpy(record->history, "ShADadFf", 9);
    record->content.hot = 3;
    record->content.num_compromised = 70000;
    record->content.logged_in = 1;
    store_rows_counts(&record->immediate, rng);
    /* member by member: tests compare bytes, and a struct assignment may write padding */
    record->verdict.model_version = 4;
    record->verdict.score = 0.25F;
}

/* count finished flows, one every step_us from start_us. NULL when memory is out. */
static inline struct ready_batch *store_rows_new(uint32_t sensor_id, uint64_t sequence,
                                                 size_t count, int64_t start_us, int64_t step_us)
{
    struct weir_rng rng;
    weir_rng_init(&rng, sequence * 1000 + sensor_id);
    struct ready_batch *batch = calloc(1, sizeof(*batch));
    struct weir_flow_record *records = calloc(count + 1, sizeof(records[0]));
    struct flow_row *rows = calloc(count + 1, sizeof(rows[0]));
    if (batch == NULL || records == NULL || rows == NULL) {
        abort();
    }
    batch->sensor_id = sensor_id;
    batch->batch.boot.bytes[0] = 0xb0;
    batch->batch.boot.bytes[15] = (uint8_t)sensor_id;
    batch->batch.sequence = sequence;
    batch->batch.low_us = start_us + (int64_t)count * step_us;
    batch->batch.last_record_no = sequence * 10000 + count;
    memcpy(batch->batch.stream, "live", 5);
    batch->batch.records = records;
    batch->batch.count = count;
    batch->content_hash = weir_rng_next(&rng);
    batch->rows = rows;
    for (size_t i = 0; i < count; i++) {
        store_rows_record(&records[i], sequence * 10000 + i, start_us + (int64_t)i * step_us, &rng);
        rows[i].record = &records[i];
        rows[i].order_us = records[i].start_us;
        store_rows_counts(&rows[i].frozen, &rng);
        rows[i].fleet.model_version = 9;
        rows[i].fleet.score = 0.75F;
        rows[i].fleet.flagged = true;
    }
    return batch;
}

static inline void store_rows_free(struct ready_batch *batch)
{
    free(batch->batch.records);
    free(batch->rows);
    free(batch);
}

#endif
