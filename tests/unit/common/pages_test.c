/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/pages.h"

#include <stdint.h>

#include "tests/support/weir_test.h"

static void pages_are_zeroed_aligned_and_writable_to_the_end(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 4096, (1U << 21) - 1, 1U << 21, (1U << 21) + 1, 5U << 20};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        void *pages = NULL;
        assert_err(weir_pages_new(sizes[i], &pages), WEIR_OK);
        assert_int_equal((uintptr_t)pages & ((1U << 21) - 1), 0);
        uint8_t *bytes = pages;
        assert_int_equal(bytes[0], 0);
        assert_int_equal(bytes[sizes[i] - 1], 0);
        bytes[sizes[i] - 1] = 1;
        weir_pages_free(pages, sizes[i]);
    }
    weir_pages_free(NULL, 7);
}

static void no_size_and_every_size_are_refused(void **state)
{
    (void)state;
    void *pages = NULL;
    assert_err(weir_pages_new(0, &pages), WEIR_EINVAL);
    assert_err(weir_pages_new(SIZE_MAX, &pages), WEIR_ENOMEM);
    assert_err(weir_pages_new(SIZE_MAX / 2, &pages), WEIR_ENOMEM);
    assert_null(pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_zeroed_aligned_and_writable_to_the_end),
        cmocka_unit_test(no_size_and_every_size_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
