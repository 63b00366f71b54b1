/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/http_reader.h"

#include <string.h>
#include <strings.h>

#define METHOD_MAX 24

enum place { /* what the next bytes of a side are */
    AT_START_LINE,
    AT_HEADER,
    AT_BODY,
    AT_CHUNK_SIZE,
    AT_CHUNK_END, /* the line end behind a chunk */
    AT_TRAILER,
    AT_CLOSED,
};

enum request_bits { /* of a request that waits for its response */
    REQUEST_HEAD = 1,
    REQUEST_CONNECT = 2,
    REQUEST_AUTHORIZED = 4,
    REQUEST_MARKED = 8,
};

static bool text_is(struct http_text text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.at, word, text.size) == 0;
}

static bool text_begins(struct http_text text, const char *word)
{
    return text.size >= strlen(word) && memcmp(text.at, word, strlen(word)) == 0;
}

static struct http_text text_behind(struct http_text text, size_t count)
{
    return (struct http_text){.at = text.at + count, .size = text.size - count};
}

static bool is_blank(char letter)
{
    return letter == ' ' || letter == '\t';
}

static struct http_text text_trim(struct http_text text)
{
    while (text.size > 0 && is_blank(text.at[0])) {
        text = text_behind(text, 1);
    }
    while (text.size > 0 && is_blank(text.at[text.size - 1])) {
        text.size--;
    }
    return text;
}

/* Whether a text has this word among its comma-separated ones. */
static bool text_lists(struct http_text text, const char *word)
{
    while (text.size > 0) {
        const char *comma = memchr(text.at, ',', text.size);
        const size_t size = comma != NULL ? (size_t)(comma - text.at) : text.size;
        if (text_is(text_trim((struct http_text){.at = text.at, .size = size}), word)) {
            return true;
        }
        text = text_behind(text, comma != NULL ? size + 1 : size);
    }
    return false;
}

/* Number in a base at the start of a text; false when there is none or it is beyond 2^60. */
static bool read_number(struct http_text text, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    size_t at = 0;
    for (; at < text.size; at++) {
        const char letter = (char)(text.at[at] | 0x20);
        unsigned digit = base;
        if (text.at[at] >= '0' && text.at[at] <= '9') {
            digit = (unsigned)(text.at[at] - '0');
        } else if (letter >= 'a' && letter <= 'f') {
            digit = (unsigned)(letter - 'a') + 10;
        }
        if (digit >= base) {
            break;
        }
        value = value * base + digit;
        if (value >> 60 != 0) {
            return false;
        }
    }
    if (at == 0) {
        return false;
    }
    *out = value;
    return true;
}

/* The next line of a side, without its end, in *out: in the payload where it lies there whole. */
static bool take_line(struct http_side *side, struct weir_cursor *payload, struct http_text *out)
{
    const uint8_t *bytes = payload->next;
    const uint8_t *end = memchr(bytes, '\n', payload->left);
    const size_t size = end != NULL ? (size_t)(end - bytes) : payload->left;
    (void)weir_cursor_skip(payload, end != NULL ? size + 1 : size);
    for (size_t i = side->at == AT_START_LINE ? size : 0; i > 0; i--) {
        if (bytes[i - 1] == ' ') {
            side->blank_at = side->line_bytes + i - 1;
            break;
        }
    }
    const size_t room = HTTP_LINE_MAX - (size_t)side->line_kept;
    const size_t kept = size < room ? size : room;
    if (end != NULL && side->line_bytes == 0) {
        *out = (struct http_text){.at = (const char *)bytes, .size = kept};
    } else {
        memcpy(side->line + side->line_kept, bytes, kept);
        side->line_kept = (uint16_t)(side->line_kept + kept);
        *out = (struct http_text){.at = side->line, .size = side->line_kept};
    }
    side->line_bytes += size;
    if (end != NULL && out->size > 0 && out->size == side->line_bytes &&
        out->at[out->size - 1] == '\r') {
        out->size--;
    }
    return end != NULL;
}

/* Begins the item where it will lie: copying one that was just written costs more than a line. */
static void begin_item(struct http_item *item, enum http_event event, bool from_client)
{
    memset(item, 0, sizeof(*item));
    item->event = event;
    item->from_client = from_client;
}

static bool give_up(struct http_side *side, bool from_client, struct http_item *item)
{
    side->at = AT_CLOSED;
    begin_item(item, HTTP_NOT, from_client);
    return true;
}

