/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_dns.h"

#define PORT_DNS        53
#define PORT_NETBIOS_NS 137
#define PORT_MDNS       5353
#define PORT_LLMNR      5355
#define HEADER_SIZE     12
#define COUNT_MAX       200 /* of questions or records of a section */
#define NAME_MAX_SIZE   255
#define LABEL_MAX_SIZE  63
#define OPCODE_DNS_MAX  5
#define OPCODE_NBNS_MAX 9  /* 5 registration ... 9 multi-homed registration */
#define NETBIOS_LABEL   32 /* sixteen bytes as letters A to P, two each */

struct message {
    bool response;
    uint8_t opcode;
    uint16_t counts[4]; /* questions, answers, authorities, additionals */
    struct weir_cursor body;
};

static bool is_port(const struct app_side *side, uint16_t port)
{
    return side->resp_port == port || (side->orig_port == port && side->resp_port != PORT_DNS);
}

static bool is_local_name_service(const struct app_side *side)
{
    return is_port(side, PORT_NETBIOS_NS) || is_port(side, PORT_MDNS) || is_port(side, PORT_LLMNR);
}

/* Reads the header: YES, MORE or NO. */
static enum app_claim read_header(struct weir_cursor cursor, struct message *out)
{
    uint16_t id = 0;
    uint16_t flags = 0;
    if (!weir_cursor_u16(&cursor, &id) || !weir_cursor_u16(&cursor, &flags)) {
        return APP_MORE;
    }
    out->response = (flags & 0x8000U) != 0;
    out->opcode = (uint8_t)(flags >> 11 & 0xfU);
    for (int i = 0; i < 4; i++) {
        if (!weir_cursor_u16(&cursor, &out->counts[i])) {
            return APP_MORE;
        }
        if (out->counts[i] > COUNT_MAX) {
            return APP_NO;
        }
    }
    out->body = cursor;
    return APP_YES;
}

/* Passes over a name; one may end in a pointer, a first name may not begin with one. */
static enum app_claim skip_name(struct weir_cursor *cursor)
{
    size_t size = 0;
    uint8_t label = 0;
    for (;;) {
        if (!weir_cursor_u8(cursor, &label)) {
            return APP_MORE;
        }
        if (label == 0) {
            return APP_YES;
        }
        if (label > LABEL_MAX_SIZE) {
            return label >= 0xc0 && size > 0 ? (weir_cursor_skip(cursor, 1) ? APP_YES : APP_MORE)
                                             : APP_NO;
        }
        size += (size_t)label + 1;
        if (size >= NAME_MAX_SIZE) {
            return APP_NO;
        }
        if (!weir_cursor_skip(cursor, label)) {
            return APP_MORE;
        }
    }
}

/* Name, type and class of what comes first. Zeros, as of an empty NTP request, would be the root's
 * name, type 0 and class 0. */
static enum app_claim read_first(struct message *message)
{
    uint16_t type = 0;
    uint16_t class = 0;
    const enum app_claim claim = skip_name(&message->body);
    if (claim != APP_YES) {
        return claim;
    }
    if (!weir_cursor_u16(&message->body, &type) || !weir_cursor_u16(&message->body, &class)) {
        return APP_MORE;
    }
    return type != 0 && class != 0 ? APP_YES : APP_NO;
}

/* Over TCP the message stands behind its length, and further ones may follow it. */
static enum app_claim enter_message(const struct app_side *side, struct weir_cursor *cursor,
                                    bool *whole)
{
    uint16_t size = 0;
    *cursor = app_side_cursor(side);
    *whole = side->udp;
    if (side->udp) {
        return APP_YES;
    }
    if (!weir_cursor_u16(cursor, &size)) {
        return APP_MORE;
    }
    if (size < HEADER_SIZE) {
        return APP_NO;
    }
    if (cursor->left >= size) {
        cursor->left = size;
        *whole = true;
    }
    return APP_YES;
}

/* A datagram that its server cut short may hold no more than the header. */
static enum app_claim dns(const struct app_side *side, bool *response)
{
    struct weir_cursor cursor;
    struct message message;
    bool whole = false;
    enum app_claim claim = enter_message(side, &cursor, &whole);
    if (claim == APP_YES) {
        claim = read_header(cursor, &message);
    }
    if (claim != APP_YES) {
        return claim;
    }
    *response = message.response;
    if (message.opcode > OPCODE_DNS_MAX || message.counts[0] > 1 ||
        (!message.response && message.counts[0] != 1)) {
        return APP_NO;
    }
    if (message.counts[0] == 0 && message.counts[1] == 0 && message.counts[2] == 0) {
        return message.body.left == 0 && side->udp ? APP_FITS : APP_NO;
    }
    claim = read_first(&message);
    return claim == APP_MORE && whole && !side->udp ? APP_NO : claim;
}

/* A flow may begin with an answer whose question went another way (reflected traffic). */
enum app_claim app_dns_orig(const struct app_side *side)
{
    bool response = false;
    if (side->udp && is_local_name_service(side)) {
        return APP_NO;
    }
    const enum app_claim claim = dns(side, &response);
    return response && !side->udp ? APP_NO : claim;
}

enum app_claim app_dns_resp(const struct app_side *side)
{
    bool response = true;
    if (side->udp && is_local_name_service(side)) {
        return APP_NO;
    }
    const enum app_claim claim = dns(side, &response);
    return response ? claim : APP_NO;
}

/* Any message of local name services: several questions, or records alone. */
static enum app_claim local_name(const struct app_side *side, uint8_t opcode_max)
{
    struct message message;
    const enum app_claim claim = read_header(app_side_cursor(side), &message);
    if (claim != APP_YES) {
        return claim;
    }
    const int first = message.counts[0] + message.counts[1] + message.counts[2];
    if (message.opcode > opcode_max || first + message.counts[3] == 0) {
        return APP_NO;
    }
    return read_first(&message);
}

enum app_claim app_dns_mdns(const struct app_side *side)
{
    return is_port(side, PORT_MDNS) ? local_name(side, 0) : APP_NO;
}

enum app_claim app_dns_llmnr(const struct app_side *side)
{
    return is_port(side, PORT_LLMNR) ? local_name(side, 0) : APP_NO;
}

enum app_claim app_dns_netbios_ns(const struct app_side *side)
{
    if (!is_port(side, PORT_NETBIOS_NS)) {
        return APP_NO;
    }
    const enum app_claim claim = local_name(side, OPCODE_NBNS_MAX);
    if (claim != APP_YES) {
        return claim;
    }
    if (side->bytes[HEADER_SIZE] != NETBIOS_LABEL) {
        return APP_NO;
    }
    for (size_t i = 1; i <= NETBIOS_LABEL; i++) {
        const uint8_t letter = side->bytes[HEADER_SIZE + i];
        if (letter < 'A' || letter > 'P') {
            return APP_NO;
        }
    }
    return APP_YES;
}
