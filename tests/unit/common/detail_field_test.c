/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/detail_field.h"

#include <string.h>

#include "tests/support/weir_test.h"

static const struct weir_detail_field *find(const struct weir_detail_block *block, const char *name)
{
    for (size_t i = 0; i < block->count; i++) {
        if (strcmp(block->fields[i].name, name) == 0) {
            return &block->fields[i];
        }
    }
    fail_msg("no field %s", name);
    return NULL;
}

static void every_row_has_its_own_number_and_name(void **state)
{
    (void)state;
    const struct weir_detail_block *blocks = weir_detail_blocks();
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        assert_int_equal(blocks[i].number, 50 + i);
        for (size_t j = 0; j < blocks[i].count; j++) {
            const struct weir_detail_field *field = &blocks[i].fields[j];
            assert_int_equal(field->bytes > 0, field->kind == WEIR_FIELD_TEXT);
            assert_true(field->number > 0 && field->number < 32);
            for (size_t k = 0; k < j; k++) {
                assert_true(blocks[i].fields[k].number != field->number);
                assert_string_not_equal(blocks[i].fields[k].name, field->name);
            }
        }
    }
}

static void measure_of_zero_is_a_value_and_a_number_of_zero_is_none(void **state)
{
    (void)state;
    const struct weir_detail_block *dns = &weir_detail_blocks()[WEIR_DETAIL_DNS];
    struct weir_flow_details details = {0};
    void *block = weir_detail_block_of(&details, dns);
    uint32_t number = 99;
    assert_false(weir_field_number(find(dns, "rcode"), block, &number));
    assert_int_equal(number, 99);
    details.dns.rcode = weir_detail_measure(0);
    assert_true(weir_field_number(find(dns, "rcode"), block, &number));
    assert_int_equal(number, 0);
    assert_false(weir_field_number(find(dns, "qtype"), block, &number));
    assert_true(weir_field_number(find(dns, "queries"), block, &number));
    assert_int_equal(number, 0);
    details.dns.aa = true;
    assert_true(weir_field_number(find(dns, "AA"), block, &number));
    assert_int_equal(number, 1);
    assert_int_equal(weir_detail_measure(-5), 1);
    assert_int_equal(weir_detail_measure(INT64_MAX), UINT32_MAX);
}

static void text_and_address_are_found_by_their_rows(void **state)
{
    (void)state;
    const struct weir_detail_block *dhcp = &weir_detail_blocks()[WEIR_DETAIL_DHCP];
    struct weir_flow_details details = {0};
    void *block = weir_detail_block_of(&details, dhcp);
    struct weir_address address;
    assert_err(weir_address_parse("10.1.2.3", &address), WEIR_OK);
    details.dhcp.assigned = address;
    memcpy(details.dhcp.host_name, "printer", 8);
    assert_true(
        weir_address_equal(weir_field_address(find(dhcp, "assigned_addr"), block), &address));
    assert_string_equal(weir_field_text(find(dhcp, "host_name"), block), "printer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_its_own_number_and_name),
        cmocka_unit_test(measure_of_zero_is_a_value_and_a_number_of_zero_is_none),
        cmocka_unit_test(text_and_address_are_found_by_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
