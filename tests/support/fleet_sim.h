/* SPDX-License-Identifier: Apache-2.0
 *
 * fleet_sim: a fleet, its network, the collector's order stage and a store, all simulated from one
 * seed, with the faults that systems like this one die of.
 *
 * What must hold is checked as it happens and at the end; the first thing that does not is said in
 * a sentence.
 */
#ifndef WEIR_TESTS_SUPPORT_FLEET_SIM_H
#define WEIR_TESTS_SUPPORT_FLEET_SIM_H

#include <stdbool.h>
#include <stdint.h>

struct fleet_sim_totals {      /* proof that the faults really happen */
    uint64_t runs, equal_runs; /* in so many every row had to equal the one sensor's */
    uint64_t rows, complete_rows;
    uint64_t cuts, duplicates, refusals, resends;
    uint64_t failed_commits, ledger_skips, collector_kills, second_boots;
    uint64_t late_rows, lagging_rows, suspect_rows, unknown_starts, gaps;
    uint64_t laggards, missing, rejoined;
    uint64_t restored_flows;
    uint64_t peak_bytes;     /* greatest memory held in any run */
    uint64_t worst_finish_s; /* longest a run took after its last record */
};

/* Runs one seed. False and a sentence in why[200] when something did not hold. */
bool fleet_sim_run(uint64_t seed, bool verbose, struct fleet_sim_totals *totals, char why[200]);

#endif
