/* SPDX-License-Identifier: Apache-2.0
 *
 * content_http: web requests that look for what is not theirs, and what was answered.
 *
 * Shape:   requests and responses come from http_reader; the lines of the responder, bodies too,
 *          are looked through for uid=0(root) and entries of a passwd file only.
 * Source:  specification 1.8.2, rows HTTP.
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_HTTP_H
#define WEIR_SENSOR_INSPECT_CONTENT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/inspect/content_scene.h"
#include "sensor/inspect/http_reader.h"

#define HTTP_TAIL_BYTES 256 /* an entry's name and password, or most of uid=0(root) */

struct content_http {
    struct http_reader reader;
    char tail[HTTP_TAIL_BYTES]; /* the last bytes of the responder's line that is not complete */
    uint16_t tail_size;
    bool tail_begins;   /* the line begins with them */
    bool tail_suspects; /* they have a pair of bytes that the texts looked for have */
};

struct content;

/* Makes it new. */
void content_http_init(struct content_http *http);

void content_http_add(struct content *content, const struct content_scene *scene, bool from_orig,
                      const uint8_t *bytes, size_t size);

#endif
