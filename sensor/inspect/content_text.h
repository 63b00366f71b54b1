/* SPDX-License-Identifier: Apache-2.0
 *
 * content_text: what an FTP data connection carries, and any other stream that is text.
 *
 * Shape:   a stream is text while 90 % of each direction's first TEXT_HEAD_BYTES are printable or
 *          white space, and at the end of all that was read; else its columns are 0.
 * Source:  specification 1.8.2, rows FTPD and TEXT; decisions/0004.
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_TEXT_H
#define WEIR_SENSOR_INSPECT_CONTENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/inspect/content_scene.h"
#include "sensor/inspect/line_reader.h"

#define TEXT_HEAD_BYTES 1024

struct content_text {
    uint32_t bytes[2];   /* read of each direction */
    uint32_t strange[2]; /* of them neither printable nor white space */
    bool is_binary;      /* a head had too many of them */
};

struct content;

/* Counts the bytes of a piece; false when the stream is no text, with as much of the piece as was
 * read until that was known. */
bool content_text_weigh(struct content *content, bool from_orig, const uint8_t *bytes, size_t size);

void content_text_add(struct content *content, const struct content_scene *scene,
                      const struct line *line);
void content_text_add_file(struct content *content, const struct content_scene *scene,
                           const struct line *line);

/* True when at least 90 % of all that was read is text. */
bool content_text_is_text(const struct content_text *text);

#endif
