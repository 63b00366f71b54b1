/* SPDX-License-Identifier: Apache-2.0
 *
 * content_pop: a POP3 session: who logs in, and whether that was believed.
 *
 * Shape:   replies belong to commands in their order; the lines of a message that is fetched are
 *          passed over.
 * Source:  specification 1.8.2, rows POP; RFC 1939, RFC 5034 (AUTH), RFC 2595 (STLS).
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_POP_H
#define WEIR_SENSOR_INSPECT_CONTENT_POP_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/inspect/content_scene.h"
#include "sensor/inspect/line_reader.h"

#define POP_WAITING_MAX 32

struct content_pop {
    uint8_t waiting[POP_WAITING_MAX]; /* commands without reply, oldest first: enum of .c */
    uint8_t waiting_count;
    bool greeted;
    bool multiline; /* in an answer that ends with a line of one dot */
    bool in_auth;   /* the originator's lines are answers of an AUTH dialogue */
    bool auth_plain;
    bool is_tls;
};

struct content;

void content_pop_add(struct content *content, const struct content_scene *scene,
                     const struct line *line);

#endif
