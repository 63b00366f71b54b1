/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_tls_reader: any bytes, whole and byte by byte, say the same of both sides.
 *
 * The first byte says where the client's bytes end and the server's begin, in sixteenths.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"

#include "sensor/inspect/tls_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static enum reading end(struct tls_reader *reader, struct weir_tls_details *details)
{
    (void)tls_reader_lose(reader, true, details);
    const enum reading reading = tls_reader_lose(reader, false, details);
    weir_check(reading != READING_MORE);
    return reading;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const size_t client = (size - 1) * (bytes[0] % 17U) / 16;
    struct weir_flow_details whole = {.present = 1U << WEIR_DETAIL_TLS};
    struct weir_flow_details split = whole;
    struct tls_reader reader = {0};
    (void)tls_reader_add(&reader, true, bytes + 1, client, &whole.tls);
    (void)tls_reader_add(&reader, false, bytes + 1 + client, size - 1 - client, &whole.tls);
    const enum reading reading = end(&reader, &whole.tls);
    memset(&reader, 0, sizeof(reader));
    for (size_t i = 1; i < size; i++) {
        (void)tls_reader_add(&reader, i <= client, bytes + i, 1, &split.tls);
    }
    weir_check(end(&reader, &split.tls) == reading);
    weir_check(memcmp(&whole, &split, sizeof(whole)) == 0);
    weir_check(weir_flow_details_valid(&whole, NULL));
    return 0;
}
