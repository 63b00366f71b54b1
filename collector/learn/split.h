/* SPDX-License-Identifier: Apache-2.0
 *
 * split: seeded, stratified parts of a data set that share no duplicate.
 *
 * Rows whose vectors are equal form a group, and a group is never torn: what a model is judged on,
 * it has not seen.
 *
 * Shape:   part[row] is the part of each row.
 * Errors:  WEIR_ENOMEM.
 */
#ifndef WEIR_COLLECTOR_LEARN_SPLIT_H
#define WEIR_COLLECTOR_LEARN_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/learn/sample_set.h"

#define SPLIT_TRAINING 0
#define SPLIT_HELD_OUT 1

/* part[row]: SPLIT_HELD_OUT for about share_0_1 of the rows of each label, else SPLIT_TRAINING. */
WEIR_MUST_CHECK int split_held_out(const struct sample_set *set, double share_0_1, uint64_t seed,
                                   uint16_t *part);

/* part[row]: 0 .. folds - 1 for the `count` rows named, of about equal size and class balance;
 * other entries of part are not touched. */
WEIR_MUST_CHECK int split_folds(const struct sample_set *set, const uint32_t *rows, size_t count,
                                uint16_t folds, uint64_t seed, uint16_t *part);

/* *shared: rows of `other` whose vector equals that of one of the `count` rows named. */
WEIR_MUST_CHECK int split_count_shared(const struct sample_set *set, const uint32_t *rows,
                                       size_t count, const struct sample_set *other,
                                       uint64_t *shared);

#endif
