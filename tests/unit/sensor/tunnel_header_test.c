/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames are decoded whole, by packet_decode: what a tunnel leads to shows in the packet.
 */
#include "sensor/decode/tunnel_header.h"

#include <string.h>

#include "common/flow/header_stack.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/packet_cuts.h"
#include "tests/support/weir_test.h"

#define BYTES(text) (text), sizeof(text) - 1

#define MACS "\x02\0\0\0\0\x04\x02\0\0\0\0\x03"

static const struct packet_ends outer4 = {"192.0.2.1", "192.0.2.2", 50000, 0};
static const struct packet_ends outer6 = {"2001:db8::1", "2001:db8::2", 50000, 0};
static const struct packet_ends inner4 = {"10.0.0.1", "10.0.0.2", 40000, 53};
static const struct packet_ends inner6 = {"fd00::1", "fd00::2", 40000, 53};
static const struct packet_ends teredo = {"2001:0:4137:9e50::1", "2001:db8::2", 40000, 53};

/* A tunnel's header, and what must come of it. port: UDP destination port, 0 = no UDP. */
struct tunnel_row {
    const char *stack;
    const struct packet_ends *outer;
    uint8_t protocol;
    uint16_t port;
    const void *head;
    size_t size;
    const struct packet_ends *inner;
    enum weir_tunnel tunnel;
    uint32_t id;
};

