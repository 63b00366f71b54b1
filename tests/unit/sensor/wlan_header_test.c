/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/wlan_header.h"

#include <string.h>

#include "common/flow/header_stack.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/packet_cuts.h"
#include "tests/support/weir_test.h"

#define BYTES(text) (text), sizeof(text) - 1

static const struct packet_ends v4 = {"10.0.0.1", "10.0.0.2", 40000, 53};

/* Three addresses that end in 1, 2, 3, and a sequence field. */
#define ADDRESSES                                                                                  \
    "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x02\0\0\0\0\x03"                                             \
    "\x10\0"
#define FOURTH "\x02\0\0\0\0\x04"

static void add_udp(struct packet_bytes *bytes)
{
    packet_bytes_add(bytes, "\xaa\xaa\x03\0\0\0\x08\0", 8);
    packet_bytes_add_ip(bytes, &v4, &(struct packet_ip){.protocol = 17, .payload_bytes = 10});
    packet_bytes_add_udp(bytes, &v4, 10);
    packet_bytes_add_fill(bytes, 'x', 2);
}

static enum packet_result decode(const struct packet_bytes *bytes, int link, struct packet *out)
{
    const struct captured_frame frame = packet_bytes_frame(bytes, link, 5);
    return packet_decode(&frame, &packet_decode_defaults, out);
}

struct frame_row {
    const char *name;
    const void *head;
    size_t size;
    uint8_t source, destination; /* last bytes of the addresses */
};

static const struct frame_row rows[] = {
    {"between stations", BYTES("\x08\0\0\0" ADDRESSES), 2, 1},
    {"to the access point", BYTES("\x08\x01\0\0" ADDRESSES), 2, 3},
    {"from the access point", BYTES("\x08\x02\0\0" ADDRESSES), 3, 1},
    {"between access points", BYTES("\x08\x03\0\0" ADDRESSES FOURTH), 4, 3},
    {"with quality of service", BYTES("\x88\x02\0\0" ADDRESSES "\x05\0"), 3, 1},
    {"with high throughput control", BYTES("\x88\x82\0\0" ADDRESSES "\x05\0\0\0\0\0"), 3, 1},
};

static void every_data_frame_leads_to_ip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packet packet;
        struct packet_bytes bytes = {0};
        packet_bytes_add(&bytes, rows[i].head, rows[i].size);
        add_udp(&bytes);
        if (decode(&bytes, 105, &packet) != PACKET_OK) {
            fail_msg("%s", rows[i].name);
        }
        assert_int_equal(packet.source_mac[5], rows[i].source);
        assert_int_equal(packet.destination_mac[5], rows[i].destination);
        assert_int_equal(packet.payload_bytes, 2);
        packet_cuts_check(&bytes, 105);
    }
}

struct refusal_row {
    const char *name;
    const void *head;
    size_t size;
    enum packet_result result;
};

static const struct refusal_row refusals[] = {
    {"protected", BYTES("\x08\x41\0\0" ADDRESSES), PACKET_PROTECTED},
    {"protected, with quality of service", BYTES("\x88\x41\0\0" ADDRESSES "\0\0"),
     PACKET_PROTECTED},
    {"beacon", BYTES("\x80\0\0\0" ADDRESSES), PACKET_NOT_IP},
    {"acknowledgement", BYTES("\xd4\0\0\0\x02\0\0\0\0\x01"), PACKET_NOT_IP},
    {"null", BYTES("\x48\x01\0\0" ADDRESSES), PACKET_NOT_IP},
    {"several packets in one", BYTES("\x88\x02\0\0" ADDRESSES "\x80\0"), PACKET_NOT_IP},
    {"first part", BYTES("\x08\x06\0\0" ADDRESSES), PACKET_NOT_IP},
};

static void frames_without_a_readable_packet_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct packet packet;
        struct packet_bytes bytes = {0};
        packet_bytes_add(&bytes, refusals[i].head, refusals[i].size);
        add_udp(&bytes);
        const enum packet_result result = decode(&bytes, 105, &packet);
        if (result != refusals[i].result) {
            fail_msg("%s: %s", refusals[i].name, packet_result_name(result));
        }
    }
}

/* Radiotap with a time stamp, flags and one present word more; 802.11 with QoS, padded to 28. */
static struct packet_bytes radiotap(uint8_t flags)
{
    struct packet_bytes bytes = {0};
    packet_bytes_add(&bytes, BYTES("\0\0\x1a\0\x03\0\0\x80\0\0\0\0\0\0\0\0"));
    packet_bytes_add_fill(&bytes, 9, 8);
    packet_bytes_add(&bytes, &flags, 1);
    packet_bytes_add_fill(&bytes, 0, 1);
    packet_bytes_add(&bytes, BYTES("\x88\x02\0\0" ADDRESSES "\x05\0"));
    packet_bytes_add_fill(&bytes, 0, (flags & 0x20) != 0 ? 2 : 0);
    add_udp(&bytes);
    packet_bytes_add_fill(&bytes, 0xcc, (flags & 0x10) != 0 ? 4 : 0);
    return bytes;
}

static void radiotap_says_what_surrounds_the_frame(void **state)
{
    (void)state;
    static const uint8_t flags[] = {0, 0x10, 0x20, 0x30};
    for (size_t i = 0; i < sizeof(flags); i++) {
        struct packet packet;
        char stack[WEIR_HEADER_STACK_TEXT];
        struct packet_bytes bytes = radiotap(flags[i]);
        assert_int_equal(decode(&bytes, 127, &packet), PACKET_OK);
        (void)weir_header_stack_text(packet.header_stack, stack, sizeof(stack));
        assert_string_equal(stack, "radiotap:wlan:llc:snap:ipv4:udp");
        assert_int_equal(packet.payload_captured, 2);
        packet_cuts_check(&bytes, 127);
        const size_t ip = bytes.size - 30 - ((flags[i] & 0x10) != 0 ? 4 : 0);
        bytes.bytes[ip + 3] = 0; /* total length 0: what is left of the frame, without its check */
        assert_int_equal(decode(&bytes, 127, &packet), PACKET_OK);
        assert_int_equal(packet.ip_total_bytes, 30);
    }
}

static void damaged_frames_and_headers_are_not_read(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = radiotap(0x40);
    assert_int_equal(decode(&bytes, 127, &packet), PACKET_NOT_IP);
    bytes = radiotap(0);
    bytes.bytes[2] = 7; /* a header shorter than its fixed part */
    assert_int_equal(decode(&bytes, 127, &packet), PACKET_BAD_LENGTH);
    bytes = radiotap(0);
    bytes.bytes[2] = 10; /* the second present word does not fit */
    assert_int_equal(decode(&bytes, 127, &packet), PACKET_BAD_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_data_frame_leads_to_ip),
        cmocka_unit_test(frames_without_a_readable_packet_are_told_apart),
        cmocka_unit_test(radiotap_says_what_surrounds_the_frame),
        cmocka_unit_test(damaged_frames_and_headers_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
