/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fleet_store.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "common/base/clock.h"

#include "collector/order/order_restore.h"

#include "tests/support/fleet_link.h"

void fleet_store_init(struct fleet_store *store, const struct fleet_traffic *traffic)
{
    *store = (struct fleet_store){.traffic = traffic};
    store->rows =
        (struct fleet_stored *)calloc(traffic->want_count + 1, sizeof(struct fleet_stored));
    weir_check(store->rows != NULL);
}

void fleet_store_fini(struct fleet_store *store)
{
    free(store->rows);
}

static const char *store_batch(struct fleet_store *store, const struct ready_batch *ready)
{
    const struct weir_flow_batch *batch = &ready->batch;
    struct fleet_ledger *ledger = &store->ledger[ready->sensor_id - 1][batch->boot.bytes[1] - 1U];
    if (batch->sequence <= ledger->sequence) {
        store->skips++;
        return batch->sequence == ledger->sequence && ready->content_hash != ledger->hash
                   ? "the same sequence came with other content"
                   : NULL;
    }
    if (batch->previous_sequence > ledger->sequence) {
        return "batches of a boot are not committed in their order";
    }
    ledger->sequence = batch->sequence;
    ledger->hash = ready->content_hash;
    ledger->low_us = batch->low_us;
    for (size_t i = 0; i < batch->count; i++) {
        const struct flow_row *row = &ready->rows[i];
        if (row->record != &batch->records[i]) {
            return "a row does not belong to its record";
        }
        struct fleet_stored *stored = &store->rows[row->record->conn_tag];
        stored->times++;
        stored->frozen = row->frozen;
        stored->reason = row->reason;
        stored->order_us = row->order_us;
    }
    store->committed_batches++;
    return NULL;
}

static const char *store_all(struct fleet_store *store)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < store->lent_count; i++) {
        const char *found = store_batch(store, store->lent[i]);
        wrong = wrong == NULL ? found : wrong;
    }
    return wrong;
}

const char *fleet_store_run(struct fleet_store *store, struct order *order, int64_t now_us,
                            bool outage, struct weir_rng *rng)
{
    const char *wrong = NULL;
    if (store->lent_count > 0 && now_us >= store->ends_us) {
        const bool unheard = !outage && weir_rng_below(rng, 40) == 0;
        if (!outage) {
            wrong = store_all(store);
        }
        if (outage || unheard) {
            store->failed++;
            store->retry_us = now_us + WEIR_US_PER_S;
        }
        for (size_t i = 0; i < store->lent_count; i++) {
            struct ready_batch *batch = store->lent[i];
            if (outage || unheard) {
                order_commit_failed(order, &batch);
            } else {
                order_commit_done(order, &batch);
            }
        }
        store->lent_count = 0;
    }
    if (store->lent_count == 0 && now_us >= store->retry_us) {
        struct ready_batch *batch = NULL;
        while (store->lent_count < FLEET_COMMIT_MAX && (batch = order_pop_ready(order)) != NULL) {
            store->lent[store->lent_count++] = batch;
        }
        store->ends_us = now_us + (int64_t)weir_rng_below(rng, 700000);
    }
    return wrong;
}

void fleet_store_collector_died(struct fleet_store *store, struct weir_rng *rng)
{
    if (weir_rng_below(rng, 2) == 0) {
        weir_check(store_all(store) == NULL);
    }
    store->lent_count = 0;
    store->retry_us = 0;
}

void fleet_store_note_sensor(struct fleet_store *store, uint32_t sensor_id, size_t boot)
{
    store->ledger[sensor_id - 1][boot].known = true;
}

static void restore_positions(const struct fleet_store *store, struct order *order,
                              const char *stream, struct order_now now)
{
    for (size_t s = 0; s < store->traffic->sensor_count; s++) {
        for (size_t boot = 0; boot < 2; boot++) {
            const struct fleet_ledger *ledger = &store->ledger[s][boot];
            if (!ledger->known) {
                continue;
            }
            const struct order_restored_position position = {
                .sensor_id = (uint32_t)s + 1,
                .boot = fleet_link_boot((uint32_t)s + 1, boot),
                .stream = stream,
                .sequence = ledger->sequence,
                .low_us = ledger->sequence == 0 ? INT64_MIN : ledger->low_us,
                .offset_us = store->traffic->sensors[s].offset_us,
            };
            weir_check(order_restore_position(order, &position, now) == WEIR_OK);
        }
    }
}

static size_t boot_of(const struct fleet_traffic *traffic, const struct fleet_want *want)
{
    const struct fleet_sensor *sensor = &traffic->sensors[want->sensor];
    const size_t index = (size_t)(want->record - sensor->records);
    return index >= sensor->boot_first_record ? 1 : 0;
}

/* The other record of a connection that has both: the FINAL of a START. */
static bool final_is_stored(const struct fleet_store *store, const struct fleet_want *start)
{
    const struct fleet_sensor *sensor = &store->traffic->sensors[start->sensor];
    for (size_t i = 0; i < sensor->record_count; i++) {
        const struct weir_flow_record *record = &sensor->records[i];
        if (record->record_type == WEIR_RECORD_FINAL && record->flow_id == start->record->flow_id &&
            store->rows[record->conn_tag].times > 0) {
            return true;
        }
    }
    return false;
}

struct listed {
    const struct fleet_want *want;
    const struct fleet_stored *row;
};

static int compare_listed(const void *a, const void *b)
{
    const int64_t left = ((const struct listed *)a)->row->order_us;
    const int64_t right = ((const struct listed *)b)->row->order_us;
    return (left > right) - (left < right);
}

static void give(struct order *order, const struct fleet_store *store, const struct listed *listed,
                 const char *stream, bool open)
{
    const struct fleet_want *want = listed->want;
    const uint32_t sensor_id = (uint32_t)want->sensor + 1;
    const struct order_restored_flow flow = {
        .sensor_id = sensor_id,
        .boot = fleet_link_boot(sensor_id, boot_of(store->traffic, want)),
        .stream = stream,
        .record = want->record,
        .order_us = listed->row->order_us,
        .reason = listed->row->reason,
        .frozen = listed->row->frozen,
        .open = open,
    };
    weir_check(order_restore_flow(order, &flow) == WEIR_OK);
}

uint64_t fleet_store_restore(const struct fleet_store *store, struct order *order,
                             const char *stream, struct order_now now)
{
    const struct fleet_traffic *traffic = store->traffic;
    restore_positions(store, order, stream, now);
    struct listed *finals = (struct listed *)calloc(traffic->want_count + 1, sizeof(struct listed));
    weir_check(finals != NULL);
    size_t count = 0;
    uint64_t given = 0;
    for (size_t i = 0; i < traffic->want_count; i++) {
        const struct listed listed = {.want = &traffic->wants[i], .row = &store->rows[i]};
        if (listed.row->times == 0) {
            continue;
        }
        if (listed.want->record->record_type == WEIR_RECORD_FINAL) {
            finals[count++] = listed;
        } else if (!final_is_stored(store, listed.want)) {
            give(order, store, &listed, stream, true);
            given++;
        }
    }
    qsort(finals, count, sizeof(*finals), compare_listed);
    for (size_t i = 0; i < count; i++) {
        give(order, store, &finals[i], stream, false);
    }
    free(finals);
    order_restore_done(order, now);
    return given + count;
}