static const struct tunnel_row rows[] = {
    {"eth:ipv4:gre:ipv4:udp", &outer4, 47, 0, BYTES("\0\0\x08\0"), &inner4, WEIR_TUNNEL_GRE, 0},
    {"eth:ipv4:gre:ipv6:udp", &outer4, 47, 0, BYTES("\xb0\0\x86\xdd\0\0\0\0\0\0\x12\x34\0\0\0\x01"),
     &inner6, WEIR_TUNNEL_GRE, 0x1234},
    {"eth:ipv6:gre:eth:vlan:ipv4:udp", &outer6, 47, 0,
     BYTES("\x20\0\x65\x58\0\0\0\x07" MACS "\x81\0\0\x05\x08\0"), &inner4, WEIR_TUNNEL_GRE, 7},
    {"eth:ipv4:gre:mpls:ipv4:udp", &outer4, 47, 0, BYTES("\0\0\x88\x47\0\x01\x01\x40"), &inner4,
     WEIR_TUNNEL_GRE, 0},
    {"eth:ipv4:gre:ppp:ipv4:udp", &outer4, 47, 0,
     BYTES("\x30\x81\x88\x0b\0\x22\0\x09\0\0\0\x01\0\0\0\x02\xff\x03\0\x21"), &inner4,
     WEIR_TUNNEL_GRE, 9},
    {"eth:ipv4:gre:erspan:eth:ipv4:udp", &outer4, 47, 0, BYTES("\0\0\x88\xbe" MACS "\x08\0"),
     &inner4, WEIR_TUNNEL_ERSPAN, 0},
    {"eth:ipv4:gre:erspan:eth:ipv4:udp", &outer4, 47, 0,
     BYTES("\x10\0\x88\xbe\0\0\0\x01\x10\x05\x08\x64\0\0\0\0" MACS "\x08\0"), &inner4,
     WEIR_TUNNEL_ERSPAN, 100},
    {"eth:ipv4:gre:erspan:eth:ipv6:udp", &outer4, 47, 0,
     BYTES("\x10\0\x22\xeb\0\0\0\x01\x20\x05\x08\x65\0\0\0\0\0\0\0\x01"
           "12345678" MACS "\x86\xdd"),
     &inner6, WEIR_TUNNEL_ERSPAN, 101},
    {"eth:ipv4:ipv4:udp", &outer4, 4, 0, BYTES(""), &inner4, WEIR_TUNNEL_IPIP, 0},
    {"eth:ipv6:ipv4:udp", &outer6, 4, 0, BYTES(""), &inner4, WEIR_TUNNEL_IPIP, 0},
    {"eth:ipv6:ipv6:udp", &outer6, 41, 0, BYTES(""), &inner6, WEIR_TUNNEL_IPIP, 0},
    {"eth:ipv4:ipv6:udp", &outer4, 41, 0, BYTES(""), &inner6, WEIR_TUNNEL_SIXIN4, 0},
    {"eth:ipv4:udp:vxlan:eth:ipv4:udp", &outer4, 17, 4789,
     BYTES("\x08\0\0\0\0\x12\x34\0" MACS "\x08\0"), &inner4, WEIR_TUNNEL_VXLAN, 0x1234},
    {"eth:ipv6:udp:vxlan:eth:ipv6:udp", &outer6, 17, 8472,
     BYTES("\x88\x48\x01\x02\0\0\x07\0" MACS "\x86\xdd"), &inner6, WEIR_TUNNEL_VXLAN, 7},
    {"eth:ipv4:udp:vxlan:ipv4:udp", &outer4, 17, 4790, BYTES("\x0c\0\0\x01\0\0\x07\0"), &inner4,
     WEIR_TUNNEL_VXLAN, 7},
    {"eth:ipv4:udp:geneve:eth:ipv4:udp", &outer4, 17, 6081,
     BYTES("\x01\x40\x65\x58\0\0\x09\0"
           "opts" MACS "\x08\0"),
     &inner4, WEIR_TUNNEL_GENEVE, 9},
    {"eth:ipv4:udp:geneve:ipv6:udp", &outer4, 17, 6081, BYTES("\0\0\x86\xdd\0\0\x09\0"), &inner6,
     WEIR_TUNNEL_GENEVE, 9},
    {"eth:ipv4:udp:teredo:ipv6:udp", &outer4, 17, 3544, BYTES(""), &teredo, WEIR_TUNNEL_TEREDO, 0},
    {"eth:ipv4:udp:teredo:ipv6:udp", &outer4, 17, 3544,
     BYTES("\0\x01\x01\x02"
           "ikk"
           "12345678\0"
           "\0\0\xab\xcd\x01\x02\x03\x04"),
     &teredo, WEIR_TUNNEL_TEREDO, 0},
    {"eth:ipv4:udp:gtpu:ipv4:udp", &outer4, 17, 2152, BYTES("\x30\xff\0\x1e\xde\xad\xbe\xef"),
     &inner4, WEIR_TUNNEL_GTPU, 0xdeadbeef},
    {"eth:ipv4:udp:gtpu:ipv6:udp", &outer4, 17, 2152,
     BYTES("\x34\xff\0\x42\0\0\0\x01\0\0\0\x85\x01\x10\x01\x85\x02"
           "123456\0"),
     &inner6, WEIR_TUNNEL_GTPU, 1},
};

static struct packet_bytes inner_of(const struct tunnel_row *row)
{
    struct packet_bytes bytes = {0};
    packet_bytes_add(&bytes, row->head, row->size);
    packet_bytes_add_ip(&bytes, row->inner,
                        &(struct packet_ip){.protocol = 17, .payload_bytes = 10});
    packet_bytes_add_udp(&bytes, row->inner, 10);
    packet_bytes_add_fill(&bytes, 'x', 2);
    return bytes;
}

/* Puts `content` into an IP packet, and a UDP datagram when there is a port. */
static struct packet_bytes carry(const struct packet_ends *outer, uint8_t protocol, uint16_t port,
                                 const struct packet_bytes *content)
{
    struct packet_bytes bytes = {0};
    const struct packet_ends ends = {outer->source, outer->destination, outer->source_port, port};
    const uint16_t size = (uint16_t)(content->size + (port != 0 ? 8 : 0));
    packet_bytes_add_ethernet(&bytes, outer == &outer6 ? 0x86dd : 0x0800);
    packet_bytes_add_ip(&bytes, &ends,
                        &(struct packet_ip){.protocol = protocol, .payload_bytes = size});
    if (port != 0) {
        packet_bytes_add_udp(&bytes, &ends, size);
    }
    packet_bytes_add(&bytes, content->bytes, content->size);
    return bytes;
}

