/* SPDX-License-Identifier: Apache-2.0
 *
 * trainer: one training run from rows to a registered candidate.
 *
 * Rows are loaded, a part is held out, the rest cross-validated and then fitted as a whole; the
 * model is held against the library, judged, written and registered. Nothing is written before all
 * of that has succeeded.
 *
 * Errors:  those of the stages; the sentence is for the person at the shell.
 */
#ifndef WEIR_COLLECTOR_LEARN_TRAINER_H
#define WEIR_COLLECTOR_LEARN_TRAINER_H

#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#include "collector/learn/trainer_options.h"

/* Prints the report to `out`, progress to `diagnostics` (NULL = none). */
WEIR_MUST_CHECK int trainer_run(const struct trainer_options *options, int64_t now_us, FILE *out,
                                FILE *diagnostics, struct weir_error *error);

#endif
