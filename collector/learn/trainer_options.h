/* SPDX-License-Identifier: Apache-2.0
 *
 * trainer_options: the settings of weir-trainer, one table for parser, checks, --help and
 * --print-config.
 *
 * Owns:    texts and lists, until weir_options_fini() with the table.
 */
#ifndef WEIR_COLLECTOR_LEARN_TRAINER_OPTIONS_H
#define WEIR_COLLECTOR_LEARN_TRAINER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/option.h"

enum trainer_report {
    TRAINER_REPORT_TABLE,
    TRAINER_REPORT_JSON,
};

struct trainer_options {
    int schema; /* index into trainer_options_schemas */
    struct weir_text_list nsl_kdd;
    char *test;
    bool skip_bad;

    char *database; /* conninfo; NULL = none, "" = PGHOST and so on */
    char *role;
    char *from, *to, *stream, *unlabelled;

    char *name;
    int kind; /* index into trainer_options_kinds */
    uint64_t trees, depth;
    double row_share, column_share;
    uint64_t seed, threads;
    char *created;
    int64_t expires_us; /* after created; 0 = never */
    uint64_t version;   /* without a database; 0 = 1 */

    uint64_t folds;
    double held_out;
    double threshold; /* 0 = choose */

    char *output;
    int report; /* enum trainer_report */
};

#define TRAINER_OPTIONS_SCHEMAS "kdd41|sensor|fleet"
#define TRAINER_OPTIONS_KINDS   "forest"

const struct weir_option_table *trainer_options_table(void);

/* "kdd41", "sensor" or "fleet". */
const char *trainer_options_schema(const struct trainer_options *options);

/* What no single row of the table can say: that settings fit together. WEIR_EINVAL. */
WEIR_MUST_CHECK int trainer_options_check(const struct trainer_options *options,
                                          struct weir_error *error);

#endif
