/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames are decoded whole, by packet_decode: what a walk leads to shows in the packet.
 */
#include "sensor/decode/link_walk.h"

#include <string.h>

#include "common/flow/header_stack.h"
#include "common/flow/tunnel.h"

#include "tests/support/packet_bytes.h"
#include "tests/support/packet_cuts.h"
#include "tests/support/weir_test.h"

#define BYTES(text) (text), sizeof(text) - 1

static const struct packet_ends v4 = {"10.0.0.1", "10.0.0.2", 40000, 53};
static const struct packet_ends v6 = {"2001:db8::1", "2001:db8::2", 40000, 53};

/* Headers before an IP packet with a UDP datagram of two bytes, and what must come of them. */
struct walk_row {
    const char *name; /* the header stack */
    const void *head;
    size_t size;
    int link_type;
    const struct packet_ends *ends;
};

#define MACS "\x02\0\0\0\0\x02\x02\0\0\0\0\x01"

static const struct walk_row rows[] = {
    {"eth:mpls:ipv4:udp", BYTES(MACS "\x88\x47\0\x01\x01\x40"), 1, &v4},
    {"eth:mpls:mpls:ipv6:udp", BYTES(MACS "\x88\x47\0\x01\0\x40\0\x02\x01\x40"), 1, &v6},
    {"eth:mplsm:ipv4:udp", BYTES(MACS "\x88\x48\0\x01\x01\x40"), 1, &v4},
    {"eth:vlan:mpls:ipv4:udp", BYTES(MACS "\x81\0\0\x07\x88\x47\0\x01\x01\x40"), 1, &v4},
    {"eth:mpls:eth:ipv4:udp", BYTES(MACS "\x88\x47\0\x12\x31\x40\0\0\0\0" MACS "\x08\0"), 1, &v4},
    {"eth:mpls:eth:vlan:ipv4:udp", BYTES(MACS "\x88\x47\0\x12\x31\x40" MACS "\x81\0\0\x09\x08\0"),
     1, &v4},
    {"eth:pppoe:ppp:ipv4:udp", BYTES(MACS "\x88\x64\x11\0\0\x05\0\x20\0\x21"), 1, &v4},
    {"eth:pppoe:ppp:ipv6:udp", BYTES(MACS "\x88\x64\x11\0\0\x05\0\x34\0\x57"), 1, &v6},
    {"eth:llc:snap:ipv4:udp", BYTES(MACS "\0\x26\xaa\xaa\x03\0\0\0\x08\0"), 1, &v4},
    {"eth:llc:snap:vlan:ipv4:udp", BYTES(MACS "\0\x2a\xaa\xaa\x03\0\0\xf8\x81\0\0\x09\x08\0"), 1,
     &v4},
    {"eth:llc:ipv4:udp", BYTES(MACS "\0\x21\x06\x06\x03"), 1, &v4},
    {"sll:ipv4:udp", BYTES("\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0\x08\0"), 113, &v4},
    {"sll:llc:snap:ipv4:udp",
     BYTES("\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0\0\x04\xaa\xaa\x03\0\0\0\x08\0"), 113, &v4},
    {"sll:vlan:ipv6:udp", BYTES("\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0\x81\0\0\x07\x86\xdd"), 113,
     &v6},
    {"sll:ipv6:udp", BYTES("\x86\xdd\0\0\0\0\0\x03\0\x01\0\x06\x02\0\0\0\0\x09\0\0"), 276, &v6},
    {"null:ipv6:udp", BYTES("\x1e\0\0\0"), 0, &v6},
    {"null:ipv4:udp", BYTES("\0\0\0\x02"), 108, &v4},
    {"ipv6:udp", BYTES(""), 229, &v6},
    {"ppp:ipv4:udp", BYTES("\xff\x03\0\x21"), 9, &v4},
    {"ppp:ipv4:udp", BYTES("\x21"), 9, &v4},
    {"ppp:mpls:ipv4:udp", BYTES("\x02\x81\0\x01\x01\x40"), 50, &v4},
    {"ppp:ipv6:udp", BYTES("\x01\xff\x03\0\x57"), 204, &v6},
    {"hdlc:ipv4:udp", BYTES("\x0f\0\x08\0"), 50, &v4},
    {"hdlc:ipv6:udp", BYTES("\x8f\0\x86\xdd"), 104, &v6},
    {"pppoe:ppp:ipv4:udp", BYTES("\x11\0\0\x05\0\x20\0\x21"), 51, &v4},
    {"nflog:ipv4:udp", BYTES("\x02\0\0\x05\x08\0\x01\0\x08\0\x01\x03\x22\0\x09\0"), 239, &v4},
    {"nflog:ipv6:udp", BYTES("\x0a\0\0\x05\0\x07\0\x0a\x41\x42\0\0\0\x36\0\x09"), 239, &v6},
};