static struct packet_bytes build(const struct tunnel_row *row)
{
    const struct packet_bytes content = inner_of(row);
    return carry(row->outer, row->protocol, row->port, &content);
}

static enum packet_result decode(const struct packet_bytes *bytes, struct packet *out)
{
    const struct captured_frame frame = packet_bytes_frame(bytes, 1, 5);
    return packet_decode(&frame, &packet_decode_defaults, out);
}

static void every_tunnel_is_opened_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packet packet;
        char stack[WEIR_HEADER_STACK_TEXT];
        const struct packet_bytes bytes = build(&rows[i]);
        const enum packet_result result = decode(&bytes, &packet);
        (void)weir_header_stack_text(packet.header_stack, stack, sizeof(stack));
        if (result != PACKET_OK || strcmp(stack, rows[i].stack) != 0) {
            fail_msg("row %zu: %s: %s, %s", i, rows[i].stack, packet_result_name(result), stack);
        }
        assert_int_equal(packet.tunnel, rows[i].tunnel);
        assert_int_equal(packet.tunnel_id, rows[i].id);
        assert_int_equal(packet.destination_port, 53);
        assert_int_equal(packet.payload_bytes, 2);
        assert_int_equal(packet.vlan_count, 0);
        assert_memory_equal(packet.source_mac, "\x02\0\0\0\0\x01", 6);
        packet_cuts_check(&bytes, 1);
    }
}

static void tunnels_stay_closed_when_told(void **state)
{
    (void)state;
    const struct packet_decode_options options = {.tunnels = false};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packet packet;
        const struct packet_bytes bytes = build(&rows[i]);
        const struct captured_frame frame = packet_bytes_frame(&bytes, 1, 5);
        assert_int_equal(packet_decode(&frame, &options, &packet), PACKET_OK);
        assert_int_equal(packet.tunnel, WEIR_TUNNEL_NONE);
        assert_int_equal(packet.protocol, rows[i].protocol);
        assert_int_equal(packet.source.bytes[0], rows[i].outer == &outer6 ? 0x20 : 192);
    }
}

/* A byte of a good tunnel that is spoilt, counted from the tunnel's header. */
struct spoil_row {
    const char *name;
    size_t row, at;
    uint8_t value;
};

static const struct spoil_row spoils[] = {
    {"GRE of version 2", 0, 1, 2},
    {"GRE with a source route", 0, 0, 0x40},
    {"GRE keepalive", 0, 2, 0},
    {"GRE of an unknown protocol", 0, 2, 0x09},
    {"PPTP without a key", 4, 0, 0x10},
    {"ERSPAN II of version 3", 6, 8, 0x30},
    {"ERSPAN III of version 1", 7, 8, 0x10},
    {"inner IPv4 of version 5", 8, 0, 0x55},
    {"inner IPv4 longer than its tunnel", 8, 3, 31},
    {"VXLAN without its bit", 12, 0, 0},
    {"VXLAN with a reserved bit", 12, 0, 0x18},
    {"VXLAN with a reserved byte", 12, 7, 1},
    {"VXLAN with ARP", 12, 21, 6},
    {"VXLAN-GPE with NSH", 14, 3, 4},
    {"VXLAN-GPE with OAM", 14, 0, 0x0d},
    {"GENEVE of version 1", 15, 0, 0x41},
    {"GENEVE with a reserved bit", 15, 1, 1},
    {"Teredo with IPv4 inside", 17, 0, 0x45},
    {"Teredo of another prefix", 17, 10, 9},
    {"GTP of version 2", 19, 0, 0x50},
    {"GTP-U echo", 19, 1, 1},
    {"GTP-U of another length", 19, 3, 0x1f},
    {"GTP-U packet shorter than the tunnel", 19, 11, 29},
    {"GTP-U extension of no length", 20, 12, 0},
};

