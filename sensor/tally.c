/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/tally.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/clock.h"

#define STATM_BYTES 128

struct names { /* what is being written */
    struct weir_counter *counters;
    size_t count, capacity;
};

struct meter_row {
    const char *name; /* as it is sent; NULL: only added up */
    size_t offset;    /* of a uint64_t */
};

#define ROW(name, member)                                                                          \
    {                                                                                              \
        (name), offsetof(struct meter_counts, member)                                              \
    }

/* Every member of struct meter_counts, in the order in which they are sent. */
static const struct meter_row meter_rows[] = {
    ROW("packets.fragments_held", held_packets),
    ROW("packets.fragments_dropped", dropped_packets),
    ROW("ip_bytes.metered", ip_bytes),
    ROW("flows.created", created),
    ROW("flows.open", open),
    ROW("flows.final", final),
    ROW("flows.evicted", evicted),
    ROW("statistics.used", statistics_used),
    ROW("statistics.denied", statistics_denied),
    ROW("flows.without_active", active_denied),
    ROW("inspections.used", inspections_used),
    ROW("inspections.denied", inspections_denied),
    ROW("segments.used", segments_used),
    ROW("segments.denied", segments_denied),
    ROW("holes.used", holes_used),
    ROW("holes.denied", holes_denied),
    ROW("fragments.used", fragments_used),
    ROW("fragments.evicted", fragments_evicted),
    ROW("flows.without_window", window_failures),
    ROW("records.start", start),
    ROW("records.interim", interim),
    ROW("inspections.opened", inspected.opened),
    ROW("inspections.headless", inspected.headless),
    ROW("inspections.unread", inspected.unread),
    ROW("inspections.undetailed", inspected.undetailed),
    ROW("inspections.cut", inspected.cut),
    ROW("inspections.full", inspected.full),
    ROW(NULL, packets),
    ROW(NULL, dropped_bytes),
    ROW(NULL, unanswered),
    ROW(NULL, established),
    ROW(NULL, decided),
    ROW(NULL, inspections_max),
    ROW(NULL, segments_max),
    ROW(NULL, holes_max),
    ROW(NULL, statistics_max),
    ROW(NULL, fragments_max),
    ROW(NULL, inspected.refused), /* is inspections.denied */
};
#define METER_ROWS (sizeof(meter_rows) / sizeof(meter_rows[0]))

_Static_assert(sizeof(struct meter_counts) == METER_ROWS * sizeof(uint64_t), "a row a counter");

int tally_init(struct tally *tally, size_t lanes)
{
    memset(tally, 0, sizeof(*tally));
    weir_check(lanes > 0);
    tally->readings = (struct tally_reading *)calloc(lanes, sizeof(tally->readings[0]));
    if (tally->readings == NULL || pthread_mutex_init(&tally->lock, NULL) != 0) {
        free(tally->readings);
        return WEIR_ENOMEM;
    }
    tally->lanes = lanes;
    for (size_t i = 0; i < lanes; i++) {
        tally->readings[i].newest_us = INT64_MIN;
    }
    tally->memory_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    return WEIR_OK;
}

void tally_fini(struct tally *tally)
{
    if (tally->memory_fd >= 0) {
        (void)close(tally->memory_fd);
    }
    free(tally->readings);
    (void)pthread_mutex_destroy(&tally->lock);
}

static void put(struct names *names, const char *name, uint64_t value)
{
    if (names->count < names->capacity) {
        struct weir_counter *counter = &names->counters[names->count++];
        (void)snprintf(counter->name, sizeof(counter->name), "%s", name);
        counter->value = value;
    }
}

static void put_under(struct names *names, const char *group, const char *name, uint64_t value)
{
    char full[WEIR_COUNTER_NAME_SIZE];
    (void)snprintf(full, sizeof(full), "%s.%s", group, name);
    put(names, full, value);
}

