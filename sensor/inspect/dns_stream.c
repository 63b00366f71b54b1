/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dns_stream.h"

#include <string.h>

#define PREFIX_SIZE 2

/* Moves what the payload has of the message; true when it is whole. */
static bool take_message(struct dns_stream *stream, struct weir_cursor *payload,
                         struct weir_cursor *out)
{
    const size_t missing = (size_t)(stream->length - stream->taken);
    const size_t count = payload->left < missing ? payload->left : missing;
    if (stream->taken == 0 && count == missing) {
        const size_t shown = count < DNS_STREAM_KEPT ? count : DNS_STREAM_KEPT;
        *out = weir_cursor_over(payload->next, shown);
        (void)weir_cursor_skip(payload, count);
        return true;
    }
    if (stream->taken < DNS_STREAM_KEPT) {
        const size_t room = (size_t)(DNS_STREAM_KEPT - stream->taken);
        memcpy(stream->message + stream->taken, payload->next, count < room ? count : room);
    }
    (void)weir_cursor_skip(payload, count);
    stream->taken = (uint16_t)(stream->taken + count);
    *out = weir_cursor_over(stream->message,
                            stream->length < DNS_STREAM_KEPT ? stream->length : DNS_STREAM_KEPT);
    return stream->taken == stream->length;
}

bool dns_stream_next(struct dns_stream *stream, struct weir_cursor *payload,
                     struct weir_cursor *out)
{
    uint8_t byte = 0;
    while (payload->left > 0) {
        if (stream->prefix < PREFIX_SIZE) {
            (void)weir_cursor_u8(payload, &byte);
            stream->length = (uint16_t)(stream->length << 8 | byte);
            stream->prefix++;
            continue;
        }
        struct weir_cursor message = {0};
        const bool whole = stream->length == 0 || take_message(stream, payload, &message);
        if (whole) {
            const bool given = stream->length > 0;
            stream->length = 0;
            stream->taken = 0;
            stream->prefix = 0;
            if (given) {
                *out = message;
                return true;
            }
        }
    }
    return false;
}
