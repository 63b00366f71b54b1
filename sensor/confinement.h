/* SPDX-License-Identifier: Apache-2.0
 *
 * confinement: from all the rights it was started with to those a running sensor needs, in one
 * step and in the right order.
 *
 * Call it when captures and outputs are open and keys are read, before the first thread and before
 * the first byte of a packet is looked at. After it nothing that needs a right can be opened: an
 * interface that goes away stays away until the service is started again.
 *
 * Shape:   folders of spool and models made and given; resource limits; user and capabilities;
 *          no-new-privs; system call filter.
 * Errors:  WEIR_EPERM, WEIR_EINVAL, WEIR_EIO, and a sentence.
 * Threads: none may run yet.
 */
#ifndef WEIR_SENSOR_CONFINEMENT_H
#define WEIR_SENSOR_CONFINEMENT_H

#include "common/base/err.h"

#include "sensor/sensor_options.h"

/* Whether there is the user to become; changes nothing. */
WEIR_MUST_CHECK int confinement_check(const struct sensor_options *options,
                                      struct weir_error *error);

WEIR_MUST_CHECK int confinement_begin(const struct sensor_options *options,
                                      struct weir_error *error);

#endif
