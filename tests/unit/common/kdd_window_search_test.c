/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"

#include "common/flow/kdd_window.h"

#include "tests/support/weir_test.h"

#define SECOND INT64_C(1000000)

static struct weir_address host(uint32_t number)
{
    struct weir_address address = {.size = 4};
    address.bytes[0] = 10;
    address.bytes[1] = (uint8_t)(number >> 16);
    address.bytes[2] = (uint8_t)(number >> 8);
    address.bytes[3] = (uint8_t)number;
    return address;
}

static void add_and_count(struct weir_kdd_window *window, const struct weir_kdd_conn *conn,
                          struct weir_kdd_counts *counts)
{
    uint64_t position = 0;
    assert_err(weir_kdd_window_add(window, conn, &position), WEIR_OK);
    weir_kdd_window_count(window, position, conn, counts);
}

/* The windows straight from specification 1.9.2 to 1.9.4, by search over all connections. */
struct brute {
    const struct weir_kdd_conn *all;
    size_t latest; /* index of the last connection added */
    const struct weir_kdd_window_options *options;
};

struct set {
    size_t members[1024];
    size_t count;
};

static bool same_host(const struct weir_kdd_conn *a, const struct weir_kdd_conn *b)
{
    return weir_address_equal(&a->resp, &b->resp);
}

static struct set subset(const struct brute *b, const struct set *of, const struct weir_kdd_conn *c,
                         bool by_host)
{
    struct set out = {.count = 0};
    for (size_t i = 0; i < of->count; i++) {
        const struct weir_kdd_conn *x = &b->all[of->members[i]];
        if (by_host ? same_host(x, c) : x->service_key == c->service_key) {
            out.members[out.count++] = of->members[i];
        }
    }
    return out;
}

static uint16_t outcomes(const struct brute *b, const struct set *set, enum weir_outcome outcome)
{
    uint16_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        count = (uint16_t)(count + (b->all[set->members[i]].outcome == outcome));
    }
    return count;
}

static uint16_t distinct(const struct brute *b, const struct set *set, bool hosts)
{
    uint16_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++) {
            const struct weir_kdd_conn *x = &b->all[set->members[i]];
            const struct weir_kdd_conn *y = &b->all[set->members[j]];
            seen = hosts ? same_host(x, y) : x->service_key == y->service_key;
        }
        count = (uint16_t)(count + !seen);
    }
    return count == 1 ? 0 : count;
}

static void brute_recent(const struct brute *b, size_t at, struct weir_kdd_counts *out)
{
    const struct weir_kdd_conn *c = &b->all[at];
    struct set t = {.count = 0};
    for (size_t i = at + 1; i > 0 && t.count < b->options->conns; i--) {
        if (b->all[i - 1].start_us > c->start_us - b->options->span_us) {
            t.members[t.count++] = i - 1;
        }
    }
    const struct set h = subset(b, &t, c, true);
    const struct set s = subset(b, &t, c, false);
    const struct set both = subset(b, &h, c, false);
    out->count = (uint16_t)h.count;
    out->srv_count = (uint16_t)s.count;
    out->serror = outcomes(b, &h, WEIR_OUTCOME_SERROR);
    out->rerror = outcomes(b, &h, WEIR_OUTCOME_RERROR);
    out->srv_serror = outcomes(b, &s, WEIR_OUTCOME_SERROR);
    out->srv_rerror = outcomes(b, &s, WEIR_OUTCOME_RERROR);
    out->same_srv = (uint16_t)both.count;
    out->diff_srv = distinct(b, &h, false);
    out->srv_diff_host = distinct(b, &s, true);
}

