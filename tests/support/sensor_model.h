/* SPDX-License-Identifier: Apache-2.0
 *
 * sensor_model: makes signed model files that a sensor takes, or has a reason to refuse.
 *
 * Shape:   one tree over the sensor's schema: duration below 10 s scores 0.1, else 0.9.
 * Owns:    the caller frees the buffer with weir_buffer_fini().
 * Errors:  none: a test that cannot make its model fails.
 * Threads: none.
 */
#ifndef WEIR_TESTS_SUPPORT_SENSOR_MODEL_H
#define WEIR_TESTS_SUPPORT_SENSOR_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buffer.h"

#include "proto/keys.h"

#define SENSOR_MODEL_THRESHOLD 0.5

struct sensor_model_options {
    uint64_t version;
    const char *schema; /* NULL = "sensor" */
    int64_t expires_us; /* 0 = never */
    bool wrong_golden;  /* a golden score that no machine reproduces */
    bool no_golden;
};

/* Appends the whole file, signed with key. */
void sensor_model_encode(const struct sensor_model_options *options,
                         const struct weir_sign_key *key, struct weir_buffer *out);

#endif
