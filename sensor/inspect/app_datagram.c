/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_datagram.h"

#include <string.h>
#include <strings.h>

#define PORT_NTP             123
#define QUIC_DATAGRAM_MIN    1200
#define QUIC_ID_MAX          20
#define QUIC_VERSION_1       1U
#define QUIC_VERSION_2       0x6b3343cfU
#define QUIC_DRAFT           0xff0000U /* upper 24 bits of every draft's version */
#define NTP_SIZE             48
#define NTP_STRATUM_MAX      16
#define NTP_POLL_MAX         17
#define NTP_CONTROL          6
#define NTP_PRIVATE          7
#define NTP_CONTROL_SIZE     12
#define NTP_PRIVATE_SIZE     8
#define DHCP_COOKIE_AT       236
#define STUN_SIZE            20
#define STUN_COOKIE          "\x21\x12\xa4\x42"
#define RADIUS_SIZE          20
#define RADIUS_MAX           4096
#define WIREGUARD_INITIATION 148
#define WIREGUARD_RESPONSE   92
#define OPENVPN_RESET_V2     0x38 /* operation 7, key 0 */
#define OPENVPN_RESET_V3     0x50
#define OPENVPN_PLAIN        14 /* operation, session, no acknowledgement, packet 0 */
#define OPENVPN_HMAC_SHA1    42
#define OPENVPN_HMAC_SHA256  54
#define OPENVPN_HMAC_SHA512  86
#define OPENVPN_CRYPT        54
#define OPENVPN_TCP_MAX      1022 /* a longer packet is not a first one */
#define PORT_IKE_NAT         4500
#define IKE_SIZE             28
#define ISAKMP_1             0x10
#define IKE_2                0x20

static uint16_t u16_at(const struct app_side *side, size_t at)
{
    return (uint16_t)(side->bytes[at] << 8 | side->bytes[at + 1]);
}

static uint32_t u32_at(const struct app_side *side, size_t at)
{
    return (uint32_t)u16_at(side, at) << 16 | u16_at(side, at + 2);
}

/* The long header: YES with a version that is known, HALF with another. */
static enum app_claim quic_long_header(const struct app_side *side)
{
    if (side->size < 7 || (side->bytes[0] & 0x80U) == 0) {
        return APP_NO;
    }
    const uint32_t version = u32_at(side, 1);
    const size_t destination = side->bytes[5];
    if (destination > QUIC_ID_MAX || 6 + destination >= side->size ||
        side->bytes[6 + destination] > QUIC_ID_MAX) {
        return APP_NO;
    }
    const bool known =
        version == QUIC_VERSION_1 || version == QUIC_VERSION_2 || version >> 8 == QUIC_DRAFT;
    return known && (side->bytes[0] & 0x40U) != 0 ? APP_YES : APP_HALF;
}

enum app_claim app_datagram_quic_orig(const struct app_side *side)
{
    return side->whole >= QUIC_DATAGRAM_MIN && quic_long_header(side) == APP_YES ? APP_YES : APP_NO;
}

/* A server may answer with the versions it knows. */
enum app_claim app_datagram_quic_resp(const struct app_side *side)
{
    return quic_long_header(side);
}

/* The messages by which a server is asked about itself. */
static enum app_claim ntp_query(const struct app_side *side, uint8_t mode)
{
    if (mode == NTP_CONTROL) {
        return side->whole >= NTP_CONTROL_SIZE && side->size >= NTP_CONTROL_SIZE &&
                       side->whole >= NTP_CONTROL_SIZE + (size_t)u16_at(side, 10)
                   ? APP_YES
                   : APP_NO;
    }
    /* Implementation 0 (any), 2 or 3 (the daemon); the items, of a size with four free bits. */
    return side->size >= NTP_PRIVATE_SIZE && side->bytes[2] <= 3 && (side->bytes[6] & 0xf0U) == 0
               ? APP_YES
               : APP_NO;
}

/* Off its port the clock must also be one: precision finer than a second, dispersion below
 * 16 s, a transmit time. */