static void add_waiting(struct http_reader *reader, struct http_text method)
{
    if (reader->waiting_count == HTTP_WAITING_MAX) {
        reader->waiting_lost = true;
        return;
    }
    uint8_t bits = 0;
    bits |= text_is(method, "HEAD") ? REQUEST_HEAD : 0;
    bits |= text_is(method, "CONNECT") ? REQUEST_CONNECT : 0;
    reader->waiting[reader->waiting_count++] = bits;
}

static uint8_t take_waiting(struct http_reader *reader)
{
    if (reader->waiting_lost || reader->waiting_count == 0) {
        return 0;
    }
    const uint8_t bits = reader->waiting[0];
    reader->waiting_count--;
    memmove(reader->waiting, reader->waiting + 1, reader->waiting_count);
    return bits;
}

static void mark_newest(struct http_reader *reader, uint8_t bit)
{
    if (!reader->waiting_lost && reader->waiting_count > 0) {
        reader->waiting[reader->waiting_count - 1] |= bit;
    }
}

static void begin_message(struct http_side *side)
{
    side->at = AT_HEADER;
    side->body_left = 0;
    side->chunked = false;
    side->has_length = false;
    side->authorized = false;
    side->no_body = false;
}

/* Letters of a method up to the first blank; 0 when it is none. */
static size_t method_size(struct http_text line)
{
    size_t size = 0;
    while (size < line.size && size <= METHOD_MAX &&
           ((line.at[size] >= 'A' && line.at[size] <= 'Z') || line.at[size] == '-' ||
            line.at[size] == '_')) {
        size++;
    }
    return size <= METHOD_MAX && size < line.size && line.at[size] == ' ' ? size : 0;
}

/* "GET /path HTTP/1.1"; of a line longer than what is kept the end is not known. */
static bool read_request(struct http_reader *reader, struct http_text line, struct http_item *item)
{
    struct http_side *side = &reader->side[0];
    const size_t size = method_size(line);
    const bool cut = line.size == HTTP_LINE_MAX && side->line_bytes > HTTP_LINE_MAX;
    if (text_is(line, "PRI * HTTP/2.0")) {
        side->at = AT_CLOSED;
        reader->side[1].at = AT_CLOSED;
        begin_item(item, HTTP_PREFACE, true);
        return true;
    }
    if (size == 0 || side->blank_at <= size + 1) {
        return give_up(side, true, item);
    }
    struct http_text version = {0};
    if (!cut) {
        version = text_behind(line, (size_t)side->blank_at + 1);
        if (!text_begins(version, "HTTP/1.") || version.size != 8) {
            return give_up(side, true, item);
        }
        version = text_behind(version, 5);
    }
    begin_item(item, HTTP_REQUEST, true);
    item->version = version;
    item->method = (struct http_text){.at = line.at, .size = size};
    item->target = text_behind(line, size + 1);
    item->target_size = (size_t)side->blank_at - size - 1;
    if (item->target.size > item->target_size) {
        item->target.size = item->target_size;
    }
    begin_message(side);
    add_waiting(reader, item->method);
    return true;
}

/* "HTTP/1.1 200 OK" */
static bool read_response(struct http_reader *reader, struct http_text line, struct http_item *item)
{
    struct http_side *side = &reader->side[1];
    uint64_t status = 0;
    if (!text_begins(line, "HTTP/1.") || line.size < 12 || line.at[8] != ' ' ||
        !read_number((struct http_text){.at = line.at + 9, .size = 3}, 10, &status) ||
        status < 100) {
        return give_up(side, false, item);
    }
    begin_item(item, HTTP_RESPONSE, false);
    item->version = (struct http_text){.at = line.at + 5, .size = 3};
    item->status = (uint16_t)status;
    begin_message(side);
    if (status < 200 && status != 101) { /* the response itself is still to come */
        side->no_body = true;
        return true;
    }
    const uint8_t request = take_waiting(reader);
    item->authorized = (request & REQUEST_AUTHORIZED) != 0;
    item->marked = (request & REQUEST_MARKED) != 0;
    side->no_body = (request & REQUEST_HEAD) != 0 || status == 204 || status == 304;
    if (status == 101 || ((request & REQUEST_CONNECT) != 0 && status < 300)) {
        /* What follows the headers is another protocol. */
        reader->side[0].at = AT_CLOSED;
        side->no_body = false;
        side->has_length = false;
    }
    return true;
}