static void brute_host(const struct brute *b, size_t at, struct weir_kdd_counts *out)
{
    const struct weir_kdd_conn *c = &b->all[at];
    const int64_t since_us = c->start_us - b->options->host_age_us;
    const size_t limit = b->options->host_conns;
    struct set own = {.count = 0};
    struct set w = {.count = 0};
    for (size_t i = at + 1; i > 0 && own.count < limit; i--) {
        if (same_host(&b->all[i - 1], c) && b->all[i - 1].start_us > since_us) {
            own.members[own.count++] = i - 1;
        }
    }
    w = own;
    /* The global ring holds the latest connections added, and of it the latest are searched. */
    for (size_t i = at + 1;
         i > 0 && w.count < limit && b->latest - (i - 1) < b->options->ring &&
         at - (i - 1) < b->options->fill_scan && b->all[i - 1].start_us > since_us;
         i--) {
        if (!same_host(&b->all[i - 1], c)) {
            w.members[w.count++] = i - 1;
        }
    }
    const struct set s = subset(b, &w, c, false);
    const struct set own_s = subset(b, &own, c, false);
    out->dst_host_count = (uint16_t)own.count;
    out->dst_host_srv_count = (uint16_t)s.count;
    out->dst_host_same_srv = (uint16_t)own_s.count;
    out->dst_host_diff_srv = distinct(b, &own, false);
    for (size_t i = 0; i < own.count; i++) {
        out->dst_host_same_src_port = (uint16_t)(out->dst_host_same_src_port +
                                                 (b->all[own.members[i]].src_port == c->src_port));
    }
    out->dst_host_srv_diff_host = distinct(b, &s, true);
    out->dst_host_serror = outcomes(b, &own, WEIR_OUTCOME_SERROR);
    out->dst_host_rerror = outcomes(b, &own, WEIR_OUTCOME_RERROR);
    out->dst_host_srv_serror = outcomes(b, &s, WEIR_OUTCOME_SERROR);
    out->dst_host_srv_rerror = outcomes(b, &s, WEIR_OUTCOME_RERROR);
}

static void assert_counts(const struct weir_kdd_counts *got, const struct weir_kdd_counts *want,
                          uint64_t seed, size_t at)
{
    uint16_t g[WEIR_KDD_COUNT_FIELDS];
    uint16_t w[WEIR_KDD_COUNT_FIELDS];
    memcpy(g, got, sizeof(g));
    memcpy(w, want, sizeof(w));
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        if (g[i] != w[i]) {
            fail_msg("seed %d, connection %zu, field %zu: got %u, want %u", (int)seed, at, i, g[i],
                     w[i]);
        }
    }
}

struct traffic {
    uint64_t hosts, services, ports;
    uint64_t gap_us; /* gaps are uniform below this, but for pauses */
};

static int64_t gap(struct weir_rng *rng, const struct traffic *traffic)
{
    const uint64_t kind = weir_rng_below(rng, 1000);
    if (kind == 0) {
        return (int64_t)weir_rng_below(rng, 14500) * SECOND;
    }
    if (kind < 4) {
        return 2 * SECOND - (int64_t)weir_rng_below(rng, 2);
    }
    return (int64_t)weir_rng_below(rng, traffic->gap_us);
}

static void random_conn(struct weir_rng *rng, const struct traffic *traffic, int64_t start_us,
                        struct weir_kdd_conn *out)
{
    /* The smaller of two draws: some hosts and services are far more common than others. */
    const uint64_t a = weir_rng_below(rng, traffic->hosts);
    const uint64_t b = weir_rng_below(rng, traffic->hosts);
    const uint64_t c = weir_rng_below(rng, traffic->services);
    const uint64_t d = weir_rng_below(rng, traffic->services);
    *out = (struct weir_kdd_conn){.start_us = start_us,
                                  .orig = host(7),
                                  .resp = host((uint32_t)(a < b ? a : b)),
                                  .src_port = (uint16_t)weir_rng_below(rng, traffic->ports),
                                  .service_key = (uint32_t)(c < d ? c : d),
                                  .outcome = (enum weir_outcome)weir_rng_below(rng, 3)};
}

