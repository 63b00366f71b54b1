/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_uid: how people name a stored flow: "paris-1/0a1b2c3d/17", as view conn does.
 *
 * Shape:   sensor name, the first four bytes of the boot id in hexadecimal, flow id.
 */
#ifndef WEIR_COLLECTOR_CTL_FLOW_UID_H
#define WEIR_COLLECTOR_CTL_FLOW_UID_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/sensors.h"
#include "collector/store/stored_flow.h"

#define FLOW_UID_SIZE       (SENSORS_NAME_SIZE + 32) /* and NUL */
#define FLOW_UID_BOOT_BYTES 4
#define FLOW_UID_BOOT_SIZE  ((size_t)8) /* the same in hexadecimal digits */

struct flow_uid {
    char sensor[SENSORS_NAME_SIZE + 1];
    uint8_t boot[FLOW_UID_BOOT_BYTES];
    uint64_t flow_id;
};

struct flow_uid_names { /* the sensors of a database; {0} is empty */
    struct sensors_row *at;
    size_t count;
    int err;
};

WEIR_MUST_CHECK int flow_uid_names_init(struct flow_uid_names *names, struct connection *connection,
                                        struct weir_error *error);
void flow_uid_names_fini(struct flow_uid_names *names);

/* The sensor's name; "?" for one that is not enrolled. */
const char *flow_uid_sensor(const struct flow_uid_names *names, uint32_t id);

void flow_uid_text(const struct flow_uid_names *names, const struct stored_flow *flow,
                   char text[FLOW_UID_SIZE]);

/* WEIR_EINVAL with what a uid looks like. */
WEIR_MUST_CHECK int flow_uid_parse(const char *text, struct flow_uid *out,
                                   struct weir_error *error);

#endif
