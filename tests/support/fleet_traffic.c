/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fleet_traffic.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/clock.h"

#include "common/flow/flow_order.h"
#include "common/flow/kdd_messages.h"
#include "common/flow/service.h"

#define CLIENTS 7U
#define SERVERS 5U

const struct weir_kdd_window_options fleet_traffic_window = {
    .conns = 511,
    .host_conns = 255,
    .span_us = 2 * WEIR_US_PER_S,
    .host_age_us = 14400 * WEIR_US_PER_S,
    .ring = 2048,
    .fill_scan = 2048,
    .hosts_max = 64,
};

static void *take(size_t count, size_t size)
{
    void *at = calloc(count == 0 ? 1 : count, size);
    weir_check(at != NULL);
    return at;
}

static int64_t below(struct weir_rng *rng, int64_t bound)
{
    return (int64_t)weir_rng_below(rng, (uint64_t)bound);
}

static struct weir_address address_of(uint8_t kind, uint64_t number)
{
    return (struct weir_address){.bytes = {10, kind, 0, (uint8_t)number}, .size = 4};
}

/* One connection as its FINAL record; times true. */
static struct weir_flow_record make_final(struct weir_rng *rng, int64_t span_us)
{
    static const uint16_t ports[] = {80, 443, 25, 53, 22};
    struct weir_flow_record record = {.record_type = WEIR_RECORD_FINAL, .has_vector = true};
    const uint64_t kind = weir_rng_below(rng, 10);
    record.orig.address = address_of(1, weir_rng_below(rng, CLIENTS));
    record.resp.address = address_of(2, weir_rng_below(rng, SERVERS));
    record.ip_version = 4;
    record.start_us = FLEET_BASE_US + below(rng, span_us);
    if (weir_rng_below(rng, 2) == 0) { /* ties, and bursts of ties */
        record.start_us -= record.start_us % (weir_rng_below(rng, 2) == 0 ? 5000000 : 250000);
    }
    int64_t duration_us = below(rng, 4 * WEIR_US_PER_S);
    if (kind == 0) {
        duration_us = 5 * WEIR_US_PER_S + below(rng, 30 * WEIR_US_PER_S);
    }
    record.proto = kind == 1 || kind == 2 ? WEIR_PROTO_ICMP
                   : kind == 3            ? WEIR_PROTO_UDP
                                          : WEIR_PROTO_TCP;
    record.has_vector = weir_rng_below(rng, 25) != 0 || record.proto == WEIR_PROTO_ICMP;
    record.orig.port = (uint16_t)(40000 + weir_rng_below(rng, 6));
    record.resp.port = ports[weir_rng_below(rng, 5)];
    static const uint8_t flags[] = {WEIR_FLAG_SF, WEIR_FLAG_S0, WEIR_FLAG_REJ, WEIR_FLAG_RSTO};
    record.early_flag =
        record.proto == WEIR_PROTO_TCP ? flags[weir_rng_below(rng, 4)] : (uint8_t)WEIR_FLAG_SF;
    if (duration_us >= 5 * WEIR_US_PER_S && record.proto == WEIR_PROTO_TCP) {
        record.early_flag = WEIR_FLAG_OPEN;
    }
    record.flag = WEIR_FLAG_SF;
    record.conn_state = WEIR_CONN_SF;
    if (record.proto == WEIR_PROTO_ICMP) {
        record.orig.port = 8;
        record.resp.port = 0;
        const int64_t length = below(rng, 5 * WEIR_US_PER_S);
        record.icmp_orig = (struct weir_icmp_side){.messages = weir_rng_below(rng, 6),
                                                   .first_us = record.start_us,
                                                   .last_us = record.start_us + length,
                                                   .type = 8};
        record.icmp_resp = (struct weir_icmp_side){.messages = 1 + weir_rng_below(rng, 5),
                                                   .first_us = record.start_us + length / 7,
                                                   .last_us = record.start_us + length};
        duration_us = 5 * WEIR_US_PER_S;
    }
    record.service = weir_service_label(record.proto, record.orig.port, record.resp.port,
                                        WEIR_SERVICE_HINT_NONE);
    record.end_us = record.start_us + duration_us;
    record.duration_us = duration_us;
    return record;
}

