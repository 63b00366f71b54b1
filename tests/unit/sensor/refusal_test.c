/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/refusal.h"

#include "tests/support/weir_test.h"

#define SECOND_US INT64_C(1000000)

static const struct weir_mono begin = {.ns = 1000};

static void add(struct refusal *refusal, enum weir_refuse_code code)
{
    const struct weir_refuse refuse = {.code = code, .sentence = "no"};
    refusal_add(refusal, &refuse, begin);
}

static void the_wait_doubles_up_to_a_minute(void **state)
{
    (void)state;
    static const int64_t waits_s[] = {5, 10, 20, 40, 60, 60};
    struct refusal refusal = {0};
    for (size_t i = 0; i < sizeof(waits_s) / sizeof(waits_s[0]); i++) {
        add(&refusal, WEIR_REFUSE_CLONE);
        assert_true(refusal.wait_us == waits_s[i] * SECOND_US);
    }
}

static void who_stops_is_asked_after_a_second(void **state)
{
    (void)state;
    struct refusal refusal = {0};
    add(&refusal, WEIR_REFUSE_SHUTDOWN);
    add(&refusal, WEIR_REFUSE_SHUTDOWN);
    assert_true(refusal.wait_us == SECOND_US);
}

static void a_welcome_ends_what_was_said_of_hello(void **state)
{
    (void)state;
    static const enum weir_refuse_code codes[] = {WEIR_REFUSE_VERSION, WEIR_REFUSE_CLONE,
                                                  WEIR_REFUSE_STREAM, WEIR_REFUSE_SHUTDOWN};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct refusal refusal = {0};
        add(&refusal, codes[i]);
        refusal_on_welcome(&refusal);
        assert_int_equal(refusal.times, 0);
    }
}

static void a_batch_refused_is_over_when_one_is_committed(void **state)
{
    (void)state;
    struct refusal refusal = {0};
    add(&refusal, WEIR_REFUSE_PROTOCOL);
    refusal_on_welcome(&refusal);
    assert_int_equal(refusal.times, 1);
    refusal_on_progress(&refusal);
    assert_int_equal(refusal.times, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wait_doubles_up_to_a_minute),
        cmocka_unit_test(who_stops_is_asked_after_a_second),
        cmocka_unit_test(a_welcome_ends_what_was_said_of_hello),
        cmocka_unit_test(a_batch_refused_is_over_when_one_is_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
