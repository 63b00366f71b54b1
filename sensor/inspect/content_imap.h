/* SPDX-License-Identifier: Apache-2.0
 *
 * content_imap: an IMAP session: who logs in, and whether that was believed.
 *
 * Shape:   the tags of at most IMAP_TAGS_MAX commands that log in, or go over to TLS, are kept
 *          until their answer.
 * Source:  specification 1.8.2, rows IMAP; RFC 3501.
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_IMAP_H
#define WEIR_SENSOR_INSPECT_CONTENT_IMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/inspect/content_scene.h"
#include "sensor/inspect/line_reader.h"

#define IMAP_TAGS_MAX 4
#define IMAP_TAG_MAX  23

struct imap_tag {
    char text[IMAP_TAG_MAX];
    uint8_t size;
    uint8_t verb; /* enum of .c; 0 = free */
};

struct content_imap {
    struct imap_tag tags[IMAP_TAGS_MAX];
    uint8_t answer; /* what the originator's next line is: enum of .c */
    bool is_tls;
};

struct content;

void content_imap_add(struct content *content, const struct content_scene *scene,
                      const struct line *line);

#endif
