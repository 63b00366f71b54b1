/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/policy.h"

#include <string.h>

#include "common/flow/flow_details.h"

#include "tests/support/weir_test.h"

static void classes_are_all_none_or_a_list(void **state)
{
    (void)state;
    struct weir_error error = {0};
    struct policy policy = policy_defaults;
    assert_true(policy_reads(&policy, POLICY_CLASS_TEXT));
    assert_err(policy_parse_classes("none", &policy.classes, &error), WEIR_OK);
    assert_false(policy_reads(&policy, POLICY_CLASS_FTP));
    assert_err(policy_parse_classes("ftp, http", &policy.classes, &error), WEIR_OK);
    assert_true(policy_reads(&policy, POLICY_CLASS_FTP));
    assert_true(policy_reads(&policy, POLICY_CLASS_HTTP));
    assert_false(policy_reads(&policy, POLICY_CLASS_FTP_DATA));
    assert_err(policy_parse_classes("all", &policy.classes, &error), WEIR_OK);
    assert_true(policy_reads(&policy, POLICY_CLASS_SHELL));
    assert_err(policy_parse_classes("ftp,,http", &policy.classes, &error), WEIR_EINVAL);
    assert_err(policy_parse_classes("web", &policy.classes, &error), WEIR_EINVAL);
}

static void names_are_sent_hashed_or_dropped_and_the_rest_stays(void **state)
{
    (void)state;
    struct weir_flow_details details = {.present = 1};
    struct policy policy = policy_defaults;
    memcpy(details.tls.server_name, "a.example", 10);
    memcpy(details.http.host, "a.example", 10);
    memcpy(details.http.method, "GET", 4);
    policy_apply(&policy, &details);
    assert_string_equal(details.tls.server_name, "a.example");
    policy.names = POLICY_NAMES_HASH;
    policy.names_key = 7;
    policy_apply(&policy, &details);
    assert_int_equal(strlen(details.tls.server_name), 16);
    assert_string_equal(details.tls.server_name, details.http.host); /* equal names stay equal */
    assert_string_equal(details.ftp.user, "");                       /* and none stays none */
    assert_string_equal(details.http.method, "GET");
    assert_true(weir_flow_details_valid(&details, NULL));
    policy.names = POLICY_NAMES_DROP;
    policy_apply(&policy, &details);
    assert_string_equal(details.tls.server_name, "");
    assert_string_equal(details.http.method, "GET");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_all_none_or_a_list),
        cmocka_unit_test(names_are_sent_hashed_or_dropped_and_the_rest_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
