/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_sensor FILE [ROUNDS [CASE]]: what each stage of the sensor adds to a bare libpcap loop.
 *
 * Every case reads the whole file in one thread, from capture to where records would be spooled.
 * "encoded" means what a sensor does with each record that ended: Community ID, a place in a
 * columnar batch, protobuf, XXH3 over the frame. CPU of the process a packet; the best round
 * counts, and all of a case's memory is taken from the system in each round, as a sensor that
 * starts does. With CASE that case alone runs, once, for a profiler.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/check.h"
#include "common/base/clock.h"

#include "common/flow/community_id.h"
#include "common/flow/flow_record_copy.h"
#include "common/model/model.h"

#include "proto/flow_batch_codec.h"

#include "sensor/capture/capture.h"
#include "sensor/capture/capture_bare.h"
#include "sensor/decode/packet.h"
#include "sensor/export/outbox.h"
#include "sensor/inspect/policy.h"
#include "sensor/meter/meter.h"
#include "sensor/score/scorer.h"

#include "tests/support/random_forest.h"

#define TREES 100
#define DEPTH 6

struct bench_case {
    const char *name, *budget;
    bool meters, measures, encodes, compresses, inspects, scores;
};

/* Payload is read by inspection alone: its entropy is a part of that. */
static const struct bench_case cases[] = {
    {.name = "bare", .budget = ""},
    {.name = "meter", .budget = "", .meters = true},
    {.name = "meter, encoded", .budget = "", .meters = true, .encodes = true},
    {.name = "meter, statistics", .budget = "", .meters = true, .measures = true},
    {.name = "meter, statistics, encoded",
     .budget = "2.0 aim, 2.5 limit",
     .meters = true,
     .measures = true,
     .encodes = true},
    {.name = "inspected, encoded",
     .budget = "",
     .meters = true,
     .measures = true,
     .encodes = true,
     .inspects = true},
    {.name = "inspected, scored, encoded",
     .budget = "4.0 aim, 4.5 limit",
     .meters = true,
     .measures = true,
     .encodes = true,
     .inspects = true,
     .scores = true},
    {.name = "the same, compressed",
     .budget = "",
     .meters = true,
     .measures = true,
     .encodes = true,
     .compresses = true,
     .inspects = true,
     .scores = true},
};

struct shipped { /* a batch as the outbox fills it */
    struct weir_flow_record records[OUTBOX_RECORDS_MAX];
    struct weir_arena arena;
    size_t count;
    struct weir_flow_batch_encoder *encoder;
    struct weir_buffer frame;
    uint64_t sequence, bytes, batches;
};

struct stages {
    const struct bench_case *bench;
    struct shipped shipped;
    struct scorer scorer;
    uint64_t records, flagged;
};

static int64_t cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * WEIR_NS_PER_S + now.tv_nsec;
}

static void close_batch(struct shipped *shipped)
{
    struct weir_error error = {0};
    struct weir_flow_batch batch = {.sequence = ++shipped->sequence,
                                    .stream = "bench",
                                    .records = shipped->records,
                                    .count = shipped->count};
    for (size_t i = 0; i < shipped->count; i++) {
        weir_community_id_fill(0, &shipped->records[i]);
    }
    batch.last_record_no = shipped->records[shipped->count - 1].record_no;
    weir_buffer_reset(&shipped->frame);
    if (weir_flow_batch_encode(shipped->encoder, &batch, &shipped->frame, &error) != WEIR_OK) {
        (void)fprintf(stderr, "bench_sensor: %s\n", error.text);
        exit(70);
    }
    shipped->bytes += shipped->frame.size;
    shipped->batches++;
    shipped->count = 0;
    weir_arena_reset(&shipped->arena);
}

static void ship(struct shipped *shipped, const struct weir_flow_record *record)
{
    struct weir_flow_record *place = &shipped->records[shipped->count];
    weir_check(weir_flow_record_copy(&shipped->arena, record, place) == WEIR_OK);
    shipped->count++;
    if (shipped->count == OUTBOX_RECORDS_MAX) {
        close_batch(shipped);
    }
}

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct stages *stages = context;
    struct weir_flow_record scored;
    stages->records++;
    if (stages->bench->scores) {
        scored = *record;
        scorer_score(&stages->scorer, &scored);
        stages->flagged += scored.verdict.flagged ? 1 : 0;
        record = &scored;
    }
    if (stages->bench->encodes) {
        ship(&stages->shipped, record);
    }
}

static struct scorer_model *new_model(void)
{
    const struct weir_feature_schema *schema = weir_feature_schema_find("sensor");
    struct scorer_model *model = calloc(1, sizeof(*model));
    struct weir_encoding encoding;
    struct weir_buffer payload = {0};
    struct weir_rng rng;
    weir_rng_init(&rng, 1);
    weir_check(model != NULL && weir_encoding_init(&encoding, schema) == WEIR_OK);
    random_forest_encode(&rng, &encoding, TREES, DEPTH, &payload);
    weir_check(weir_model_load(payload.bytes, payload.size, schema, &model->model, NULL) ==
               WEIR_OK);
    weir_buffer_fini(&payload);
    model->version = 1;
    model->threshold = 0.9F;
    return model;
}

static struct stages *new_stages(const struct bench_case *bench)
{
    struct stages *stages = calloc(1, sizeof(*stages));
    weir_check(stages != NULL);
    const int level = bench->compresses ? WEIR_ZSTD_LEVEL_DEFAULT : WEIR_ZSTD_LEVEL_NONE;
    stages->bench = bench;
    weir_arena_init(&stages->shipped.arena, 0);
    weir_check(weir_flow_batch_encoder_new(level, &stages->shipped.encoder) == WEIR_OK);
    scorer_init(&stages->scorer);
    if (bench->scores) {
        struct scorer_model *model = new_model();
        scorer_activate(&stages->scorer, &model);
    }
    return stages;
}

