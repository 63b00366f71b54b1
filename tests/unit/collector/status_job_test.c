/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/status_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/weir_test.h"

static void counters_get_the_names_of_metrics_whatever_a_sensor_says(void **state)
{
    static const char *const said[] = {"packets.seen", "Bytes-IN", "a\"b; DROP", ""};
    static const char *const stored[] = {"packets_seen", "_ytes___", "a_b______", ""};
    struct weir_heartbeat *heartbeat = (struct weir_heartbeat *)calloc(1, sizeof(*heartbeat));
    (void)state;
    assert_non_null(heartbeat);
    heartbeat->boot.bytes[3] = 9;
    heartbeat->counter_count = 4;
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(heartbeat->counters[i].name, sizeof(heartbeat->counters[i].name), "%s",
                       said[i]);
        heartbeat->counters[i].value = UINT64_MAX - i;
    }
    struct store_job *job = status_job_of_heartbeat(7, heartbeat, 1000, -5);
    assert_non_null(job);
    assert_int_equal(job->kind, STORE_JOB_STATUS);
    assert_int_equal(job->sensor_id, 7);
    assert_int_equal(job->at_us, 1000);
    assert_int_equal(job->clock_offset_us, -5);
    assert_memory_equal(&job->boot, &heartbeat->boot, sizeof(job->boot));
    assert_int_equal(job->counter_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(job->names[i], stored[i]);
        assert_true(job->values[i] == UINT64_MAX - i);
    }
    free(job);
    free(heartbeat);
}

static void a_refusal_keeps_its_sentence_and_an_acceptance_has_none(void **state)
{
    struct weir_model_status status = {.version = 4,
                                       .state = WEIR_MODEL_REFUSED,
                                       .sentence = "wrong schema"};
    (void)state;
    struct store_job *job = status_job_of_model(3, &status);
    assert_non_null(job);
    assert_int_equal(job->kind, STORE_JOB_MODEL);
    assert_int_equal(job->model_version, 4);
    assert_string_equal(job->refusal, "wrong schema");
    free(job);
    status.state = WEIR_MODEL_ACTIVE;
    job = status_job_of_model(3, &status);
    assert_non_null(job);
    assert_string_equal(job->refusal, "");
    free(job);
}

static void a_session_is_recorded_with_the_boot_that_is_pending(void **state)
{
    struct session *session = (struct session *)calloc(1, sizeof(*session));
    (void)state;
    assert_non_null(session);
    session->sensor_id = 5;
    session->offset_us = 250000;
    session->pending_boot.bytes[0] = 1;
    session->hello.boot.bytes[0] = 2;
    (void)snprintf(session->hello.stream, sizeof(session->hello.stream), "live");
    struct store_job *job = status_job_of_session(session);
    assert_non_null(job);
    assert_int_equal(job->kind, STORE_JOB_SESSION);
    assert_int_equal(job->session.sensor_id, 5);
    assert_int_equal(job->session.boot.bytes[0], 1);
    assert_int_equal(job->session.clock_offset_us, 250000);
    assert_string_equal(job->session.stream, "live");
    free(job);
    free(session);
}

static void a_drained_boot_is_named(void **state)
{
    const struct weir_boot_id boot = {.bytes = {4, 5, 6}};
    (void)state;
    struct store_job *job = status_job_of_lost(8, &boot);
    assert_non_null(job);
    assert_int_equal(job->kind, STORE_JOB_LOST);
    assert_int_equal(job->sensor_id, 8);
    assert_memory_equal(&job->boot, &boot, sizeof(boot));
    free(job);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_get_the_names_of_metrics_whatever_a_sensor_says),
        cmocka_unit_test(a_refusal_keeps_its_sentence_and_an_acceptance_has_none),
        cmocka_unit_test(a_session_is_recorded_with_the_boot_that_is_pending),
        cmocka_unit_test(a_drained_boot_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
