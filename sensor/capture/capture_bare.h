/* SPDX-License-Identifier: Apache-2.0
 *
 * capture_bare: the loop every budget is measured against, libpcap alone counting packets.
 *
 * It lives here because libpcap may be used in this folder only.
 */
#ifndef WEIR_SENSOR_CAPTURE_CAPTURE_BARE_H
#define WEIR_SENSOR_CAPTURE_CAPTURE_BARE_H

#include <stdint.h>

#include "common/base/err.h"

struct capture_bare_counts {
    uint64_t packets;
    uint64_t bytes; /* on the wire */
};

/* Reads a capture file to its end. WEIR_EIO. */
WEIR_MUST_CHECK int capture_bare_loop(const char *path, struct capture_bare_counts *out,
                                      struct weir_error *error);

#endif