static bool ntp_is_clock(const struct app_side *side)
{
    const uint8_t *bytes = side->bytes;
    return bytes[2] <= NTP_POLL_MAX && (bytes[3] >= 0xe0 || bytes[3] == 0) &&
           u16_at(side, 4) < 16 && u16_at(side, 8) <= 16 && u32_at(side, 40) != 0;
}

enum app_claim app_datagram_ntp(const struct app_side *side)
{
    const unsigned version = side->bytes[0] >> 3 & 7U;
    const uint8_t mode = side->bytes[0] & 7U;
    const bool on_port = app_side_has_port(side, PORT_NTP);
    if (version < 1 || version > 4 || mode == 0) {
        return APP_NO;
    }
    if (mode == NTP_CONTROL || mode == NTP_PRIVATE) {
        return on_port ? ntp_query(side, mode) : APP_NO;
    }
    if (side->size < NTP_SIZE || side->whole % 4 != 0 || side->bytes[1] > NTP_STRATUM_MAX) {
        return APP_NO;
    }
    return on_port || ntp_is_clock(side) ? APP_YES : APP_NO;
}

enum app_claim app_datagram_dhcp(const struct app_side *side)
{
    if (side->size < DHCP_COOKIE_AT + 4 || side->bytes[0] < 1 || side->bytes[0] > 2 ||
        side->bytes[2] > 16) {
        return APP_NO;
    }
    return app_pattern_bytes(side, DHCP_COOKIE_AT, "\x63\x82\x53\x63", 4);
}

enum app_claim app_datagram_tftp_orig(const struct app_side *side)
{
    static const char *const modes[] = {"octet", "netascii"};
    const char *bytes = (const char *)side->bytes;
    if (side->size < 4 || bytes[0] != 0 || bytes[1] < 1 || bytes[1] > 2) {
        return APP_NO;
    }
    const char *name_end = memchr(bytes + 2, 0, side->size - 2);
    if (name_end == NULL || name_end == bytes + 2) {
        return APP_NO;
    }
    const char *mode = name_end + 1;
    const size_t left = side->size - (size_t)(mode - bytes);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        const size_t size = strlen(modes[i]) + 1;
        if (left >= size && mode[size - 1] == 0 && strncasecmp(mode, modes[i], size) == 0) {
            return APP_YES;
        }
    }
    return APP_NO;
}

enum app_claim app_datagram_tftp_resp(const struct app_side *side)
{
    return side->size >= 4 && side->bytes[0] == 0 && side->bytes[1] >= 3 && side->bytes[1] <= 6
               ? APP_FITS
               : APP_NO;
}

/* Before it had a cookie: a binding request, or its answer with a first attribute of 1 to 11. */
static bool is_classic_stun(const struct app_side *side)
{
    const uint16_t type = u16_at(side, 0);
    const bool binding = type == 0x0001 || type == 0x0101 || type == 0x0111;
    const bool attribute = side->size >= STUN_SIZE + 4 && u16_at(side, STUN_SIZE) >= 1 &&
                           u16_at(side, STUN_SIZE) <= 11 &&
                           STUN_SIZE + 4 + (size_t)u16_at(side, STUN_SIZE + 2) <= side->whole;
    return binding && (side->whole == STUN_SIZE || attribute);
}

enum app_claim app_datagram_stun(const struct app_side *side)
{
    if (side->size < STUN_SIZE) {
        return side->size >= 8
                   ? app_pattern_bytes(side, 4, STUN_COOKIE, 4) == APP_YES ? APP_MORE : APP_NO
                   : APP_MORE;
    }
    const size_t message = STUN_SIZE + (size_t)u16_at(side, 2);
    const bool fits = side->udp ? message == side->whole : message >= STUN_SIZE;
    if (side->bytes[0] >= 0x40 || message % 4 != 0 || !fits) {
        return APP_NO;
    }
    return side->udp && is_classic_stun(side) ? APP_YES
                                              : app_pattern_bytes(side, 4, STUN_COOKIE, 4);
}

/* Requests, their answers, accounting, status, disconnect and change of authorization. */
static bool is_radius_code(uint8_t code)
{
    return (code >= 1 && code <= 5) || (code >= 11 && code <= 13) || (code >= 40 && code <= 45);
}

