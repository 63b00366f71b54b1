/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/quic_crypto.h"

#include <stdbool.h>
#include <string.h>

#include "sensor/inspect/quic_varint.h"

#define FRAME_PADDING  0x00U
#define FRAME_PING     0x01U
#define FRAME_ACK      0x02U
#define FRAME_ACK_ECN  0x03U
#define FRAME_CRYPTO   0x06U
#define ACK_RANGES_MAX 64U

/* Marks [from, to) as known; false when that would be one piece too many. */
static bool add_piece(struct quic_crypto *crypto, uint16_t from, uint16_t to)
{
    struct quic_piece merged = {.from = from, .to = to};
    struct quic_piece after[QUIC_PIECES_MAX + 1];
    uint8_t count = 0;
    bool placed = false;
    for (uint8_t i = 0; i < crypto->pieces; i++) {
        const struct quic_piece piece = crypto->piece[i];
        if (piece.to < merged.from) {
            after[count++] = piece;
        } else if (piece.from > merged.to) {
            if (!placed) {
                after[count++] = merged;
                placed = true;
            }
            after[count++] = piece;
        } else {
            merged.from = piece.from < merged.from ? piece.from : merged.from;
            merged.to = piece.to > merged.to ? piece.to : merged.to;
        }
    }
    if (!placed) {
        after[count++] = merged;
    }
    if (count > QUIC_PIECES_MAX) {
        return false;
    }
    memcpy(crypto->piece, after, count * sizeof(after[0]));
    crypto->pieces = count;
    return true;
}

static bool read_crypto(struct quic_crypto *crypto, struct weir_cursor *frames)
{
    uint64_t offset = 0;
    size_t size = 0;
    const uint8_t *bytes = NULL;
    if (!quic_varint_read(frames, &offset) || !quic_varint_length(frames, &size) ||
        !weir_cursor_bytes(frames, size, &bytes)) {
        return false;
    }
    if (size == 0 || offset >= QUIC_CRYPTO_MAX) {
        return true;
    }
    const size_t room = QUIC_CRYPTO_MAX - (size_t)offset;
    const size_t kept = size < room ? size : room;
    if (add_piece(crypto, (uint16_t)offset, (uint16_t)(offset + kept))) {
        memcpy(crypto->bytes + offset, bytes, kept);
    }
    return true;
}

static bool skip_varints(struct weir_cursor *frames, uint64_t count)
{
    uint64_t value = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!quic_varint_read(frames, &value)) {
            return false;
        }
    }
    return true;
}

/* Largest and delay, how many ranges, the first of them; then two for each, and three counts. */
static bool skip_ack(struct weir_cursor *frames, bool counts)
{
    uint64_t ranges = 0;
    return skip_varints(frames, 2) && quic_varint_read(frames, &ranges) &&
           ranges <= ACK_RANGES_MAX && skip_varints(frames, 1 + 2 * ranges + (counts ? 3 : 0));
}

/* Any other frame ends the reading of its packet: how long it is, is not known here. */
void quic_crypto_add(struct quic_crypto *crypto, const uint8_t *frames, size_t size)
{
    struct weir_cursor rest = weir_cursor_over(frames, size);
    bool known = true;
    uint8_t type = 0;
    while (known && weir_cursor_u8(&rest, &type)) {
        if (type == FRAME_CRYPTO) {
            known = read_crypto(crypto, &rest);
        } else if (type == FRAME_ACK || type == FRAME_ACK_ECN) {
            known = skip_ack(&rest, type == FRAME_ACK_ECN);
        } else {
            known = type == FRAME_PADDING || type == FRAME_PING;
        }
    }
}

struct weir_cursor quic_crypto_beginning(const struct quic_crypto *crypto)
{
    const bool begun = crypto->pieces > 0 && crypto->piece[0].from == 0;
    return weir_cursor_over(crypto->bytes, begun ? crypto->piece[0].to : 0);
}
