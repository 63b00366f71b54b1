/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/batch_dictionary.h"

#include "tests/support/weir_test.h"

static void equal_bytes_have_one_index(void **state)
{
    (void)state;
    struct weir_batch_dictionary dictionary;
    weir_batch_dictionary_init(&dictionary, 1, 64);
    weir_batch_dictionary_reset(&dictionary, 10);
    assert_int_equal(weir_batch_dictionary_add(&dictionary, "abcd", 4), 1);
    assert_int_equal(weir_batch_dictionary_add(&dictionary, "abc", 3), 2);
    assert_int_equal(weir_batch_dictionary_add(&dictionary, "abcd", 4), 1);
    assert_int_equal(weir_batch_dictionary_add(&dictionary, "", 0), 0);
    assert_int_equal(dictionary.count, 2);
    assert_memory_equal(dictionary.bytes.bytes, "abcdabc", 7);
    weir_batch_dictionary_fini(&dictionary);
}

static void the_longest_batch_has_room(void **state)
{
    (void)state;
    struct weir_batch_dictionary dictionary;
    weir_batch_dictionary_init(&dictionary, 2, 64);
    for (int round = 0; round < 2; round++) {
        weir_batch_dictionary_reset(&dictionary, 20480);
        for (uint32_t i = 0; i < 20480; i++) {
            assert_int_equal(weir_batch_dictionary_add(&dictionary, &i, sizeof(i)), i + 1);
        }
        const uint32_t seen = 77;
        assert_int_equal(weir_batch_dictionary_add(&dictionary, &seen, sizeof(seen)), 78);
        assert_false(dictionary.failed);
    }
    weir_batch_dictionary_fini(&dictionary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_have_one_index),
        cmocka_unit_test(the_longest_batch_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