static struct packet_bytes build(const struct walk_row *row)
{
    struct packet_bytes bytes = {0};
    packet_bytes_add(&bytes, row->head, row->size);
    packet_bytes_add_ip(&bytes, row->ends,
                        &(struct packet_ip){.protocol = 17, .payload_bytes = 10});
    packet_bytes_add_udp(&bytes, row->ends, 10);
    packet_bytes_add_fill(&bytes, 'x', 2);
    return bytes;
}

static enum packet_result decode(const struct packet_bytes *bytes, int link, struct packet *out)
{
    const struct captured_frame frame = packet_bytes_frame(bytes, link, 5);
    return packet_decode(&frame, &packet_decode_defaults, out);
}

static void every_way_to_ip_is_found_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct packet packet;
        char stack[WEIR_HEADER_STACK_TEXT];
        const struct packet_bytes bytes = build(&rows[i]);
        const enum packet_result result = decode(&bytes, rows[i].link_type, &packet);
        (void)weir_header_stack_text(packet.header_stack, stack, sizeof(stack));
        if (result != PACKET_OK || strcmp(stack, rows[i].name) != 0) {
            fail_msg("%s: %s, %s", rows[i].name, packet_result_name(result), stack);
        }
        assert_int_equal(packet.payload_bytes, 2);
        assert_int_equal(packet.destination_port, 53);
        packet_cuts_check(&bytes, rows[i].link_type);
    }
}

static void a_pseudowire_is_a_tunnel_and_keeps_the_outer_addresses(void **state)
{
    (void)state;
    struct packet packet;
    const struct packet_bytes bytes = build(&rows[5]);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_OK);
    assert_int_equal(packet.tunnel, WEIR_TUNNEL_PSEUDOWIRE);
    assert_int_equal(packet.tunnel_id, 0x123);
    assert_int_equal(packet.vlan_count, 0); /* the tag is another network's */
    const struct packet_bytes plain = build(&rows[3]);
    assert_int_equal(decode(&plain, 1, &packet), PACKET_OK);
    assert_int_equal(packet.tunnel, WEIR_TUNNEL_NONE);
    assert_int_equal(packet.vlan[0], 7);
}

struct refusal_row {
    const char *name;
    const void *bytes;
    size_t size;
    int link_type;
    enum packet_result result;
};

static const struct refusal_row refusals[] = {
    {"PPPoE discovery", BYTES(MACS "\x88\x63\x11\x09\0\0\0\0"), 1, PACKET_NOT_IP},
    {"PPPoE of another version", BYTES(MACS "\x88\x64\x21\0\0\x05\0\x20\0\x21"), 1, PACKET_NOT_IP},
    {"PPP LCP", BYTES("\xff\x03\xc0\x21\x01"), 9, PACKET_NOT_IP},
    {"spanning tree", BYTES(MACS "\0\x26\x42\x42\x03\0\0"), 1, PACKET_NOT_IP},
    {"SNAP of a vendor", BYTES(MACS "\0\x26\xaa\xaa\x03\0\0\x0c\x20\0"), 1, PACKET_NOT_IP},
    {"IPX in a cooked frame", BYTES("\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0\0\x01\xff\xff"), 113,
     PACKET_NOT_IP},
    {"MPLS without end",
     BYTES(MACS "\x88\x47"
                "abbbabbbabbbabbbabbbabbbabbbabbbabbbabb"),
     1, PACKET_TOO_DEEP},
    {"Cisco keepalive", BYTES("\x8f\0\x80\x35\0\0\0\x02"), 104, PACKET_NOT_IP},
    {"NFLOG of a bridge", BYTES("\x07\0\0\x05\x08\0\x09\0\0\0\0\0"), 239, PACKET_NOT_IP},
    {"NFLOG attribute of two bytes", BYTES("\x02\0\0\x05\x02\0\x01\0"), 239, PACKET_BAD_LENGTH},
};

static void what_leads_nowhere_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct packet packet;
        struct packet_bytes bytes = {0};
        packet_bytes_add(&bytes, refusals[i].bytes, refusals[i].size);
        const enum packet_result result = decode(&bytes, refusals[i].link_type, &packet);
        if (result != refusals[i].result) {
            fail_msg("%s: %s", refusals[i].name, packet_result_name(result));
        }
    }
}

static void an_arp_packet_is_lent_as_payload(void **state)
{
    (void)state;
    struct packet packet;
    struct packet_bytes bytes = {0};
    packet_bytes_add_ethernet(&bytes, 0x8100);
    packet_bytes_add_vlan(&bytes, 7, 0x0806);
    packet_bytes_add_fill(&bytes, 1, 28);
    assert_int_equal(decode(&bytes, 1, &packet), PACKET_ARP);
    assert_int_equal(packet.vlan[0], 7);
    assert_int_equal(packet.payload_captured, 28);
    assert_ptr_equal(packet.payload, bytes.bytes + 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_ip_is_found_and_named),
        cmocka_unit_test(a_pseudowire_is_a_tunnel_and_keeps_the_outer_addresses),
        cmocka_unit_test(what_leads_nowhere_says_why),
        cmocka_unit_test(an_arp_packet_is_lent_as_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
