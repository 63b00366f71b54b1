/* SPDX-License-Identifier: Apache-2.0
 *
 * control_samples: one full control message of each kind.
 */
#ifndef WEIR_TESTS_SUPPORT_CONTROL_SAMPLES_H
#define WEIR_TESTS_SUPPORT_CONTROL_SAMPLES_H

#include <stdbool.h>

#include "proto/control.h"

/* Fills *out with a message of this kind, lists at their longest when full. False when the kind is
 * no control message. */
bool test_control_sample(enum weir_frame_kind kind, bool full, struct weir_control *out);

#endif
