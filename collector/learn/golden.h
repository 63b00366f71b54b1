/* SPDX-License-Identifier: Apache-2.0
 *
 * golden: rows whose scores a sensor must reproduce bit for bit before a model may score.
 *
 * Shape:   rows spread evenly over the ranking by score, so that quiet, doubtful and certain ones
 *          are among them.
 * Errors:  WEIR_ENOMEM.
 */
#ifndef WEIR_COLLECTOR_LEARN_GOLDEN_H
#define WEIR_COLLECTOR_LEARN_GOLDEN_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define GOLDEN_ROWS 64

/* Picks at most GOLDEN_ROWS of the count rows, scores[i] being of rows[i]. */
WEIR_MUST_CHECK int golden_choose(const uint32_t *rows, const float *scores, size_t count,
                                  uint32_t chosen[GOLDEN_ROWS], size_t *chosen_count);

#endif
