/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/packet.h"

#include <string.h>

#include "common/flow/header_stack.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/packet_cuts.h"
#include "tests/support/weir_test.h"

static const struct packet_ends v4 = {"10.0.0.1", "10.0.0.2", 40000, 80};
static const struct packet_ends v6 = {"2001:db8::1", "2001:db8::2", 40000, 80};
static const struct packet_tcp syn = {.flags = PACKET_TCP_SYN, .sequence = 7, .window = 100};

static const struct packet_decode_options verifying = {.verify = true, .tunnels = true};

static enum packet_result decode(const struct packet_bytes *bytes, int link, struct packet *out)
{
    const struct captured_frame frame = packet_bytes_frame(bytes, link, 5);
    return packet_decode(&frame, &packet_decode_defaults, out);
}

static void tcp_over_ethernet_has_every_field(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_tcp tcp = {.flags = PACKET_TCP_ACK | PACKET_TCP_URG,
                                   .sequence = 0x01020304,
                                   .acknowledgement = 0x05060708,
                                   .window = 0x1122,
                                   .urgent = 3};
    const struct packet_bytes bytes = packet_bytes_tcp(&v4, &tcp, 10);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags, PACKET_HAS_MAC | PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT);
    assert_int_equal(packet.time_us, 5);
    assert_memory_equal(packet.source_mac, "\x02\0\0\0\0\x01", 6);
    assert_memory_equal(packet.destination_mac, "\x02\0\0\0\0\x02", 6);
    assert_int_equal(packet.ip_version, 4);
    assert_int_equal(packet.source.size, 4);
    assert_memory_equal(packet.source.bytes, "\x0a\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_memory_equal(packet.destination.bytes, "\x0a\0\0\x02", 4);
    assert_int_equal(packet.ip_total_bytes, 50);
    assert_int_equal(packet.ttl, 64);
    assert_int_equal(packet.source_port, 40000);
    assert_int_equal(packet.destination_port, 80);
    assert_int_equal(packet.tcp_flags, PACKET_TCP_ACK | PACKET_TCP_URG);
    assert_int_equal(packet.tcp_sequence, 0x01020304);
    assert_int_equal(packet.tcp_acknowledgement, 0x05060708);
    assert_int_equal(packet.tcp_window, 0x1122);
    assert_int_equal(packet.tcp_urgent, 3);
    assert_int_equal(packet.payload_bytes, 10);
    assert_int_equal(packet.payload_captured, 10);
    assert_ptr_equal(packet.payload, packet.ip_payload + 20);
}

static void ethernet_padding_is_not_payload(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = packet_bytes_tcp(&v4, &syn, 0);
    packet_bytes_add_fill(&bytes, 0, 6);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.payload_bytes, 0);
    assert_int_equal(packet.payload_captured, 0);
    assert_int_equal(packet.ip_total_bytes, 40);
}

static void two_vlan_tags_are_kept_and_deeper_ones_passed_over(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x88a8);
    packet_bytes_add_vlan(&bytes, 0xe064, 0x8100); /* priority bits are not part of the id */
    packet_bytes_add_vlan(&bytes, 200, 0x8100);
    packet_bytes_add_vlan(&bytes, 300, 0x86dd);
    packet_bytes_add_ip(&bytes, &v6, &(struct packet_ip){.protocol = 17, .payload_bytes = 8});
    packet_bytes_add_udp(&bytes, &v6, 8);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.vlan_count, 2);
    assert_int_equal(packet.vlan[0], 100);
    assert_int_equal(packet.vlan[1], 200);
    assert_int_equal(packet.ip_version, 6);
    assert_int_equal(packet.ip_total_bytes, 48);
    assert_int_equal(packet.destination_port, 80);
}

static void nine_vlan_tags_are_too_deep(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x8100);
    for (int i = 0; i < 9; i++) {
        packet_bytes_add_vlan(&bytes, 1, i < 8 ? 0x8100 : 0x0800);
    }
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_TOO_DEEP);
}

static void add_cooked(struct packet_bytes *bytes)
{
    packet_bytes_add(bytes, "\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0\x08\0", 16);
}

static void add_cooked_v2(struct packet_bytes *bytes)
{
    packet_bytes_add(bytes, "\x08\0\0\0\0\0\0\x03\0\x01\0\x06\x02\0\0\0\0\x09\0\0", 20);
}

static void add_null_big(struct packet_bytes *bytes)
{
    packet_bytes_add(bytes, "\0\0\0\x02", 4);
}

static void add_null_little(struct packet_bytes *bytes)
{
    packet_bytes_add(bytes, "\x02\0\0\0", 4);
}

static void add_nothing(struct packet_bytes *bytes)
{
    (void)bytes;
}

