/* SPDX-License-Identifier: Apache-2.0
 *
 * content_shell: a terminal session: telnet, rlogin, rsh, exec, or a shell at any other port.
 *
 * Shape:   what a person types is a command, an id behind a login prompt, or a secret behind a
 *          password prompt. rlogin, rsh and exec name their users before the first line.
 * Source:  specification 1.8.2, rows SHELL; RFC 854, RFC 1282 (rlogin).
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_SHELL_H
#define WEIR_SENSOR_INSPECT_CONTENT_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/inspect/content_scene.h"
#include "sensor/inspect/line_reader.h"

#define SHELL_FIELD_MAX 63

struct content_shell {
    uint8_t awaits;      /* what the originator's next line is: enum of .c */
    uint8_t prompt;      /* the kind of the last prompt: enum of .c */
    uint8_t fields_left; /* NUL-ended texts before the originator's first line */
    uint8_t field_size;
    char field[SHELL_FIELD_MAX];
    bool opens_with_zero; /* the responder says yes with a zero byte */
    bool zero_seen;
    bool asked; /* some login or password prompt was seen */
    bool asked_password;
    bool su_waits; /* a line asked for root since the last prompt */
    bool su_asked; /* some line did */
};

struct content;

/* What a session to this port begins with. */
void content_shell_init(struct content *content, const struct content_scene *scene);

/* Reads what comes before the first line; gives how many bytes that were. */
size_t content_shell_read_opening(struct content *content, const struct content_scene *scene,
                                  bool from_orig, const uint8_t *bytes, size_t size);

void content_shell_add(struct content *content, const struct content_scene *scene,
                       const struct line *line);

#endif
