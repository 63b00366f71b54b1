/* SPDX-License-Identifier: Apache-2.0
 *
 * sensor_policy: the [inspect] section of the configuration as what inspection obeys.
 */
#ifndef WEIR_SENSOR_SENSOR_POLICY_H
#define WEIR_SENSOR_SENSOR_POLICY_H

#include "sensor/inspect/policy.h"
#include "sensor/sensor_options.h"

/* WEIR_EINVAL and a sentence for a class that nobody knows, or a hash without a key. */
WEIR_MUST_CHECK int sensor_policy_of(const struct sensor_options *options, struct policy *out,
                                     struct weir_error *error);

#endif
