/* SPDX-License-Identifier: Apache-2.0
 *
 * content: what the lines of a cleartext stream add to the columns 10 to 22 of the KDD vector.
 *
 * A stream belongs to one class; each class has a file (content_shell, content_ftp, ...) with the
 * rules of its rows in the specification's table.
 *
 * Shape:   bytes of both directions in order; how they are split into segments does not change the
 *          columns. An unfinished line of a responder is told when the originator speaks, when
 *          200 ms pass or at the end: that is a prompt.
 * Owns:    nothing but blocks of the scene's pool of lines, until content_fini().
 * Source:  specification 1.8; decisions/0004-refine-content-rules.md.
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_H
#define WEIR_SENSOR_INSPECT_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/block_pool.h"

#include "common/flow/app.h"
#include "common/flow/flow_record.h"

#include "sensor/inspect/content_ftp.h"
#include "sensor/inspect/content_http.h"
#include "sensor/inspect/content_imap.h"
#include "sensor/inspect/content_pop.h"
#include "sensor/inspect/content_shell.h"
#include "sensor/inspect/content_smtp.h"
#include "sensor/inspect/content_text.h"
#include "sensor/inspect/line_reader.h"
#include "sensor/inspect/login.h"
#include "sensor/inspect/policy.h"

struct content {
    struct weir_kdd_content columns;
    struct login login;
    struct line_reader line[2]; /* 0 originator, 1 responder */
    int64_t spoke_us;           /* when the responder last did */
    uint8_t class;              /* enum policy_class */
    bool closed[2];             /* nothing more is read of this direction */
    bool is_cut[2];             /* its last line is not whole */
    union {
        struct content_shell shell;
        struct content_ftp ftp;
        struct content_smtp smtp;
        struct content_pop pop;
        struct content_imap imap;
        struct content_http http;
        struct content_text text; /* FTP_DATA too */
    };
};

/* The class of a recognised application, else of the responder's port. NONE: nothing is read. */
enum policy_class content_class(enum weir_app app, const struct inspection_flow *flow);

/* True when sessions of the class are told in a block of the details. */
bool content_has_details(enum policy_class class);

/* Makes it a new stream of a class, whatever it held before. */
void content_init(struct content *content, enum policy_class class,
                  const struct content_scene *scene);

/* The next bytes of a direction. */
void content_add(struct content *content, const struct content_scene *scene, bool from_orig,
                 const uint8_t *bytes, size_t size);

/* Bytes of this direction are missing: it is read no further. */
void content_lose(struct content *content, bool from_orig);

/* The stream is over: what waited is judged as it stands. */
void content_end(struct content *content, const struct content_scene *scene);

/* True when neither direction is read any more. */
bool content_is_done(const struct content *content);

void content_fini(struct content *content, struct weir_block_pool *lines);

#endif
