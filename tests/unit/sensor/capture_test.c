/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/capture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"

#include "sensor/capture/capture_bare.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/weir_test.h"

#define HOUR PACKET_CLOCK_JUMP_US
#define T0   (INT64_C(1700000000) * WEIR_US_PER_S)

static const struct packet_ends ends = {"10.0.0.1", "10.0.0.2", 40000, 53};

/* A capture file of classic format being written to a temporary path. */
struct written {
    char path[64];
    FILE *stream;
    bool nanoseconds;
};

static void put_u32(FILE *stream, uint32_t value)
{
    assert_int_equal(fwrite(&value, sizeof(value), 1, stream), 1);
}

static struct written create(bool nanoseconds)
{
    struct written file = {.path = "/tmp/weir-capture-test-XXXXXX", .nanoseconds = nanoseconds};
    const int fd = mkstemp(file.path);
    assert_true(fd >= 0);
    file.stream = fdopen(fd, "wb");
    assert_non_null(file.stream);
    put_u32(file.stream, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
    put_u32(file.stream, 0x00040002); /* version 2.4, in this machine's order */
    put_u32(file.stream, 0);
    put_u32(file.stream, 0);
    put_u32(file.stream, 65535);
    put_u32(file.stream, 1);
    return file;
}

static void put_packet(struct written *file, int64_t time_us, uint16_t to_port)
{
    const struct packet_ends to = {ends.source, ends.destination, ends.source_port, to_port};
    const struct packet_bytes bytes = packet_bytes_udp(&to, 10);
    put_u32(file->stream, (uint32_t)(time_us / WEIR_US_PER_S));
    put_u32(file->stream, (uint32_t)(time_us % WEIR_US_PER_S) * (file->nanoseconds ? 1000U : 1U) +
                              (file->nanoseconds ? 999U : 0U));
    put_u32(file->stream, (uint32_t)bytes.size);
    put_u32(file->stream, (uint32_t)bytes.size);
    assert_int_equal(fwrite(bytes.bytes, bytes.size, 1, file->stream), 1);
}

static void finish(struct written *file)
{
    assert_int_equal(fclose(file->stream), 0);
    file->stream = NULL;
}

static struct capture *open_files(const char *const *paths, size_t count, const char *filter)
{
    struct capture *capture = NULL;
    struct weir_error error = {0};
    struct capture_options options = capture_defaults;
    options.filter = filter;
    if (capture_open_files(paths, count, &options, &capture, &error) != WEIR_OK) {
        fail_msg("%s", error.text);
    }
    return capture;
}

/* Asserts that the next packet is this one. */
static void expect(struct capture *capture, int64_t time_us, uint32_t source)
{
    struct captured_frame frame;
    assert_int_equal(capture_next(capture, &frame, NULL), CAPTURE_PACKET);
    assert_int_equal(frame.time_us, time_us);
    assert_int_equal(frame.source, source);
    assert_int_equal(frame.link_type, 1);
    assert_int_equal(frame.captured_bytes, 52);
    assert_int_equal(frame.bytes[13], 0);
    assert_int_equal(capture_now_us(capture, INT64_MAX), time_us);
}

static void expect_end(struct capture *capture)
{
    struct captured_frame frame;
    assert_int_equal(capture_next(capture, &frame, NULL), CAPTURE_END);
    assert_int_equal(capture_next(capture, &frame, NULL), CAPTURE_END);
}

static void files_are_merged_by_time_and_ties_go_to_the_first(void **state)
{
    (void)state;
    struct written files[3] = {create(false), create(true), create(false)};
    put_packet(&files[0], T0 + 10, 1);
    put_packet(&files[0], T0 + 30, 1);
    put_packet(&files[1], T0 + 5, 1); /* nanosecond stamps lose their last three digits */
    put_packet(&files[1], T0 + 30, 1);
    put_packet(&files[2], T0 + 20, 1);
    const char *paths[3] = {files[0].path, files[1].path, files[2].path};
    for (size_t i = 0; i < 3; i++) {
        finish(&files[i]);
    }
    struct capture *capture = open_files(paths, 3, NULL);
    expect(capture, T0 + 5, 1);
    expect(capture, T0 + 10, 0);
    expect(capture, T0 + 20, 2);
    expect(capture, T0 + 30, 0);
    expect(capture, T0 + 30, 1);
    expect_end(capture);
    assert_int_equal(capture_fds(capture, NULL, 0), 0);
    capture_close(capture);
    int64_t first = 0;
    int64_t last = 0;
    assert_err(capture_span(paths, 3, &first, &last, NULL), WEIR_OK);
    assert_int_equal(first, T0 + 5);
    assert_int_equal(last, T0 + 30);
    struct capture_bare_counts counts = {0};
    assert_err(capture_bare_loop(paths[0], &counts, NULL), WEIR_OK);
    assert_int_equal(counts.packets, 2);
    assert_int_equal(counts.bytes, 104);
    for (size_t i = 0; i < 3; i++) {
        (void)unlink(paths[i]);
    }
}

static void filtered_packets_are_counted(void **state)
{
    (void)state;
    struct written file = create(false);
    put_packet(&file, T0, 53);
    put_packet(&file, T0 + 1, 80);
    put_packet(&file, T0 + 2, 53);
    finish(&file);
    const char *path = file.path;
    struct capture *capture = open_files(&path, 1, "udp port 80");
    expect(capture, T0 + 1, 0);
    expect_end(capture);
    struct capture_counters counters;
    capture_count(capture, 0, &counters);
    assert_string_equal(counters.name, path);
    assert_int_equal(counters.received, 3);
    assert_int_equal(counters.filtered, 2);
    assert_int_equal(counters.delivered, 1);
    assert_true(counters.filtered_known && counters.received_known);
    assert_false(counters.kernel_dropped_known || counters.interface_known[INTERFACE_RX_DROPPED]);
    capture_close(capture);
    (void)unlink(path);
}

static void a_pause_of_days_moves_no_packet(void **state)
{
    (void)state;
    struct written file = create(false);
    const int64_t times[] = {T0, T0 + 48 * HOUR, T0 + 48 * HOUR + 5, T0 + 60 * HOUR};
    for (size_t i = 0; i < 4; i++) {
        put_packet(&file, times[i], 1);
    }
    for (int64_t i = 0; i < 300; i++) {
        put_packet(&file, T0 + 100 * HOUR + i, 1);
    }
    finish(&file);
    const char *path = file.path;
    struct capture *capture = open_files(&path, 1, NULL);
    for (size_t i = 0; i < 4; i++) {
        expect(capture, times[i], 0);
    }
    for (int64_t i = 0; i < 300; i++) {
        expect(capture, T0 + 100 * HOUR + i, 0);
    }
    expect_end(capture);
    struct capture_counters counters;
    capture_count(capture, 0, &counters);
    assert_int_equal(counters.jumps_accepted, 3);
    assert_int_equal(counters.forward_ignored, 0);
    capture_close(capture);
    (void)unlink(path);
}

static void stamps_far_ahead_that_the_rest_denies_are_clamped(void **state)
{
    (void)state;
    struct written file = create(false);
    put_packet(&file, T0, 1);
    for (int64_t i = 0; i < 90; i++) {
        put_packet(&file, T0 + 9 * HOUR + i, 1);
    }
    put_packet(&file, T0 + 7, 1);
    put_packet(&file, T0 + 3, 1);
    finish(&file);
    const char *path = file.path;
    struct capture *capture = open_files(&path, 1, NULL);
    for (int i = 0; i < 91; i++) {
        expect(capture, T0, 0);
    }
    struct captured_frame frame;
    expect(capture, T0 + 7, 0);
    assert_int_equal(capture_next(capture, &frame, NULL), CAPTURE_PACKET);
    assert_int_equal(frame.time_us, T0 + 7);
    assert_true(frame.is_moved);
    expect_end(capture);
    struct capture_counters counters;
    capture_count(capture, 0, &counters);
    assert_int_equal(counters.forward_ignored, 90);
    assert_int_equal(counters.backward_clamped, 1);
    capture_close(capture);
    (void)unlink(path);
}

/* Every length a file of two packets can be cut to: what is whole is delivered, a cut packet is
 * one named error, and the other file is read to its end all the same. */
static void a_file_cut_at_any_byte_is_read_up_to_there(void **state)
{
    (void)state;
    struct written good = create(false);
    put_packet(&good, T0 + 1, 1);
    finish(&good);
    for (long size = 0; size <= 24 + 2 * 68; size++) {
        struct written cut = create(false);
        put_packet(&cut, T0, 1);
        put_packet(&cut, T0 + 2, 1);
        finish(&cut);
        assert_int_equal(truncate(cut.path, size), 0);
        const char *paths[2] = {cut.path, good.path};
        struct capture *capture = NULL;
        struct weir_error error = {0};
        const int code = capture_open_files(paths, 2, &capture_defaults, &capture, &error);
        if (size < 24) {
            assert_err(code, WEIR_EFORMAT);
            assert_non_null(strstr(error.text, cut.path));
        } else {
            assert_err(code, WEIR_OK);
            uint64_t packets = 0;
            uint64_t damaged = 0;
            struct captured_frame frame;
            enum capture_result got = CAPTURE_PACKET;
            while ((got = capture_next(capture, &frame, &error)) != CAPTURE_END) {
                packets += got == CAPTURE_PACKET ? 1U : 0U;
                damaged += got == CAPTURE_DAMAGED ? 1U : 0U;
            }
            assert_int_equal(packets, 1 + (size - 24) / 68);
            assert_int_equal(damaged, (size - 24) % 68 != 0);
            if (damaged > 0) {
                assert_non_null(strstr(error.text, cut.path));
                assert_non_null(strstr(error.text, size < 24 + 68 ? "packet 1:" : "packet 2:"));
            }
            struct capture_counters counters;
            capture_count(capture, 0, &counters);
            assert_int_equal(counters.errors, damaged);
        }
        capture_close(capture);
        (void)unlink(cut.path);
    }
    (void)unlink(good.path);
}

static void what_cannot_be_opened_is_refused_with_a_sentence(void **state)
{
    (void)state;
    struct capture *capture = NULL;
    struct weir_error error = {0};
    struct capture_options options = capture_defaults;
    const char *missing = "/tmp/weir-capture-test-that-is-not-there";
    assert_err(capture_open_files(&missing, 1, &options, &capture, &error), WEIR_ENOENT);
    assert_non_null(strstr(error.text, missing));
    assert_err(capture_open_files(&missing, 0, &options, &capture, &error), WEIR_EINVAL);
    struct written file = create(false);
    finish(&file);
    const char *path = file.path;
    options.filter = "port eighty and";
    assert_err(capture_open_files(&path, 1, &options, &capture, &error), WEIR_EINVAL);
    assert_non_null(strstr(error.text, "port eighty and"));
    int64_t first = 0;
    int64_t last = 0;
    assert_err(capture_span(&path, 1, &first, &last, &error), WEIR_ENOENT);
    const char *input = "-";
    assert_err(capture_span(&input, 1, &first, &last, &error), WEIR_EINVAL);
    const char *interface = "weir-none0";
    const int code = capture_open_interfaces(&interface, 1, &capture_defaults, &capture, &error);
    assert_true(code == WEIR_ENOENT || code == WEIR_EPERM);
    assert_non_null(strstr(error.text, "weir-none0"));
    assert_null(capture);
}

static void a_dash_is_standard_input(void **state)
{
    (void)state;
    struct written file = create(false);
    put_packet(&file, T0, 53);
    put_packet(&file, T0 + 1, 53);
    finish(&file);
    const int kept = dup(STDIN_FILENO);
    FILE *opened = freopen(file.path, "rb", stdin);
    assert_non_null(opened);
    const char *path = "-";
    struct capture *capture = open_files(&path, 1, NULL);
    expect(capture, T0, 0);
    expect(capture, T0 + 1, 0);
    expect_end(capture);
    capture_close(capture);
    if (kept >= 0) {
        (void)dup2(kept, STDIN_FILENO);
        (void)close(kept);
    }
    (void)unlink(file.path);
}

static void send_to_loopback(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(sendto(fd, "weir", 4, 0, (const struct sockaddr *)&to, sizeof(to)), 4);
    (void)close(fd);
}

static void loopback_interface_gives_what_was_sent(void **state)
{
    (void)state;
    struct capture *capture = NULL;
    struct weir_error error = {0};
    struct capture_options options = capture_defaults;
    options.filter = "udp dst port 45999";
    options.buffer_bytes = 1024 * 1024;
    const char *const names[2] = {"lo", "lo"}; /* the same twice: two sources, one clock */
    if (capture_open_interfaces(names, 2, &options, &capture, &error) != WEIR_OK) {
        print_message("skipped: %s\n", error.text);
        skip();
    }
    struct captured_frame frame;
    assert_err(capture_begin(capture, &error), WEIR_OK);
    assert_int_equal(capture_next(capture, &frame, &error), CAPTURE_EMPTY);
    const int64_t wall = weir_wall_now_us();
    assert_int_equal(capture_now_us(capture, wall), wall - WEIR_US_PER_S);
    send_to_loopback(45999);
    int fds[4];
    assert_int_equal(capture_fds(capture, fds, 4), 2);
    int64_t before = capture_now_us(capture, 0);
    size_t packets = 0;
    for (int tries = 0; tries < 100 && packets < 2; tries++) {
        struct pollfd wait = {.fd = fds[0], .events = POLLIN};
        (void)poll(&wait, 1, CAPTURE_HELD_MS);
        while (capture_next(capture, &frame, &error) == CAPTURE_PACKET) {
            packets++;
            assert_true(frame.time_us >= before);
            assert_true(frame.captured_bytes >= 4);
            before = frame.time_us;
        }
    }
    assert_int_equal(packets, 2);
    struct capture_counters counters;
    capture_count(capture, 0, &counters);
    assert_int_equal(counters.received, 1); /* not once more as it was sent */
    assert_string_equal(counters.name, "lo");
    assert_true(counters.received_known && counters.received >= 1);
    assert_true(counters.kernel_dropped_known);
    assert_false(counters.filtered_known);
    capture_close(capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_merged_by_time_and_ties_go_to_the_first),
        cmocka_unit_test(filtered_packets_are_counted),
        cmocka_unit_test(a_pause_of_days_moves_no_packet),
        cmocka_unit_test(stamps_far_ahead_that_the_rest_denies_are_clamped),
        cmocka_unit_test(a_file_cut_at_any_byte_is_read_up_to_there),
        cmocka_unit_test(what_cannot_be_opened_is_refused_with_a_sentence),
        cmocka_unit_test(a_dash_is_standard_input),
        cmocka_unit_test(loopback_interface_gives_what_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
