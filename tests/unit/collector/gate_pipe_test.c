/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/gate/gate_pipe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

struct fixture {
    struct gate_pipe left, right;
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof(*f));
    int ends[2];
    assert_non_null(f);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_err(gate_pipe_init(&f->left, ends[0]), WEIR_OK);
    assert_err(gate_pipe_init(&f->right, ends[1]), WEIR_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    gate_pipe_fini(&f->left);
    gate_pipe_fini(&f->right);
    free(f);
    return 0;
}

static void a_message_arrives_whole_with_its_kind(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct gate_message message;
    assert_err(gate_pipe_next(&f->right, &message), WEIR_EAGAIN);
    assert_err(gate_pipe_send(&f->left, GATE_SEND, "ab", 2, "cdef", 4), WEIR_OK);
    assert_err(gate_pipe_send(&f->left, GATE_PROBE, NULL, 0, NULL, 0), WEIR_OK);
    assert_err(gate_pipe_fill(&f->right), WEIR_OK);
    assert_true(gate_pipe_has_input(&f->right));
    assert_err(gate_pipe_next(&f->right, &message), WEIR_OK);
    assert_int_equal(message.kind, GATE_SEND);
    assert_int_equal(message.size, 6);
    assert_memory_equal(message.body, "abcdef", 6);
    assert_err(gate_pipe_next(&f->right, &message), WEIR_OK);
    assert_int_equal(message.kind, GATE_PROBE);
    assert_int_equal(message.size, 0);
    assert_false(gate_pipe_has_input(&f->right));
    assert_err(gate_pipe_next(&f->right, &message), WEIR_EAGAIN);
}

static void a_message_that_comes_byte_by_byte_is_put_together(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    static const uint8_t bytes[] = {0, 0, 0, 3, GATE_ALLOW, 'x', 'y', 'z'};
    struct gate_message message;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        assert_err(gate_pipe_next(&f->right, &message), WEIR_EAGAIN);
        assert_int_equal(write(f->left.fd, bytes + i, 1), 1);
        assert_err(gate_pipe_fill(&f->right), WEIR_OK);
    }
    assert_err(gate_pipe_next(&f->right, &message), WEIR_OK);
    assert_int_equal(message.kind, GATE_ALLOW);
    assert_memory_equal(message.body, "xyz", 3);
}

static void a_length_over_the_limit_is_nonsense(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    static const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, GATE_FRAME};
    struct gate_message message;
    assert_int_equal(write(f->left.fd, bytes, sizeof(bytes)), sizeof(bytes));
    assert_err(gate_pipe_fill(&f->right), WEIR_OK);
    assert_true(gate_pipe_has_input(&f->right));
    assert_err(gate_pipe_next(&f->right, &message), WEIR_EPEER);
}

static void too_long_a_message_is_not_sent(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    assert_err(gate_pipe_send(&f->left, GATE_FRAME, NULL, 0, NULL, GATE_MESSAGE_MAX + 1),
               WEIR_EFULL);
    assert_false(gate_pipe_has_output(&f->left));
}

static void a_reader_that_stands_still_fills_the_queue_and_loses_nothing(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const size_t size = GATE_MESSAGE_MAX;
    uint8_t *body = (uint8_t *)malloc(size);
    size_t sent = 0;
    size_t got = 0;
    assert_non_null(body);
    memset(body, 7, size);
    int code = WEIR_OK;
    for (sent = 0; code == WEIR_OK && sent < 100000; sent++) {
        memcpy(body, &sent, sizeof(sent));
        code = gate_pipe_send(&f->left, GATE_FRAME, NULL, 0, body, size);
    }
    sent -= 1;
    assert_err(code, WEIR_EFULL);
    assert_true(sent * size <= GATE_QUEUE_MAX + 4U * 1024U * 1024U);
    while (got < sent) {
        struct gate_message message;
        assert_err(gate_pipe_flush(&f->left), WEIR_OK);
        assert_err(gate_pipe_fill(&f->right), WEIR_OK);
        while (gate_pipe_next(&f->right, &message) == WEIR_OK) {
            assert_int_equal(message.size, size);
            assert_memory_equal(message.body, &got, sizeof(got));
            got++;
        }
        assert_true(f->right.incoming.capacity <= 4U * GATE_MESSAGE_MAX + 1024U * 1024U);
    }
    assert_false(gate_pipe_has_output(&f->left));
    free(body);
}

static void last_words_are_heard_before_the_end(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct gate_message message;
    assert_err(gate_pipe_send(&f->left, GATE_FAILED, "why", 3, NULL, 0), WEIR_OK);
    gate_pipe_fini(&f->left);
    assert_err(gate_pipe_fill(&f->right), WEIR_OK);
    assert_err(gate_pipe_next(&f->right, &message), WEIR_OK);
    assert_int_equal(message.kind, GATE_FAILED);
    assert_err(gate_pipe_fill(&f->right), WEIR_EPEER);
}

static void an_end_that_is_gone_is_said(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    gate_pipe_fini(&f->left);
    assert_err(gate_pipe_fill(&f->right), WEIR_EPEER);
    assert_err(gate_pipe_send(&f->right, GATE_PROBE, "x", 1, NULL, 0), WEIR_EPEER);
    assert_err(gate_pipe_send(&f->left, GATE_PROBE, "x", 1, NULL, 0), WEIR_EPEER);
    assert_false(gate_pipe_has_output(&f->left)); /* a closed end queues nothing */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_arrives_whole_with_its_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_that_comes_byte_by_byte_is_put_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_length_over_the_limit_is_nonsense, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_long_a_message_is_not_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_reader_that_stands_still_fills_the_queue_and_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(last_words_are_heard_before_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_that_is_gone_is_said, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
