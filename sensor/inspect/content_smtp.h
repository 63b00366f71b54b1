/* SPDX-License-Identifier: Apache-2.0
 *
 * content_smtp: a mail transfer: commands, replies, and the lines of messages.
 *
 * Shape:   replies belong to commands in their order, as in content_ftp.
 * Source:  specification 1.8.2, rows SMTP; RFC 5321, RFC 4954 (AUTH), RFC 3207 (STARTTLS).
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_SMTP_H
#define WEIR_SENSOR_INSPECT_CONTENT_SMTP_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/inspect/content_scene.h"
#include "sensor/inspect/line_reader.h"

#define SMTP_WAITING_MAX 32

struct content_smtp {
    uint8_t waiting[SMTP_WAITING_MAX]; /* commands without reply, oldest first: enum of .c */
    uint8_t waiting_count;
    uint8_t auth; /* what the originator's next line of AUTH is: enum of .c */
    bool greeted;
    bool in_message; /* between DATA's 354 and the line of one dot */
    bool is_tls;
};

struct content;

void content_smtp_add(struct content *content, const struct content_scene *scene,
                      const struct line *line);

#endif
