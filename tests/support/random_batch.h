/* SPDX-License-Identifier: Apache-2.0
 *
 * random_batch: valid flow batches with every field in use, out of a seed.
 *
 * Owns:    records are the caller's, room for WEIR_BATCH_RECORDS_MAX at most.
 */
#ifndef WEIR_TESTS_SUPPORT_RANDOM_BATCH_H
#define WEIR_TESTS_SUPPORT_RANDOM_BATCH_H

#include <stddef.h>

#include "common/base/rng.h"

#include "common/flow/flow_batch.h"

/* Fills *batch and records[count]. share 0 .. 1 is how often a rare field is set. */
void test_random_batch(struct weir_rng *rng, double share, struct weir_flow_record *records,
                       size_t count, struct weir_flow_batch *batch);

#endif
