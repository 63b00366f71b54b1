/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_status.h"

#include "common/flow/flow_record.h"
#include "common/flow/header_stack.h"

#include "sensor/meter/flow.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define HEADERS_MAX 8

static uint64_t stack_of(const enum weir_header *headers)
{
    uint64_t stack = 0;
    for (size_t i = 0; i < HEADERS_MAX && headers[i] != WEIR_HEADER_NONE; i++) {
        stack = weir_header_stack_push(stack, headers[i]);
    }
    return stack;
}

static void each_header_sets_its_bit_and_plain_ethernet_sets_none(void **state)
{
    (void)state;
    static const struct {
        enum weir_header headers[HEADERS_MAX];
        uint64_t status;
    } rows[] = {
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_IPV4, WEIR_HEADER_TCP}, 0},
        {{WEIR_HEADER_IPV4, WEIR_HEADER_TCP}, FLOW_STATUS_NO_ETHERNET},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_VLAN, WEIR_HEADER_IPV4}, FLOW_STATUS_VLAN},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_MPLS, WEIR_HEADER_IPV4}, FLOW_STATUS_MPLS},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_MPLS_MULTICAST, WEIR_HEADER_IPV4},
         FLOW_STATUS_MPLS_MULTICAST},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_IPV4, WEIR_HEADER_GRE, WEIR_HEADER_IPV4},
         FLOW_STATUS_GRE},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_IPV4, WEIR_HEADER_IPV6}, FLOW_STATUS_IP_IN_IP},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_IPV4, WEIR_HEADER_UDP, WEIR_HEADER_VXLAN},
         FLOW_STATUS_VXLAN},
        /* a tag of a frame that was carried is another network's; a record's vlan has none */
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_IPV4, WEIR_HEADER_UDP, WEIR_HEADER_VXLAN,
          WEIR_HEADER_ETHERNET, WEIR_HEADER_VLAN, WEIR_HEADER_IPV4},
         FLOW_STATUS_VXLAN},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_VLAN, WEIR_HEADER_MPLS, WEIR_HEADER_ETHERNET,
          WEIR_HEADER_VLAN, WEIR_HEADER_IPV4},
         FLOW_STATUS_VLAN | FLOW_STATUS_MPLS},
        {{WEIR_HEADER_ETHERNET, WEIR_HEADER_VLAN, WEIR_HEADER_VLAN, WEIR_HEADER_VLAN,
          WEIR_HEADER_IPV4},
         FLOW_STATUS_VLAN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(flow_status_of_stack(stack_of(rows[i].headers)) == rows[i].status);
    }
}

static void each_notable_flag_sets_its_bits(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        unsigned bits[4]; /* 0 ends them */
    } rows[] = {
        {PACKET_TRUNCATED, {33, 45}},
        {PACKET_BAD_IP_OPTIONS, {16}},
        {PACKET_SHORT_IP_HEADER, {16, 43, 46}},
        {PACKET_PAST_FRAME, {47}},
        {PACKET_BAD_TCP_OFFSET, {43}},
        {PACKET_TIME_CLAMPED, {51}},
        {PACKET_HAS_MAC | PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT | PACKET_DONT_FRAGMENT, {0}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t status = 0;
        for (size_t j = 0; j < 4 && rows[i].bits[j] != 0; j++) {
            status |= UINT64_C(1) << rows[i].bits[j];
        }
        assert_true(flow_status_of_flags(rows[i].flags) == status);
    }
}

static void a_first_segment_without_syn_did_not_initiate(void **state)
{
    (void)state;
    static const struct test_ends web = {.from = 1, .to = 2, .from_port = 40000, .to_port = 80};
    const struct packet syn =
        test_packet_tcp(0, web, (struct test_segment){PACKET_TCP_SYN, 1, 0, 0});
    const struct packet ack =
        test_packet_tcp(0, web, (struct test_segment){PACKET_TCP_ACK, 1, 0, 0});
    assert_true(flow_status_of_first(&syn) == FLOW_STATUS_IPV4);
    assert_true(flow_status_of_first(&ack) == (FLOW_STATUS_IPV4 | FLOW_STATUS_FLIPPED));
}

static void an_unknown_protocol_is_not_dissected(void **state)
{
    (void)state;
    static const struct test_ends ends = {.from = 1, .to = 2, .from_port = 1, .to_port = 2};
    struct packet packet = test_packet_udp(0, ends, 9);
    packet.ip_version = 6;
    assert_true(flow_status_of_first(&packet) == FLOW_STATUS_IPV6);
    packet.protocol = 89;
    packet.vlan_count = 1;
    assert_true(flow_status_of_first(&packet) ==
                (FLOW_STATUS_IPV6 | FLOW_STATUS_UNDISSECTED | FLOW_STATUS_VLAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_header_sets_its_bit_and_plain_ethernet_sets_none),
        cmocka_unit_test(each_notable_flag_sets_its_bits),
        cmocka_unit_test(a_first_segment_without_syn_did_not_initiate),
        cmocka_unit_test(an_unknown_protocol_is_not_dissected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
