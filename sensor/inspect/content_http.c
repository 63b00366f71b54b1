/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_http.h"

#include <string.h>

#include "sensor/inspect/content.h"
#include "sensor/inspect/http_details.h"

#define TARGET_MAX 8192

/* `:0` and `0(` are in all that is looked for. */
static bool is_suspect(char a, char b)
{
    return (a == ':' && b == '0') || (a == '0' && b == '(');
}

/* Both signs are rare, and memchr goes over what is between them many bytes at a time. */
static bool has_suspect(const char *text, size_t size)
{
    const char *end = text + size;
    for (const char *colon = memchr(text, ':', size); colon != NULL && end - colon > 1;
         colon = memchr(colon + 1, ':', (size_t)(end - colon - 1))) {
        if (colon[1] == '0') {
            return true;
        }
    }
    for (const char *open = memchr(text, '(', size); open != NULL;
         open = memchr(open + 1, '(', (size_t)(end - open - 1))) {
        if (open > text && open[-1] == '0') {
            return true;
        }
    }
    return false;
}

/* The lines of a text; the first may lack its beginning. */
static bool has_root_shell(const struct content_scene *scene, const char *text, size_t size,
                           bool begins)
{
    size_t from = 0;
    while (from < size) {
        const char *feed = memchr(text + from, '\n', size - from);
        const size_t to = feed == NULL ? size : (size_t)(feed - text);
        struct pattern_line line = content_scene_find(scene, text + from, to - from, PATTERN_UID);
        if (from == 0 && !begins) {
            line.found &= PATTERN_BIT(H6_UID);
        }
        if (line.found != 0 && pattern_is_root_shell(&line)) {
            return true;
        }
        from = to + 1;
    }
    return false;
}

static void keep_tail(struct content_http *http, const char *text, size_t size)
{
    const size_t last = size < HTTP_TAIL_BYTES ? size : HTTP_TAIL_BYTES;
    size_t whole = last; /* bytes behind the last line feed */
    while (whole > 0 && text[size - last + whole - 1] != '\n') {
        whole--;
    }
    if (whole > 0) {
        http->tail_size = (uint16_t)(last - whole);
        http->tail_begins = true;
        memcpy(http->tail, text + size - http->tail_size, http->tail_size);
    } else {
        const size_t room = HTTP_TAIL_BYTES - last;
        const size_t old = http->tail_size < room ? http->tail_size : room;
        http->tail_begins = http->tail_begins && old == http->tail_size && last == size;
        memmove(http->tail, http->tail + http->tail_size - old, old);
        memcpy(http->tail + old, text + size - last, last);
        http->tail_size = (uint16_t)(old + last);
    }
    http->tail_suspects = has_suspect(http->tail, http->tail_size);
}

static void scan(struct content *content, const struct content_scene *scene, const char *text,
                 size_t size)
{
    struct content_http *http = &content->http;
    const bool straddles =
        http->tail_size > 0 && is_suspect(http->tail[http->tail_size - 1], text[0]);
    const bool within = has_suspect(text, size);
    if (straddles || within || http->tail_suspects) {
        char join[2 * HTTP_TAIL_BYTES];
        const size_t head = size < HTTP_TAIL_BYTES ? size : HTTP_TAIL_BYTES;
        memcpy(join, http->tail, http->tail_size);
        memcpy(join + http->tail_size, text, head);
        if (has_root_shell(scene, join, http->tail_size + head, http->tail_begins) ||
            (within && has_root_shell(scene, text, size, false))) {
            content->columns.root_shell = 1;
        }
    }
    keep_tail(http, text, size);
}

static bool is_method(const struct http_item *item, const char *text)
{
    return item->method.size == strlen(text) &&
           memcmp(item->method.at, text, item->method.size) == 0;
}

static void add_request(struct content *content, const struct content_scene *scene,
                        const struct http_item *item)
{
    struct weir_kdd_content *columns = &content->columns;
    const struct pattern_line target = content_scene_find(scene, item->target.at, item->target.size,
                                                          PATTERN_H7 | PATTERN_H8 | PATTERN_A1);
    const uint16_t before = columns->hot;
    if ((target.found & PATTERN_H7) != 0) {
        content_scene_add16(&columns->hot);
    }
    if (pattern_is_h8(&target) || item->target_size > TARGET_MAX) {
        content_scene_add16(&columns->hot);
    }
    if (is_method(item, "PUT") || is_method(item, "DELETE") || is_method(item, "TRACE") ||
        is_method(item, "CONNECT")) {
        content_scene_add16(&columns->hot);
    }
    if (columns->hot != before) {
        http_reader_mark(&content->http.reader);
    }
    if (pattern_is_a1(&target)) {
        content_scene_add16(&columns->num_access_files);
    }
}

static void add_response(struct content *content, const struct http_item *item)
{
    const uint16_t status = item->status;
    if (item->authorized && (status == 401 || status == 407)) {
        login_fail(&content->columns);
    }
    if (item->marked && (status == 403 || status == 404 || status == 414 || status == 500)) {
        content_scene_add32(&content->columns.num_compromised);
    }
}

void content_http_init(struct content_http *http)
{
    http_reader_init(&http->reader);
    http->tail_size = 0;
    http->tail_begins = true;
    http->tail_suspects = false;
}

void content_http_add(struct content *content, const struct content_scene *scene, bool from_orig,
                      const uint8_t *bytes, size_t size)
{
    struct content_http *http = &content->http;
    struct weir_cursor payload = weir_cursor_over(bytes, size);
    struct http_item item = {0};
    while (http_reader_next(&http->reader, from_orig, &payload, &item)) {
        switch (item.event) {
        case HTTP_REQUEST:
            add_request(content, scene, &item);
            break;
        case HTTP_RESPONSE:
            add_response(content, &item);
            break;
        case HTTP_NOT:
        case HTTP_PREFACE:
            content_lose(content, from_orig);
            break;
        case HTTP_HEADER:
        case HTTP_HEADERS_END:
            break;
        }
        if (item.event != HTTP_NOT) {
            scene->details->present |= UINT32_C(1) << WEIR_DETAIL_HTTP;
            http_details_add(&scene->details->http, &item);
        }
    }
    if (!from_orig && content->columns.root_shell == 0) {
        scan(content, scene, (const char *)bytes, size);
    }
}
