/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames are decoded whole, by packet_decode: what is read of a header shows in the packet.
 */
#include "sensor/decode/transport_header.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/weir_test.h"

static const struct packet_ends v4 = {"10.0.0.1", "10.0.0.2", 40000, 80};
static const struct packet_tcp syn = {.flags = PACKET_TCP_SYN, .sequence = 7, .window = 100};

static enum packet_result decode(const struct packet_bytes *bytes, int link, struct packet *out)
{
    const struct captured_frame frame = packet_bytes_frame(bytes, link, 5);
    return packet_decode(&frame, &packet_decode_defaults, out);
}

static void udp_payload_is_bounded_by_the_ip_payload(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = packet_bytes_udp(&v4, 20);
    bytes.bytes[39] = 200; /* UDP length */
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.payload_bytes, 20);
    bytes.bytes[39] = 13;
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.payload_bytes, 5);
    assert_int_equal(packet.flags & PACKET_UDP_LENGTH, PACKET_UDP_LENGTH);
    bytes.bytes[39] = 28;
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags & PACKET_UDP_LENGTH, 0);
    bytes.bytes[39] = 7;
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags & (PACKET_UDP_LENGTH | PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT),
                     PACKET_UDP_LENGTH | PACKET_HAS_PORTS);
    assert_int_equal(packet.payload_bytes, 0);
}

static void a_bad_tcp_offset_leaves_the_ports(void **state)
{
    (void)state;
    static const uint8_t offsets[] = {0x40, 0x60};
    for (size_t i = 0; i < sizeof(offsets); i++) {
        struct packet packet;
        struct packet_bytes bytes = packet_bytes_tcp(&v4, &syn, 0);
        bytes.bytes[46] = offsets[i];
        assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
        assert_int_equal(packet.flags, PACKET_HAS_MAC | PACKET_HAS_PORTS | PACKET_BAD_TCP_OFFSET);
        assert_int_equal(packet.destination_port, 80);
        assert_int_equal(packet.tcp_flags, 0);
        assert_int_equal(packet.payload_bytes, 0);
    }
}

static void tcp_options_are_within_reach(void **state)
{
    (void)state;
    struct packet packet;
    const uint8_t *options = NULL;
    struct packet_bytes bytes = packet_bytes_tcp(&v4, &syn, 4);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet_tcp_options(&packet, &options), 0);
    bytes.bytes[46] = 0x60;
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet_tcp_options(&packet, &options), 4);
    assert_ptr_equal(options, packet.ip_payload + 20);
    struct captured_frame frame = packet_bytes_frame(&bytes, 1, 0);
    frame.captured_bytes -= 3;
    assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &packet), PACKET_OK);
    assert_int_equal(packet_tcp_options(&packet, &options), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(udp_payload_is_bounded_by_the_ip_payload),
        cmocka_unit_test(a_bad_tcp_offset_leaves_the_ports),
        cmocka_unit_test(tcp_options_are_within_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