void tally_take_capture(struct capture *capture, struct tally_capture *out)
{
    struct tally_capture total = {.received_known = true,
                                  .filtered_known = true,
                                  .kernel_known = true};
    const size_t sources = capture_sources(capture);
    memset(total.interface_known, true, sizeof(total.interface_known));
    for (size_t i = 0; i < sources; i++) {
        struct capture_counters one;
        capture_count(capture, i, &one);
        const uint64_t gone = one.kernel_dropped + one.delivered + one.filtered;
        total.received += one.received;
        total.filtered += one.filtered;
        total.kernel_dropped += one.kernel_dropped;
        total.waiting += one.received > gone ? one.received - gone : 0;
        total.errors += one.errors;
        total.received_known = total.received_known && one.received_known;
        total.filtered_known = total.filtered_known && one.filtered_known;
        total.kernel_known = total.kernel_known && one.kernel_dropped_known;
        for (int j = 0; j < INTERFACE_COUNTERS; j++) {
            total.interface[j] += one.interface[j];
            total.interface_known[j] = total.interface_known[j] && one.interface_known[j];
        }
    }
    *out = total;
}

void tally_update(struct tally *tally, size_t lane, const struct tally_reading *reading)
{
    weir_check(lane < tally->lanes);
    (void)pthread_mutex_lock(&tally->lock);
    tally->readings[lane] = *reading;
    (void)pthread_mutex_unlock(&tally->lock);
}

static void add_capture(struct tally_capture *sum, const struct tally_capture *one)
{
    sum->received += one->received;
    sum->filtered += one->filtered;
    sum->kernel_dropped += one->kernel_dropped;
    sum->waiting += one->waiting;
    sum->errors += one->errors;
    sum->received_known = sum->received_known && one->received_known;
    sum->filtered_known = sum->filtered_known && one->filtered_known;
    sum->kernel_known = sum->kernel_known && one->kernel_known;
}

static uint64_t count_of(const struct meter_counts *counts, const struct meter_row *row)
{
    uint64_t count = 0;
    memcpy(&count, (const uint8_t *)counts + row->offset, sizeof(count));
    return count;
}

static void add_meter(struct meter_counts *sum, const struct meter_counts *one)
{
    for (size_t i = 0; i < METER_ROWS; i++) {
        const uint64_t count = count_of(sum, &meter_rows[i]) + count_of(one, &meter_rows[i]);
        memcpy((uint8_t *)sum + meter_rows[i].offset, &count, sizeof(count));
    }
}

/* Lanes look at the one watch at different times: of what only grows, the most is the latest. */
static void keep_latest(struct layer2_counters *latest, const struct layer2_counters *one)
{
    if (one->arp + one->told + one->forgotten > latest->arp + latest->told + latest->forgotten) {
        *latest = *one;
    }
}

/* The cards are read by the first lane alone, so its reading stands for all. */
static struct tally_reading add_lanes(const struct tally *tally)
{
    struct tally_reading sum = tally->readings[0];
    for (size_t i = 1; i < tally->lanes; i++) {
        const struct tally_reading *one = &tally->readings[i];
        add_capture(&sum.capture, &one->capture);
        add_meter(&sum.meter, &one->meter);
        keep_latest(&sum.layer2, &one->layer2);
        for (int j = 0; j < PACKET_RESULTS; j++) {
            sum.decoded[j] += one->decoded[j];
        }
        sum.bad_checksum += one->bad_checksum;
        sum.offloaded += one->offloaded;
        sum.time_moved += one->time_moved;
        for (int j = 0; j < WEIR_DETAIL_COUNT; j++) {
            sum.overload.level_us[j] += one->overload.level_us[j];
        }
        if (one->overload.level > sum.overload.level) {
            sum.overload.level = one->overload.level;
        }
        sum.newest_us = one->newest_us > sum.newest_us ? one->newest_us : sum.newest_us;
    }
    return sum;
}

static void put_capture(struct names *names, const struct tally_capture *capture)
{
    if (capture->received_known) {
        put(names, "packets.seen", capture->received);
        put(names, "packets.waiting", capture->waiting);
    }
    if (capture->filtered_known) {
        put(names, "packets.filtered", capture->filtered);
    }
    if (capture->kernel_known) {
        put(names, "packets.dropped_kernel", capture->kernel_dropped);
    }
    for (int i = 0; i < INTERFACE_COUNTERS; i++) {
        if (capture->interface_known[i]) {
            put_under(names, "interface", interface_statistics_name((enum interface_counter)i),
                      capture->interface[i]);
        }
    }
    put(names, "sources.damaged", capture->errors);
}

