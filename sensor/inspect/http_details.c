/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/http_details.h"

#include <string.h>
#include <strings.h>

static bool is_named(const struct http_item *item, const char *name)
{
    return item->name.size == strlen(name) &&
           strncasecmp(item->name.at, name, item->name.size) == 0;
}

static void put_once(char *text, size_t room, struct http_text from)
{
    if (text[0] == '\0') {
        weir_detail_text_put(text, room, from.at, from.size);
    }
}

static void add_header(struct weir_http_details *details, const struct http_item *item)
{
    if (item->from_client && details->requests == 1) {
        if (is_named(item, "host")) {
            put_once(details->host, sizeof(details->host), item->value);
        } else if (is_named(item, "user-agent")) {
            put_once(details->user_agent, sizeof(details->user_agent), item->value);
        }
    }
    if (!item->from_client && details->responses == 1 && is_named(item, "content-type")) {
        put_once(details->content_type, sizeof(details->content_type), item->value);
    }
}

void http_details_add(struct weir_http_details *details, const struct http_item *item)
{
    switch (item->event) {
    case HTTP_REQUEST:
        weir_detail_count(&details->requests);
        if (details->requests == 1) {
            put_once(details->method, sizeof(details->method), item->method);
            put_once(details->uri, sizeof(details->uri), item->target);
            put_once(details->version, sizeof(details->version), item->version);
        }
        break;
    case HTTP_RESPONSE:
        if (item->status < 200 && item->status != 101) { /* interim: the response is to come */
            break;
        }
        weir_detail_count(&details->responses);
        details->status = details->responses == 1 ? item->status : details->status;
        details->last_status = item->status;
        if (item->status >= 400) {
            weir_detail_count(&details->errors);
        }
        put_once(details->version, sizeof(details->version), item->version);
        break;
    case HTTP_HEADER:
        add_header(details, item);
        break;
    case HTTP_HEADERS_END:
        details->authorization = details->authorization || item->authorized;
        break;
    case HTTP_PREFACE:
        weir_detail_text_put(details->version, sizeof(details->version), "2", 1);
        break;
    case HTTP_NOT:
        break;
    }
}
