/* SPDX-License-Identifier: Apache-2.0
 *
 * status_job: what sensors say of themselves, as work for the store.
 *
 * Owns:    nothing; a job made is freed by whoever the worker's contract says.
 * Errors:  NULL when out of memory: whoever asks tries again.
 */
#ifndef WEIR_COLLECTOR_INGEST_STATUS_JOB_H
#define WEIR_COLLECTOR_INGEST_STATUS_JOB_H

#include <stdint.h>

#include "proto/control.h"

#include "collector/ingest/session.h"
#include "collector/store/store_worker.h"

/* Counters and clock of a heartbeat that arrived at wall_us. */
struct store_job *status_job_of_heartbeat(uint32_t sensor_id,
                                          const struct weir_heartbeat *heartbeat, int64_t wall_us,
                                          int64_t offset_us);

/* Who joined which stream, and the correction of its clock: what a restart must know. */
struct store_job *status_job_of_session(const struct session *session);

/* Nothing more comes of this boot: whatever it left open has ended. */
struct store_job *status_job_of_lost(uint32_t sensor_id, const struct weir_boot_id *boot);

/* Flagged records that came ahead of their batch. The batch is the job's. */
struct store_job *status_job_of_flagged(struct ready_batch *batch);

/* The answer to a model offer. */
struct store_job *status_job_of_model(uint32_t sensor_id, const struct weir_model_status *status);

#endif
