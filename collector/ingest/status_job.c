/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/status_job.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Counters are stored under the names that metrics use: packets.seen is packets_seen. What a sensor
 * says is not trusted to be such a name: anything else becomes _ too. */
static void put_counter(struct store_job *job, const struct weir_counter *counter)
{
    char *name = job->names[job->counter_count];
    (void)snprintf(name, sizeof(job->names[0]), "%s", counter->name);
    for (char *at = name; *at != '\0'; at++) {
        const bool is_plain = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9');
        *at = is_plain ? *at : '_';
    }
    job->values[job->counter_count++] = counter->value;
}

struct store_job *status_job_of_session(const struct session *session)
{
    struct store_job *job = (struct store_job *)calloc(1, sizeof(*job));
    if (job == NULL) {
        return NULL;
    }
    job->kind = STORE_JOB_SESSION;
    job->session = (struct sensor_session){.sensor_id = session->sensor_id,
                                           .boot = session->pending_boot,
                                           .clock_offset_us = session->offset_us};
    (void)snprintf(job->session.stream, sizeof(job->session.stream), "%s", session->hello.stream);
    return job;
}

struct store_job *status_job_of_lost(uint32_t sensor_id, const struct weir_boot_id *boot)
{
    struct store_job *job = (struct store_job *)calloc(1, sizeof(*job));
    if (job != NULL) {
        job->kind = STORE_JOB_LOST;
        job->sensor_id = sensor_id;
        job->boot = *boot;
    }
    return job;
}

struct store_job *status_job_of_heartbeat(uint32_t sensor_id,
                                          const struct weir_heartbeat *heartbeat, int64_t wall_us,
                                          int64_t offset_us)
{
    struct store_job *job = (struct store_job *)calloc(1, sizeof(*job));
    if (job == NULL) {
        return NULL;
    }
    job->kind = STORE_JOB_STATUS;
    job->sensor_id = sensor_id;
    job->boot = heartbeat->boot;
    job->at_us = wall_us;
    job->clock_offset_us = offset_us;
    for (size_t i = 0; i < heartbeat->counter_count && i < STORE_WORKER_COUNTERS_MAX; i++) {
        put_counter(job, &heartbeat->counters[i]);
    }
    return job;
}

struct store_job *status_job_of_model(uint32_t sensor_id, const struct weir_model_status *status)
{
    struct store_job *job = (struct store_job *)calloc(1, sizeof(*job));
    if (job == NULL) {
        return NULL;
    }
    job->kind = STORE_JOB_MODEL;
    job->sensor_id = sensor_id;
    job->model_version = status->version;
    (void)snprintf(job->refusal, sizeof(job->refusal), "%s",
                   status->state == WEIR_MODEL_REFUSED ? status->sentence : "");
    return job;
}

struct store_job *status_job_of_flagged(struct ready_batch *batch)
{
    struct store_job *job = (struct store_job *)calloc(1, sizeof(*job));
    if (job != NULL) {
        job->kind = STORE_JOB_FLAGGED;
        job->batches[0] = batch;
        job->count = 1;
    }
    return job;
}
