/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/pattern.h"

#include <ctype.h>
#include <string.h>

#include "tests/support/weir_test.h"

static const char *const texts[PATTERN_COUNT] = {
#define X(name, text, offset, word) text,
    PATTERN_TABLE(X)
#undef X
};

static struct pattern_line line_of(const struct pattern_set *set, const char *text)
{
    return (struct pattern_line){.text = text,
                                 .size = strlen(text),
                                 .found = pattern_find(set, text, strlen(text), UINT64_MAX)};
}

static void each_pattern_is_found_wherever_it_stands_in_either_case(void **state)
{
    (void)state;
    static struct pattern_set set;
    pattern_set_init(&set);
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        char text[64] = {0};
        for (size_t before = 0; before < 3; before++) {
            memset(text, ' ', before);
            for (size_t j = 0; j <= strlen(texts[i]); j++) {
                text[before + j] = (char)toupper((unsigned char)texts[i][j]);
            }
            const size_t size = before + strlen(texts[i]);
            assert_true(pattern_find(&set, text, size, UINT64_C(1) << i) == UINT64_C(1) << i);
            assert_true(pattern_find(&set, text, size - 1, UINT64_C(1) << i) == 0);
            assert_true(pattern_find(&set, text, size, ~(UINT64_C(1) << i)) >> i == 0 ||
                        (pattern_find(&set, text, size, ~(UINT64_C(1) << i)) >> i & 1) == 0);
        }
    }
}

static void root_must_stand_as_a_word(void **state)
{
    (void)state;
    static struct pattern_set set;
    pattern_set_init(&set);
    assert_true(line_of(&set, "a root").found & PATTERN_BIT(ROOT));
    assert_true(line_of(&set, "/root/").found & PATTERN_BIT(ROOT));
    assert_false(line_of(&set, "roots").found & PATTERN_BIT(ROOT));
    assert_false(line_of(&set, "_root").found & PATTERN_BIT(ROOT));
}

static void rules_that_are_more_than_a_text_hold_on_their_side(void **state)
{
    (void)state;
    static struct pattern_set set;
    pattern_set_init(&set);
    struct pattern_line line = line_of(&set, "jump to the address");
    assert_true(pattern_is_n(&line));
    line = line_of(&set, "jump 12345678901 address");
    assert_false(pattern_is_n(&line));
    line = line_of(&set, "/bin/ls");
    assert_true(pattern_is_h8(&line));
    line = line_of(&set, "/bin/ ls");
    assert_false(pattern_is_h8(&line));
    line = line_of(&set, "/etc/hosts.allow");
    assert_true(pattern_is_a1(&line));
    line = line_of(&set, "/etc/hosts.bak");
    assert_false(pattern_is_a1(&line));
    line = line_of(&set, "-rwsr-xr-x 1 root");
    assert_true(pattern_is_h6(&line));
    line = line_of(&set, "-rwxr-xr-x 1 root");
    assert_false(pattern_is_h6(&line));
    line = line_of(&set, "toor::0:0:");
    assert_true(pattern_is_root_shell(&line));
    line = line_of(&set, ":x:0:0:");
    assert_false(pattern_is_root_shell(&line));
    line = line_of(&set, "a:b:c:0:0:");
    assert_false(pattern_is_root_shell(&line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pattern_is_found_wherever_it_stands_in_either_case),
        cmocka_unit_test(root_must_stand_as_a_word),
        cmocka_unit_test(rules_that_are_more_than_a_text_hold_on_their_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
