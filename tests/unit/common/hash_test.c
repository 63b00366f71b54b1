/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/hash.h"

#include "tests/support/weir_test.h"

static void checksum_is_xxh3_of_every_machine(void **state)
{
    (void)state;
    /* The xxHash specification's value for no bytes and no seed. */
    assert_true(weir_hash("", 0) == UINT64_C(0x2d06800538d394c2));
}

static void key_changes_the_hash(void **state)
{
    (void)state;
    assert_true(weir_hash_keyed("abc", 3, 0) == weir_hash("abc", 3));
    assert_true(weir_hash_keyed("abc", 3, 1) != weir_hash_keyed("abc", 3, 2));
    assert_true(weir_hash_keyed("abc", 3, 1) != weir_hash_keyed("abd", 3, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksum_is_xxh3_of_every_machine),
        cmocka_unit_test(key_changes_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
