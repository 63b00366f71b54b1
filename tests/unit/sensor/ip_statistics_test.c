/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/ip_statistics.h"

#include "common/flow/flow_record.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static const struct test_ends ends = {.from = 1, .to = 2, .from_port = 1, .to_port = 2};

static struct packet of_id(uint16_t id)
{
    struct packet packet = test_packet_udp(0, ends, 10);
    packet.ip_id = id;
    packet.ttl = 64;
    packet.tos = 0;
    return packet;
}

static struct weir_side_statistics filled(const struct ip_statistics *statistics)
{
    struct weir_flow_statistics out;
    weir_flow_statistics_init(&out);
    ip_statistics_fill(statistics, true, &out.orig);
    return out.orig;
}

static void identifications_behind_are_out_of_order_and_small_ones_ahead_have_rolled(void **state)
{
    (void)state;
    static const struct {
        uint16_t first, second;
        unsigned flags;
        bool repeated;
    } rows[] = {
        {5, 6, 0, false},
        {5, 5, 0, true},
        {6, 5, IP_STATISTICS_OUT_OF_ORDER, false},
        {65535, 3, IP_STATISTICS_ID_ROLLED, false},
        {0, 32767, 0, false},
        {0, 32768, IP_STATISTICS_OUT_OF_ORDER, false},
        {40000, 7232, IP_STATISTICS_OUT_OF_ORDER, false},
        {40000, 7231, IP_STATISTICS_ID_ROLLED, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ip_statistics statistics;
        const struct packet first = of_id(rows[i].first);
        const struct packet second = of_id(rows[i].second);
        ip_statistics_init(&statistics, &first);
        print_message("%u %u\n", rows[i].first, rows[i].second);
        assert_int_equal(ip_statistics_add(&statistics, &second), rows[i].repeated);
        if (rows[i].first == 40000) { /* delta 32,768 and 32,767 */
            const uint16_t delta = (uint16_t)(rows[i].second - rows[i].first);
            assert_int_equal(delta >= 32768, (rows[i].flags & IP_STATISTICS_OUT_OF_ORDER) != 0);
        }
        assert_int_equal(filled(&statistics).ip_flags, rows[i].flags);
    }
}

static void what_is_unusual_sets_its_flag(void **state)
{
    (void)state;
    static const struct {
        uint32_t packet;
        unsigned flags;
    } rows[] = {
        {0, 0},
        {PACKET_BAD_IP_OPTIONS, IP_STATISTICS_BAD_OPTIONS},
        {PACKET_DONT_FRAGMENT, IP_STATISTICS_DONT},
        {PACKET_RESERVED_BIT, IP_STATISTICS_RESERVED},
        {PACKET_BAD_IP_CHECKSUM, IP_STATISTICS_BAD_CHECKSUM},
        {PACKET_BAD_L4_CHECKSUM, IP_STATISTICS_BAD_TRANSPORT},
        {PACKET_SHORT_IP_HEADER, IP_STATISTICS_SHORT_HEADER},
        {PACKET_UDP_LENGTH, IP_STATISTICS_UDP_LENGTH},
        {PACKET_TIME_CLAMPED, IP_STATISTICS_BACKWARD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ip_statistics first;
        struct ip_statistics later;
        struct packet packet = of_id(1);
        ip_statistics_init(&later, &packet);
        packet.flags |= rows[i].packet;
        ip_statistics_init(&first, &packet);
        (void)ip_statistics_add(&later, &packet);
        assert_int_equal(filled(&first).ip_flags, rows[i].flags);
        assert_int_equal(filled(&later).ip_flags, rows[i].flags);
    }
}

static void changes_of_ttl_and_tos_are_counted_up_to_255(void **state)
{
    (void)state;
    struct ip_statistics statistics;
    struct packet packet = of_id(1);
    packet.tos = 0x10;
    ip_statistics_init(&statistics, &packet);
    for (unsigned i = 0; i < 300; i++) {
        packet.ttl = (uint8_t)(60 + i % 2);
        packet.tos = (uint8_t)(i % 2 == 0 ? 0x02 : 0x04);
        (void)ip_statistics_add(&statistics, &packet);
    }
    const struct weir_side_statistics out = filled(&statistics);
    assert_int_equal(out.ttl_min, 60);
    assert_int_equal(out.ttl_max, 64);
    assert_int_equal(out.ttl_changes, 255);
    assert_int_equal(out.tos_first, 0x10);
    assert_int_equal(out.tos_or, 0x16);
    assert_int_equal(out.tos_changes, 255);
}

static void one_packet_has_no_difference_of_identifications(void **state)
{
    (void)state;
    struct ip_statistics statistics;
    struct packet packet = of_id(9);
    packet.flags |= PACKET_IP_OPTIONS;
    ip_statistics_init(&statistics, &packet);
    struct weir_side_statistics out = filled(&statistics);
    assert_int_equal(out.ipid_delta_min, WEIR_ABSENT);
    assert_int_equal(out.ip_options, 1);
    packet.ip_id = 12;
    (void)ip_statistics_add(&statistics, &packet);
    packet.ip_id = 13;
    (void)ip_statistics_add(&statistics, &packet);
    out = filled(&statistics);
    assert_int_equal(out.ipid_delta_min, 1);
    assert_int_equal(out.ipid_delta_max, 3);
    assert_int_equal(out.ip_options, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifications_behind_are_out_of_order_and_small_ones_ahead_have_rolled),
        cmocka_unit_test(what_is_unusual_sets_its_flag),
        cmocka_unit_test(changes_of_ttl_and_tos_are_counted_up_to_255),
        cmocka_unit_test(one_packet_has_no_difference_of_identifications),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