struct link_row {
    const char *name;
    int link_type;
    void (*add)(struct packet_bytes *bytes);
    int has_mac;
};

static const struct link_row links[] = {
    {"cooked v1", 113, add_cooked, 1},        {"cooked v2", 276, add_cooked_v2, 1},
    {"null, big", 0, add_null_big, 0},        {"null, little", 0, add_null_little, 0},
    {"loop", 108, add_null_big, 0},           {"raw", 12, add_nothing, 0},
    {"raw, registered", 101, add_nothing, 0}, {"raw IPv4", 228, add_nothing, 0},
};

static void every_link_type_leads_to_ip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct packet packet;
        struct packet_bytes bytes = {0};
        links[i].add(&bytes);
        packet_bytes_add_ip(&bytes, &v4, &(struct packet_ip){.protocol = 17, .payload_bytes = 9});
        packet_bytes_add_udp(&bytes, &v4, 9);
        packet_bytes_add_fill(&bytes, 1, 1);
        if (decode(&bytes, links[i].link_type, &packet) != PACKET_OK) {
            fail_msg("%s", links[i].name);
        }
        assert_int_equal(packet.payload_bytes, 1);
        assert_int_equal((packet.flags & PACKET_HAS_MAC) != 0, links[i].has_mac);
        assert_int_equal(packet.source_mac[5], links[i].has_mac ? 9 : 0);
    }
}

static void what_is_not_ip_is_told_apart(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes arp = {0};
    packet_bytes_add_ethernet(&arp, 0x0806);
    assert_int_equal(decode(&arp, 1, &packet), PACKET_ARP);
    struct packet_bytes spanning_tree = {0};
    packet_bytes_add_ethernet(&spanning_tree, 38);
    packet_bytes_add(&spanning_tree, "\x42\x42\x03", 3);
    assert_int_equal(decode(&spanning_tree, 1, &packet), PACKET_NOT_IP);
    struct packet_bytes five = packet_bytes_tcp(&v4, &syn, 0);
    assert_int_equal(decode(&five, 147, &packet), PACKET_BAD_LINK);
    five.bytes[14] = 0x55;
    assert_int_equal(decode(&five, 1, &packet), PACKET_BAD_VERSION);
}

/* Field to spoil in a good TCP packet, and what it must give. */
struct spoil_row {
    const char *name;
    size_t at;
    uint8_t value;
    enum packet_result result;
};

static const struct spoil_row spoils[] = {
    {"total length below the header", 17, 19, PACKET_BAD_LENGTH},
    {"total length cuts the TCP header", 17, 39, PACKET_BAD_LENGTH},
};

static void lying_lengths_are_bad_lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
        struct packet packet;
        struct packet_bytes bytes = packet_bytes_tcp(&v4, &syn, 0);
        bytes.bytes[spoils[i].at] = spoils[i].value;
        if (decode(&bytes, 1, &packet) != spoils[i].result) {
            fail_msg("%s", spoils[i].name);
        }
    }
}

static void zero_total_length_is_taken_from_the_wire(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = packet_bytes_tcp(&v4, &syn, 100);
    bytes.bytes[16] = 0;
    bytes.bytes[17] = 0;
    struct captured_frame frame = packet_bytes_frame(&bytes, 1, 0);
    frame.wire_bytes = 70014;
    assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &packet), PACKET_OK);
    assert_int_equal(packet.ip_total_bytes, 70000);
    assert_int_equal(packet.payload_bytes, 69960);
    assert_int_equal(packet.payload_captured, 100);
    assert_int_equal(packet.flags & (PACKET_TRUNCATED | PACKET_DERIVED_TOTAL),
                     PACKET_TRUNCATED | PACKET_DERIVED_TOTAL);
}

static void a_stamp_that_capture_moved_is_flagged(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_bytes bytes = packet_bytes_udp(&v4, 10);
    struct captured_frame frame = packet_bytes_frame(&bytes, 1, 0);
    static const struct {
        bool is_moved;
        uint32_t flag;
    } rows[] = {{false, 0}, {true, PACKET_TIME_CLAMPED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        frame.is_moved = rows[i].is_moved;
        assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &packet), PACKET_OK);
        assert_int_equal(packet.flags & PACKET_TIME_CLAMPED, rows[i].flag);
        assert_true((packet.flags & PACKET_HAS_MAC) != 0);
    }
}

