/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/dns_pending.h"

#include "tests/support/weir_test.h"

static bool message(struct dns_pending *pending, bool from_orig, uint8_t id, bool answer)
{
    const uint8_t bytes[12] = {0, id, answer ? 0x80 : 0};
    return dns_pending_add(pending, from_orig, bytes, sizeof(bytes));
}

static void last_answer_ends_the_exchange(void **state)
{
    (void)state;
    struct dns_pending pending = {0};
    assert_false(message(&pending, true, 1, false));
    assert_false(message(&pending, true, 2, false));
    assert_false(message(&pending, true, 2, false)); /* repeated */
    assert_false(message(&pending, false, 1, true));
    assert_false(message(&pending, false, 9, true)); /* nobody asked */
    assert_true(message(&pending, false, 2, true));
}

static void too_many_questions_are_never_done(void **state)
{
    (void)state;
    struct dns_pending pending = {0};
    for (uint8_t id = 0; id <= DNS_PENDING_MAX; id++) {
        assert_false(message(&pending, true, id, false));
    }
    for (uint8_t id = 0; id <= DNS_PENDING_MAX; id++) {
        assert_false(message(&pending, false, id, true));
    }
}

static void short_message_is_no_dns(void **state)
{
    (void)state;
    struct dns_pending pending = {0};
    const uint8_t bytes[11] = {0, 1};
    assert_false(dns_pending_add(&pending, true, bytes, sizeof(bytes)));
    assert_int_equal(pending.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_answer_ends_the_exchange),
        cmocka_unit_test(too_many_questions_are_never_done),
        cmocka_unit_test(short_message_is_no_dns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
