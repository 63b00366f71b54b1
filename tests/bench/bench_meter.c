/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_meter: capture, decode and meter a file, beside a bare libpcap loop that only counts.
 *
 *     bench_meter FILE [none|csv|jsonl|zeek-conn|kdd] [ROUNDS] [STATISTICS]
 *
 * STATISTICS is off, headers (all but what reads payload) or payload; none of them inspects
 * content. With all, content is inspected as well. Without a format nothing is written but the
 * figures: nanoseconds of CPU a packet and the ratio.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/check.h"
#include "common/base/clock.h"

#include "sensor/capture/capture.h"
#include "sensor/capture/capture_bare.h"
#include "sensor/decode/packet.h"
#include "sensor/export/record_writer.h"
#include "sensor/meter/meter.h"

struct totals {
    uint64_t packets, records;
    int64_t start_ns, run_ns; /* CPU of taking the meter's memory, and of all the rest */
};

static int64_t cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * WEIR_NS_PER_S + now.tv_nsec;
}

static void fail(const struct weir_error *error)
{
    (void)fprintf(stderr, "bench_meter: %s\n", error->text);
    exit(66);
}

static void run_bare(const char *path)
{
    struct capture_bare_counts counts;
    struct weir_error error = {0};
    if (capture_bare_loop(path, &counts, &error) != WEIR_OK) {
        fail(&error);
    }
}

static void on_record(void *context, const struct weir_flow_record *record)
{
    if (context != NULL) {
        record_writer_add(context, record);
    }
}

static struct totals run_meter(const char *path, struct record_writer *writer,
                               const char *statistics)
{
    struct totals totals = {0};
    struct meter *meter = NULL;
    const int64_t new_ns = cpu_ns();
    struct meter_options options = meter_defaults;
    options.final_only = true; /* as a sensor without collector does */
    struct policy policy = policy_defaults;
    policy.enabled = strcmp(statistics, "all") == 0;
    options.inspect = &policy;
    options.payload_statistics = policy.enabled || strcmp(statistics, "payload") == 0;
    if (strcmp(statistics, "off") == 0) {
        options.statistics_max = 0;
    }
    weir_check(meter_new(&options, on_record, writer, &meter) == WEIR_OK);
    const int64_t begin_ns = cpu_ns();
    totals.start_ns = begin_ns - new_ns;
    struct capture *capture = NULL;
    struct weir_error error = {0};
    if (capture_open_files(&path, 1, &capture_defaults, &capture, &error) != WEIR_OK) {
        fail(&error);
    }
    struct captured_frame frame;
    enum capture_result got = CAPTURE_PACKET;
    while ((got = capture_next(capture, &frame, &error)) != CAPTURE_END) {
        struct packet packet;
        totals.packets += got == CAPTURE_PACKET ? 1U : 0U;
        if (got == CAPTURE_PACKET &&
            packet_decode(&frame, &packet_decode_defaults, &packet) == PACKET_OK) {
            meter_add(meter, &packet);
        }
    }
    meter_drain(meter);
    totals.records = meter_counts(meter)->final;
    capture_close(capture);
    totals.run_ns = cpu_ns() - begin_ns;
    meter_free(meter);
    return totals;
}

static int write_records(const char *path, const char *name)
{
    static const char *const names[] = {"csv", "jsonl", "zeek-conn", "kdd"};
    struct record_writer *writer = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            weir_check(record_writer_open((enum record_format)i, stdout, 0, 0, &writer) == WEIR_OK);
            (void)run_meter(path, writer, "all");
            return record_writer_close(&writer, NULL) == WEIR_OK ? 0 : 74;
        }
    }
    (void)fprintf(stderr, "bench_meter: no format %s\n", name);
    return 64;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 5) {
        (void)fprintf(stderr, "usage: bench_meter FILE [FORMAT] [ROUNDS] [STATISTICS]\n");
        return 64;
    }
    if (argc > 2 && strcmp(argv[2], "none") != 0) {
        return write_records(argv[1], argv[2]);
    }
    const long rounds = argc > 3 ? strtol(argv[3], NULL, 10) : 5;
    int64_t bare_ns = INT64_MAX;
    int64_t meter_ns = INT64_MAX;
    int64_t start_up_ns = INT64_MAX;
    struct totals totals = {0};
    /* Every round takes its memory from the system, as a sensor that starts does. */
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    for (long i = 0; i < rounds; i++) { /* the best of several: noise only ever adds */
        const int64_t start = cpu_ns();
        run_bare(argv[1]);
        const int64_t middle = cpu_ns();
        totals = run_meter(argv[1], NULL, argc > 4 ? argv[4] : "headers");
        bare_ns = middle - start < bare_ns ? middle - start : bare_ns;
        start_up_ns = totals.start_ns < start_up_ns ? totals.start_ns : start_up_ns;
        meter_ns = totals.run_ns < meter_ns ? totals.run_ns : meter_ns;
    }
    const double packets = (double)(totals.packets > 0 ? totals.packets : 1);
    (void)printf("packets %" PRIu64 " flows %" PRIu64 " start_up %" PRId64 " us\n", totals.packets,
                 totals.records, start_up_ns / 1000);
    (void)printf("bare_loop %.1f ns_per_packet\nmeter %.1f ns_per_packet\nratio %.2f\n",
                 (double)bare_ns / packets, (double)meter_ns / packets,
                 (double)meter_ns / (double)(bare_ns > 0 ? bare_ns : 1));
    return 0;
}
