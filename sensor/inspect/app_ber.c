/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_ber.h"

#define TAG_INTEGER      0x02
#define TAG_OCTET_STRING 0x04
#define TAG_SEQUENCE     0x30
#define MESSAGE_MAX      (16U << 20) /* longer ones are not believed */
#define KERBEROS_VERSION 5

struct element {
    uint8_t tag;
    uint32_t size; /* of the content */
};

/* Reads tag and length: YES, MORE or NO. `within` is what the enclosing element still has room for;
 * the element is taken from it, its content included. */
static enum app_claim read_element(struct weir_cursor *cursor, uint32_t *within,
                                   struct element *out)
{
    struct weir_cursor probe = *cursor;
    uint8_t length = 0;
    if (!weir_cursor_u8(&probe, &out->tag) || !weir_cursor_u8(&probe, &length)) {
        return APP_MORE;
    }
    uint32_t header = 2;
    out->size = length;
    if (length >= 0x80) {
        const uint8_t count = length & 0x7fU;
        if (count == 0 || count > 4) {
            return APP_NO;
        }
        out->size = 0;
        for (uint8_t i = 0; i < count; i++) {
            uint8_t byte = 0;
            if (!weir_cursor_u8(&probe, &byte)) {
                return APP_MORE;
            }
            out->size = out->size << 8 | byte;
        }
        header += count;
    }
    if (out->size > MESSAGE_MAX || header + out->size > *within) {
        return APP_NO;
    }
    *within -= header + out->size;
    *cursor = probe;
    return APP_YES;
}

/* Reads a small INTEGER element with its value. */
static enum app_claim read_integer(struct weir_cursor *cursor, uint32_t *within, uint32_t *value)
{
    struct element element;
    const enum app_claim claim = read_element(cursor, within, &element);
    if (claim != APP_YES) {
        return claim;
    }
    if (element.tag != TAG_INTEGER || element.size == 0 || element.size > 4) {
        return APP_NO;
    }
    *value = 0;
    for (uint32_t i = 0; i < element.size; i++) {
        uint8_t byte = 0;
        if (!weir_cursor_u8(cursor, &byte)) {
            return APP_MORE;
        }
        *value = *value << 8 | byte;
    }
    return APP_YES;
}

/* The outermost SEQUENCE: of a datagram it is all of it. Leaves in *within the size of its
 * content. */
static enum app_claim enter_message(const struct app_side *side, struct weir_cursor *cursor,
                                    uint32_t *within)
{
    struct element message;
    uint32_t room = side->whole < MESSAGE_MAX ? (uint32_t)side->whole : MESSAGE_MAX;
    const enum app_claim claim = read_element(cursor, &room, &message);
    if (claim != APP_YES) {
        return claim;
    }
    if (message.tag != TAG_SEQUENCE || (side->udp && room != 0)) {
        return APP_NO;
    }
    *within = message.size;
    return APP_YES;
}

static enum app_claim ldap(const struct app_side *side, uint8_t low, uint8_t high)
{
    struct weir_cursor cursor = app_side_cursor(side);
    uint32_t within = 0;
    uint32_t id = 0;
    struct element operation;
    enum app_claim claim = enter_message(side, &cursor, &within);
    if (claim == APP_YES) {
        claim = read_integer(&cursor, &within, &id);
    }
    if (claim == APP_YES) {
        claim = read_element(&cursor, &within, &operation);
    }
    if (claim != APP_YES) {
        return claim;
    }
    if (operation.tag < low || operation.tag > high || id > INT32_MAX) {
        return APP_NO;
    }
    /* What may follow the operation is a list of controls, [0]. */
    return within == 0 || within >= 2 ? APP_YES : APP_NO;
}

enum app_claim app_ber_ldap_orig(const struct app_side *side)
{
    return ldap(side, 0x60, 0x77);
}

enum app_claim app_ber_ldap_resp(const struct app_side *side)
{
    return ldap(side, 0x61, 0x78);
}

/* [APPLICATION n] { SEQUENCE { [0] or [1] { INTEGER 5 }, ... } }, each filling the one around it
 * up to the version; over TCP behind its length. */
static enum app_claim kerberos(const struct app_side *side, uint8_t *message)
{
    struct weir_cursor cursor = app_side_cursor(side);
    uint32_t within = side->whole < MESSAGE_MAX ? (uint32_t)side->whole : MESSAGE_MAX;
    if (!side->udp && !weir_cursor_u32(&cursor, &within)) {
        return side->bytes[0] == 0 ? APP_MORE : APP_NO;
    }
    struct element element;
    enum app_claim claim = read_element(&cursor, &within, &element);
    if (claim != APP_YES || (element.tag & 0xe0U) != 0x60 || within != 0) {
        return claim == APP_YES ? APP_NO : claim;
    }
    *message = element.tag & 0x1fU;
    within = element.size;
    claim = read_element(&cursor, &within, &element);
    if (claim != APP_YES || element.tag != TAG_SEQUENCE || within != 0) {
        return claim == APP_YES ? APP_NO : claim;
    }
    within = element.size;
    claim = read_element(&cursor, &within, &element);
    if (claim != APP_YES || (element.tag != 0xa0 && element.tag != 0xa1) || element.size != 3) {
        return claim == APP_YES ? APP_NO : claim;
    }
    uint32_t version = 0;
    within = element.size;
    claim = read_integer(&cursor, &within, &version);
    return claim == APP_YES && version != KERBEROS_VERSION ? APP_NO : claim;
}

enum app_claim app_ber_kerberos_orig(const struct app_side *side)
{
    uint8_t message = 0;
    const enum app_claim claim = kerberos(side, &message);
    if (claim != APP_YES) {
        return claim;
    }
    return message == 10 || message == 12 || message == 14 ? APP_YES : APP_NO;
}

enum app_claim app_ber_kerberos_resp(const struct app_side *side)
{
    uint8_t message = 0;
    const enum app_claim claim = kerberos(side, &message);
    if (claim != APP_YES) {
        return claim;
    }
    return message == 11 || message == 13 || message == 15 || message == 30 ? APP_YES : APP_NO;
}

enum app_claim app_ber_snmp(const struct app_side *side)
{
    struct weir_cursor cursor = app_side_cursor(side);
    uint32_t within = 0;
    uint32_t version = 0;
    struct element element;
    enum app_claim claim = enter_message(side, &cursor, &within);
    if (claim == APP_YES) {
        claim = read_integer(&cursor, &within, &version);
    }
    if (claim == APP_YES) {
        claim = read_element(&cursor, &within, &element);
    }
    if (claim != APP_YES) {
        return claim;
    }
    if (version == 3) { /* global data: a message id first */
        uint32_t id = 0;
        uint32_t inside = element.size;
        return element.tag == TAG_SEQUENCE ? read_integer(&cursor, &inside, &id) : APP_NO;
    }
    if (version > 1 || element.tag != TAG_OCTET_STRING) {
        return APP_NO;
    }
    if (!weir_cursor_skip(&cursor, element.size)) {
        return APP_MORE;
    }
    claim = read_element(&cursor, &within, &element);
    const bool is_pdu = element.tag >= 0xa0 && element.tag <= 0xa8 && within == 0;
    return claim == APP_YES && !is_pdu ? APP_NO : claim;
}
