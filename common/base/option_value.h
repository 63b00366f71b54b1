/* SPDX-License-Identifier: Apache-2.0
 *
 * option_value: the text of one setting to its field and back, and the names settings go by.
 *
 * For option*.c alone; programs use option.h.
 */
#ifndef WEIR_COMMON_BASE_OPTION_VALUE_H
#define WEIR_COMMON_BASE_OPTION_VALUE_H

#include "common/base/option.h"

#define WEIR_OPTION_NAME_BYTES 96 /* longest long option, with "no-" and NUL */

#define WEIR_OPTION_QUOTE_BYTES 72 /* what of a wrong text is shown */

/* What would have been right: "want 1 s .. 1 h". */
struct weir_option_fault {
    char text[96];
};

/* Sets the field from text; a list grows by text's words. WEIR_EFORMAT and *fault, WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_option_value_set(const struct weir_option *option, void *options,
                                          const char *text, struct weir_option_fault *fault);

/* Adds text to a list as one entry, whatever is in it. */
WEIR_MUST_CHECK int weir_option_value_append(const struct weir_option *option, void *options,
                                             const char *text, struct weir_option_fault *fault);

/* Frees what the field owns; TEXT becomes NULL, LIST empty; other types keep their value. */
void weir_option_value_clear(const struct weir_option *option, void *options);

/* Writes the value as weir_option_value_set() reads it; nothing for TEXT NULL. Not for lists. */
void weir_option_value_print(const struct weir_option *option, const void *options, FILE *out);

/* A bound in the row's own unit: "90 s", "64 KiB", "0.5". */
void weir_option_bound_text(const struct weir_option *option, double bound, char *out, size_t size);

/* The row of this key or long option; table->count when there is none. */
size_t weir_option_find_key(const struct weir_option_table *table, const char *key);

/* The known key that differs least from `key`, or NULL when none is close. */
const char *weir_option_nearest_key(const struct weir_option_table *table, const char *key);

/* The row whose long option differs least from `name`; table->count when none is close. */
size_t weir_option_nearest_flag(const struct weir_option_table *table, const char *name);

/* text as it may stand in an error: what is not printable ASCII as \xNN, what is long cut with
 * "...", and what is empty as "nothing". Gives back `quoted`. */
const char *weir_option_quote(const char *text, char quoted[WEIR_OPTION_QUOTE_BYTES]);

/* Writes the long option of a row, without dashes. */
void weir_option_long_name(const struct weir_option *option, char name[WEIR_OPTION_NAME_BYTES]);

#endif
