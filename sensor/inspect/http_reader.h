/* SPDX-License-Identifier: Apache-2.0
 *
 * http_reader: cuts the two streams of an HTTP/1.x connection into lines that mean something.
 *
 * Each call reads payload until the next item: a request line, a status line, a header, the end of
 * the headers. Bodies are passed over by their length or chunks and never shown. A response knows
 * which request it answers, up to HTTP_WAITING_MAX requests ahead.
 *
 * Shape:   a line is kept up to HTTP_LINE_MAX bytes; of a longer one the rest is counted, not kept.
 *          How the bytes are split into segments does not change the items.
 * Owns:    its state; zeroed, it is a new connection. Texts of an item point into the payload or
 *          into the reader and are good until the next call.
 * Source:  RFC 9112; of HTTP/2 only the preface (RFC 9113 3.4).
 */
#ifndef WEIR_SENSOR_INSPECT_HTTP_READER_H
#define WEIR_SENSOR_INSPECT_HTTP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/cursor.h"

#define HTTP_LINE_MAX    1024
#define HTTP_WAITING_MAX 16

enum http_event {
    HTTP_REQUEST,     /* method, target, version */
    HTTP_RESPONSE,    /* status, version; authorized and marked of its request */
    HTTP_HEADER,      /* name, value */
    HTTP_HEADERS_END, /* authorized: the request carried (Proxy-)Authorization */
    HTTP_PREFACE,     /* HTTP/2 follows, which is not read */
    HTTP_NOT,         /* this direction is not, or no longer, HTTP/1.x; nothing more will come */
};

struct http_text {
    const char *at;
    size_t size;
};

struct http_item {
    enum http_event event;
    bool from_client;
    bool authorized;
    bool marked;        /* RESPONSE: http_reader_mark() was called for its request */
    uint16_t status;    /* RESPONSE: 100 .. 999 */
    size_t target_size; /* REQUEST: of the whole target, also when the kept text is shorter */
    struct http_text method, target, version; /* version: "1.1" */
    struct http_text name, value;
};

struct http_side {
    uint64_t body_left;  /* bytes to pass over */
    uint64_t line_bytes; /* of the line being read, kept or not */
    uint64_t blank_at;   /* of that line, its last blank: where a target ends */
    uint16_t line_kept;
    uint8_t at;   /* enum of http_reader.c */
    bool chunked; /* of the message being read */
    bool has_length;
    bool authorized;
    bool no_body;
    char line[HTTP_LINE_MAX];
};

struct http_reader {
    struct http_side side[2];          /* 0 client, 1 server */
    uint8_t waiting[HTTP_WAITING_MAX]; /* requests without response, oldest first; bits of .c */
    uint8_t waiting_count;
    bool waiting_lost; /* more requests than places: responses are no longer told apart */
};

/* Makes it new; a zeroed one is. The kept lines are left as they are. */
void http_reader_init(struct http_reader *reader);

/* Reads payload until the next item, true with it in *out; false when all is read. */
bool http_reader_next(struct http_reader *reader, bool from_client, struct weir_cursor *payload,
                      struct http_item *out);

/* Marks the newest request; its RESPONSE will say so. */
void http_reader_mark(struct http_reader *reader);

/* True when neither direction is read any further. */
bool http_reader_done(const struct http_reader *reader);

/* Bytes of this direction were lost: it is read no further. */
void http_reader_lose(struct http_reader *reader, bool from_client);

#endif
