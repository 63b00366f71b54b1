/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/packet.h"

#include "common/base/cursor.h"

#include "sensor/decode/ip_header.h"
#include "sensor/decode/link_header.h"
#include "sensor/decode/transport_header.h"

enum packet_result packet_decode(const struct captured_frame *frame, bool verify,
                                 struct packet *out)
{
    struct weir_cursor cursor = weir_cursor_over(frame->bytes, frame->captured_bytes);
    enum link_header_next next = LINK_HEADER_IP_ANY;
    *out = (struct packet){.time_us = frame->time_us,
                           .captured_bytes = frame->captured_bytes,
                           .wire_bytes = frame->wire_bytes};
    enum packet_result result = link_header_decode(&cursor, frame->link_type, out, &next);
    if (result != PACKET_OK) {
        return result;
    }
    if (cursor.left == 0) {
        return PACKET_SHORT;
    }
    if (next == LINK_HEADER_IP_ANY) {
        next = cursor.next[0] >> 4 == 6 ? LINK_HEADER_IPV6 : LINK_HEADER_IPV4;
    }
    const uint32_t link_bytes = frame->captured_bytes - (uint32_t)cursor.left;
    const uint32_t wire_left =
        frame->wire_bytes > link_bytes ? frame->wire_bytes - link_bytes : (uint32_t)cursor.left;
    if (next == LINK_HEADER_IPV6) {
        result = ip_header_decode_v6(&cursor, wire_left, out);
    } else {
        result = ip_header_decode_v4(&cursor, wire_left, verify, out);
    }
    if (result != PACKET_OK) {
        return result;
    }
    return transport_header_decode(cursor, verify, out);
}

const char *packet_result_name(enum packet_result result)
{
    static const char *const names[] = {
#define X(result, name, text) name,
        PACKET_RESULT_TABLE(X)
#undef X
    };
    return (unsigned)result < PACKET_RESULTS ? names[result] : NULL;
}

const char *packet_result_text(enum packet_result result)
{
    static const char *const texts[] = {
#define X(result, name, text) text,
        PACKET_RESULT_TABLE(X)
#undef X
    };
    return (unsigned)result < PACKET_RESULTS ? texts[result] : NULL;
}
