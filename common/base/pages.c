/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "common/base/check.h"

#define HUGE_BYTES                                                                                 \
    ((size_t)1 << 21) /* x86-64 and arm64 with 4 KiB pages; elsewhere only a loss                  \
                       */

static size_t whole(size_t size)
{
    return (size + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
}

int weir_pages_new(size_t size, void **out)
{
    if (size == 0) {
        return WEIR_EINVAL;
    }
    if (size > SIZE_MAX - 2 * HUGE_BYTES) {
        return WEIR_ENOMEM;
    }
    const size_t mapped = whole(size) + HUGE_BYTES; /* one more, to begin where a huge page does */
    uint8_t *first = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (first == MAP_FAILED) {
        return WEIR_ENOMEM;
    }
    const size_t before = whole((uintptr_t)first) - (uintptr_t)first;
    uint8_t *pages = first + before;
    if (before > 0) {
        (void)munmap(first, before);
    }
    (void)munmap(pages + whole(size), HUGE_BYTES - before);
    (void)madvise(pages, whole(size), MADV_HUGEPAGE); /* only a wish: small pages do as well */
    *out = pages;
    return WEIR_OK;
}

void weir_pages_free(void *pages, size_t size)
{
    if (pages != NULL) {
        weir_check(munmap(pages, whole(size)) == 0);
    }
}
