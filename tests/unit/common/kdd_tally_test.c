/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_tally.h"

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

#define MEMBERS 3000

struct members {
    uint32_t host[MEMBERS], service[MEMBERS], tag[MEMBERS];
    int32_t same_back[MEMBERS];
};

static void fill(struct members *members, uint64_t seed)
{
    struct weir_rng rng;
    weir_rng_init(&rng, seed);
    for (size_t i = 0; i < MEMBERS; i++) {
        members->host[i] = (uint32_t)weir_rng_below(&rng, 3);
        members->service[i] = (uint32_t)weir_rng_below(&rng, 3);
        members->tag[i] = weir_kdd_tag((uint16_t)weir_rng_below(&rng, 4),
                                       (enum weir_outcome)weir_rng_below(&rng, 3));
        members->same_back[i] = (int32_t)weir_rng_below(&rng, 2 * MEMBERS);
    }
}

static void add_side(struct weir_kdd_side *side, uint32_t tag, bool is_first)
{
    side->count++;
    side->serror += tag >> 16 == WEIR_OUTCOME_SERROR ? 1U : 0U;
    side->rerror += tag >> 16 == WEIR_OUTCOME_RERROR ? 1U : 0U;
    side->first += is_first ? 1U : 0U;
}

/* One member after the other: host, service, both, and the service of other hosts. */
static void tally_plainly(const struct weir_kdd_stretch *s, const struct weir_kdd_probe *probe,
                          struct weir_kdd_tally *recent, struct weir_kdd_tally *others)
{
    for (size_t i = 0; i < s->count; i++) {
        const bool is_first = s->same_back[i] > s->offset + (int32_t)i;
        const bool host = s->host[i] == probe->host;
        const bool service = s->service[i] == probe->service;
        if (host) {
            add_side(&recent->host, s->tag[i], is_first);
        }
        if (service) {
            add_side(&recent->service, s->tag[i], is_first);
        }
        if (service && !host) {
            add_side(&others->service, s->tag[i], is_first);
        }
        recent->both += host && service ? 1U : 0U;
    }
}

static void every_length_counts_like_one_after_the_other(void **state)
{
    (void)state;
    static const size_t counts[] = {0,   1,    7,    8,    9,    31,   255,
                                    511, 1022, 1023, 1024, 2046, 2047, MEMBERS};
    struct members members;
    const struct weir_kdd_probe probe = {.host = 1, .service = 2, .src_port = 3};
    fill(&members, 1);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const struct weir_kdd_stretch stretch = {.host = members.host,
                                                 .service = members.service,
                                                 .tag = members.tag,
                                                 .same_back = members.same_back,
                                                 .count = counts[i],
                                                 .offset = 5};
        struct weir_kdd_tally want = {0};
        struct weir_kdd_tally want_others = {0};
        struct weir_kdd_tally got = {0};
        struct weir_kdd_tally got_others = {0};
        tally_plainly(&stretch, &probe, &want, &want_others);
        weir_kdd_tally_recent(&got, &stretch, &probe);
        weir_kdd_tally_others(&got_others, &stretch, &probe);
        assert_memory_equal(&got, &want, sizeof(want));
        assert_memory_equal(&got_others, &want_others, sizeof(want_others));
    }
}

static void own_members_count_their_ports_and_need_no_host(void **state)
{
    (void)state;
    struct members members;
    const struct weir_kdd_probe probe = {.host = 1, .service = 2, .src_port = 3};
    fill(&members, 2);
    uint32_t same_port = 0;
    for (size_t i = 0; i < MEMBERS; i++) {
        members.host[i] = 1;
        same_port += (members.tag[i] & UINT16_MAX) == 3 ? 1U : 0U;
    }
    struct weir_kdd_stretch stretch = {.host = members.host,
                                       .service = members.service,
                                       .tag = members.tag,
                                       .same_back = members.same_back,
                                       .count = MEMBERS};
    struct weir_kdd_tally want = {0};
    struct weir_kdd_tally others = {0};
    struct weir_kdd_tally got = {0};
    tally_plainly(&stretch, &probe, &want, &others);
    want.same_port = same_port;
    want.service.first = 0; /* not counted: the host is the same */
    stretch.host = NULL;
    weir_kdd_tally_own(&got, &stretch, &probe);
    assert_memory_equal(&got, &want, sizeof(want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_counts_like_one_after_the_other),
        cmocka_unit_test(own_members_count_their_ports_and_need_no_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
