/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/tally.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

struct fixture {
    struct tally tally;
    struct capture *capture;
    char path[64];
    struct tally_reading reading;
};

/* A pcap file without packets. */
static int set_up(void **state)
{
    static const uint32_t head[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    assert_non_null(f);
    (void)snprintf(f->path, sizeof(f->path), "/tmp/weir-tally-XXXXXX");
    const int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, head, sizeof(head)), sizeof(head));
    (void)close(fd);
    const char *const paths[] = {f->path};
    assert_err(capture_open_files(paths, 1, &capture_defaults, &f->capture, NULL), WEIR_OK);
    assert_err(tally_init(&f->tally, 2), WEIR_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    capture_close(f->capture);
    tally_fini(&f->tally);
    (void)unlink(f->path);
    free(f);
    return 0;
}

static const struct weir_counter *find(const struct weir_counter *counters, size_t count,
                                       const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(counters[i].name, name) == 0) {
            return &counters[i];
        }
    }
    return NULL;
}

/* Of the first of two lanes. */
static void read_all(struct fixture *f)
{
    tally_take_capture(f->capture, &f->reading.capture);
    tally_update(&f->tally, 0, &f->reading);
}

static void lanes_are_added_up(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    f->reading.meter.created = 5;
    f->reading.meter.inspected.cut = 4;
    f->reading.decoded[PACKET_OK] = 70;
    f->reading.capture.received = 80;
    f->reading.capture.received_known = true;
    f->reading.overload.level = WEIR_DETAIL_NO_INSPECTION;
    f->reading.overload.level_us[WEIR_DETAIL_NO_INSPECTION] = 3000000;
    tally_update(&f->tally, 0, &f->reading);
    f->reading.overload.level = WEIR_DETAIL_FULL;
    tally_update(&f->tally, 1, &f->reading);
    const size_t count = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    assert_true(count + 20 < WEIR_CONTROL_COUNTERS_MAX); /* of the spool, uplink and ring */
    assert_int_equal(find(counters, count, "flows.created")->value, 10);
    assert_int_equal(find(counters, count, "inspections.cut")->value, 8);
    assert_int_equal(find(counters, count, "packets.decoded")->value, 140);
    assert_int_equal(find(counters, count, "packets.seen")->value, 160);
    assert_int_equal(find(counters, count, "overload.level")->value, WEIR_DETAIL_NO_INSPECTION);
    assert_int_equal(find(counters, count, "overload.no_inspection_s")->value, 6);
}

static void the_one_watch_of_all_lanes_is_not_added_up(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    f->reading.layer2 = (struct layer2_counters){.arp = 9, .unread = 1, .told = 4, .forgotten = 2};
    tally_update(&f->tally, 1, &f->reading);
    f->reading.layer2.arp = 8; /* this lane looked a little sooner */
    tally_update(&f->tally, 0, &f->reading);
    const size_t count = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    assert_int_equal(find(counters, count, "layer2.arp")->value, 9);
    assert_int_equal(find(counters, count, "layer2.unread")->value, 1);
    assert_int_equal(find(counters, count, "layer2.events")->value, 4);
    assert_int_equal(find(counters, count, "layer2.evicted")->value, 2);
}

static void what_one_lane_cannot_know_is_unknown(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    f->reading.capture.kernel_known = true;
    tally_update(&f->tally, 0, &f->reading);
    f->reading.capture.kernel_known = false;
    tally_update(&f->tally, 1, &f->reading);
    const size_t count = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    assert_null(find(counters, count, "packets.dropped_kernel"));
}

/* But for why packets were not metered: packet.h names those. */
static void every_counter_is_in_the_readme(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    char *readme = (char *)calloc(1, 65536);
    assert_non_null(readme);
    FILE *file = fopen(WEIR_TESTS_DIR "/../sensor/README.md", "r");
    assert_non_null(file);
    assert_true(fread(readme, 1, 65535, file) > 0);
    assert_int_equal(fclose(file), 0);
    const size_t count = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    for (size_t i = 0; i < count; i++) {
        char quoted[WEIR_COUNTER_NAME_SIZE + 2];
        (void)snprintf(quoted, sizeof(quoted), "`%s`", counters[i].name);
        if (strncmp(counters[i].name, "packets.", 8) != 0 && strstr(readme, quoted) == NULL) {
            fail_msg("%s is not in sensor/README.md", counters[i].name);
        }
    }
    free(readme);
}

static void a_heartbeat_says_what_the_process_takes(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    const size_t count = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    assert_non_null(find(counters, count, "process.cpu_ms"));
    assert_true(find(counters, count, "process.memory_bytes")->value > 0);
    assert_null(find(counters, count, "packets.newest_us")); /* there is none yet */
}

static void a_reading_names_what_was_counted(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    f->reading.meter.created = 5;
    f->reading.meter.final = 3;
    f->reading.decoded[PACKET_OK] = 77;
    read_all(f);
    const size_t count = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    assert_true(count < WEIR_CONTROL_COUNTERS_MAX);
    assert_int_equal(find(counters, count, "flows.created")->value, 5);
    assert_int_equal(find(counters, count, "flows.final")->value, 3);
    char name[WEIR_COUNTER_NAME_SIZE];
    (void)snprintf(name, sizeof(name), "packets.%s", packet_result_name(PACKET_OK));
    assert_int_equal(find(counters, count, name)->value, 77);
}

static void what_a_file_cannot_know_is_left_out(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    read_all(f);
    const size_t count = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    assert_null(find(counters, count, "packets.dropped_kernel"));
}

static void a_second_reading_replaces_the_first(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    read_all(f);
    const size_t first = tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    f->reading.meter.open = 9;
    read_all(f);
    (void)tally_read(&f->tally, counters, WEIR_CONTROL_COUNTERS_MAX);
    assert_int_equal(find(counters, first, "flows.open")->value, 9);
}

static void a_short_array_takes_what_fits(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct weir_counter counters[2];
    read_all(f);
    assert_int_equal(tally_read(&f->tally, counters, 2), 2);
}

static void people_read_what_is_not_zero(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    f->reading.meter.evicted = 4;
    f->reading.bad_checksum = 2;
    f->reading.time_moved = 1;
    read_all(f);
    tally_print(&f->tally, out);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "flows.evicted"));
    assert_non_null(strstr(text, "packets.bad_checksum"));
    assert_non_null(strstr(text, "packets.time_moved"));
    assert_null(strstr(text, "flows.created"));
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_reading_names_what_was_counted),
        TEST(what_a_file_cannot_know_is_left_out),
        TEST(a_second_reading_replaces_the_first),
        TEST(a_short_array_takes_what_fits),
        TEST(people_read_what_is_not_zero),
        TEST(lanes_are_added_up),
        TEST(the_one_watch_of_all_lanes_is_not_added_up),
        TEST(what_one_lane_cannot_know_is_unknown),
        TEST(a_heartbeat_says_what_the_process_takes),
        TEST(every_counter_is_in_the_readme),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
