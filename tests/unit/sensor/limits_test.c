/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/limits.h"

#include <string.h>

#include "tests/support/weir_test.h"

static int parse(const char *word, struct limits *out, struct weir_error *error)
{
    char text[64];
    char *at[1] = {text};
    const struct weir_text_list list = {.at = at, .count = 1};
    (void)snprintf(text, sizeof(text), "%s", word);
    return limits_parse(&list, out, error);
}

static void each_limit_can_be_simulated_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMITS_COUNT; i++) {
        struct limits limits = {0};
        char word[64];
        (void)snprintf(word, sizeof(word), "%s=%llu", limits_rows[i].name,
                       (unsigned long long)limits_rows[i].least);
        assert_err(parse(word, &limits, NULL), WEIR_OK);
        assert_int_equal(limits_or(&limits, (enum limits_name)i, 77), limits_rows[i].least);
    }
}

static void what_is_not_simulated_is_as_usual(void **state)
{
    (void)state;
    const struct limits limits = {0};
    assert_int_equal(limits_or(&limits, LIMITS_FLOWS, 1000000), 1000000);
}

static void each_limit_names_its_policy_and_what_counts_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMITS_COUNT; i++) {
        assert_true(strlen(limits_rows[i].policy) > 0);
        assert_non_null(strchr(limits_rows[i].hit, '.'));
        assert_true(limits_rows[i].least > 0);
    }
}

static void a_wrong_word_is_answered_with_the_names_there_are(void **state)
{
    (void)state;
    static const char *const words[] = {"",        "flows",     "flows=",    "flows=x", "flows=15",
                                        "flow=16", "flows=-20", "flows=16k", "=16"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct limits limits = {.value = {5}};
        struct weir_error error = {0};
        assert_err(parse(words[i], &limits, &error), WEIR_EINVAL);
        assert_int_equal(limits.value[0], 5);
        assert_non_null(strstr(error.text, "--simulate-limit"));
        assert_non_null(strstr(error.text, "flows"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_can_be_simulated_by_its_name),
        cmocka_unit_test(what_is_not_simulated_is_as_usual),
        cmocka_unit_test(each_limit_names_its_policy_and_what_counts_it),
        cmocka_unit_test(a_wrong_word_is_answered_with_the_names_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
