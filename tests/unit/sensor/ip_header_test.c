/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames are decoded whole, by packet_decode: what is read of a header shows in the packet.
 */
#include "sensor/decode/ip_header.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/packet_cuts.h"
#include "tests/support/weir_test.h"

static const struct packet_ends v4 = {"10.0.0.1", "10.0.0.2", 40000, 80};
static const struct packet_ends v6 = {"2001:db8::1", "2001:db8::2", 40000, 80};
static const struct packet_tcp syn = {.flags = PACKET_TCP_SYN, .sequence = 7, .window = 100};

static enum packet_result decode(const struct packet_bytes *bytes, int link, struct packet *out)
{
    const struct captured_frame frame = packet_bytes_frame(bytes, link, 5);
    return packet_decode(&frame, &packet_decode_defaults, out);
}

static void a_short_ipv4_header_has_addresses_alone(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = packet_bytes_tcp(&v4, &syn, 3);
    bytes.bytes[14] = 0x44;
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags, PACKET_HAS_MAC | PACKET_SHORT_IP_HEADER);
    assert_int_equal(packet.protocol, 6);
    assert_int_equal(packet.destination.bytes[3], 2);
    assert_int_equal(packet.payload_bytes, 0);
}

/* An IPv4 header with four bytes of options before the TCP header. */
static struct packet_bytes with_options(const char *options)
{
    const struct packet_bytes plain = packet_bytes_tcp(&v4, &syn, 0);
    struct packet_bytes bytes = {0};
    packet_bytes_add(&bytes, plain.bytes, 34);
    packet_bytes_add(&bytes, options, 4);
    packet_bytes_add(&bytes, plain.bytes + 34, plain.size - 34);
    bytes.bytes[14] = 0x46;
    bytes.bytes[17] = 44;
    return bytes;
}

static void ip_options_are_flagged_and_bad_ones_told_apart(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_bytes good = with_options("\x01\x94\x02\0"); /* NOP, router alert's kind */
    assert_int_equal(decode(&good, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags & (PACKET_IP_OPTIONS | PACKET_BAD_IP_OPTIONS), PACKET_IP_OPTIONS);
    assert_int_equal(packet.destination_port, 80);
    static const char *const bad[] = {"\x94\x05\0\0", "\x94\x01\0\0", "\x01\x01\x01\x94"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct packet_bytes bytes = with_options(bad[i]);
        assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
        assert_true((packet.flags & PACKET_BAD_IP_OPTIONS) != 0);
    }
}

static void fragment_bits_and_lengths_beyond_the_frame_are_flagged(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = packet_bytes_tcp(&v4, &syn, 0);
    bytes.bytes[20] = 0xc0;
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags & (PACKET_DONT_FRAGMENT | PACKET_RESERVED_BIT),
                     PACKET_DONT_FRAGMENT | PACKET_RESERVED_BIT);
    assert_int_equal(packet.flags & (PACKET_IS_FRAGMENT | PACKET_PAST_FRAME), 0);
    bytes.bytes[17]++;
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags & (PACKET_PAST_FRAME | PACKET_TRUNCATED),
                     PACKET_PAST_FRAME | PACKET_TRUNCATED);
}

/* hop-by-hop 8, routing 8, fragment 8 (as told), destination 16, AH 12, then UDP of 4 bytes */
static struct packet_bytes extended(uint16_t fragment_field)
{
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x86dd);
    packet_bytes_add_ip(&bytes, &v6, &(struct packet_ip){.protocol = 0, .payload_bytes = 64});
    packet_bytes_add(&bytes, "\x2b\0\0\0\0\0\0\0", 8);
    packet_bytes_add(&bytes, "\x2c\0\0\0\0\0\0\0", 8);
    packet_bytes_add_u16(&bytes, 60 << 8);
    packet_bytes_add_u16(&bytes, fragment_field);
    packet_bytes_add_u32(&bytes, 0xabcdef01);
    packet_bytes_add(&bytes, "\x33\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    packet_bytes_add(&bytes, "\x11\x01\0\0\0\0\0\0\0\0\0\0", 12);
    packet_bytes_add_udp(&bytes, &v6, 12);
    packet_bytes_add_fill(&bytes, 'x', 4);
    return bytes;
}

static void extension_headers_are_walked(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_bytes atomic = extended(0);
    assert_int_equal(decode(&atomic, 1, &packet), PACKET_OK);
    assert_int_equal(packet.protocol, 17);
    assert_int_equal(packet.payload_bytes, 4);
    assert_int_equal(packet.ip_total_bytes, 104);
    assert_true((packet.flags & PACKET_IS_FRAGMENT) == 0);
    const struct packet_bytes first = extended(1);
    assert_int_equal(decode(&first, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags & (PACKET_IS_FRAGMENT | PACKET_MORE),
                     PACKET_IS_FRAGMENT | PACKET_MORE);
    assert_int_equal(packet.ip_id, 0xabcdef01);
    assert_int_equal(packet.fragment_protocol, 60);
    assert_int_equal(packet.fragment_skip, 28);
    assert_int_equal(packet.destination_port, 80);
    const struct packet_bytes later = extended(16);
    assert_int_equal(decode(&later, 1, &packet), PACKET_OK);
    assert_int_equal(packet.fragment_offset, 16);
    assert_int_equal(packet.protocol, 60);
    assert_int_equal(packet.payload_bytes, 40);
    assert_true((packet.flags & PACKET_HAS_PORTS) == 0);
    packet_cuts_check(&atomic, 1);
    packet_cuts_check(&first, 1);
    packet_cuts_check(&later, 1);
}

static void endless_extension_headers_are_too_deep(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x86dd);
    packet_bytes_add_ip(&bytes, &v6, &(struct packet_ip){.protocol = 60, .payload_bytes = 800});
    for (int i = 0; i < 100; i++) {
        packet_bytes_add(&bytes, "\x3c\0\0\0\0\0\0\0", 8);
    }
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_TOO_DEEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_ipv4_header_has_addresses_alone),
        cmocka_unit_test(ip_options_are_flagged_and_bad_ones_told_apart),
        cmocka_unit_test(fragment_bits_and_lengths_beyond_the_frame_are_flagged),
        cmocka_unit_test(extension_headers_are_walked),
        cmocka_unit_test(endless_extension_headers_are_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
