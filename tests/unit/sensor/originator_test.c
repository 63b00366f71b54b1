/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/originator.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static bool flips_tcp(uint8_t flags, uint16_t from_port, uint16_t to_port)
{
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = from_port, .to_port = to_port};
    const struct packet packet = test_packet_tcp(0, ends, (struct test_segment){flags, 1, 1, 0});
    return originator_is_receiver(&packet, true);
}

static void syn_tells_whatever_the_ports(void **state)
{
    (void)state;
    assert_false(flips_tcp(PACKET_TCP_SYN, 80, 40000));
    assert_true(flips_tcp(PACKET_TCP_SYN | PACKET_TCP_ACK, 40000, 80));
}

static void without_syn_a_likely_server_port_tells(void **state)
{
    (void)state;
    assert_true(flips_tcp(PACKET_TCP_ACK, 80, 40000));
    assert_false(flips_tcp(PACKET_TCP_ACK, 40000, 80));
    assert_false(flips_tcp(PACKET_TCP_ACK, 80, 443));
    const struct test_ends snmp = {.from = 1, .to = 2, .from_port = 161, .to_port = 40000};
    const struct packet packet = test_packet_udp(0, snmp, 10);
    assert_true(originator_is_receiver(&packet, true));
    assert_false(originator_is_receiver(&packet, false)); /* kdd.flip = false */
}

static void ends_of_the_port_list_are_found(void **state)
{
    (void)state;
    assert_true(originator_server_port(7));
    assert_true(originator_server_port(27017));
    assert_false(originator_server_port(6));
    assert_false(originator_server_port(65535));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syn_tells_whatever_the_ports),
        cmocka_unit_test(without_syn_a_likely_server_port_tells),
        cmocka_unit_test(ends_of_the_port_list_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
