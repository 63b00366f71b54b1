/* SPDX-License-Identifier: Apache-2.0
 *
 * time_text: a moment as a person writes it.
 *
 * Shape:   "2026-01-05", "2026-01-05T10:11:12", with or without fraction and Z (always UTC), or
 *          seconds since 1970 ("1767607872.5").
 * Errors:  WEIR_EFORMAT naming `what` and the text.
 */
#ifndef WEIR_COLLECTOR_LEARN_TIME_TEXT_H
#define WEIR_COLLECTOR_LEARN_TIME_TEXT_H

#include <stdint.h>

#include "common/base/err.h"

WEIR_MUST_CHECK int time_text_parse(const char *text, const char *what, int64_t *wall_us,
                                    struct weir_error *error);

#endif
