/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_quic_reader: any datagrams; and any frames, as if a packet had been opened.
 *
 * What is sealed cannot be guessed by mutation, so the same bytes are also read as frames. Two
 * bytes before each datagram are its length.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/base/cursor.h"

#include "sensor/inspect/quic_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_pieces(const struct quic_crypto *crypto)
{
    weir_check(crypto->pieces <= QUIC_PIECES_MAX);
    for (unsigned i = 0; i < crypto->pieces; i++) {
        weir_check(crypto->piece[i].from < crypto->piece[i].to);
        weir_check(crypto->piece[i].to <= QUIC_CRYPTO_MAX);
        weir_check(i == 0 || crypto->piece[i - 1].to < crypto->piece[i].from);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct quic_reader reader = {0};
    struct quic_reader opened = {.version = 1};
    struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_TLS};
    struct weir_cursor rest = weir_cursor_over(bytes, size);
    uint16_t length = 0;
    while (weir_cursor_u16(&rest, &length)) {
        const size_t count = length < rest.left ? length : rest.left;
        (void)quic_reader_add(&reader, rest.next, count, &details.tls);
        quic_crypto_add(&opened.crypto, rest.next, count);
        check_pieces(&reader.crypto);
        check_pieces(&opened.crypto);
        (void)weir_cursor_skip(&rest, count);
    }
    (void)quic_reader_end(&reader, &details.tls);
    weir_check(quic_reader_end(&opened, &details.tls) != READING_MORE);
    weir_check(weir_flow_details_valid(&details, NULL));
    return 0;
}