static void free_stages(struct stages *stages)
{
    if (stages->shipped.count > 0) {
        close_batch(&stages->shipped);
    }
    weir_flow_batch_encoder_free(stages->shipped.encoder);
    weir_buffer_fini(&stages->shipped.frame);
    weir_arena_fini(&stages->shipped.arena);
    scorer_fini(&stages->scorer);
    free(stages);
}

/* From the first packet to the last record; gives the packets. */
static uint64_t meter_file(const char *path, struct meter *meter)
{
    struct capture *capture = NULL;
    struct weir_error error = {0};
    struct captured_frame frame;
    struct packet packet;
    uint64_t packets = 0;
    enum capture_result got = CAPTURE_PACKET;
    if (capture_open_files(&path, 1, &capture_defaults, &capture, &error) != WEIR_OK) {
        (void)fprintf(stderr, "bench_sensor: %s\n", error.text);
        exit(66);
    }
    while ((got = capture_next(capture, &frame, &error)) != CAPTURE_END) {
        packets += got == CAPTURE_PACKET ? 1U : 0U;
        if (got == CAPTURE_PACKET &&
            packet_decode(&frame, &packet_decode_defaults, &packet) == PACKET_OK) {
            meter_add(meter, &packet);
        }
    }
    meter_drain(meter);
    capture_close(capture);
    return packets;
}

static uint64_t run_meter(const char *path, struct stages *stages)
{
    const struct bench_case *bench = stages->bench;
    struct weir_kdd_window_options window = weir_kdd_window_defaults;
    struct meter_options options = meter_defaults;
    struct policy unread = policy_defaults;
    struct meter *meter = NULL;
    unread.enabled = bench->inspects; /* else no payload is looked at at all */
    unread.inspections = 1;
    options.final_only = true;
    options.statistics_max = bench->measures ? options.statistics_max : 0;
    options.inspect = bench->inspects ? NULL : &unread;
    window.ring = 65536;
    if (bench->scores) {
        weir_check(weir_kdd_window_new(&window, &options.window) == WEIR_OK);
    }
    weir_check(meter_new(&options, on_record, stages, &meter) == WEIR_OK);
    const uint64_t packets = meter_file(path, meter);
    weir_check(stages->records == meter_counts(meter)->final);
    meter_free(meter);
    weir_kdd_window_free(options.window);
    return packets;
}

struct figures {
    int64_t best_ns;
    uint64_t packets, records, bytes;
};

static void run_case(const char *path, const struct bench_case *bench, struct figures *figures)
{
    const int64_t begin_ns = cpu_ns();
    if (bench->meters) {
        struct stages *stages = new_stages(bench);
        figures->packets = run_meter(path, stages);
        figures->records = stages->records;
        figures->bytes = stages->shipped.bytes;
        free_stages(stages);
    } else {
        struct capture_bare_counts counts = {0};
        struct weir_error error = {0};
        if (capture_bare_loop(path, &counts, &error) != WEIR_OK) {
            (void)fprintf(stderr, "bench_sensor: %s\n", error.text);
            exit(66);
        }
        figures->packets = counts.packets;
    }
    const int64_t took_ns = cpu_ns() - begin_ns;
    figures->best_ns = took_ns < figures->best_ns ? took_ns : figures->best_ns;
}

static void print_figures(const struct figures *all)
{
    const size_t count = sizeof(cases) / sizeof(cases[0]);
    const double bare_ns = (double)all[0].best_ns;
    (void)printf("%" PRIu64 " packets, %" PRIu64 " flows\n", all[0].packets, all[1].records);
    (void)printf("%-28s %12s %8s  %s\n", "", "ns a packet", "ratio", "");
    for (size_t i = 0; i < count; i++) {
        const double ns = (double)all[i].best_ns;
        (void)printf("%-28s %12.1f %8.2f  %s", cases[i].name, ns / (double)all[i].packets,
                     ns / bare_ns, cases[i].budget);
        if (cases[i].encodes) {
            (void)printf("%s%.0f bytes a flow", cases[i].budget[0] == '\0' ? "" : "; ",
                         (double)all[i].bytes / (double)all[i].records);
        }
        (void)printf("\n");
    }
}

int main(int argc, char **argv)
{
    const size_t count = sizeof(cases) / sizeof(cases[0]);
    struct figures figures[sizeof(cases) / sizeof(cases[0])];
    if (argc < 2 || argc > 4) {
        (void)fprintf(stderr, "usage: bench_sensor FILE [ROUNDS [CASE]]\n");
        return 64;
    }
    const long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    for (size_t i = 0; i < count; i++) {
        figures[i] = (struct figures){.best_ns = INT64_MAX};
        if (argc == 4 && strcmp(argv[3], cases[i].name) == 0) {
            run_case(argv[1], &cases[i], &figures[i]);
            return 0;
        }
    }
    for (long round = 0; round < rounds && argc < 4; round++) {
        for (size_t i = 0; i < count; i++) { /* in turn, so that all meet the same weather */
            run_case(argv[1], &cases[i], &figures[i]);
        }
    }
    if (argc == 4) {
        (void)fprintf(stderr, "bench_sensor: no case %s\n", argv[3]);
        return 64;
    }
    print_figures(figures);
    return 0;
}
