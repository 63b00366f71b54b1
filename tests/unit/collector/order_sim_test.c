/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fleet_sim.h"
#include "tests/support/weir_test.h"

#ifndef SEEDS
#define SEEDS 3000U
#endif

static void print_totals(const struct fleet_sim_totals *totals)
{
    const struct {
        const char *name;
        uint64_t value;
    } lines[] = {
        {"runs", totals->runs},
        {"runs that must equal one sensor", totals->equal_runs},
        {"rows", totals->rows},
        {"complete", totals->complete_rows},
        {"late", totals->late_rows},
        {"lagging", totals->lagging_rows},
        {"clock suspect", totals->suspect_rows},
        {"unknown start", totals->unknown_starts},
        {"cuts", totals->cuts},
        {"duplicates", totals->duplicates},
        {"refused", totals->refusals},
        {"resends asked for", totals->resends},
        {"gaps", totals->gaps},
        {"failed commits", totals->failed_commits},
        {"ledger skips", totals->ledger_skips},
        {"kills of the collector", totals->collector_kills},
        {"second boots of sensors", totals->second_boots},
        {"flows restored", totals->restored_flows},
        {"laggards", totals->laggards},
        {"rejoined", totals->rejoined},
        {"missing", totals->missing},
        {"peak bytes held", totals->peak_bytes},
        {"worst finish after the last record, s", totals->worst_finish_s},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        printf("%-40s %llu\n", lines[i].name, (unsigned long long)lines[i].value);
    }
}

static uint64_t run_seeds(uint64_t first, uint64_t count, bool verbose,
                          struct fleet_sim_totals *totals)
{
    uint64_t failures = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        char why[200];
        if (!fleet_sim_run(seed, verbose, totals, why)) {
            failures++;
            if (failures <= 10) {
                printf("%s\n", why);
            }
        }
    }
    return failures;
}

static void every_fleet_keeps_its_promises(void **state)
{
    (void)state;
    struct fleet_sim_totals totals = {0};
    const uint64_t failures = run_seeds(1, SEEDS, false, &totals);
    print_totals(&totals);
    assert_int_equal(failures, 0);
    /* A simulation whose faults do not happen proves nothing. */
    assert_true(totals.equal_runs > SEEDS / 2);
    assert_true(totals.cuts > 0 && totals.duplicates > 0 && totals.refusals > 0);
    assert_true(totals.resends > 0 && totals.gaps > 0 && totals.failed_commits > 0);
    assert_true(totals.ledger_skips > 0 && totals.collector_kills > 0);
    assert_true(totals.second_boots > 0 && totals.restored_flows > 0);
    assert_true(totals.late_rows > 0 && totals.lagging_rows > 0 && totals.suspect_rows > 0);
    assert_true(totals.laggards > 0 && totals.missing > 0 && totals.rejoined > 0);
}

/* collector_order_sim_test [SEED [COUNT]]: runs these instead; one seed alone also tells events. */
int main(int argc, char **argv)
{
    if (argc > 1) {
        const uint64_t first = strtoull(argv[1], NULL, 10);
        const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
        struct fleet_sim_totals totals = {0};
        const uint64_t failures = run_seeds(first, count, count == 1, &totals);
        print_totals(&totals);
        return failures == 0 ? 0 : 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fleet_keeps_its_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
