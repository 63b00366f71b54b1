/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/header_stack.h"

#include "tests/support/weir_test.h"

static void a_stack_reads_from_the_outside_in(void **state)
{
    (void)state;
    char text[WEIR_HEADER_STACK_TEXT];
    uint64_t stack = 0;
    assert_int_equal(weir_header_stack_text(stack, text, sizeof(text)), 0);
    assert_string_equal(text, "");
    stack = weir_header_stack_push(stack, WEIR_HEADER_ETHERNET);
    stack = weir_header_stack_push(stack, WEIR_HEADER_VLAN);
    stack = weir_header_stack_push(stack, WEIR_HEADER_IPV4);
    stack = weir_header_stack_push(stack, WEIR_HEADER_TCP);
    assert_int_equal(weir_header_stack_text(stack, text, sizeof(text)), 17);
    assert_string_equal(text, "eth:vlan:ipv4:tcp");
    assert_true(weir_header_stack_has(stack, WEIR_HEADER_VLAN));
    assert_false(weir_header_stack_has(stack, WEIR_HEADER_GRE));
    assert_true(weir_header_stack_valid(stack));
}

static void the_thirteenth_header_turns_the_twelfth_into_more(void **state)
{
    (void)state;
    char text[WEIR_HEADER_STACK_TEXT];
    uint64_t stack = weir_header_stack_push(0, WEIR_HEADER_ETHERNET);
    for (int i = 1; i < 12; i++) {
        stack = weir_header_stack_push(stack, WEIR_HEADER_RADIOTAP);
    }
    assert_int_equal(weir_header_stack_text(stack, text, sizeof(text)), 3 + 11 * 9);
    assert_false(weir_header_stack_has(stack, WEIR_HEADER_MORE));
    for (int i = 0; i < 20; i++) {
        stack = weir_header_stack_push(stack, WEIR_HEADER_VLAN);
        assert_true(weir_header_stack_valid(stack));
    }
    assert_true(weir_header_stack_text(stack, text, sizeof(text)) == 3 + 10 * 9 + 5);
    assert_string_equal(text + 3 + 10 * 9, ":more");
}

static void text_is_cut_at_a_whole_name(void **state)
{
    (void)state;
    char text[8] = "1234567";
    const uint64_t stack = weir_header_stack_push(WEIR_HEADER_ETHERNET, WEIR_HEADER_IPV4);
    assert_int_equal(weir_header_stack_text(stack, text, 8), 3);
    assert_string_equal(text, "eth");
    assert_int_equal(weir_header_stack_text(stack, text, 0), 0);
    assert_string_equal(text, "eth");
}

static void a_gap_or_a_bit_above_the_twelfth_is_no_stack(void **state)
{
    (void)state;
    assert_true(weir_header_stack_valid(0));
    assert_false(weir_header_stack_valid((uint64_t)WEIR_HEADER_ETHERNET << 5));
    assert_false(weir_header_stack_valid(UINT64_C(1) << 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_reads_from_the_outside_in),
        cmocka_unit_test(the_thirteenth_header_turns_the_twelfth_into_more),
        cmocka_unit_test(text_is_cut_at_a_whole_name),
        cmocka_unit_test(a_gap_or_a_bit_above_the_twelfth_is_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
