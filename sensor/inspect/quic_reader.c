/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/quic_reader.h"

#include <string.h>

#include "common/base/cursor.h"

#include "sensor/inspect/digest.h"
#include "sensor/inspect/quic_varint.h"
#include "sensor/inspect/tls_details.h"

#define HEADER_LONG   0x80U
#define HEADER_FIXED  0x40U
#define SAMPLE_OFFSET 4U /* from the packet number's first byte */
#define SAMPLE_SIZE   16U
#define NUMBER_MAX    4U
#define CLIENT_HELLO  1U
#define PACKETS_MAX   4U /* in a datagram; each costs microseconds, a client sends two */
#define SALT_SIZE     20U

struct version { /* what differs between versions */
    uint32_t number;
    uint8_t initial, retry; /* values of the type bits */
    const char *key_label, *iv_label, *mask_label;
    uint8_t salt[SALT_SIZE];
};

static const struct version versions[] = {
    {0x00000001U, 0, 3, "quic key", "quic iv", "quic hp", {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34,
                                                           0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
                                                           0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a}},
    {0x6b3343cfU, 1, 0, "quicv2 key", "quicv2 iv", "quicv2 hp", {0x0d, 0xed, 0xe3, 0xde, 0xf7,
                                                                 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                                                 0x81, 0xbe, 0x6e, 0x26, 0x9d,
                                                                 0xcb, 0xf9, 0xbd, 0x2e, 0xd9}},
};

struct keys {
    uint8_t key[DIGEST_AES_SIZE];
    uint8_t iv[DIGEST_NONCE_SIZE];
    uint8_t mask[DIGEST_AES_SIZE];
};

struct packet_head { /* of one packet in a datagram */
    const struct version *version;
    const uint8_t *id;
    uint8_t id_size;
    bool initial;
    size_t number_at; /* from the packet's first byte */
    size_t size;      /* of the whole packet */
};

static const struct version *find_version(uint32_t number)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        if (versions[i].number == number) {
            return &versions[i];
        }
    }
    return NULL;
}

/* Reads the header of a long packet up to its number. */
static bool read_head(struct weir_cursor packet, struct packet_head *out)
{
    const uint8_t *begin = packet.next;
    struct packet_head head = {0};
    uint8_t first = 0;
    uint8_t source_size = 0;
    uint32_t number = 0;
    size_t token = 0;
    size_t length = 0;
    if (!weir_cursor_u8(&packet, &first) || (first & HEADER_LONG) == 0 ||
        (first & HEADER_FIXED) == 0 || !weir_cursor_u32(&packet, &number)) {
        return false;
    }
    head.version = find_version(number);
    if (head.version == NULL || !weir_cursor_u8(&packet, &head.id_size) ||
        head.id_size > QUIC_ID_MAX || !weir_cursor_bytes(&packet, head.id_size, &head.id) ||
        !weir_cursor_u8(&packet, &source_size) || source_size > QUIC_ID_MAX ||
        !weir_cursor_skip(&packet, source_size)) {
        return false;
    }
    const uint8_t type = first >> 4 & 3;
    head.initial = type == head.version->initial;
    if (type == head.version->retry ||
        (head.initial &&
         (!quic_varint_length(&packet, &token) || !weir_cursor_skip(&packet, token))) ||
        !quic_varint_length(&packet, &length)) {
        return false;
    }
    head.number_at = (size_t)(packet.next - begin);
    head.size = head.number_at + length;
    *out = head;
    return true;
}

static void derive_keys(const struct version *version, const uint8_t *id, size_t id_size,
                        struct keys *out)
{
    uint8_t initial[DIGEST_SHA256_SIZE];
    uint8_t client[DIGEST_SHA256_SIZE];
    digest_hkdf_extract(version->salt, SALT_SIZE, id, id_size, initial);
    digest_hkdf_expand_label(initial, "client in", client, sizeof(client));
    digest_hkdf_expand_label(client, version->key_label, out->key, sizeof(out->key));
    digest_hkdf_expand_label(client, version->iv_label, out->iv, sizeof(out->iv));
    digest_hkdf_expand_label(client, version->mask_label, out->mask, sizeof(out->mask));
}

