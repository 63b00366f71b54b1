/* SPDX-License-Identifier: Apache-2.0
 *
 * Fixed headers are taken from the cursor as one block and then indexed within it: one bounds
 * check a header, which is what keeps this within its share of the metering budget.
 */
#include "sensor/decode/ip_header.h"

#include <string.h>

#include "common/flow/header_stack.h"

#include "sensor/decode/checksum.h"

enum {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_AUTHENTICATION = 51,
    NEXT_NONE = 59,
    NEXT_DESTINATION = 60,
};

#define EXTENSIONS_MAX 16 /* RFC 8200 names seven at most in one packet */

static uint16_t u16_at(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

/* From here on *bytes holds at most the payload_bytes that the header promises. */
static void bound_payload(struct weir_cursor *bytes, uint32_t payload_bytes, struct packet *out)
{
    if (bytes->left > payload_bytes) {
        bytes->left = payload_bytes;
    } else if (bytes->left < payload_bytes) {
        out->flags |= PACKET_TRUNCATED;
    }
    out->ip_payload_bytes = payload_bytes;
}

enum {
    OPTION_END = 0,
    OPTION_NOP = 1,
};

/* Whether each option lies within the header. */
static bool options_fit(const uint8_t *options, uint32_t size)
{
    uint32_t at = 0;
    while (at < size && options[at] != OPTION_END) {
        if (options[at] == OPTION_NOP) {
            at++;
            continue;
        }
        if (at + 1 >= size || options[at + 1] < 2 || options[at + 1] > size - at) {
            return false;
        }
        at += options[at + 1];
    }
    return true;
}

/* The flags and offset field: DF, MF, the bit that must be 0. */
static void fragment_field(unsigned field, struct packet *out)
{
    out->fragment_offset = (uint16_t)((field & 0x1fffU) * 8U);
    out->flags |= (field & 0x4000U) != 0 ? PACKET_DONT_FRAGMENT : 0;
    out->flags |= (field & 0x8000U) != 0 ? PACKET_RESERVED_BIT : 0;
    if ((field & 0x3fffU) != 0) {
        out->flags |= PACKET_IS_FRAGMENT;
        out->flags |= (field & 0x2000U) != 0 ? PACKET_MORE : 0;
    }
}

enum packet_result ip_header_decode_v4(struct weir_cursor *packet_bytes, uint32_t wire_left,
                                       bool verify, struct packet *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(packet_bytes, 20, &at)) {
        return PACKET_SHORT;
    }
    if (at[0] >> 4 != 4) {
        return PACKET_BAD_VERSION;
    }
    uint32_t header_bytes = (at[0] & 0x0fU) * 4U;
    uint32_t total_bytes = u16_at(at + 2);
    if (total_bytes == 0) {
        total_bytes = wire_left;
        out->flags |= PACKET_DERIVED_TOTAL;
    }
    if (header_bytes < 20) {
        header_bytes = 20;
        out->flags |= PACKET_SHORT_IP_HEADER;
    }
    if (total_bytes < header_bytes) {
        return PACKET_BAD_LENGTH;
    }
    if (header_bytes > 20) {
        if (!weir_cursor_skip(packet_bytes, header_bytes - 20)) {
            return PACKET_SHORT;
        }
        out->flags |= PACKET_IP_OPTIONS;
        out->flags |= options_fit(at + 20, header_bytes - 20) ? 0 : PACKET_BAD_IP_OPTIONS;
    }
    out->header_stack = weir_header_stack_push(out->header_stack, WEIR_HEADER_IPV4);
    out->ip_version = 4;
    out->tos = at[1];
    out->ip_total_bytes = total_bytes;
    out->flags |= total_bytes > wire_left ? PACKET_PAST_FRAME : 0;
    out->ip_id = u16_at(at + 4);
    if ((at[6] | at[7]) != 0) {
        fragment_field(u16_at(at + 6), out);
    }
    out->ttl = at[8];
    out->protocol = at[9];
    out->fragment_protocol = at[9];
    memcpy(out->source.bytes, at + 12, 4);
    out->source.size = 4;
    memcpy(out->destination.bytes, at + 16, 4);
    out->destination.size = 4;
    if (verify && checksum_add(0, at, header_bytes) != CHECKSUM_GOOD) {
        out->flags |= PACKET_BAD_IP_CHECKSUM;
    }
    bound_payload(packet_bytes, total_bytes - header_bytes, out);
    return PACKET_OK;
}

