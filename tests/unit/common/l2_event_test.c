/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/l2_event.h"

#include <string.h>

#include "tests/support/weir_test.h"

static struct weir_l2_event sample(void)
{
    return (struct weir_l2_event){.first_us = 1,
                                  .last_us = 2,
                                  .count = 10,
                                  .vlan = 4095,
                                  .rule = WEIR_L2_A_GARP,
                                  .severity = WEIR_SEVERITY_MEDIUM};
}

static void every_rule_has_an_id_and_a_sentence(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WEIR_L2_RULE_COUNT; i++) {
        assert_non_null(weir_l2_rule_id((enum weir_l2_rule)i));
        assert_non_null(weir_l2_rule_text((enum weir_l2_rule)i));
    }
    assert_string_equal(weir_l2_rule_id(WEIR_L2_D_DHCP), "D-DHCP");
    assert_null(weir_l2_rule_id(WEIR_L2_RULE_COUNT));
    assert_null(weir_l2_rule_text(WEIR_L2_RULE_COUNT));
}

static void severities_are_one_to_five(void **state)
{
    (void)state;
    assert_null(weir_severity_text((enum weir_severity)0));
    assert_string_equal(weir_severity_text(WEIR_SEVERITY_INFO), "info");
    assert_string_equal(weir_severity_text(WEIR_SEVERITY_CRITICAL), "critical");
    assert_null(weir_severity_text((enum weir_severity)6));
}

static void each_field_out_of_range_is_named(void **state)
{
    (void)state;
    const char *why = NULL;
    struct weir_l2_event event = sample();
    assert_true(weir_l2_event_valid(&event, &why));
    assert_null(why);
    event.rule = WEIR_L2_NONE;
    assert_false(weir_l2_event_valid(&event, &why));
    assert_string_equal(why, "rule");
    event = sample();
    event.severity = 0;
    assert_false(weir_l2_event_valid(&event, &why));
    assert_string_equal(why, "severity");
    event = sample();
    event.vlan = 4096;
    assert_false(weir_l2_event_valid(&event, &why));
    assert_string_equal(why, "vlan");
    event = sample();
    event.last_us = 0;
    assert_false(weir_l2_event_valid(&event, &why));
    assert_string_equal(why, "last_us");
    event = sample();
    event.count = 0;
    assert_false(weir_l2_event_valid(&event, &why));
    assert_string_equal(why, "count");
    event = sample();
    event.address.size = 5;
    assert_false(weir_l2_event_valid(&event, &why));
    assert_string_equal(why, "address");
    event = sample();
    event.asker.size = 17;
    assert_false(weir_l2_event_valid(&event, NULL));
    assert_false(weir_l2_event_valid(&event, &why));
    assert_string_equal(why, "asker");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_has_an_id_and_a_sentence),
        cmocka_unit_test(severities_are_one_to_five),
        cmocka_unit_test(each_field_out_of_range_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