/* Takes off both protections. *size is the text's; false when the tag does not fit the keys. */
static bool open_packet(const uint8_t *packet, const struct packet_head *head,
                        const struct keys *keys, uint8_t text[QUIC_PACKET_MAX], size_t *size)
{
    uint8_t clear[QUIC_PACKET_MAX];
    uint8_t mask[DIGEST_AES_SIZE];
    uint8_t nonce[DIGEST_NONCE_SIZE];
    if (head->size > sizeof(clear) || head->size < head->number_at + SAMPLE_OFFSET + SAMPLE_SIZE) {
        return false;
    }
    digest_aes_block(keys->mask, packet + head->number_at + SAMPLE_OFFSET, mask);
    memcpy(clear, packet, head->number_at + NUMBER_MAX);
    clear[0] ^= mask[0] & 0x0fU;
    const size_t number_size = (clear[0] & 3U) + 1U;
    memcpy(nonce, keys->iv, sizeof(nonce));
    for (size_t i = 0; i < number_size; i++) {
        clear[head->number_at + i] ^= mask[1 + i];
        nonce[sizeof(nonce) - number_size + i] ^= clear[head->number_at + i];
    }
    const size_t header_size = head->number_at + number_size;
    const struct digest_sealed sealed = {.key = keys->key,
                                         .nonce = nonce,
                                         .associated = clear,
                                         .associated_size = header_size,
                                         .bytes = packet + header_size,
                                         .size = head->size - header_size};
    if (sealed.size < DIGEST_TAG_SIZE || !digest_gcm_open(&sealed, text)) {
        return false;
    }
    *size = sealed.size - DIGEST_TAG_SIZE;
    return true;
}

/* The id of the client's first Initial makes the keys; after a Retry it is a new one, and the
 * handshake begins again. */
static bool read_initial(struct quic_reader *reader, const uint8_t *packet,
                         const struct packet_head *head)
{
    struct keys keys;
    uint8_t text[QUIC_PACKET_MAX];
    size_t size = 0;
    bool open = false;
    if (reader->version == head->version->number) {
        derive_keys(head->version, reader->id, reader->id_size, &keys);
        open = open_packet(packet, head, &keys, text, &size);
    }
    if (!open) {
        derive_keys(head->version, head->id, head->id_size, &keys);
        if (!open_packet(packet, head, &keys, text, &size)) {
            return false;
        }
        reader->version = head->version->number;
        reader->id_size = head->id_size;
        memcpy(reader->id, head->id, head->id_size);
        reader->crypto.pieces = 0;
    }
    quic_crypto_add(&reader->crypto, text, size);
    return true;
}

static enum reading read_hello(const struct quic_reader *reader, bool last,
                               struct weir_tls_details *details)
{
    struct weir_cursor message = quic_crypto_beginning(&reader->crypto);
    uint8_t type = 0;
    uint8_t high = 0;
    uint16_t low = 0;
    const bool full = message.left == QUIC_CRYPTO_MAX;
    if (!weir_cursor_u8(&message, &type) || !weir_cursor_u8(&message, &high) ||
        !weir_cursor_u16(&message, &low)) {
        return last ? READING_NOT : READING_MORE;
    }
    const size_t size = (size_t)high << 16 | low;
    if (type != CLIENT_HELLO) {
        return READING_NOT;
    }
    if (message.left < size && !full && !last) {
        return READING_MORE;
    }
    message.left = message.left < size ? message.left : size;
    if (!tls_details_add_client(details, message, 'q')) {
        return READING_NOT;
    }
    details->quic_version = reader->version;
    return READING_DONE;
}

enum reading quic_reader_add(struct quic_reader *reader, const uint8_t *datagram, size_t size,
                             struct weir_tls_details *details)
{
    struct weir_cursor rest = weir_cursor_over(datagram, size);
    struct packet_head head;
    for (unsigned i = 0; i < PACKETS_MAX && read_head(rest, &head); i++) {
        if (head.initial) {
            (void)read_initial(reader, rest.next, &head);
        }
        (void)weir_cursor_skip(&rest, head.size);
    }
    if (reader->version == 0) {
        return READING_NOT;
    }
    reader->datagrams++;
    return read_hello(reader, reader->datagrams >= QUIC_DATAGRAMS_MAX, details);
}

enum reading quic_reader_end(const struct quic_reader *reader, struct weir_tls_details *details)
{
    return read_hello(reader, true, details);
}