/* The attributes must fill the datagram. Of one cut at the head's end those seen must be whole. */
enum app_claim app_datagram_radius(const struct app_side *side)
{
    if (side->size < RADIUS_SIZE || !is_radius_code(side->bytes[0]) || side->whole > RADIUS_MAX ||
        u16_at(side, 2) != side->whole) {
        return APP_NO;
    }
    size_t at = RADIUS_SIZE;
    while (at + 2 <= side->size) {
        const uint8_t length = side->bytes[at + 1];
        if (side->bytes[at] == 0 || length < 2) {
            return APP_NO;
        }
        at += length;
    }
    return at == side->whole || side->size < side->whole ? APP_YES : APP_NO;
}

enum app_claim app_datagram_wireguard(const struct app_side *side)
{
    static const uint8_t initiation[4] = {1};
    static const uint8_t response[4] = {2};
    if (side->size < 4) {
        return APP_NO;
    }
    if (side->whole == WIREGUARD_INITIATION) {
        return memcmp(side->bytes, initiation, 4) == 0 ? APP_YES : APP_NO;
    }
    return side->whole == WIREGUARD_RESPONSE && memcmp(side->bytes, response, 4) == 0 ? APP_YES
                                                                                      : APP_NO;
}

/* The packet count of replay protection is the first: 1. */
static bool openvpn_first(const struct app_side *side, size_t at)
{
    return side->size >= at + 4 && u32_at(side, at) == 1;
}

/* A client's first packet: bare, signed with one of three digests (no acknowledgement and packet
 * number 0 at its end), or encrypted. */
static bool openvpn_reset(const struct app_side *side, size_t whole)
{
    static const uint8_t end[5] = {0};
    if (side->bytes[0] == OPENVPN_RESET_V3) {
        return whole > OPENVPN_CRYPT && openvpn_first(side, 9);
    }
    if (whole == OPENVPN_CRYPT && openvpn_first(side, 9)) {
        return true;
    }
    if (side->size < whole || whole < OPENVPN_PLAIN ||
        memcmp(side->bytes + whole - 5, end, 5) != 0) {
        return false;
    }
    return whole == OPENVPN_PLAIN || ((whole == OPENVPN_HMAC_SHA1 || whole == OPENVPN_HMAC_SHA256 ||
                                       whole == OPENVPN_HMAC_SHA512) &&
                                      openvpn_first(side, whole - 13));
}

/* Over TCP a packet stands behind its length. */
enum app_claim app_datagram_openvpn(const struct app_side *side)
{
    struct app_side packet = *side;
    size_t whole = side->whole;
    if (!side->udp) {
        if (side->size < 3) {
            return APP_MORE;
        }
        whole = u16_at(side, 0);
        packet.bytes += 2;
        packet.size -= 2;
    }
    if (packet.bytes[0] != OPENVPN_RESET_V2 && packet.bytes[0] != OPENVPN_RESET_V3) {
        return APP_NO;
    }
    if (!side->udp && packet.size < whole && packet.size < OPENVPN_HMAC_SHA512) {
        return whole <= OPENVPN_TCP_MAX ? APP_MORE : APP_NO;
    }
    return openvpn_reset(&packet, whole) ? APP_YES : APP_NO;
}

/* Behind a NAT four zero bytes tell IKE from what it has negotiated. */
enum app_claim app_datagram_ike(const struct app_side *side)
{
    static const uint8_t none[4] = {0};
    struct app_side message = *side;
    if (app_side_has_port(side, PORT_IKE_NAT) && side->size > 4 &&
        memcmp(side->bytes, none, 4) == 0) {
        message.bytes += 4;
        message.size -= 4;
        message.whole -= 4;
    }
    if (message.size < IKE_SIZE || u32_at(&message, 24) != message.whole) {
        return APP_NO;
    }
    const uint8_t exchange = message.bytes[18];
    switch (message.bytes[17]) {
    case ISAKMP_1:
        return (exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33 ? APP_YES
                                                                                    : APP_NO;
    case IKE_2:
        return exchange >= 34 && exchange <= 37 ? APP_YES : APP_NO;
    default:
        return APP_NO;
    }
}
