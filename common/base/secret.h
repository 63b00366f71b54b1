/* SPDX-License-Identifier: Apache-2.0
 *
 * secret: key files that only their owner may read.
 *
 * Errors:  WEIR_EPERM with the chmod to run when group or others may read the file or when it
 *          belongs to another user; WEIR_ENOENT, WEIR_EIO, WEIR_ELIMIT.
 */
#ifndef WEIR_COMMON_BASE_SECRET_H
#define WEIR_COMMON_BASE_SECRET_H

#include <stddef.h>

#include "common/base/err.h"

/* Reads path whole into bytes (room for `capacity`), *size bytes; capacity too small: WEIR_ELIMIT.
 */
WEIR_MUST_CHECK int weir_secret_load(const char *path, void *bytes, size_t capacity, size_t *size,
                                     struct weir_error *error);

/* Writes a new file of mode 0600; WEIR_ECONFLICT when path exists. */
WEIR_MUST_CHECK int weir_secret_save(const char *path, const void *bytes, size_t size,
                                     struct weir_error *error);

/* Zeroes memory in a way the compiler may not leave out. */
void weir_secret_wipe(void *bytes, size_t size);

#endif