static bool has_start(const struct weir_flow_record *final)
{
    return final->proto != WEIR_PROTO_ICMP && final->duration_us >= 5 * WEIR_US_PER_S;
}

static void emit(struct fleet_sensor *sensor, const struct weir_flow_record *record,
                 enum weir_record_type type, int64_t at_us)
{
    const bool down = sensor->kill_us != 0 && record->start_us < sensor->back_us &&
                      at_us >= sensor->kill_us - 1 - (sensor->kill_us % WEIR_US_PER_S);
    if (down) {
        return; /* lost with the process, or not seen */
    }
    sensor->records[sensor->record_count] = *record;
    sensor->records[sensor->record_count].record_type = (uint8_t)type;
    sensor->emitted_us[sensor->record_count] = at_us;
    sensor->record_count++;
}

static void sort_emissions(struct fleet_sensor *sensor)
{
    for (size_t i = 1; i < sensor->record_count; i++) { /* few, and nearly sorted */
        const struct weir_flow_record record = sensor->records[i];
        const int64_t at_us = sensor->emitted_us[i];
        size_t j = i;
        for (; j > 0 && sensor->emitted_us[j - 1] > at_us; j--) {
            sensor->records[j] = sensor->records[j - 1];
            sensor->emitted_us[j] = sensor->emitted_us[j - 1];
        }
        sensor->records[j] = record;
        sensor->emitted_us[j] = at_us;
    }
}

static bool opens(const struct weir_flow_record *record)
{
    return record->record_type == WEIR_RECORD_START ||
           (record->record_type == WEIR_RECORD_FINAL && !has_start(record));
}

/* The least start that records from `next` on may open a connection with, at a true time. */
static int64_t low_after(const struct fleet_sensor *sensor, size_t next, size_t end, int64_t at_us)
{
    int64_t low = at_us;
    for (size_t i = next; i < end; i++) {
        if (opens(&sensor->records[i]) && sensor->records[i].start_us < low) {
            low = sensor->records[i].start_us;
        }
    }
    return low;
}

int64_t fleet_traffic_low(const struct fleet_sensor *sensor, size_t boot, int64_t at_us)
{
    const size_t end = boot == 0 ? sensor->boot_first_record : sensor->record_count;
    size_t next = boot == 0 ? 0 : sensor->boot_first_record;
    while (next < end && sensor->emitted_us[next] <= at_us) {
        next++;
    }
    int64_t low = at_us;
    for (size_t i = next; i < end; i++) { /* records already carry the offset */
        if (opens(&sensor->records[i]) && sensor->records[i].start_us - sensor->offset_us < low) {
            low = sensor->records[i].start_us - sensor->offset_us;
        }
    }
    return low + sensor->offset_us;
}

static void close_batches(struct fleet_sensor *sensor, size_t batch_records)
{
    sensor->batches =
        (struct fleet_batch *)take(sensor->record_count + 1, sizeof(*sensor->batches));
    uint64_t sequence = 0;
    for (size_t i = 0; i < sensor->record_count;) {
        const size_t boot = i >= sensor->boot_first_record ? 1 : 0;
        const size_t end = boot == 0 ? sensor->boot_first_record : sensor->record_count;
        sequence = boot == 1 && i == sensor->boot_first_record ? 1 : sequence + 1;
        const int64_t second = sensor->emitted_us[i] / WEIR_US_PER_S;
        size_t next = i;
        while (next < end && next - i < batch_records &&
               sensor->emitted_us[next] / WEIR_US_PER_S == second) {
            next++;
        }
        const bool full = next - i == batch_records;
        const int64_t close_us = full ? sensor->emitted_us[next - 1] : (second + 1) * WEIR_US_PER_S;
        sensor->batches[sensor->batch_count++] = (struct fleet_batch){
            .boot = boot,
            .sequence = sequence,
            .low_us = low_after(sensor, next, end, close_us) + sensor->offset_us,
            .close_us = close_us,
            .first = i,
            .count = next - i,
        };
        i = next;
    }
}