/* What an operating system leaves for its card: the sum of the pseudo-header. */
static void a_checksum_left_for_the_card_is_not_wrong_unless_strict(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_decode_options strict = verifying;
    strict.strict = true;
    for (int i = 0; i < 2; i++) {
        struct packet_bytes bytes =
            i == 0 ? packet_bytes_tcp(&v4, &syn, 100) : packet_bytes_udp(&v4, 100);
        const size_t at = 14 + 20 + (i == 0 ? 16 : 6);
        const uint32_t size = i == 0 ? 120 : 108;
        uint32_t sum = (i == 0 ? 6U : 17U) + size;
        for (size_t j = 26; j < 34; j += 2) {
            sum += (uint32_t)bytes.bytes[j] << 8 | bytes.bytes[j + 1];
        }
        sum = (sum & 0xffffU) + (sum >> 16);
        bytes.bytes[at] = (uint8_t)(sum >> 8);
        bytes.bytes[at + 1] = (uint8_t)sum;
        struct captured_frame frame = packet_bytes_frame(&bytes, 1, 0);
        const uint32_t mask = PACKET_BAD_L4_CHECKSUM | PACKET_OFFLOADED;
        assert_int_equal(packet_decode(&frame, &verifying, &packet), PACKET_OK);
        assert_int_equal(packet.flags & mask, PACKET_OFFLOADED);
        assert_int_equal(packet_decode(&frame, &strict, &packet), PACKET_OK);
        assert_int_equal(packet.flags & mask, mask);
        assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &packet), PACKET_OK);
        assert_int_equal(packet.flags & mask, 0);
        bytes.bytes[at + 1] ^= 1;
        frame = packet_bytes_frame(&bytes, 1, 0);
        assert_int_equal(packet_decode(&frame, &verifying, &packet), PACKET_OK);
        assert_int_equal(packet.flags & mask, PACKET_BAD_L4_CHECKSUM);
    }
}

static void payload_cut_by_the_snap_length_keeps_its_length(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_bytes bytes = packet_bytes_udp(&v4, 1000);
    struct captured_frame frame = packet_bytes_frame(&bytes, 1, 0);
    frame.captured_bytes = 96;
    assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &packet), PACKET_OK);
    assert_int_equal(packet.payload_bytes, 1000);
    assert_int_equal(packet.payload_captured, 54);
    assert_true((packet.flags & PACKET_TRUNCATED) != 0);
}

static void the_header_stack_names_every_header(void **state)
{
    (void)state;
    struct packet packet;
    char text[WEIR_HEADER_STACK_TEXT];
    const struct packet_bytes tcp = packet_bytes_tcp(&v4, &syn, 4);
    assert_int_equal(decode(&tcp, 1, &packet), PACKET_OK);
    (void)weir_header_stack_text(packet.header_stack, text, sizeof(text));
    assert_string_equal(text, "eth:ipv4:tcp");
    const struct packet_ip later = {.protocol = 17, .payload_bytes = 8, .fragment = 3};
    const struct packet_bytes fragment = packet_bytes_fragment(&v4, &later, "12345678");
    assert_int_equal(decode(&fragment, 1, &packet), PACKET_OK);
    (void)weir_header_stack_text(packet.header_stack, text, sizeof(text));
    assert_string_equal(text, "eth:ipv4:udp");
}

static void icmp_payload_is_the_whole_message(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_ends echo = {"10.0.0.1", "10.0.0.2", 8, 0};
    const struct packet_bytes bytes = packet_bytes_icmp(&echo, 77, 56);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.payload_bytes, 64);
    assert_int_equal(packet.source_port, 8);
    assert_int_equal(packet.icmp_id, 77);
    assert_int_equal(packet.icmp_sequence, 1);
    assert_true((packet.flags & PACKET_HAS_ICMP_ID) != 0);
    assert_null(packet.embedded);
}

static void icmp_error_points_at_the_packet_it_quotes(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_ends unreachable = {"2001:db8::1", "2001:db8::2", 1, 4};
    const struct packet_bytes bytes = packet_bytes_icmp(&unreachable, 0, 48);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.protocol, 58);
    assert_ptr_equal(packet.embedded, packet.payload + 8);
    assert_int_equal(packet.embedded_captured, 48);
    assert_true((packet.flags & PACKET_HAS_ICMP_ID) == 0);
}

static void tiny_first_fragment_has_ports_but_no_transport(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_ip ip = {.protocol = 6, .payload_bytes = 8, .id = 9, .fragment = 0x2000};
    const struct packet_bytes bytes = packet_bytes_fragment(&v4, &ip, "\x9c\x40\0\x50\0\0\0\x01");
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.flags & (PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT), PACKET_HAS_PORTS);
    assert_int_equal(packet.destination_port, 80);
    assert_int_equal(packet.payload_bytes, 0);
}

static void other_protocols_pass_without_ports(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x0800);
    packet_bytes_add_ip(&bytes, &v4, &(struct packet_ip){.protocol = 50, .payload_bytes = 30});
    packet_bytes_add_fill(&bytes, 0xee, 30);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.protocol, 50);
    assert_int_equal(packet.payload_bytes, 30);
    assert_int_equal(packet.flags & (PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT), 0);
}