static void put_meter(struct names *names, const struct meter_counts *meter)
{
    for (size_t i = 0; i < METER_ROWS; i++) {
        if (meter_rows[i].name != NULL) {
            put(names, meter_rows[i].name, count_of(meter, &meter_rows[i]));
        }
    }
}

static void put_layer2(struct names *names, const struct layer2_counters *layer2)
{
    put(names, "layer2.arp", layer2->arp);
    put(names, "layer2.unread", layer2->unread);
    put(names, "layer2.events", layer2->told);
    put(names, "layer2.evicted", layer2->forgotten);
}

static void put_overload(struct names *names, const struct overload *overload)
{
    put(names, "overload.level", (uint64_t)overload->level);
    for (int level = WEIR_DETAIL_FULL + 1; level < WEIR_DETAIL_COUNT; level++) {
        char name[WEIR_COUNTER_NAME_SIZE - sizeof("overload")];
        (void)snprintf(name, sizeof(name), "%s_s", overload_name((enum weir_detail)level));
        put_under(names, "overload", name, overload->level_us[level] / (uint64_t)WEIR_US_PER_S);
    }
}

static void put_process(struct names *names, int memory_fd)
{
    struct rusage usage;
    char text[STATM_BYTES];
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        const int64_t cpu_us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * WEIR_US_PER_S +
                               usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
        put(names, "process.cpu_ms", (uint64_t)(cpu_us / WEIR_US_PER_MS));
    }
    const ssize_t size = memory_fd < 0 ? -1 : pread(memory_fd, text, sizeof(text) - 1, 0);
    if (size > 0) {
        text[size] = '\0';
        const char *resident = strchr(text, ' '); /* the second of its numbers, in pages */
        const uint64_t pages = resident == NULL ? 0 : strtoull(resident, NULL, 10);
        put(names, "process.memory_bytes", pages * (uint64_t)sysconf(_SC_PAGESIZE));
    }
}

/* What only a live heartbeat wants, and would differ from run to run. */
static void put_now(struct names *names, const struct tally *tally, int64_t newest_us)
{
    if (newest_us > 0) {
        put(names, "packets.newest_us", (uint64_t)newest_us);
    }
    put(names, "capture.lanes", tally->lanes);
    put_process(names, tally->memory_fd);
}

static void put_all(struct names *names, const struct tally_reading *sum)
{
    put_capture(names, &sum->capture);
    for (int result = 0; result < PACKET_RESULTS; result++) {
        put_under(names, "packets", packet_result_name((enum packet_result)result),
                  sum->decoded[result]);
    }
    put(names, "packets.bad_checksum", sum->bad_checksum);
    put(names, "packets.offloaded", sum->offloaded);
    put(names, "packets.time_moved", sum->time_moved);
    put_meter(names, &sum->meter);
    put_layer2(names, &sum->layer2);
    put_overload(names, &sum->overload);
}

struct tally_reading tally_sum(struct tally *tally)
{
    (void)pthread_mutex_lock(&tally->lock);
    const struct tally_reading sum = add_lanes(tally);
    (void)pthread_mutex_unlock(&tally->lock);
    return sum;
}

size_t tally_read(struct tally *tally, struct weir_counter *counters, size_t capacity)
{
    const struct tally_reading sum = tally_sum(tally);
    struct names names = {.counters = counters, .capacity = capacity};
    put_all(&names, &sum);
    put_now(&names, tally, sum.newest_us);
    return names.count;
}

void tally_print(struct tally *tally, FILE *out)
{
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX] = {{.value = 0}};
    const struct tally_reading sum = tally_sum(tally);
    struct names names = {.counters = counters, .capacity = WEIR_CONTROL_COUNTERS_MAX};
    put_all(&names, &sum);
    for (size_t i = 0; i < names.count; i++) {
        if (counters[i].value > 0) {
            (void)fprintf(out, "%-28s %12" PRIu64 "\n", counters[i].name, counters[i].value);
        }
    }
}