static const struct traffic traffics[] = {
    {.hosts = 3, .services = 4, .ports = 3, .gap_us = 2000},
    {.hosts = 40, .services = 300, .ports = 10, .gap_us = 8000},
    {.hosts = 1, .services = 700, .ports = 70, .gap_us = 6000},
    {.hosts = 900, .services = 2, .ports = 5, .gap_us = 30000},
    {.hosts = 300, .services = 50, .ports = 5, .gap_us = 400000},
    {.hosts = 2, .services = 1, .ports = 2, .gap_us = 1},
};

#define CONNS 4000

static void exact_counts_equal_a_search_over_everything(void **state)
{
    (void)state;
    struct weir_kdd_conn *all = calloc(CONNS, sizeof(*all));
    assert_non_null(all);
    for (uint64_t seed = 0; seed < 2 * sizeof(traffics) / sizeof(traffics[0]); seed++) {
        const struct traffic *traffic = &traffics[seed / 2];
        struct weir_kdd_window_options options = weir_kdd_window_defaults;
        options.hash_key = seed;
        if (seed % 2 == 1) { /* small limits meet their edges more often */
            options.conns = 37;
            options.host_conns = 11;
            options.ring = 41;
            options.fill_scan = 29;
        }
        struct weir_rng rng;
        weir_rng_init(&rng, seed);
        struct weir_kdd_window *window = NULL;
        assert_err(weir_kdd_window_new(&options, &window), WEIR_OK);
        int64_t now_us = 0;
        for (size_t i = 0; i < CONNS; i++) {
            now_us += gap(&rng, traffic);
            random_conn(&rng, traffic, now_us, &all[i]);
            struct weir_kdd_counts got;
            add_and_count(window, &all[i], &got);
            if (i % 5 == 0) {
                const struct brute brute = {.all = all, .latest = i, .options = &options};
                struct weir_kdd_counts want = {0};
                brute_recent(&brute, i, &want);
                brute_host(&brute, i, &want);
                assert_counts(&got, &want, seed, i);
                assert_true(seed % 2 == 1 || weir_kdd_counts_valid(&got));
            }
        }
        weir_kdd_window_free(window);
    }
    free(all);
}

/* The sensor's use: added open, outcome set later, counted when many have followed. The rings are
 * large enough here to hold all that the search finds. */
static void past_positions_count_what_came_before_them(void **state)
{
    (void)state;
    struct weir_kdd_conn *all = calloc(CONNS, sizeof(*all));
    assert_non_null(all);
    struct weir_kdd_window_options options = weir_kdd_window_defaults;
    options.ring = CONNS;
    options.hosts_max = 1;
    for (uint64_t seed = 0; seed < sizeof(traffics) / sizeof(traffics[0]); seed++) {
        struct weir_rng rng;
        weir_rng_init(&rng, 100 + seed);
        struct weir_kdd_window *window = NULL;
        assert_err(weir_kdd_window_new(&options, &window), WEIR_OK);
        int64_t now_us = 0;
        for (size_t i = 0; i < CONNS; i++) {
            now_us += gap(&rng, &traffics[seed]);
            random_conn(&rng, &traffics[seed], now_us, &all[i]);
            all[i].outcome = WEIR_OUTCOME_NEITHER;
            uint64_t position = 0;
            assert_err(weir_kdd_window_add(window, &all[i], &position), WEIR_OK);
            assert_int_equal(position, i + 1);
            const size_t past = (size_t)weir_rng_below(&rng, i + 1);
            all[past].outcome = (enum weir_outcome)weir_rng_below(&rng, 3);
            weir_kdd_window_set_outcome(window, past + 1, all[past].outcome);
            if (i % 5 == 0) {
                const struct brute brute = {.all = all, .latest = i, .options = &options};
                struct weir_kdd_counts got;
                struct weir_kdd_counts want = {0};
                weir_kdd_window_count(window, past + 1, &all[past], &got);
                brute_recent(&brute, past, &want);
                brute_host(&brute, past, &want);
                assert_counts(&got, &want, seed, i);
            }
        }
        weir_kdd_window_free(window);
    }
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_counts_equal_a_search_over_everything),
        cmocka_unit_test(past_positions_count_what_came_before_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
