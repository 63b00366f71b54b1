/* SPDX-License-Identifier: Apache-2.0
 *
 * interface_list: what this machine can be captured on.
 *
 * Errors:  WEIR_EIO when the system does not say, WEIR_ENOMEM.
 * Threads: any; nothing is kept.
 */
#ifndef WEIR_SENSOR_CAPTURE_INTERFACE_LIST_H
#define WEIR_SENSOR_CAPTURE_INTERFACE_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "common/base/err.h"
#include "common/base/table_writer.h"

#define INTERFACE_LIST_NAME_SIZE 64

/* One row an interface: name, description, addresses, link type, whether it is up, and whether this
 * process may capture on it (each is tried). */
WEIR_MUST_CHECK int interface_list_print(enum weir_table_format format, FILE *out,
                                         struct weir_error *error);

/* The interface whose name differs least from `name`; false when none is close. */
bool interface_list_nearest(const char *name, char nearest[INTERFACE_LIST_NAME_SIZE]);

#endif
