/* SPDX-License-Identifier: Apache-2.0
 *
 * sensor_layer2: the [layer2] section of the configuration as what the rules below IP obey.
 *
 * Owns:    the lists that options point at; fini() frees them.
 */
#ifndef WEIR_SENSOR_SENSOR_LAYER2_H
#define WEIR_SENSOR_SENSOR_LAYER2_H

#include "common/base/err.h"

#include "sensor/inspect/layer2_options.h"
#include "sensor/sensor_options.h"

struct sensor_layer2 {
    struct layer2_options options;
    struct layer2_mac *macs;
    struct weir_address *addresses;
    struct layer2_prefix *prefixes;
};

/* WEIR_EINVAL and a sentence for a word that is no MAC, address or prefix; WEIR_ENOMEM. */
WEIR_MUST_CHECK int sensor_layer2_init(const struct sensor_options *options,
                                       struct sensor_layer2 *out, struct weir_error *error);
void sensor_layer2_fini(struct sensor_layer2 *layer2);

/* What can be told without opening anything: the same refusals. */
WEIR_MUST_CHECK int sensor_layer2_check(const struct sensor_options *options,
                                        struct weir_error *error);

#endif
