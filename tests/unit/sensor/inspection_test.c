/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/inspection.h"

#include <string.h>

#include "common/flow/app.h"

#include "sensor/inspect/login.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static const struct inspection_flow web = {.resp_port = 80,
                                           .orig_port = 40000,
                                           .protocol = WEIR_PROTO_TCP,
                                           .established = true,
                                           .orig_payload = true};

static unsigned add(struct inspector *inspector, uint32_t number,
                    const struct inspection_flow *flow, const char *text, bool from_orig)
{
    const struct inspection_segment segment = {.bytes = (const uint8_t *)text,
                                               .captured = (uint32_t)strlen(text),
                                               .size = (uint32_t)strlen(text),
                                               .from_orig = from_orig};
    return inspection_add(inspector, number, flow, &segment);
}

static void empty_pool_refuses_and_counts(void **state)
{
    (void)state;
    struct inspector *inspector = NULL;
    struct policy policy = policy_defaults;
    policy.inspections = 1;
    assert_err(inspector_new(&policy, 16, 7, &inspector), WEIR_OK);
    const uint32_t first = inspection_new(inspector, true);
    assert_int_not_equal(first, 0);
    assert_int_equal(inspection_new(inspector, true), 0);
    assert_int_equal(inspector->counts.refused, 1);
    inspection_free(inspector, first);
    inspection_free(inspector, 0);
    assert_int_equal(inspection_new(inspector, true), first);
    inspector_free(inspector);
}

static void flow_without_a_block_for_its_content_says_so(void **state)
{
    (void)state;
    struct inspector *inspector = NULL;
    struct weir_flow_record record = {.content = {.urgent = 3}};
    struct policy policy = policy_defaults;
    policy.inspections = 1;
    assert_err(inspector_new(&policy, 16, 7, &inspector), WEIR_OK);
    while (weir_block_pool_take(inspector->contents) != 0) {
    }
    const uint32_t number = inspection_new(inspector, true);
    (void)add(inspector, number, &web, "GET / HTTP/1.0\r\n\r\n", true);
    (void)add(inspector, number, &web, "HTTP/1.0 200 ok\r\n\r\n", false);
    inspection_end(inspector, number, &web, 0);
    inspection_report(inspector, number, &web, &record);
    assert_int_equal(inspector->counts.unread, 1);
    assert_int_equal(record.app, WEIR_APP_HTTP);
    assert_int_equal(record.detail, WEIR_DETAIL_NO_INSPECTION);
    assert_true(record.content_truncated);
    inspection_free(inspector, number);
    inspector_free(inspector);
}

static void flow_that_is_not_read_is_logged_in_when_it_asked_something(void **state)
{
    (void)state;
    struct inspector *inspector = NULL;
    struct weir_flow_record record = {.content = {.urgent = 3}};
    struct inspection_flow flow = web;
    assert_err(inspector_new(&policy_defaults, 16, 7, &inspector), WEIR_OK);
    inspection_report(inspector, 0, &flow, &record);
    assert_int_equal(record.content.logged_in, 1);
    assert_int_equal(record.content.urgent, 3);
    flow.resp_port = 79; /* finger, ssh and what has a login of its own: 0 */
    inspection_report(inspector, 0, &flow, &record);
    assert_int_equal(record.content.logged_in, 0);
    flow.resp_port = 23;
    inspection_report(inspector, 0, &flow, &record);
    assert_int_equal(record.content.logged_in, 0);
    flow = web;
    flow.established = false;
    inspection_report(inspector, 0, &flow, &record);
    assert_int_equal(record.content.logged_in, 0);
    inspector_free(inspector);
}

/* NSL-KDD's rows of guessed POP passwords say logged_in, which no server did. */
static void pop_is_logged_in_as_the_data_has_it_when_a_site_asks(void **state)
{
    (void)state;
    const struct inspection_flow pop = {.resp_port = 110,
                                        .orig_port = 40000,
                                        .protocol = WEIR_PROTO_TCP,
                                        .established = true,
                                        .orig_payload = true};
    for (int strict = 0; strict < 2; strict++) {
        struct inspector *inspector = NULL;
        struct policy policy = policy_defaults;
        struct weir_flow_record record = {0};
        policy.strict_pop = strict == 1;
        assert_err(inspector_new(&policy, 16, 7, &inspector), WEIR_OK);
        const uint32_t number = inspection_new(inspector, true);
        (void)add(inspector, number, &pop, "+OK ready\r\n", false);
        (void)add(inspector, number, &pop, "USER joe\r\nPASS x\r\n", true);
        inspection_end(inspector, number, &pop, 0);
        inspection_report(inspector, number, &pop, &record);
        assert_int_equal(record.content.logged_in, strict);
        inspection_free(inspector, number);
        inspector_free(inspector);
    }
}

static void what_is_recognised_and_not_read_wants_nothing_more(void **state)
{
    (void)state;
    struct inspector *inspector = NULL;
    struct policy policy = policy_defaults;
    struct weir_flow_record record = {0};
    policy.classes = 0;
    assert_err(inspector_new(&policy, 16, 7, &inspector), WEIR_OK);
    const uint32_t number = inspection_new(inspector, true);
    (void)add(inspector, number, &web, "GET / HTTP/1.0\r\n\r\n", true);
    const unsigned wants = add(inspector, number, &web, "HTTP/1.0 200 ok\r\n\r\n", false);
    assert_int_equal(wants, 0);
    inspection_end(inspector, number, &web, 0);
    inspection_report(inspector, number, &web, &record);
    assert_int_equal(record.app, WEIR_APP_HTTP);
    assert_int_equal(record.detail, WEIR_DETAIL_NO_INSPECTION); /* nor are its columns measured */
    assert_false(record.content_truncated);
    assert_null(record.details);
    inspection_free(inspector, number);
    inspector_free(inspector);
}

static void ids_are_hot_guests_or_nobody_and_are_decoded(void **state)
{
    (void)state;
    struct login login = {0};
    struct weir_kdd_content columns = {0};
    char id[LOGIN_ID_MAX + 1];
    login_attempt(&login, "\"Guest\"", 7, &columns);
    assert_int_equal(columns.is_guest_login, 1);
    assert_false(login_succeed(&login, &columns));
    login_attempt(&login, "TOOR", 4, &columns);
    assert_true(login_succeed(&login, &columns));
    assert_false(login_succeed(&login, &columns)); /* said once */
    assert_int_equal(login_decode("AHJvb3QAeA==", 12, true, id), 4);
    assert_string_equal(id, "root");
    assert_int_equal(login_decode("cm9vdA==", 8, false, id), 4);
    assert_int_equal(login_decode("no base64!", 10, false, id), 0);
    assert_int_equal(login_decode("cm9vdA==", 8, true, id), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_pool_refuses_and_counts),
        cmocka_unit_test(flow_without_a_block_for_its_content_says_so),
        cmocka_unit_test(flow_that_is_not_read_is_logged_in_when_it_asked_something),
        cmocka_unit_test(pop_is_logged_in_as_the_data_has_it_when_a_site_asks),
        cmocka_unit_test(what_is_recognised_and_not_read_wants_nothing_more),
        cmocka_unit_test(ids_are_hot_guests_or_nobody_and_are_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