/* Sums worked out apart by the rule of RFC 1071: header words of 10.0.0.1 -> 10.0.0.2 UDP, total
 * 29, ttl 64, give 0x66ce; UDP 40000 -> 80, length 9, payload 'x', pseudo-header included, gives
 * 0xd748. */
static void checksums_are_verified_when_asked(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = packet_bytes_udp(&v4, 1);
    bytes.bytes[24] = 0x66;
    bytes.bytes[25] = 0xce;
    struct captured_frame frame = packet_bytes_frame(&bytes, 1, 0);
    assert_int_equal(packet_decode(&frame, &verifying, &packet), PACKET_OK);
    assert_true((packet.flags & PACKET_BAD_CHECKSUM) == 0); /* UDP 0 = none */
    bytes.bytes[40] = 0xd7;
    bytes.bytes[41] = 0x48;
    assert_int_equal(packet_decode(&frame, &verifying, &packet), PACKET_OK);
    assert_true((packet.flags & PACKET_BAD_CHECKSUM) == 0);
    bytes.bytes[42] ^= 1;
    assert_int_equal(packet_decode(&frame, &verifying, &packet), PACKET_OK);
    assert_int_equal(packet.flags & PACKET_BAD_CHECKSUM, PACKET_BAD_L4_CHECKSUM);
    assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &packet), PACKET_OK);
    assert_true((packet.flags & PACKET_BAD_CHECKSUM) == 0);
    bytes.bytes[25] ^= 1;
    bytes.bytes[42] ^= 1;
    assert_int_equal(packet_decode(&frame, &verifying, &packet), PACKET_OK);
    assert_int_equal(packet.flags & PACKET_BAD_CHECKSUM, PACKET_BAD_IP_CHECKSUM);
}

static void packets_cut_at_any_byte_are_short_or_whole(void **state)
{
    (void)state;
    const struct packet_ends ping = {"10.0.0.1", "10.0.0.2", 8, 0};
    const struct packet_ends ping6 = {"2001:db8::1", "2001:db8::2", 128, 0};
    const struct packet_bytes packets[] = {
        packet_bytes_tcp(&v4, &syn, 9), packet_bytes_tcp(&v6, &syn, 9),
        packet_bytes_udp(&v4, 9),       packet_bytes_udp(&v6, 9),
        packet_bytes_icmp(&ping, 1, 9), packet_bytes_icmp(&ping6, 1, 9),
    };
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        packet_cuts_check(&packets[i], 1);
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct packet_bytes bytes = {0};
        links[i].add(&bytes);
        packet_bytes_add(&bytes, packets[0].bytes + 14, packets[0].size - 14);
        packet_cuts_check(&bytes, links[i].link_type);
    }
}

static void every_result_has_a_name_and_a_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PACKET_RESULTS; i++) {
        assert_non_null(packet_result_name((enum packet_result)i));
        assert_non_null(packet_result_text((enum packet_result)i));
    }
    assert_string_equal(packet_result_name(PACKET_SHORT), "truncated_header");
    assert_null(packet_result_name(PACKET_RESULTS));
    assert_null(packet_result_text(PACKET_RESULTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_over_ethernet_has_every_field),
        cmocka_unit_test(ethernet_padding_is_not_payload),
        cmocka_unit_test(two_vlan_tags_are_kept_and_deeper_ones_passed_over),
        cmocka_unit_test(nine_vlan_tags_are_too_deep),
        cmocka_unit_test(every_link_type_leads_to_ip),
        cmocka_unit_test(what_is_not_ip_is_told_apart),
        cmocka_unit_test(lying_lengths_are_bad_lengths),
        cmocka_unit_test(zero_total_length_is_taken_from_the_wire),
        cmocka_unit_test(a_stamp_that_capture_moved_is_flagged),
        cmocka_unit_test(a_checksum_left_for_the_card_is_not_wrong_unless_strict),
        cmocka_unit_test(payload_cut_by_the_snap_length_keeps_its_length),
        cmocka_unit_test(the_header_stack_names_every_header),
        cmocka_unit_test(icmp_payload_is_the_whole_message),
        cmocka_unit_test(icmp_error_points_at_the_packet_it_quotes),
        cmocka_unit_test(tiny_first_fragment_has_ports_but_no_transport),
        cmocka_unit_test(other_protocols_pass_without_ports),
        cmocka_unit_test(checksums_are_verified_when_asked),
        cmocka_unit_test(packets_cut_at_any_byte_are_short_or_whole),
        cmocka_unit_test(every_result_has_a_name_and_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
