/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/tally.h"

#include <inttypes.h>
#include <string.h>

int tally_init(struct tally *tally)
{
    memset(tally, 0, sizeof(*tally));
    return pthread_mutex_init(&tally->lock, NULL) == 0 ? WEIR_OK : WEIR_ENOMEM;
}

void tally_fini(struct tally *tally)
{
    (void)pthread_mutex_destroy(&tally->lock);
}

static void put(struct tally *tally, const char *name, uint64_t value)
{
    if (tally->count < WEIR_CONTROL_COUNTERS_MAX) {
        struct weir_counter *counter = &tally->counters[tally->count++];
        (void)snprintf(counter->name, sizeof(counter->name), "%s", name);
        counter->value = value;
    }
}

struct capture_total { /* of all sources; known only when every source knows it */
    uint64_t received, filtered, kernel_dropped, interface_dropped, errors;
    bool received_known, filtered_known, kernel_known, interface_known;
};

static struct capture_total add_sources(struct capture *capture)
{
    struct capture_total total = {.received_known = true,
                                  .filtered_known = true,
                                  .kernel_known = true,
                                  .interface_known = true};
    const size_t sources = capture_sources(capture);
    for (size_t i = 0; i < sources; i++) {
        struct capture_counters one;
        capture_count(capture, i, &one);
        total.received += one.received;
        total.filtered += one.filtered;
        total.kernel_dropped += one.kernel_dropped;
        total.interface_dropped += one.interface_dropped;
        total.errors += one.errors;
        total.received_known = total.received_known && one.received_known;
        total.filtered_known = total.filtered_known && one.filtered_known;
        total.kernel_known = total.kernel_known && one.kernel_dropped_known;
        total.interface_known = total.interface_known && one.interface_dropped_known;
    }
    return total;
}

static void put_capture(struct tally *tally, const struct capture_total *total)
{
    if (total->received_known) {
        put(tally, "packets.seen", total->received);
    }
    if (total->filtered_known) {
        put(tally, "packets.filtered", total->filtered);
    }
    if (total->kernel_known) {
        put(tally, "packets.dropped_kernel", total->kernel_dropped);
    }
    if (total->interface_known) {
        put(tally, "packets.dropped_interface", total->interface_dropped);
    }
    put(tally, "sources.damaged", total->errors);
}

void tally_update(struct tally *tally, struct capture *capture,
                  const uint64_t decoded[PACKET_RESULTS], const struct meter_counts *meter)
{
    const struct capture_total total = add_sources(capture);
    (void)pthread_mutex_lock(&tally->lock);
    tally->count = 0;
    put_capture(tally, &total);
    for (int result = 0; result < PACKET_RESULTS; result++) {
        char name[WEIR_COUNTER_NAME_SIZE];
        (void)snprintf(name, sizeof(name), "packets.%s",
                       packet_result_name((enum packet_result)result));
        put(tally, name, decoded[result]);
    }
    put(tally, "packets.fragments_dropped", meter->dropped_packets);
    put(tally, "ip_bytes.metered", meter->ip_bytes);
    put(tally, "flows.created", meter->created);
    put(tally, "flows.open", meter->open);
    put(tally, "flows.final", meter->final);
    put(tally, "flows.evicted", meter->evicted);
    put(tally, "records.start", meter->start);
    put(tally, "records.interim", meter->interim);
    (void)pthread_mutex_unlock(&tally->lock);
}

size_t tally_read(struct tally *tally, struct weir_counter *counters, size_t capacity)
{
    (void)pthread_mutex_lock(&tally->lock);
    const size_t count = tally->count < capacity ? tally->count : capacity;
    memcpy(counters, tally->counters, count * sizeof(counters[0]));
    (void)pthread_mutex_unlock(&tally->lock);
    return count;
}

void tally_print(struct tally *tally, FILE *out)
{
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    const size_t count = tally_read(tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (counters[i].value > 0) {
            (void)fprintf(out, "%-28s %12" PRIu64 "\n", counters[i].name, counters[i].value);
        }
    }
}