static void stamp(struct fleet_sensor *sensor)
{
    for (size_t i = 0; i < sensor->record_count; i++) {
        struct weir_flow_record *record = &sensor->records[i];
        record->start_us += sensor->offset_us;
        record->end_us += sensor->offset_us;
        record->icmp_orig.first_us += sensor->offset_us;
        record->icmp_orig.last_us += sensor->offset_us;
        record->icmp_resp.first_us += sensor->offset_us;
        record->icmp_resp.last_us += sensor->offset_us;
        const size_t first = i >= sensor->boot_first_record ? sensor->boot_first_record : 0;
        record->record_no = i - first + 1;
    }
}

static void finish_sensor(struct fleet_sensor *sensor, const struct fleet_plan *plan,
                          struct weir_rng *rng)
{
    sort_emissions(sensor);
    sensor->boot_first_record = sensor->record_count;
    for (size_t i = 0; i < sensor->record_count && sensor->kill_us != 0; i++) {
        if (sensor->emitted_us[i] >= sensor->back_us) {
            sensor->boot_first_record = i;
            break;
        }
    }
    close_batches(sensor, plan->batch_records);
    stamp(sensor);
    for (size_t i = 0; plan->drop_batches && i < sensor->batch_count; i++) {
        sensor->batches[i].dropped = weir_rng_below(rng, 6) == 0;
    }
}

struct reference_entry {
    struct weir_kdd_conn conn;
    struct weir_flow_order order;
    struct fleet_want *want;
    bool gives_counts;
};

static int compare_entries(const void *a, const void *b)
{
    return weir_flow_order_compare(&((const struct reference_entry *)a)->order,
                                   &((const struct reference_entry *)b)->order);
}

static size_t expand(struct reference_entry *entries, struct fleet_want *want, int64_t offset_us)
{
    struct weir_kdd_messages messages;
    weir_kdd_messages_init(&messages, want->record, WEIR_KDD_MESSAGES_MAX);
    size_t count = 0;
    bool is_vector = false;
    bool found = false;
    while (weir_kdd_messages_next(&messages, (enum weir_flag)want->record->early_flag,
                                  &entries[count].conn, &is_vector)) {
        struct reference_entry *entry = &entries[count];
        entry->conn.start_us -= offset_us;
        weir_flow_order_init(&entry->order, &entry->conn, (uint32_t)want->sensor + 1,
                             want->record->flow_id, (uint32_t)count);
        entry->want = want;
        entry->gives_counts = is_vector;
        found = found || is_vector;
        count++;
    }
    if (count > 0 && !found) {
        entries[count - 1].gives_counts = true;
    }
    return count;
}

/* FINALs of long connections say what their START said. */
static void copy_to_finals(struct fleet_traffic *traffic)
{
    for (size_t i = 0; i < traffic->want_count; i++) {
        struct fleet_want *want = &traffic->wants[i];
        for (size_t j = 0; !opens(want->record) && j < i; j++) {
            const struct fleet_want *start = &traffic->wants[j];
            if (start->sensor == want->sensor && start->record->record_type == WEIR_RECORD_START &&
                start->record->flow_id == want->record->flow_id) {
                want->counts = start->counts;
            }
        }
    }
}

