/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/ring.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/support/weir_test.h"

static bool is_readable(const struct weir_ring *ring)
{
    struct pollfd item = {.fd = weir_ring_fd(ring), .events = POLLIN};
    return poll(&item, 1, 0) == 1;
}

static void capacity_is_a_power_of_two(void **state)
{
    (void)state;
    struct weir_ring *ring = NULL;
    assert_err(weir_ring_new(0, &ring), WEIR_EINVAL);
    assert_err(weir_ring_new(12, &ring), WEIR_EINVAL);
    assert_err(weir_ring_new((SIZE_MAX >> 1) + 1, &ring), WEIR_EINVAL);
    assert_null(ring);
    weir_ring_free(NULL);
}

static void items_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    int items[5] = {0};
    struct weir_ring *ring = NULL;
    assert_err(weir_ring_new(4, &ring), WEIR_OK);
    assert_null(weir_ring_pop(ring));
    for (size_t i = 0; i < 4; i++) {
        assert_true(weir_ring_push(ring, &items[i]));
    }
    assert_false(weir_ring_push(ring, &items[4]));
    for (size_t i = 0; i < 4; i++) {
        assert_ptr_equal(weir_ring_pop(ring), &items[i]);
    }
    assert_null(weir_ring_pop(ring));
    weir_ring_free(ring);
}

static void descriptor_is_readable_until_pop_finds_nothing(void **state)
{
    (void)state;
    int items[2] = {0};
    struct weir_ring *ring = NULL;
    assert_err(weir_ring_new(2, &ring), WEIR_OK);
    assert_false(is_readable(ring));
    assert_true(weir_ring_push(ring, &items[0]));
    assert_true(weir_ring_push(ring, &items[1]));
    assert_true(is_readable(ring));
    assert_ptr_equal(weir_ring_pop(ring), &items[0]);
    assert_true(is_readable(ring));
    assert_ptr_equal(weir_ring_pop(ring), &items[1]);
    assert_null(weir_ring_pop(ring));
    assert_false(is_readable(ring));
    assert_true(weir_ring_push(ring, &items[0]));
    assert_true(is_readable(ring));
    weir_ring_free(ring);
}

static void waiting_for_room_ends_with_the_timeout_or_at_once(void **state)
{
    (void)state;
    int item = 0;
    struct weir_ring *ring = NULL;
    assert_err(weir_ring_new(1, &ring), WEIR_OK);
    assert_true(weir_ring_wait_room(ring, 0));
    assert_true(weir_ring_push(ring, &item));
    assert_false(weir_ring_wait_room(ring, 5));
    assert_non_null(weir_ring_pop(ring));
    assert_true(weir_ring_wait_room(ring, 5));
    weir_ring_free(ring);
}

#define PASSED_ITEMS 50000U

struct passage {
    struct weir_ring *ring;
    uint32_t *numbers;
};

static void *push_all(void *context)
{
    const struct passage *passage = (const struct passage *)context;
    for (uint32_t i = 0; i < PASSED_ITEMS; i++) {
        passage->numbers[i] = i;
        while (!weir_ring_push(passage->ring, &passage->numbers[i])) {
            (void)weir_ring_wait_room(passage->ring, 1000);
        }
    }
    return NULL;
}

/* Both sides sleep whenever they can: a lost wake-up would hang here until CTest's limit. */
static void two_threads_pass_every_item_once_and_in_order(void **state)
{
    (void)state;
    struct passage passage = {.numbers = (uint32_t *)calloc(PASSED_ITEMS, sizeof(uint32_t))};
    assert_non_null(passage.numbers);
    assert_err(weir_ring_new(8, &passage.ring), WEIR_OK);
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, push_all, &passage), 0);
    uint32_t next = 0;
    while (next < PASSED_ITEMS) {
        const uint32_t *number = (const uint32_t *)weir_ring_pop(passage.ring);
        if (number == NULL) {
            struct pollfd item = {.fd = weir_ring_fd(passage.ring), .events = POLLIN};
            assert_int_equal(poll(&item, 1, 20000), 1);
            continue;
        }
        assert_int_equal(*number, next);
        next++;
    }
    assert_int_equal(pthread_join(producer, NULL), 0);
    assert_null(weir_ring_pop(passage.ring));
    weir_ring_free(passage.ring);
    free(passage.numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_a_power_of_two),
        cmocka_unit_test(items_come_out_in_the_order_they_went_in),
        cmocka_unit_test(descriptor_is_readable_until_pop_finds_nothing),
        cmocka_unit_test(waiting_for_room_ends_with_the_timeout_or_at_once),
        cmocka_unit_test(two_threads_pass_every_item_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
