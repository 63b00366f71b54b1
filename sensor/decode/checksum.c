/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/checksum.h"

uint16_t checksum_add(uint16_t sum, const uint8_t *bytes, size_t size)
{
    uint64_t total = sum;
    for (size_t i = 0; i + 1 < size; i += 2) {
        total += (uint64_t)((bytes[i] << 8) | bytes[i + 1]);
    }
    if (size % 2 != 0) {
        total += (uint64_t)bytes[size - 1] << 8;
    }
    while (total > 0xffff) {
        total = (total & 0xffff) + (total >> 16);
    }
    return (uint16_t)total;
}
