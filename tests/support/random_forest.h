/* SPDX-License-Identifier: Apache-2.0
 *
 * random_forest: forests of complete trees with random tests, to measure scoring on.
 *
 * Complete trees are the worst case: real ones have fewer leaves at full depth.
 *
 * Errors:  none: it ends the program when memory is out.
 */
#ifndef WEIR_TESTS_SUPPORT_RANDOM_FOREST_H
#define WEIR_TESTS_SUPPORT_RANDOM_FOREST_H

#include <stddef.h>

#include "common/base/buffer.h"
#include "common/base/rng.h"

#include "common/model/encoding.h"

/* Appends the payload of a model; depth 1 .. 14. */
void random_forest_encode(struct weir_rng *rng, const struct weir_encoding *encoding,
                          size_t tree_count, unsigned depth, struct weir_buffer *payload);

#endif
