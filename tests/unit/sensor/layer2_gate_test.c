/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_gate.h"

#include "common/flow/flow_record.h"

#include "tests/support/weir_test.h"

#define S INT64_C(1000000)

static struct packet segment(int64_t time_us, uint8_t station)
{
    struct packet packet = {.time_us = time_us,
                            .flags = PACKET_HAS_MAC | PACKET_HAS_TRANSPORT,
                            .ip_version = 4,
                            .protocol = WEIR_PROTO_TCP};
    packet.source_mac[0] = 2;
    packet.source_mac[5] = station;
    return packet;
}

static void a_station_passes_once_a_second(void **state)
{
    (void)state;
    struct layer2_gate gate = {0};
    const struct packet at[] = {segment(0, 1), segment(S - 1, 1), segment(S, 1), segment(S, 2)};
    assert_true(layer2_gate_wants(&gate, &at[0]));
    assert_false(layer2_gate_wants(&gate, &at[1]));
    assert_true(layer2_gate_wants(&gate, &at[2]));
    assert_true(layer2_gate_wants(&gate, &at[3]));
}

static void one_station_in_two_networks_is_two(void **state)
{
    (void)state;
    struct layer2_gate gate = {0};
    struct packet packet = segment(0, 1);
    assert_true(layer2_gate_wants(&gate, &packet));
    packet.vlan_count = 1;
    packet.vlan[0] = 7;
    assert_true(layer2_gate_wants(&gate, &packet));
    assert_false(layer2_gate_wants(&gate, &packet));
}

static void what_has_rules_always_passes(void **state)
{
    (void)state;
    struct layer2_gate gate = {0};
    struct packet arp = segment(0, 1);
    struct packet neighbour = segment(0, 1);
    struct packet lease = segment(0, 1);
    arp.ip_version = 0;
    neighbour.ip_version = 6;
    neighbour.protocol = WEIR_PROTO_ICMPV6;
    neighbour.ttl = 255;
    lease.protocol = WEIR_PROTO_UDP;
    lease.source_port = 67;
    lease.destination_port = 68;
    for (int i = 0; i < 3; i++) {
        assert_true(layer2_gate_wants(&gate, &arp));
        assert_true(layer2_gate_wants(&gate, &neighbour));
        assert_true(layer2_gate_wants(&gate, &lease));
    }
    neighbour.ttl = 254; /* a router has passed it on */
    lease.flags |= PACKET_IS_FRAGMENT;
    assert_false(layer2_gate_wants(&gate, &neighbour));
    assert_false(layer2_gate_wants(&gate, &lease));
}

static void tunnels_and_frames_without_mac_say_nothing(void **state)
{
    (void)state;
    struct layer2_gate gate = {0};
    struct packet inner = segment(0, 1);
    struct packet bare = segment(0, 1);
    inner.tunnel = 5;
    bare.flags = 0;
    assert_false(layer2_gate_wants(&gate, &inner));
    assert_false(layer2_gate_wants(&gate, &bare));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_station_passes_once_a_second),
        cmocka_unit_test(one_station_in_two_networks_is_two),
        cmocka_unit_test(what_has_rules_always_passes),
        cmocka_unit_test(tunnels_and_frames_without_mac_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
