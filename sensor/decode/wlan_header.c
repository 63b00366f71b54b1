/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/wlan_header.h"

#include <string.h>

#include "common/flow/header_stack.h"

/* Radiotap: which fields are there, and the one byte that says how the 802.11 frame was stored. */
#define PRESENT_TIME  0x00000001U /* 8 bytes, aligned to 8 */
#define PRESENT_FLAGS 0x00000002U
#define PRESENT_MORE  0x80000000U
#define FLAG_CHECK    0x10U /* four bytes of check sequence at the end */
#define FLAG_PAD      0x20U /* the 802.11 header is padded to a multiple of four */
#define FLAG_DAMAGED  0x40U /* the check sequence was wrong */
#define CHECK_BYTES   4U

#define PRESENT_WORDS_MAX 8

/* 802.11: frame control, first and second byte */
#define KIND_MASK    0x0fU /* version and type */
#define KIND_DATA    0x08U
#define SUBTYPE_NULL 0x40U
#define SUBTYPE_QOS  0x80U
#define TO_SYSTEM    0x01U
#define FROM_SYSTEM  0x02U
#define MORE_PARTS   0x04U
#define PROTECTED    0x40U
#define HAS_HT       0x80U /* only of QoS frames */
#define QOS_SEVERAL  0x80U /* first byte of QoS control: A-MSDU */

static uint32_t le32_at(const uint8_t *at)
{
    return (uint32_t)at[0] | ((uint32_t)at[1] << 8) | ((uint32_t)at[2] << 16) |
           ((uint32_t)at[3] << 24);
}

static enum packet_result radiotap_decode(struct weir_cursor *frame, uint8_t *flags)
{
    if (frame->left < 8) {
        return PACKET_SHORT;
    }
    const uint8_t *at = frame->next;
    const size_t size = (size_t)at[2] | ((size_t)at[3] << 8);
    if (at[0] != 0 || size < 8) {
        return PACKET_BAD_LENGTH;
    }
    if (!weir_cursor_skip(frame, size)) {
        return PACKET_SHORT;
    }
    const uint32_t present = le32_at(at + 4);
    size_t field = 8;
    uint32_t word = present;
    for (int words = 1; (word & PRESENT_MORE) != 0; words++) {
        if (words == PRESENT_WORDS_MAX || field + 4 > size) {
            return PACKET_BAD_LENGTH;
        }
        word = le32_at(at + field);
        field += 4;
    }
    if ((present & PRESENT_TIME) != 0) {
        field = ((field + 7U) & ~(size_t)7U) + 8U;
    }
    if ((present & PRESENT_FLAGS) != 0 && field < size) {
        *flags = at[field];
    }
    return PACKET_OK;
}

/* Where sender and receiver stand depends on who relays the frame; the fourth address is there only
 * between two access points. */
static void set_addresses(const uint8_t *header, const uint8_t *fourth, uint8_t control,
                          struct packet *out)
{
    const uint8_t *source = header + 10;
    if (fourth != NULL) {
        source = fourth;
    } else if ((control & FROM_SYSTEM) != 0) {
        source = header + 16;
    }
    memcpy(out->source_mac, source, 6);
    memcpy(out->destination_mac, (control & TO_SYSTEM) != 0 ? header + 16 : header + 4, 6);
    out->flags |= PACKET_HAS_MAC;
    out->header_stack = weir_header_stack_push(out->header_stack, WEIR_HEADER_WLAN);
}

/* Past the QoS fields, to where the content begins. */
static enum packet_result quality_decode(struct weir_cursor *frame, uint8_t control)
{
    const uint8_t *at = NULL;
    if (!weir_cursor_bytes(frame, 2, &at) ||
        ((control & HAS_HT) != 0 && !weir_cursor_skip(frame, 4))) {
        return PACKET_SHORT;
    }
    return (at[0] & QOS_SEVERAL) != 0 ? PACKET_NOT_IP : PACKET_OK;
}

static enum packet_result data_frame_decode(struct weir_cursor *frame, bool padded,
                                            struct packet *out)
{
    const size_t whole = frame->left;
    const uint8_t *header = NULL;
    const uint8_t *fourth = NULL;
    if (frame->left < 2) {
        return PACKET_SHORT;
    }
    const uint8_t type = frame->next[0];
    const uint8_t control = frame->next[1];
    if ((type & KIND_MASK) != KIND_DATA) {
        return PACKET_NOT_IP;
    }
    const bool relayed = (control & TO_SYSTEM) != 0 && (control & FROM_SYSTEM) != 0;
    if (!weir_cursor_bytes(frame, 24, &header) ||
        (relayed && !weir_cursor_bytes(frame, 6, &fourth))) {
        return PACKET_SHORT;
    }
    set_addresses(header, fourth, control, out);
    const unsigned part = header[22] & 0x0fU;
    if ((type & SUBTYPE_NULL) != 0 || part != 0 || (control & MORE_PARTS) != 0) {
        return PACKET_NOT_IP;
    }
    if ((control & PROTECTED) != 0) {
        return PACKET_PROTECTED;
    }
    if ((type & SUBTYPE_QOS) != 0) {
        const enum packet_result result = quality_decode(frame, control);
        if (result != PACKET_OK) {
            return result;
        }
    }
    const size_t beyond = (whole - frame->left) % 4;
    if (padded && beyond != 0 && !weir_cursor_skip(frame, 4 - beyond)) {
        return PACKET_SHORT;
    }
    return PACKET_OK;
}

enum packet_result wlan_header_decode(struct weir_cursor *frame, bool radiotap, struct packet *out)
{
    uint8_t flags = 0;
    if (radiotap) {
        const enum packet_result result = radiotap_decode(frame, &flags);
        if (result != PACKET_OK) {
            return result;
        }
        out->header_stack = weir_header_stack_push(out->header_stack, WEIR_HEADER_RADIOTAP);
    }
    if ((flags & FLAG_DAMAGED) != 0) {
        return PACKET_NOT_IP;
    }
    if ((flags & FLAG_CHECK) != 0) { /* of a frame that was cut, it was cut first */
        const uint32_t cut = out->wire_bytes - out->captured_bytes;
        const size_t check = cut < CHECK_BYTES ? CHECK_BYTES - cut : 0;
        frame->left = frame->left > check ? frame->left - check : 0;
        out->link_trailer_bytes = CHECK_BYTES;
    }
    return data_frame_decode(frame, (flags & FLAG_PAD) != 0, out);
}
