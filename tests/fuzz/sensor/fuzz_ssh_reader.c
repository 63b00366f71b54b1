/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_ssh_reader: any bytes, whole and byte by byte, say the same of both sides.
 *
 * The first byte says where the client's bytes end and the server's begin, in sixteenths.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"

#include "sensor/inspect/ssh_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const size_t client = (size - 1) * (bytes[0] % 17U) / 16;
    struct weir_flow_details whole = {.present = 1U << WEIR_DETAIL_SSH};
    struct weir_flow_details split = whole;
    struct ssh_reader reader = {0};
    (void)ssh_reader_add(&reader, true, bytes + 1, client, &whole.ssh);
    (void)ssh_reader_add(&reader, false, bytes + 1 + client, size - 1 - client, &whole.ssh);
    (void)ssh_reader_lose(&reader, true);
    const enum reading reading = ssh_reader_lose(&reader, false);
    memset(&reader, 0, sizeof(reader));
    for (size_t i = 1; i < size; i++) {
        (void)ssh_reader_add(&reader, i <= client, bytes + i, 1, &split.ssh);
    }
    (void)ssh_reader_lose(&reader, true);
    weir_check(reading != READING_MORE && ssh_reader_lose(&reader, false) == reading);
    weir_check(memcmp(&whole, &split, sizeof(whole)) == 0);
    weir_check(weir_flow_details_valid(&whole, NULL));
    return 0;
}
