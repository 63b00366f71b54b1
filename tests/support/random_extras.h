/* SPDX-License-Identifier: Apache-2.0
 *
 * random_extras: what a batch carries beyond the records' own fields: statistics, details, layer-2
 * events, markers; out of a seed, by the tables of columns.
 *
 * Owns:    everything lies in the arena that the caller gives.
 */
#ifndef WEIR_TESTS_SUPPORT_RANDOM_EXTRAS_H
#define WEIR_TESTS_SUPPORT_RANDOM_EXTRAS_H

#include "common/base/arena.h"
#include "common/base/rng.h"

#include "common/flow/flow_batch.h"

/* Adds to a batch of test_random_batch(). share 0 .. 1 is how often a record has each. */
void test_random_extras(struct weir_rng *rng, double share, struct weir_arena *arena,
                        struct weir_flow_batch *batch);

/* Fails the test unless both have the same in every column. */
void test_extras_equal(const struct weir_flow_batch *got, const struct weir_flow_batch *want);

#endif
