/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_anomaly.h"

#include <stdlib.h>

#include "sensor/meter/meter.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define S PACKET_TCP_SYN
#define A PACKET_TCP_ACK
#define F PACKET_TCP_FIN
#define R PACKET_TCP_RST
#define P PACKET_TCP_PSH
#define U PACKET_TCP_URG

#define SEGMENTS_MAX 16

/* One segment of a story: '>' from the originator, '<' from the responder. */
struct segment {
    char way;
    struct test_segment s;
    uint16_t window; /* 0: 8192 */
    uint8_t content; /* payload is this byte */
    uint16_t urgent; /* the urgent pointer */
    bool zero_window;
    const char *options; /* of options_size bytes */
    uint8_t options_size;
    uint32_t other_flags; /* PACKET_* to set besides */
};

static void on_record(void *context, const struct weir_flow_record *record)
{
    uint32_t *bits = context;
    if (record->record_type == WEIR_RECORD_FINAL) {
        *bits |= record->tcp_anomaly;
    }
}

static uint32_t anomaly(const struct segment *segments, size_t count)
{
    static const struct test_ends web = {.from = 1, .to = 2, .from_port = 40000, .to_port = 80};
    struct meter_options options = meter_defaults;
    struct meter *meter = NULL;
    uint32_t bits = 0;
    options.flows_max = 16;
    assert_err(meter_new(&options, on_record, &bits, &meter), WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        const struct segment *s = &segments[i];
        uint8_t bytes[60 + 256] = {0};
        const struct test_ends ends = s->way == '>' ? web : test_reverse(web);
        struct packet packet = test_packet_tcp((int64_t)i * 1000, ends, s->s);
        for (uint32_t at = 0; at < s->s.size; at++) {
            bytes[60 + at] = s->content;
        }
        for (uint8_t at = 0; at < s->options_size; at++) {
            bytes[20 + at] = (uint8_t)s->options[at];
        }
        packet.ip_payload = bytes;
        packet.ip_payload_captured = 60;
        packet.tcp_header_bytes = (uint8_t)(20 + s->options_size);
        packet.payload = bytes + 60;
        packet.payload_captured = s->s.size;
        packet.tcp_urgent = s->urgent;
        packet.flags |= s->other_flags;
        packet.tcp_window = s->zero_window ? 0 : s->window != 0 ? s->window : 8192;
        if ((s->other_flags & PACKET_BAD_TCP_OFFSET) != 0) {
            packet.flags &= ~(uint32_t)PACKET_HAS_TRANSPORT;
        }
        meter_add(meter, &packet);
    }
    meter_drain(meter);
    meter_free(meter);
    return bits;
}

/* A handshake, after which both ends expect byte 1. */
#define HELLO                                                                                      \
    {.way = '>', .s = {S, 0, 0, 0}}, {.way = '<', .s = {S | A, 0, 1, 0}},                          \
    {                                                                                              \
        .way = '>', .s = { A, 1, 1, 0 }                                                            \
    }

struct row {
    const char *name;
    uint32_t bit;
    struct segment with[SEGMENTS_MAX], without[SEGMENTS_MAX]; /* both end at a segment of way 0 */
};

