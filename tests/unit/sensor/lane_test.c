/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/lane.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/packet_bytes.h"
#include "tests/support/weir_test.h"

#define PACKETS 5000U
#define T0_S    1700000000U

struct fixture {
    struct sensor_options options;
    struct tally tally;
    struct capture *capture;
    struct record_writer *writer;
    FILE *out;
    char *text;
    size_t size;
    char path[64];
    unsigned looked, stops_after; /* 0 = never */
    struct lane *lane;
};

static void put_u32(FILE *stream, uint32_t value)
{
    assert_int_equal(fwrite(&value, sizeof(value), 1, stream), 1);
}

/* A capture of many short UDP flows. */
static void write_capture(struct fixture *f)
{
    (void)snprintf(f->path, sizeof(f->path), "/tmp/weir-lane-XXXXXX");
    const int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    assert_non_null(file);
    const uint32_t head[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    assert_int_equal(fwrite(head, sizeof(head), 1, file), 1);
    for (uint32_t i = 0; i < PACKETS; i++) {
        const struct packet_ends ends = {"10.0.0.1", "10.0.0.2", (uint16_t)(1024 + i / 2), 4000};
        const struct packet_bytes bytes = packet_bytes_udp(&ends, 10);
        put_u32(file, T0_S + i / 1000);
        put_u32(file, i % 1000);
        put_u32(file, (uint32_t)bytes.size);
        put_u32(file, (uint32_t)bytes.size);
        assert_int_equal(fwrite(bytes.bytes, bytes.size, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
}

static bool on_look(void *context)
{
    struct fixture *f = (struct fixture *)context;
    f->looked++;
    return f->stops_after > 0 && f->looked >= f->stops_after;
}

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    write_capture(f);
    f->options = (struct sensor_options){.flows_max = 10000, .timeouts = timeouts_defaults};
    assert_err(tally_init(&f->tally, 2), WEIR_OK);
    f->out = open_memstream(&f->text, &f->size);
    assert_non_null(f->out);
    assert_err(record_writer_open(RECORD_FORMAT_CSV, f->out, 0, 0, &f->writer), WEIR_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    lane_free(f->lane);
    if (f->writer != NULL) {
        (void)!record_writer_close(&f->writer, NULL);
    }
    (void)fclose(f->out);
    free(f->text);
    tally_fini(&f->tally);
    (void)unlink(f->path);
    free(f);
    return 0;
}

/* The second of two lanes, and alone in using its writer. */
static void run(struct fixture *f)
{
    const char *path = f->path;
    const struct lane_options options = {.options = &f->options,
                                         .number = 1,
                                         .count = 2,
                                         .writer = f->writer,
                                         .tally = &f->tally,
                                         .look = on_look,
                                         .context = f,
                                         .wake_fd = -1};
    assert_err(capture_open_files(&path, 1, &capture_defaults, &f->capture, NULL), WEIR_OK);
    assert_err(lane_new(&options, &f->capture, &f->lane, NULL), WEIR_OK);
    assert_null(f->capture);
    lane_run(f->lane);
    lane_finish(f->lane);
    assert_err(lane_result(f->lane), WEIR_OK);
    assert_false(lane_was_damaged(f->lane));
}

static void every_packet_and_every_flow_is_counted(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    run(f);
    const struct tally_reading sum = tally_sum(&f->tally);
    assert_int_equal(sum.capture.received, PACKETS);
    assert_int_equal(sum.decoded[PACKET_OK], PACKETS);
    assert_int_equal(sum.meter.created, PACKETS / 2);
    assert_int_equal(sum.meter.final, PACKETS / 2);
    assert_int_equal(sum.capture.waiting, 0);
    assert_true(lane_beats(f->lane) >= PACKETS / 1024);
}

static void flow_ids_of_lanes_differ(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    run(f);
    assert_err(record_writer_close(&f->writer, NULL), WEIR_OK);
    char expected[32];
    (void)snprintf(expected, sizeof(expected), ",%llu,", (1ULL << 56) + 1);
    assert_non_null(strstr(f->text, expected));
}

static void a_lane_that_is_told_to_stop_stops_and_ends_its_flows(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->stops_after = 2;
    run(f);
    const struct tally_reading sum = tally_sum(&f->tally);
    assert_int_equal(sum.decoded[PACKET_OK], 2048);
    assert_int_equal(sum.meter.open, 0);
    assert_int_equal(sum.meter.final, sum.meter.created);
}

static void a_resumable_replay_that_is_stopped_keeps_its_flows(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->stops_after = 2;
    f->options.resume = true;
    run(f);
    assert_int_equal(tally_sum(&f->tally).meter.final, 0);
}

static void a_simulated_overload_is_told_of_and_stays(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->options.simulate_overload = WEIR_DETAIL_NO_STATISTICS;
    run(f);
    assert_int_equal(tally_sum(&f->tally).overload.level, WEIR_DETAIL_NO_STATISTICS);
}

static void other_timeouts_are_taken_on_the_way(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    run(f);
    struct timeouts timeouts = timeouts_defaults;
    timeouts.udp_idle_us = 1000000;
    lane_set_timeouts(f->lane, &timeouts);
    assert_false(lane_look_up(f->lane));
    assert_false(lane_has_model(f->lane));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_packet_and_every_flow_is_counted),
        TEST(flow_ids_of_lanes_differ),
        TEST(a_lane_that_is_told_to_stop_stops_and_ends_its_flows),
        TEST(a_resumable_replay_that_is_stopped_keeps_its_flows),
        TEST(a_simulated_overload_is_told_of_and_stays),
        TEST(other_timeouts_are_taken_on_the_way),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
