/* SPDX-License-Identifier: Apache-2.0
 *
 * pages: a large block of zeroed memory that is taken at once and touched as it is used.
 *
 * Shape:   in huge pages where the system grants them, so that growing into the block costs one
 *          page fault for 2 MiB and not one for 4 KiB (each over a microsecond in a virtual
 *          machine), and lookups miss the address translation less.
 * Units:   bytes.
 * Errors:  WEIR_ENOMEM when the system reserves no more.
 */
#ifndef WEIR_COMMON_BASE_PAGES_H
#define WEIR_COMMON_BASE_PAGES_H

#include <stddef.h>

#include "common/base/err.h"

/* Gives zeroed memory in *out, aligned to a huge page. WEIR_EINVAL for size 0, WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_pages_new(size_t size, void **out);

/* Gives it back; size as for weir_pages_new(). Does nothing with NULL. */
void weir_pages_free(void *pages, size_t size);

#endif
