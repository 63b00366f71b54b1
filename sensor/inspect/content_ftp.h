/* SPDX-License-Identifier: Apache-2.0
 *
 * content_ftp: an FTP control connection: logins, transfers, where data connections will arrive.
 *
 * Shape:   replies belong to commands in their order; of more than FTP_WAITING_MAX commands without
 *          a reply the further ones are taken for commands that add nothing.
 * Source:  specification 1.8.2, rows FTP; RFC 959, RFC 4217 (AUTH).
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_FTP_H
#define WEIR_SENSOR_INSPECT_CONTENT_FTP_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/inspect/content_scene.h"
#include "sensor/inspect/line_reader.h"

#define FTP_WAITING_MAX 16

struct content_ftp {
    uint8_t waiting[FTP_WAITING_MAX]; /* commands without reply, oldest first: enum of .c */
    uint8_t waiting_count;
    bool accepted;      /* the oldest has had its preliminary reply */
    bool greeted;       /* the server has spoken first */
    bool is_tls;        /* the rest cannot be read */
    uint16_t multiline; /* code of the reply whose lines are being read, 0 = none */
};

struct content;

void content_ftp_add(struct content *content, const struct content_scene *scene,
                     const struct line *line);

#endif
