/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/icmp_statistics.h"

#include <string.h>

#include "common/flow/flow_record.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static struct packet message(uint16_t type, uint16_t code, uint32_t size)
{
    const struct test_ends ends = {.from = 1, .to = 2, .from_port = type, .to_port = code};
    return test_packet_icmp(0, ends, 7, size);
}

static void add(struct icmp_statistics *statistics, uint16_t type, uint16_t code, uint32_t size)
{
    const struct packet packet = message(type, code, size);
    icmp_statistics_add(statistics, &packet);
}

static void types_codes_and_pairs_are_told_apart(void **state)
{
    (void)state;
    struct icmp_statistics statistics;
    struct weir_flow_statistics out;
    icmp_statistics_init(&statistics);
    add(&statistics, 3, 1, 36);
    add(&statistics, 3, 1, 36);
    add(&statistics, 3, 13, 36);
    add(&statistics, 129, 200, 36); /* a code above 30 is bit 31; 129 is no echo of ICMP */
    add(&statistics, 70, 0, 36);    /* a type that no mask has */
    weir_flow_statistics_init(&out);
    icmp_statistics_fill(&statistics, &out);
    assert_int_equal(out.icmp_msg_count, 5);
    assert_int_equal(out.icmp_typecode_count, 4);
    assert_int_equal(out.icmp_type_mask, 8);
    assert_int_equal(out.icmp_type_mask_high, 2);
    assert_int_equal(out.icmp_code_mask, 0x80002003U);
    assert_int_equal(out.icmp_echo_req, 0);
    assert_int_equal(out.icmp_echo_len_min, WEIR_ABSENT);
    for (uint16_t code = 0; code < 20; code++) {
        add(&statistics, 5, code, 36);
    }
    icmp_statistics_fill(&statistics, &out);
    assert_int_equal(out.icmp_typecode_count, ICMP_STATISTICS_PAIRS);
}

static void echoes_are_measured_and_answers_are_a_share(void **state)
{
    (void)state;
    const struct tolerance exact = {0, 0};
    struct icmp_statistics statistics;
    struct weir_flow_statistics out;
    icmp_statistics_init(&statistics);
    add(&statistics, 0, 0, 100);
    add(&statistics, 0, 0, 64);
    weir_flow_statistics_init(&out);
    icmp_statistics_fill(&statistics, &out);
    assert_close((double)out.icmp_echo_succ_ratio, -2.0, exact); /* answers that nobody asked for */
    for (int i = 0; i < 4; i++) {
        add(&statistics, 8, 0, 1400);
    }
    icmp_statistics_fill(&statistics, &out);
    assert_int_equal(out.icmp_echo_req, 4);
    assert_int_equal(out.icmp_echo_rep, 2);
    assert_close((double)out.icmp_echo_succ_ratio, 0.5, exact);
    assert_int_equal(out.icmp_echo_len_min, 64);
    assert_int_equal(out.icmp_echo_len_max, 1400);
}

/* A quoted packet of 64 bytes, of which so many were captured. */
static bool quoted(const uint8_t *bytes, uint32_t captured, struct packet *out)
{
    struct packet error = message(3, 3, 72);
    error.embedded = bytes;
    error.embedded_captured = captured;
    return icmp_statistics_quoted(&error, out);
}

static void the_ends_of_a_quoted_packet_need_its_first_four_transport_bytes(void **state)
{
    (void)state;
    uint8_t v4[64] = {0x46, [9] = 6, [12] = 10, [15] = 1, [16] = 10, [19] = 2, [25] = 80, [27] = 9};
    uint8_t v6[64] = {0x60,     [6] = 58,   [8] = 0xfe, [23] = 1, [24] = 0xfe,
                      [39] = 2, [40] = 128, [44] = 1,   [45] = 2};
    struct packet out;
    assert_true(quoted(v4, 28, &out)); /* one word of options */
    assert_int_equal(out.source_port, 80);
    assert_int_equal(out.destination_port, 9);
    assert_int_equal(out.source.bytes[3], 1);
    assert_false(quoted(v4, 27, &out));
    assert_false(quoted(v4, 19, &out));
    v4[7] = 1; /* a later fragment has no ports */
    assert_false(quoted(v4, 28, &out));
    assert_true(quoted(v6, 48, &out));
    assert_int_equal(out.icmp_id, 0x0102);
    assert_int_equal(out.flags, PACKET_HAS_PORTS | PACKET_HAS_ICMP_ID);
    assert_true(quoted(v6, 44, &out));
    assert_int_equal(out.flags, PACKET_HAS_PORTS);
    assert_false(quoted(v6, 43, &out));
    v6[0] = 0x50;
    assert_false(quoted(v6, 48, &out));
    assert_false(quoted(NULL, 0, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_codes_and_pairs_are_told_apart),
        cmocka_unit_test(echoes_are_measured_and_answers_are_a_share),
        cmocka_unit_test(the_ends_of_a_quoted_packet_need_its_first_four_transport_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
