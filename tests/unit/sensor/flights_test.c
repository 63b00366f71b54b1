/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/flights.h"

#include <stdlib.h>

#include "tests/support/weir_test.h"

static struct flights *fly(uint64_t ordinal, uint64_t first, uint64_t last)
{
    struct flights *flights = (struct flights *)calloc(1, sizeof(*flights));
    assert_non_null(flights);
    for (uint64_t sequence = first; sequence <= last; sequence++) {
        flights_add(flights, (struct flight){ordinal, sequence, 100});
    }
    return flights;
}

static void there_is_room_up_to_the_credit_exactly(void **state)
{
    (void)state;
    struct flights *flights = fly(1, 1, 3);
    assert_true(flights_has_room(flights, 400, 100));
    assert_false(flights_has_room(flights, 399, 100));
    assert_false(flights_has_room(flights, 0, 1));
    free(flights);
}

static void an_acknowledgement_covers_older_boots_and_all_up_to_it(void **state)
{
    (void)state;
    struct flights *flights = fly(1, 7, 8);
    flights_add(flights, (struct flight){2, 1, 50});
    flights_add(flights, (struct flight){2, 2, 50});
    flights_forget(flights, 1, 7);
    assert_int_equal(flights->bytes, 200);
    flights_forget(flights, 2, 1);
    assert_int_equal(flights->count, 1);
    assert_int_equal(flights->bytes, 50);
    flights_forget(flights, 1, 1000);
    assert_int_equal(flights->count, 1);
    free(flights);
}

static void the_ring_goes_round(void **state)
{
    (void)state;
    struct flights *flights = fly(1, 1, FLIGHTS_MAX);
    assert_false(flights_has_room(flights, UINT64_MAX, 1));
    flights_forget(flights, 1, 10);
    for (uint64_t i = 1; i <= 10; i++) {
        assert_true(flights_has_room(flights, UINT64_MAX, 100));
        flights_add(flights, (struct flight){1, FLIGHTS_MAX + i, 100});
    }
    flights_forget(flights, 1, FLIGHTS_MAX + 9);
    assert_int_equal(flights->count, 1);
    flights_clear(flights);
    assert_int_equal(flights->bytes, 0);
    free(flights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_room_up_to_the_credit_exactly),
        cmocka_unit_test(an_acknowledgement_covers_older_boots_and_all_up_to_it),
        cmocka_unit_test(the_ring_goes_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
