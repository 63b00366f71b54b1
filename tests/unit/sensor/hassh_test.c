/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/hassh.h"

#include <string.h>

#include "tests/support/weir_test.h"

/* Ten lists: k, h, e1, e2, m1, m2, c1, c2, and no languages. */
static const uint8_t lists[] = "\0\0\0\1k\0\0\0\1h\0\0\0\2e1\0\0\0\2e2\0\0\0\2m1\0\0\0\2m2"
                               "\0\0\0\2c1\0\0\0\2c2\0\0\0\0\0\0\0\0";

static void each_direction_takes_its_own_lists(void **state)
{
    (void)state;
    for (int client = 0; client < 2; client++) {
        struct hassh hassh;
        char text[33] = "";
        bool done = false;
        hassh_begin(&hassh, client == 1);
        for (size_t i = 0; i < sizeof(lists) - 1 && !done; i++) {
            done = hassh_add(&hassh, lists + i, 1, text);
        }
        assert_true(done);
        /* MD5 of "k;e1;m1;c1" and "k;e2;m2;c2" */
        assert_string_equal(text, client == 1 ? "47d71892470729ad46c26350b8ac1031"
                                              : "b99172f9a0714d060be6e3522e91f3cc");
    }
}

static void empty_lists_are_lists(void **state)
{
    (void)state;
    static const uint8_t empty[32];
    struct hassh hassh;
    char text[33] = "";
    hassh_begin(&hassh, true);
    assert_true(hassh_add(&hassh, empty, sizeof(empty), text));
    assert_string_equal(text, "95420f9d932ddd22833f17b96a80bedb"); /* of ";;;" */
}

static void lists_that_do_not_end_have_no_name(void **state)
{
    (void)state;
    struct hassh hassh;
    char text[33] = "";
    hassh_begin(&hassh, true);
    assert_false(hassh_add(&hassh,
                           (const uint8_t *)"\xff\xff\xff\xff"
                                            "aes",
                           7, text));
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_direction_takes_its_own_lists),
        cmocka_unit_test(empty_lists_are_lists),
        cmocka_unit_test(lists_that_do_not_end_have_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
