/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/active_counts.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static struct active_ends between(unsigned orig, unsigned resp, uint16_t port)
{
    return (struct active_ends){.orig = test_host(orig),
                                .resp = test_host(resp),
                                .resp_port = port,
                                .protocol = 6};
}

static void begin(struct active_counts *counts, struct active_ends ends)
{
    assert_true(active_counts_add(counts, &ends));
}

static struct weir_flow_statistics end(struct active_counts *counts, struct active_ends ends)
{
    struct weir_flow_statistics out;
    weir_flow_statistics_init(&out);
    active_counts_remove(counts, &ends, &out);
    return out;
}

static void assert_counts(const struct weir_flow_statistics *out, unsigned src, unsigned dst,
                          unsigned pair, unsigned port)
{
    assert_int_equal(out->active_peers_src, src);
    assert_int_equal(out->active_peers_dst, dst);
    assert_int_equal(out->active_pair_conns, pair);
    assert_int_equal(out->active_srcport_conns, port);
}

static void a_lone_connection_is_one_of_each(void **state)
{
    (void)state;
    struct active_counts *counts = NULL;
    assert_err(active_counts_new(16, 1, &counts), WEIR_OK);
    begin(counts, between(1, 2, 80));
    struct weir_flow_statistics out;
    weir_flow_statistics_init(&out);
    const struct active_ends ends = between(1, 2, 80);
    active_counts_fill(counts, &ends, &out); /* only looks */
    assert_counts(&out, 1, 1, 1, 1);
    out = end(counts, ends);
    assert_counts(&out, 1, 1, 1, 1);
    active_counts_free(counts);
}

static void peers_pairs_and_ports_are_counted_apart(void **state)
{
    (void)state;
    struct active_counts *counts = NULL;
    assert_err(active_counts_new(64, 1, &counts), WEIR_OK);
    begin(counts, between(1, 2, 80));
    begin(counts, between(1, 2, 80));
    begin(counts, between(1, 2, 22));
    begin(counts, between(1, 3, 80));
    begin(counts, between(4, 2, 80));
    begin(counts, between(2, 1, 80)); /* the other way round is another pair */
    struct weir_flow_statistics out = end(counts, between(1, 2, 80));
    assert_counts(&out, 2, 2, 3, 3);
    out = end(counts, between(1, 2, 22));
    assert_counts(&out, 2, 2, 2, 1);
    out = end(counts, between(1, 2, 80)); /* the pair's last: its hosts lose a peer */
    assert_counts(&out, 2, 2, 1, 2);
    out = end(counts, between(1, 3, 80));
    assert_counts(&out, 1, 1, 1, 1);
    out = end(counts, between(4, 2, 80));
    assert_counts(&out, 1, 1, 1, 1);
    out = end(counts, between(2, 1, 80));
    assert_counts(&out, 1, 1, 1, 1);
    active_counts_free(counts);
}

static void growing_and_shrinking_lose_nothing(void **state)
{
    (void)state;
    struct active_counts *counts = NULL;
    assert_err(active_counts_new(20000, 7, &counts), WEIR_OK);
    for (unsigned i = 0; i < 20000; i++) { /* 200 hosts, each with 100 peers */
        begin(counts, between(i / 100, 300 + i % 100, 80));
    }
    for (unsigned i = 0; i < 20000; i++) { /* those that began first end first */
        const struct weir_flow_statistics out = end(counts, between(i / 100, 300 + i % 100, 80));
        assert_counts(&out, 100 - i % 100, 200 - i / 100, 1, 100 - i % 100);
    }
    active_counts_free(counts);
}

static void a_full_table_counts_no_more_and_says_so(void **state)
{
    (void)state;
    struct active_counts *counts = NULL;
    assert_err(active_counts_new(16, 7, &counts), WEIR_OK); /* 4,096 counters at least */
    unsigned taken = 0;
    for (unsigned i = 0; i < 4000; i++) {
        const struct active_ends ends = between(i, 5000 + i, 80);
        taken += active_counts_add(counts, &ends) ? 1U : 0U;
    }
    assert_in_range(taken, 512, 1024);
    for (unsigned i = 0; i < taken; i++) { /* the first ones were */
        const struct weir_flow_statistics out = end(counts, between(i, 5000 + i, 80));
        assert_counts(&out, 1, 1, 1, 1);
    }
    begin(counts, between(1, 2, 3));
    active_counts_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lone_connection_is_one_of_each),
        cmocka_unit_test(peers_pairs_and_ports_are_counted_apart),
        cmocka_unit_test(growing_and_shrinking_lose_nothing),
        cmocka_unit_test(a_full_table_counts_no_more_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