static const struct row rows[] = {
    {"FIN and ACK",
     TCP_ANOMALY_FIN_ACK,
     {{.way = '>', .s = {F | A, 1, 1, 0}}},
     {{.way = '>', .s = {F, 1, 0, 0}}}},
    {"SYN and ACK",
     TCP_ANOMALY_SYN_ACK,
     {{.way = '<', .s = {S | A, 1, 1, 0}}},
     {{.way = '>', .s = {S, 1, 0, 0}}}},
    {"RST and ACK",
     TCP_ANOMALY_RST_ACK,
     {{.way = '>', .s = {R | A, 1, 1, 0}}},
     {{.way = '>', .s = {R, 1, 0, 0}}}},
    {"SYN and FIN",
     TCP_ANOMALY_SYN_FIN,
     {{.way = '>', .s = {S | F, 1, 0, 0}}},
     {{.way = '>', .s = {S | F | R, 1, 0, 0}}}},
    {"SYN, FIN and RST",
     TCP_ANOMALY_SYN_FIN_RST,
     {{.way = '>', .s = {S | F | R, 1, 0, 0}}},
     {{.way = '>', .s = {S | F, 1, 0, 0}}}},
    {"FIN and RST",
     TCP_ANOMALY_FIN_RST,
     {{.way = '>', .s = {F | R, 1, 0, 0}}},
     {{.way = '>', .s = {S | F | R, 1, 0, 0}}}},
    {"null",
     TCP_ANOMALY_NULL,
     {{.way = '>', .s = {PACKET_TCP_ECE, 1, 0, 0}}},
     {{.way = '>', .s = {P, 1, 0, 0}}}},
    {"Xmas",
     TCP_ANOMALY_XMAS,
     {{.way = '>', .s = {F | P | U, 1, 0, 0}}},
     {{.way = '>', .s = {F | P | U | A, 1, 0, 0}}}},
    {"corrupt options",
     TCP_ANOMALY_BAD_OPTIONS,
     {{.way = '>', .s = {S, 0, 0, 0}, .options = "\2\5\5\0", .options_size = 4}},
     {{.way = '>', .s = {S, 0, 0, 0}, .options = "\2\4\5\0", .options_size = 4}}},
    {"SYN repeated",
     TCP_ANOMALY_SYN_REPEATED,
     {{.way = '>', .s = {S, 7, 0, 0}}, {.way = '>', .s = {S, 7, 0, 0}}},
     {{.way = '>', .s = {S, 7, 0, 0}}, {.way = '<', .s = {S | A, 7, 8, 0}}}},
    {"retransmission",
     TCP_ANOMALY_REPEATED,
     {HELLO, {.way = '>', .s = {A, 1, 1, 50}}, {.way = '>', .s = {A, 1, 1, 50}}},
     {HELLO,
      {.way = '>', .s = {A, 1, 1, 50}},
      {.way = '>', .s = {A, 26, 1, 50}}}}, /* half of it is new */
    {"retransmission that fills a hole",
     TCP_ANOMALY_FILLED,
     {HELLO, {.way = '>', .s = {A, 51, 1, 50}}, {.way = '>', .s = {A, 1, 1, 50}}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 50}}, {.way = '>', .s = {A, 51, 1, 50}}}},
    {"a hole filled is no retransmission",
     TCP_ANOMALY_REPEATED,
     {HELLO, {.way = '>', .s = {A, 51, 1, 50}}, {.way = '>', .s = {A, 1, 1, 51}}},
     {HELLO, {.way = '>', .s = {A, 51, 1, 50}}, {.way = '>', .s = {A, 1, 1, 50}}}},
    {"ACK of bytes never seen",
     TCP_ANOMALY_ACK_UNSEEN,
     {HELLO, {.way = '>', .s = {A, 51, 1, 50}}, {.way = '<', .s = {A, 1, 101, 0}}},
     {HELLO,
      {.way = '>', .s = {A, 51, 1, 50}},
      {.way = '<', .s = {A, 1, 101, 0}},
      {.way = '>', .s = {A, 1, 1, 50}}}}, /* they come */
    {"past the window",
     TCP_ANOMALY_PAST_WINDOW,
     {HELLO, {.way = '<', .s = {A, 1, 1, 0}, .window = 100}, {.way = '>', .s = {A, 102, 1, 50}}},
     {HELLO, {.way = '<', .s = {A, 1, 1, 0}, .window = 100}, {.way = '>', .s = {A, 101, 1, 50}}}},
    {"nowhere near",
     TCP_ANOMALY_PAST_WINDOW,
     {HELLO, {.way = '>', .s = {A, UINT32_C(0x40000002), 1, 50}}},
     {HELLO, {.way = '>', .s = {A, 100, 1, 50}}}},
    {"ACK goes back",
     TCP_ANOMALY_ACK_BACK,
     {HELLO,
      {.way = '<', .s = {A, 1, 1, 50}},
      {.way = '>', .s = {A, 1, 51, 0}},
      {.way = '>', .s = {A, 1, 50, 0}}},
     {HELLO,
      {.way = '<', .s = {A, 1, 1, 50}},
      {.way = '>', .s = {A, 1, 50, 0}},
      {.way = '>', .s = {A, 1, 51, 0}}}},
    {"duplicate ACK",
     TCP_ANOMALY_ACK_REPEATED,
     {HELLO, {.way = '<', .s = {A, 1, 1, 50}}, {.way = '>', .s = {A, 1, 1, 0}}},
     {HELLO,
      {.way = '<', .s = {A, 1, 1, 50}},
      {.way = '>', .s = {A, 1, 1, 0}, .window = 9000}}}, /* a window update */
    {"ACK again with nothing outstanding",
     TCP_ANOMALY_ACK_REPEATED,
     {HELLO, {.way = '<', .s = {A, 1, 1, 50}}, {.way = '>', .s = {A, 1, 1, 0}}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 0}}}},
    {"fast retransmit",
     TCP_ANOMALY_FAST_RETRANSMIT,
     {HELLO,
      {.way = '<', .s = {A, 1, 1, 50}},
      {.way = '>', .s = {A, 1, 1, 0}},
      {.way = '>', .s = {A, 1, 1, 0}},
      {.way = '>', .s = {A, 1, 1, 0}},
      {.way = '<', .s = {A, 1, 1, 50}}},
     {HELLO,
      {.way = '<', .s = {A, 1, 1, 50}},
      {.way = '>', .s = {A, 1, 1, 0}},
      {.way = '>', .s = {A, 1, 1, 0}},
      {.way = '<', .s = {A, 1, 1, 50}}}},
    {"keep-alive",
     TCP_ANOMALY_KEEP_ALIVE,
     {HELLO, {.way = '>', .s = {A, 1, 1, 9}}, {.way = '>', .s = {A, 9, 1, 1}}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 9}}, {.way = '>', .s = {A, 8, 1, 2}}}},
    {"keep-alive without payload",
     TCP_ANOMALY_KEEP_ALIVE,
     {HELLO, {.way = '>', .s = {A, 0, 1, 0}}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 0}}}},
    {"a keep-alive is no retransmission",
     TCP_ANOMALY_REPEATED,
     {HELLO, {.way = '>', .s = {A, 1, 1, 9}}, {.way = '>', .s = {A, 8, 1, 2}}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 9}}, {.way = '>', .s = {A, 9, 1, 1}}}},
    {"ACK of a keep-alive",
     TCP_ANOMALY_KEEP_ALIVE_ACK,
     {HELLO, {.way = '>', .s = {A, 0, 1, 0}}, {.way = '<', .s = {A, 1, 1, 0}}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 0}}, {.way = '<', .s = {A, 1, 1, 0}}}},
    {"predecessor not captured",
     TCP_ANOMALY_OPENED,
     {HELLO, {.way = '>', .s = {A, 2, 1, 50}}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 50}}}},
    {"scan",
     TCP_ANOMALY_SCAN,
     {{.way = '>', .s = {S, 0, 0, 0}}, {.way = '<', .s = {R | A, 0, 1, 0}}},
     {{.way = '>', .s = {S, 0, 0, 0}}, {.way = '<', .s = {S | A, 0, 1, 0}}}},
    {"FIN scan",
     TCP_ANOMALY_SCAN,
     {{.way = '>', .s = {F, 0, 0, 0}}},
     {{.way = '>', .s = {F | A, 0, 0, 0}}}},
    {"probe with payload",
     TCP_ANOMALY_SCAN,
     {{.way = '>', .s = {S, 0, 0, 0}}},
     {{.way = '>', .s = {S, 0, 0, 9}}}},
    {"answered scan",
     TCP_ANOMALY_SCAN_ANSWERED,
     {{.way = '>', .s = {S, 0, 0, 0}},
      {.way = '<', .s = {S | A, 0, 1, 0}},
      {.way = '>', .s = {R, 1, 0, 0}}},
     {HELLO}},
    {"SYN with payload",
     TCP_ANOMALY_SYN_PAYLOAD,
     {{.way = '>', .s = {S, 0, 0, 9}}},
     {{.way = '>', .s = {S, 0, 0, 9}, .options = "\42\2\1\1", .options_size = 4}}}, /* Fast Open */
    {"payload after RST",
     TCP_ANOMALY_AFTER_END,
     {HELLO, {.way = '<', .s = {R, 1, 0, 0}}, {.way = '>', .s = {A, 1, 1, 9}}},
     {HELLO,
      {.way = '>', .s = {A, 1, 1, 9}},
      {.way = '<', .s = {R, 1, 0, 0}},
      {.way = '>', .s = {A, 10, 1, 0}}}},
    {"payload after both FINs",
     TCP_ANOMALY_AFTER_END,
     {HELLO,
      {.way = '>', .s = {F | A, 1, 1, 0}},
      {.way = '<', .s = {F | A, 1, 2, 0}},
      {.way = '>', .s = {A, 1, 1, 9}}},
     {HELLO,
      {.way = '>', .s = {F | A, 1, 1, 0}},
      {.way = '<', .s = {A, 1, 2, 9}},
      {.way = '<', .s = {F | A, 10, 2, 0}}}},
    {"zero window",
     TCP_ANOMALY_ZERO_WINDOW,
     {HELLO, {.way = '<', .s = {A, 1, 1, 0}, .zero_window = true}},
     {HELLO, {.way = '<', .s = {R, 1, 1, 0}, .zero_window = true}}},
    {"URG without pointer",
     TCP_ANOMALY_URGENT_POINTER,
     {HELLO, {.way = '>', .s = {A | U, 1, 1, 9}}},
     {HELLO, {.way = '>', .s = {A | U, 1, 1, 9}, .urgent = 1}}},
    {"pointer without URG",
     TCP_ANOMALY_URGENT_POINTER,
     {HELLO, {.way = '>', .s = {A, 1, 1, 9}, .urgent = 1}},
     {HELLO, {.way = '>', .s = {A, 1, 1, 9}}}},
    {"other content",
     TCP_ANOMALY_OTHER_CONTENT,
     {HELLO,
      {.way = '>', .s = {A, 1, 1, 9}, .content = 'a'},
      {.way = '>', .s = {A, 1, 1, 9}, .content = 'b'}},
     {HELLO,
      {.way = '>', .s = {A, 1, 1, 9}, .content = 'a'},
      {.way = '>', .s = {A, 1, 1, 9}, .content = 'a'}}},
    {"RST outside the window",
     TCP_ANOMALY_RST_OUTSIDE,
     {HELLO, {.way = '<', .s = {R, 1 + 8192, 0, 0}}},
     {HELLO, {.way = '<', .s = {R, 8192, 0, 0}}}},
    {"RST below the window",
     TCP_ANOMALY_RST_OUTSIDE,
     {HELLO, {.way = '<', .s = {R, 0, 0, 0}}},
     {HELLO, {.way = '<', .s = {R, 1, 0, 0}}}},
    {"RST before any window is known",
     TCP_ANOMALY_RST_OUTSIDE,
     {HELLO, {.way = '<', .s = {R, 9999, 0, 0}}},
     {{.way = '>', .s = {S, 0, 0, 0}}, {.way = '<', .s = {R, 9999, 1, 0}}}},
    {"data offset",
     TCP_ANOMALY_BAD_OFFSET,
     {{.way = '>', .s = {0, 0, 0, 0}, .other_flags = PACKET_BAD_TCP_OFFSET}},
     {{.way = '>', .s = {A, 0, 0, 0}}}},
    {"checksum",
     TCP_ANOMALY_BAD_CHECKSUM,
     {{.way = '>', .s = {A, 0, 0, 0}, .other_flags = PACKET_BAD_L4_CHECKSUM}},
     {{.way = '>', .s = {A, 0, 0, 0}, .other_flags = PACKET_BAD_IP_CHECKSUM}}},
};

static size_t length(const struct segment *segments)
{
    size_t count = 0;
    while (count < SEGMENTS_MAX && segments[count].way != '\0') {
        count++;
    }
    return count;
}

static void each_bit_is_set_by_its_story_and_not_by_the_one_beside_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint32_t with = anomaly(rows[i].with, length(rows[i].with));
        const uint32_t without = anomaly(rows[i].without, length(rows[i].without));
        if ((with & rows[i].bit) == 0 || (without & rows[i].bit) != 0) {
            fail_msg("%s: bit %08x, set in %08x, not in %08x", rows[i].name, (unsigned)rows[i].bit,
                     (unsigned)with, (unsigned)without);
        }
    }
}

static void every_bit_has_a_story(void **state)
{
    (void)state;
    uint32_t bits = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bits |= rows[i].bit;
    }
    assert_int_equal(bits, 0x3fffffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bit_is_set_by_its_story_and_not_by_the_one_beside_it),
        cmocka_unit_test(every_bit_has_a_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
