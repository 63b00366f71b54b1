/* SPDX-License-Identifier: Apache-2.0
 *
 * nsl_kdd: reads NSL-KDD and KDD-99 text files into a data set of schema kdd41.
 *
 * A file has 41 columns, 42 with a label, or 43 with a difficulty behind it. With a header the
 * columns may stand in any order; without one they stand in the order of specification 1.1. The
 * label is "normal", "anomaly" or the name of an attack.
 *
 * Errors:  WEIR_EIO the file cannot be read; WEIR_EFORMAT "KDDTrain+.txt:17: column src_bytes: want
 *          a number, got `x`". With skip_bad such rows are counted and left out.
 * Source:  specification 1.1; https://www.unb.ca/cic/datasets/nsl.html.
 */
#ifndef WEIR_COLLECTOR_LEARN_NSL_KDD_H
#define WEIR_COLLECTOR_LEARN_NSL_KDD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#include "collector/learn/sample_set.h"

struct nsl_kdd_counters {
    uint64_t rows;    /* taken */
    uint64_t refused; /* left out */
};

/* Adds the rows of a file to a set of schema kdd41. counters add up over files. */
WEIR_MUST_CHECK int nsl_kdd_load(const char *path, bool skip_bad, struct sample_set *set,
                                 struct nsl_kdd_counters *counters, struct weir_error *error);

/* The same from an open file; `name` stands for the path in errors. */
WEIR_MUST_CHECK int nsl_kdd_read(FILE *file, const char *name, bool skip_bad,
                                 struct sample_set *set, struct nsl_kdd_counters *counters,
                                 struct weir_error *error);

#endif
