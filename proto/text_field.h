/* SPDX-License-Identifier: Apache-2.0
 *
 * text_field: texts of a peer into arrays of ours.
 *
 * Errors:  WEIR_ELIMIT too long, WEIR_EFORMAT when it holds a control character.
 * Threads: any.
 */
#ifndef WEIR_PROTO_TEXT_FIELD_H
#define WEIR_PROTO_TEXT_FIELD_H

#include <stddef.h>

#include "common/base/err.h"

/* Copies text and its NUL into out[size]; text never reaches a log with a newline or escape. */
WEIR_MUST_CHECK int weir_text_field_copy(const char *text, char *out, size_t size);

/* 0 when text[size] holds a NUL and no control character before it; else WEIR_EINVAL. */
WEIR_MUST_CHECK int weir_text_field_check(const char *text, size_t size);

#endif
