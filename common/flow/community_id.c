/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/community_id.h"

#include <endian.h>
#include <nettle/sha1.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define INPUT_MAX (2 + 16 + 16 + 2 + 2 + 2) /* seed, addresses, protocol and pad, ports */

struct icmp_pair { /* a message type and the type that answers it */
    uint8_t ask, answer;
};

static const struct icmp_pair icmp4_pairs[] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
static const struct icmp_pair icmp6_pairs[] = {{128, 129}, {133, 134}, {135, 136},
                                               {130, 131}, {139, 140}, {144, 145}};

/* The type that answers `type`, or is answered by it. False for a one-way message. */
static bool icmp_counterpart(uint8_t proto, uint16_t type, uint16_t *out)
{
    const bool v4 = proto == WEIR_PROTO_ICMP;
    const struct icmp_pair *pairs = v4 ? icmp4_pairs : icmp6_pairs;
    const size_t count = v4 ? sizeof(icmp4_pairs) / sizeof(icmp4_pairs[0])
                            : sizeof(icmp6_pairs) / sizeof(icmp6_pairs[0]);
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].ask == type || pairs[i].answer == type) {
            *out = pairs[i].ask == type ? pairs[i].answer : pairs[i].ask;
            return true;
        }
    }
    return false;
}

static size_t put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return 2;
}

static size_t put_address(uint8_t *at, const struct weir_address *address)
{
    memcpy(at, address->bytes, address->size);
    return address->size;
}

/* Standard base64 of the twenty bytes: six groups of three and one of two with padding. */
static void put_base64(const uint8_t digest[SHA1_DIGEST_SIZE], char *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < SHA1_DIGEST_SIZE; i += 3) {
        const bool whole = i + 2 < SHA1_DIGEST_SIZE;
        const uint32_t group =
            (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | (whole ? digest[i + 2] : 0U);
        *out++ = letters[group >> 18];
        *out++ = letters[group >> 12 & 63];
        *out++ = letters[group >> 6 & 63];
        *out++ = whole ? letters[group & 63] : '=';
    }
    *out = '\0';
}

/* SHA-1 of at most 55 bytes, which is one block: padded here, because the library's own padding
 * goes byte by byte and costs more than the hash. */
static void hash_input(const uint8_t *input, size_t size, uint8_t digest[SHA1_DIGEST_SIZE])
{
    _Static_assert(INPUT_MAX <= SHA1_BLOCK_SIZE - 9, "the input and its padding fit one block");
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t block[SHA1_BLOCK_SIZE] = {0};
    memcpy(block, input, size);
    block[size] = 0x80;
    (void)put_u16(block + SHA1_BLOCK_SIZE - 2, (uint16_t)(size * 8));
    nettle_sha1_compress(state, block);
    for (size_t i = 0; i < SHA1_DIGEST_SIZE / 4; i++) {
        const uint32_t big = htobe32(state[i]);
        memcpy(digest + i * 4, &big, sizeof(big));
    }
}

void weir_community_id(uint16_t seed, uint8_t proto, const struct weir_flow_side *orig,
                       const struct weir_flow_side *resp, char out[WEIR_COMMUNITY_ID_SIZE])
{
    const uint16_t orig_port = orig->port;
    uint16_t resp_port = resp->port;
    const bool icmp = proto == WEIR_PROTO_ICMP || proto == WEIR_PROTO_ICMPV6;
    const bool ports =
        icmp || proto == WEIR_PROTO_TCP || proto == WEIR_PROTO_UDP || proto == WEIR_PROTO_SCTP;
    const bool one_way = icmp && !icmp_counterpart(proto, orig_port, &resp_port);

    const int order = weir_address_compare(&orig->address, &resp->address);
    const bool swap = !one_way && (order > 0 || (order == 0 && ports && orig_port > resp_port));

    uint8_t input[INPUT_MAX];
    size_t size = put_u16(input, seed);
    size += put_address(input + size, swap ? &resp->address : &orig->address);
    size += put_address(input + size, swap ? &orig->address : &resp->address);
    input[size++] = proto;
    input[size++] = 0;
    if (ports) {
        size += put_u16(input + size, swap ? resp_port : orig_port);
        size += put_u16(input + size, swap ? orig_port : resp_port);
    }

    uint8_t digest[SHA1_DIGEST_SIZE];
    hash_input(input, size, digest);
    memcpy(out, "1:", 2);
    put_base64(digest, out + 2);
}

void weir_community_id_fill(uint16_t seed, struct weir_flow_record *record)
{
    if (record->community_id[0] == '\0') {
        weir_community_id(seed, record->proto, &record->orig, &record->resp, record->community_id);
    }
}