/* Why a read within the IP payload failed: the capture ends, or the header promised too little. */
static enum packet_result cut(const struct packet *out)
{
    return (out->flags & PACKET_TRUNCATED) != 0 ? PACKET_SHORT : PACKET_BAD_LENGTH;
}

/* Reads a fragment header whose first two bytes are at[0], at[1]; true when the rest of the packet
 * is the middle of a datagram and holds no more headers. */
static bool fragment_header_decode(const uint8_t *at, struct packet *out)
{
    const unsigned field = u16_at(at + 2);
    out->ip_id = ((uint32_t)u16_at(at + 4) << 16) | u16_at(at + 6);
    out->fragment_offset = (uint16_t)(field & 0xfff8U);
    out->fragment_protocol = at[0];
    if ((field & 0xfff9U) != 0) {
        out->flags |= PACKET_IS_FRAGMENT;
        out->flags |= (field & 1U) != 0 ? PACKET_MORE : 0;
    }
    return out->fragment_offset != 0;
}

/* Walks the extension headers from the one that `next` names to the transport protocol. */
static enum packet_result extensions_decode(struct weir_cursor *bytes, uint8_t next,
                                            struct packet *out)
{
    bool in_datagram = false; /* past a fragment header */
    for (int headers = 0; headers < EXTENSIONS_MAX; headers++) {
        if (next != NEXT_HOP_BY_HOP && next != NEXT_ROUTING && next != NEXT_FRAGMENT &&
            next != NEXT_AUTHENTICATION && next != NEXT_DESTINATION) {
            out->protocol = next;
            return PACKET_OK;
        }
        const uint8_t *at = NULL;
        if (!weir_cursor_bytes(bytes, 8, &at)) {
            return cut(out);
        }
        uint32_t size = 8;
        if (next == NEXT_AUTHENTICATION) {
            size = (at[1] + 2U) * 4U;
        } else if (next != NEXT_FRAGMENT) {
            size = (at[1] + 1U) * 8U;
        }
        if (size > out->ip_payload_bytes) {
            return PACKET_BAD_LENGTH;
        }
        if (size > 8 && !weir_cursor_skip(bytes, size - 8)) {
            return cut(out);
        }
        out->ip_payload_bytes -= size;
        out->flags |= PACKET_IP_OPTIONS;
        out->header_stack = weir_header_stack_push(out->header_stack, WEIR_HEADER_EXTENSION);
        out->fragment_skip = (uint16_t)(out->fragment_skip + (in_datagram ? size : 0));
        if (next == NEXT_FRAGMENT) {
            in_datagram = true;
            out->fragment_skip = 0;
            if (fragment_header_decode(at, out)) {
                out->protocol = at[0];
                return PACKET_OK;
            }
        }
        next = at[0];
    }
    return PACKET_TOO_DEEP;
}

enum packet_result ip_header_decode_v6(struct weir_cursor *packet_bytes, uint32_t wire_left,
                                       struct packet *out)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(packet_bytes, 40, &at)) {
        return PACKET_SHORT;
    }
    if (at[0] >> 4 != 6) {
        return PACKET_BAD_VERSION;
    }
    uint32_t payload_bytes = u16_at(at + 4);
    if (payload_bytes == 0 && at[6] != NEXT_NONE && wire_left >= 40) {
        payload_bytes = wire_left - 40; /* offload, or a jumbogram */
        out->flags |= PACKET_DERIVED_TOTAL;
    }
    out->header_stack = weir_header_stack_push(out->header_stack, WEIR_HEADER_IPV6);
    out->ip_version = 6;
    out->tos = (uint8_t)((at[0] << 4) | (at[1] >> 4));
    out->ttl = at[7];
    out->ip_total_bytes = 40 + payload_bytes;
    out->flags |= out->ip_total_bytes > wire_left ? PACKET_PAST_FRAME : 0;
    memcpy(out->source.bytes, at + 8, 16);
    out->source.size = 16;
    memcpy(out->destination.bytes, at + 24, 16);
    out->destination.size = 16;
    bound_payload(packet_bytes, payload_bytes, out);
    return extensions_decode(packet_bytes, at[6], out);
}