static void count_reference(struct fleet_traffic *traffic)
{
    struct reference_entry *entries =
        (struct reference_entry *)take(traffic->want_count * 12 + 1, sizeof(*entries));
    size_t count = 0;
    for (size_t i = 0; i < traffic->want_count; i++) {
        struct fleet_want *want = &traffic->wants[i];
        if (opens(want->record)) {
            count += expand(&entries[count], want, traffic->sensors[want->sensor].offset_us);
        }
    }
    qsort(entries, count, sizeof(*entries), compare_entries);
    struct weir_kdd_window *window = NULL;
    weir_check(weir_kdd_window_new(&fleet_traffic_window, &window) == WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        uint64_t position = 0;
        weir_check(weir_kdd_window_add(window, &entries[i].conn, &position) == WEIR_OK);
        if (entries[i].gives_counts) {
            weir_kdd_window_count(window, position, &entries[i].conn, &entries[i].want->counts);
        }
    }
    weir_kdd_window_free(window);
    free(entries);
    copy_to_finals(traffic);
}

static void list_wants(struct fleet_traffic *traffic)
{
    size_t count = 0;
    for (size_t s = 0; s < traffic->sensor_count; s++) {
        count += traffic->sensors[s].record_count;
    }
    traffic->wants = (struct fleet_want *)take(count, sizeof(*traffic->wants));
    for (size_t s = 0; s < traffic->sensor_count; s++) {
        for (size_t i = 0; i < traffic->sensors[s].record_count; i++) {
            struct weir_flow_record *record = &traffic->sensors[s].records[i];
            record->conn_tag = traffic->want_count;
            traffic->wants[traffic->want_count++] =
                (struct fleet_want){.sensor = s, .record = record};
        }
    }
}

static void plan_sensor(struct fleet_sensor *sensor, const struct fleet_plan *plan,
                        struct weir_rng *rng)
{
    sensor->records =
        (struct weir_flow_record *)take(plan->connections * 2, sizeof(*sensor->records));
    sensor->emitted_us = (int64_t *)take(plan->connections * 2, sizeof(*sensor->emitted_us));
    if (plan->skew_stable && weir_rng_below(rng, 2) == 0) {
        sensor->offset_us = below(rng, 8 * WEIR_US_PER_S) - 4 * WEIR_US_PER_S;
    }
    if (plan->skew_unstable && weir_rng_below(rng, 3) == 0) {
        sensor->clock_unstable = true;
    }
    if (plan->kill_sensors && weir_rng_below(rng, 2) == 0) {
        sensor->kill_us = FLEET_BASE_US + plan->span_us / 4 + below(rng, plan->span_us / 2);
        sensor->back_us = sensor->kill_us + WEIR_US_PER_S + below(rng, 8 * WEIR_US_PER_S);
    }
}

void fleet_traffic_init(struct fleet_traffic *traffic, const struct fleet_plan *plan,
                        struct weir_rng *rng)
{
    *traffic = (struct fleet_traffic){.sensor_count = plan->sensors};
    for (size_t s = 0; s < plan->sensors; s++) {
        plan_sensor(&traffic->sensors[s], plan, rng);
    }
    for (size_t i = 0; i < plan->connections; i++) {
        struct weir_flow_record final = make_final(rng, plan->span_us);
        final.flow_id = i + 1;
        const size_t pair = final.orig.address.bytes[3] * 3U + final.resp.address.bytes[3] * 5U;
        struct fleet_sensor *sensor = &traffic->sensors[pair % plan->sensors];
        if (has_start(&final)) {
            emit(sensor, &final, WEIR_RECORD_START, final.start_us + 5 * WEIR_US_PER_S);
        }
        emit(sensor, &final, WEIR_RECORD_FINAL, final.end_us);
    }
    for (size_t s = 0; s < plan->sensors; s++) {
        finish_sensor(&traffic->sensors[s], plan, rng);
    }
    traffic->end_us = FLEET_BASE_US + plan->span_us + 40 * WEIR_US_PER_S;
    list_wants(traffic);
    count_reference(traffic);
}

void fleet_traffic_fini(struct fleet_traffic *traffic)
{
    for (size_t s = 0; s < traffic->sensor_count; s++) {
        free(traffic->sensors[s].records);
        free(traffic->sensors[s].emitted_us);
        free(traffic->sensors[s].batches);
    }
    free(traffic->wants);
}