static void what_is_no_good_tunnel_is_metered_by_its_outer_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
        struct packet packet;
        const struct tunnel_row *row = &rows[spoils[i].row];
        struct packet_bytes content = inner_of(row);
        content.bytes[spoils[i].at] = spoils[i].value;
        const struct packet_bytes bytes = carry(row->outer, row->protocol, row->port, &content);
        const enum packet_result result = decode(&bytes, &packet);
        if (result != PACKET_OK || packet.tunnel != WEIR_TUNNEL_NONE ||
            packet.protocol != row->protocol || packet.source.bytes[0] != 192) {
            fail_msg("%s: %s, protocol %d", spoils[i].name, packet_result_name(result),
                     packet.protocol);
        }
    }
}

static void a_tunnel_cut_short_on_the_wire_is_metered_by_its_outer_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct packet_bytes whole = inner_of(&rows[i]);
        for (size_t size = 0; size < whole.size; size++) {
            struct packet packet;
            struct packet_bytes content = {0};
            packet_bytes_add(&content, whole.bytes, size);
            const struct packet_bytes bytes =
                carry(rows[i].outer, rows[i].protocol, rows[i].port, &content);
            assert_int_equal(decode(&bytes, &packet), PACKET_OK);
            assert_int_equal(packet.tunnel, WEIR_TUNNEL_NONE);
            assert_int_equal(packet.payload_bytes, size);
        }
    }
}

static void four_tunnels_are_opened_and_the_fifth_is_metered(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x0800);
    for (uint16_t left = 5; left > 0; left--) {
        const struct packet_ip ip = {.protocol = 4, .payload_bytes = (uint16_t)(left * 20 + 8)};
        packet_bytes_add_ip(&bytes, &outer4, &ip);
    }
    packet_bytes_add_ip(&bytes, &inner4, &(struct packet_ip){.protocol = 17, .payload_bytes = 8});
    packet_bytes_add_udp(&bytes, &inner4, 8);
    assert_int_equal(decode(&bytes, &packet), PACKET_OK);
    assert_int_equal(packet.tunnel, WEIR_TUNNEL_IPIP);
    assert_int_equal(packet.protocol, 4);
    assert_int_equal(packet.ip_total_bytes, 48);
}

static void the_outermost_tunnel_is_the_one_named(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_bytes inner = build(&rows[12]); /* VXLAN, with its Ethernet header */
    struct packet_bytes content = {0};
    packet_bytes_add(&content, "\x20\0\x65\x58\0\0\0\x07", 8);
    packet_bytes_add(&content, inner.bytes, inner.size);
    const struct packet_bytes bytes = carry(&outer4, 47, 0, &content);
    assert_int_equal(decode(&bytes, &packet), PACKET_OK);
    assert_int_equal(packet.tunnel, WEIR_TUNNEL_GRE);
    assert_int_equal(packet.tunnel_id, 7);
    assert_int_equal(packet.source.bytes[0], 10);
    packet_cuts_check(&bytes, 1);
}

static void fragments_of_a_tunnel_are_not_opened(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = build(&rows[0]);
    bytes.bytes[20] = 0x20; /* more fragments */
    assert_int_equal(decode(&bytes, &packet), PACKET_OK);
    assert_int_equal(packet.protocol, 47);
    assert_int_equal(packet.tunnel, WEIR_TUNNEL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tunnel_is_opened_and_named),
        cmocka_unit_test(tunnels_stay_closed_when_told),
        cmocka_unit_test(what_is_no_good_tunnel_is_metered_by_its_outer_header),
        cmocka_unit_test(a_tunnel_cut_short_on_the_wire_is_metered_by_its_outer_header),
        cmocka_unit_test(four_tunnels_are_opened_and_the_fifth_is_metered),
        cmocka_unit_test(the_outermost_tunnel_is_the_one_named),
        cmocka_unit_test(fragments_of_a_tunnel_are_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
