/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/address.h"

#include "tests/support/weir_test.h"

static void text_parses_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"10.0.0.1", "255.255.255.255", "fe80::1", "::ffff:1.2.3.4"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct weir_address address;
        char text[WEIR_ADDRESS_TEXT_SIZE];
        assert_err(weir_address_parse(texts[i], &address), WEIR_OK);
        weir_address_text(&address, text);
        assert_string_equal(text, texts[i]);
    }
}

static void a_mapped_address_is_ipv6(void **state)
{
    (void)state;
    struct weir_address mapped;
    struct weir_address plain;
    assert_err(weir_address_parse("::ffff:1.2.3.4", &mapped), WEIR_OK);
    assert_err(weir_address_parse("1.2.3.4", &plain), WEIR_OK);
    assert_int_equal(mapped.size, 16);
    assert_false(weir_address_equal(&mapped, &plain));
}

static void malformed_text_is_refused_and_nothing_written(void **state)
{
    (void)state;
    struct weir_address address = {.size = 9};
    assert_err(weir_address_parse("10.0.0.256", &address), WEIR_EFORMAT);
    assert_err(weir_address_parse("", &address), WEIR_EFORMAT);
    assert_int_equal(address.size, 9);
}

static void addresses_compare_as_big_endian_bytes(void **state)
{
    (void)state;
    const struct weir_address low = {.bytes = {9, 255, 255, 255}, .size = 4};
    const struct weir_address high = {.bytes = {10, 0, 0, 0}, .size = 4};
    const struct weir_address longer = {.bytes = {10, 0, 0, 0}, .size = 16};
    assert_true(weir_address_compare(&low, &high) < 0);
    assert_true(weir_address_compare(&high, &low) > 0);
    assert_int_equal(weir_address_compare(&high, &high), 0);
    assert_true(weir_address_compare(&high, &longer) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_parses_back),
        cmocka_unit_test(a_mapped_address_is_ipv6),
        cmocka_unit_test(malformed_text_is_refused_and_nothing_written),
        cmocka_unit_test(addresses_compare_as_big_endian_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