static bool read_header(struct http_reader *reader, bool from_client, struct http_text line,
                        struct http_item *item)
{
    struct http_side *side = &reader->side[from_client ? 0 : 1];
    const char *colon = memchr(line.at, ':', line.size);
    if (colon == NULL || is_blank(line.at[0])) {
        return false;
    }
    begin_item(item, HTTP_HEADER, from_client);
    item->name = (struct http_text){.at = line.at, .size = (size_t)(colon - line.at)};
    item->value = text_trim(text_behind(line, item->name.size + 1));
    if (text_is(item->name, "content-length")) {
        side->has_length = read_number(item->value, 10, &side->body_left);
    } else if (text_is(item->name, "transfer-encoding")) {
        side->chunked = text_lists(item->value, "chunked");
    } else if (from_client && (text_is(item->name, "authorization") ||
                               text_is(item->name, "proxy-authorization"))) {
        side->authorized = true;
        mark_newest(reader, REQUEST_AUTHORIZED);
    }
    return true;
}

/* Where the body is and how it ends. */
static bool end_headers(struct http_side *side, bool from_client, struct http_item *item)
{
    begin_item(item, HTTP_HEADERS_END, from_client);
    item->authorized = side->authorized;
    if (side->no_body) {
        side->at = AT_START_LINE;
    } else if (side->chunked) {
        side->at = AT_CHUNK_SIZE;
    } else if (side->has_length && side->body_left > 0) {
        side->at = AT_BODY;
    } else if (side->has_length || from_client) {
        side->at = AT_START_LINE;
    } else {
        side->at = AT_CLOSED; /* the body ends with the connection */
    }
    return true;
}

static bool read_line(struct http_reader *reader, bool from_client, struct http_text line,
                      struct http_item *item)
{
    struct http_side *side = &reader->side[from_client ? 0 : 1];
    switch ((enum place)side->at) {
    case AT_START_LINE:
        if (line.size == 0) { /* tolerated before a message, RFC 9112 2.2 */
            return false;
        }
        return from_client ? read_request(reader, line, item) : read_response(reader, line, item);
    case AT_HEADER:
        return line.size == 0 ? end_headers(side, from_client, item)
                              : read_header(reader, from_client, line, item);
    case AT_CHUNK_SIZE:
        if (!read_number(line, 16, &side->body_left)) {
            return give_up(side, from_client, item);
        }
        side->at = side->body_left > 0 ? AT_BODY : AT_TRAILER;
        return false;
    case AT_CHUNK_END:
        side->at = AT_CHUNK_SIZE;
        return false;
    case AT_TRAILER:
        side->at = line.size == 0 ? AT_START_LINE : AT_TRAILER;
        return false;
    case AT_BODY:
    case AT_CLOSED:
        break;
    }
    return false;
}

static void pass_body(struct http_side *side, struct weir_cursor *payload)
{
    const size_t count = payload->left < side->body_left ? payload->left : (size_t)side->body_left;
    (void)weir_cursor_skip(payload, count);
    side->body_left -= count;
    if (side->body_left == 0) {
        side->at = side->chunked ? AT_CHUNK_END : AT_START_LINE;
    }
}

/* Whether a message can begin so; spares the wait for a line end that binary bytes may not have. */
static bool may_begin(bool from_client, uint8_t first)
{
    return first == '\r' || first == '\n' ||
           (from_client ? first >= 'A' && first <= 'Z' : first == 'H');
}

bool http_reader_next(struct http_reader *reader, bool from_client, struct weir_cursor *payload,
                      struct http_item *out)
{
    struct http_side *side = &reader->side[from_client ? 0 : 1];
    while (payload->left > 0 && side->at != AT_CLOSED) {
        struct http_text line = {0};
        bool found = false;
        if (side->at == AT_BODY) {
            pass_body(side, payload);
        } else if (side->at == AT_START_LINE && side->line_bytes == 0 &&
                   !may_begin(from_client, payload->next[0])) {
            found = give_up(side, from_client, out);
        } else if (take_line(side, payload, &line)) {
            found = read_line(reader, from_client, line, out);
            side->line_bytes = 0;
            side->line_kept = 0;
            side->blank_at = 0;
        }
        if (found) {
            return true;
        }
    }
    (void)weir_cursor_skip(payload, payload->left);
    return false;
}

void http_reader_init(struct http_reader *reader)
{
    memset(&reader->side[0], 0, offsetof(struct http_side, line));
    memset(&reader->side[1], 0, offsetof(struct http_side, line));
    reader->waiting_count = 0;
    reader->waiting_lost = false;
}

void http_reader_mark(struct http_reader *reader)
{
    mark_newest(reader, REQUEST_MARKED);
}

bool http_reader_done(const struct http_reader *reader)
{
    return reader->side[0].at == AT_CLOSED && reader->side[1].at == AT_CLOSED;
}

void http_reader_lose(struct http_reader *reader, bool from_client)
{
    reader->side[from_client ? 0 : 1].at = AT_CLOSED;
}
