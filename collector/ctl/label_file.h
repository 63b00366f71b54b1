/* SPDX-License-Identifier: Apache-2.0
 *
 * label_file: a list of labelled connections, one a line.
 *
 * Shape:   tab-separated; a first line of names, then start_us proto orig_h orig_p resp_h resp_p
 *          branch label. Ports of ICMP are type and code. Branch is for the reader alone.
 * Errors:  WEIR_EFORMAT naming file, line and field; WEIR_EIO.
 */
#ifndef WEIR_COLLECTOR_CTL_LABEL_FILE_H
#define WEIR_COLLECTOR_CTL_LABEL_FILE_H

#include "common/base/err.h"

#include "collector/store/label_import.h"

/* Adds every line of the file to the import. "-" is standard input. */
WEIR_MUST_CHECK int label_file_load(const char *path, struct label_import *import,
                                    struct weir_error *error);

#endif
