/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/entropy.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/weir_test.h"

static const struct tolerance close = {1e-6, 1e-6};

static double value(const uint8_t *bytes, uint32_t size)
{
    struct entropy_table *table = malloc(sizeof(*table));
    assert_non_null(table);
    struct entropy entropy = {{0}};
    entropy_table_init(table);
    const uint32_t counted = entropy_add(&entropy, 0, bytes, size);
    const double bits = (double)entropy_value(&entropy, counted, table);
    free(table);
    return bits;
}

static void entropy_is_that_of_hand_arithmetic(void **state)
{
    (void)state;
    uint8_t bytes[256];
    memset(bytes, 'x', sizeof(bytes));
    assert_close(value(bytes, 256), 0.0, close);
    memset(bytes, 'y', 128);
    assert_close(value(bytes, 256), 1.0, close);
    memset(bytes, 'z', 64); /* a quarter, a quarter, a half */
    assert_close(value(bytes, 256), 1.5, close);
    for (int i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
    }
    assert_close(value(bytes, 256), 8.0, close);
}

static void fewer_than_64_bytes_have_none(void **state)
{
    (void)state;
    static const uint8_t bytes[64] = {0};
    assert_close(value(bytes, 63), -1.0, close);
    assert_close(value(bytes, 64), 0.0, close);
}

static void no_more_than_4096_bytes_count(void **state)
{
    (void)state;
    static const uint8_t bytes[5000] = {0};
    struct entropy entropy = {{0}};
    uint32_t counted = entropy_add(&entropy, 0, bytes, 4000);
    assert_int_equal(counted, 4000);
    counted = entropy_add(&entropy, counted, bytes, 4000);
    assert_int_equal(counted, ENTROPY_BYTES_MAX);
    assert_int_equal(entropy.times[0], 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entropy_is_that_of_hand_arithmetic),
        cmocka_unit_test(fewer_than_64_bytes_have_none),
        cmocka_unit_test(no_more_than_4096_bytes_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
