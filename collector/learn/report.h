/* SPDX-License-Identifier: Apache-2.0
 *
 * report: what a training run found, for people and for programs.
 *
 * Owns:    nothing; texts are borrowed.
 */
#ifndef WEIR_COLLECTOR_LEARN_REPORT_H
#define WEIR_COLLECTOR_LEARN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#include "collector/learn/cross_validation.h"
#include "collector/learn/evaluation.h"

struct report_part { /* rows the model was judged on */
    bool present;
    const char *name;
    uint64_t shared; /* of its rows: equal to a training row */
    struct evaluation evaluation;
};

struct report {
    const char *name, *kind, *schema;
    uint64_t version;
    const char *source; /* "files", "stored flows" */
    size_t rows, normal, attack;
    uint64_t refused, skipped, unknown_categories;
    char digest[2 * 32 + 1];

    size_t training_rows, held_out_rows;
    uint64_t seed, trees, depth;
    size_t columns_used, columns;
    double fit_s;
    size_t payload_bytes;

    double agreement; /* largest difference between our scores and the library's */
    size_t agreement_rows;

    double threshold;
    const char *threshold_source;
    bool cross_validated;
    struct cross_validation cross_validation;
    struct report_part training, held_out, test;

    const char *output; /* file written, or NULL */
    bool registered;
};

void report_print_table(const struct report *report, FILE *out);

/* One JSON object. WEIR_ENOMEM, WEIR_EIO. */
WEIR_MUST_CHECK int report_print_json(const struct report *report, FILE *out);

#endif
