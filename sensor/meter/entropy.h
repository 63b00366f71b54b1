/* SPDX-License-Identifier: Apache-2.0
 *
 * entropy: how evenly the first payload bytes of a direction are spread over the 256 values.
 *
 * Shape:   counts bytes straight from the packets, 4,096 at most; then the counts can go. A few
 *          bytes are better kept as they are and counted when the value is asked for.
 * Units:   bits per byte, 0 .. 8.
 * Source:  specification 3.5 (payload_entropy); Shannon 1948.
 */
#ifndef WEIR_SENSOR_METER_ENTROPY_H
#define WEIR_SENSOR_METER_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

#define ENTROPY_BYTES_MIN 64
#define ENTROPY_BYTES_MAX 4096

struct entropy { /* zeroed, it has counted nothing */
    uint16_t times[256];
};

struct entropy_table { /* x * log2(x) */
    float at[ENTROPY_BYTES_MAX + 1];
};

/* Tells the processor that the first size bytes will be used soon. */
static inline void entropy_expect(const void *entropy, size_t size)
{
    for (size_t at = 0; at < size; at += 64) {
        __builtin_prefetch((const char *)entropy + at, 1);
    }
}

void entropy_table_init(struct entropy_table *table);

/* Counts bytes after `counted` of them; gives how many there are now, ENTROPY_BYTES_MAX when it has
 * enough. */
uint32_t entropy_add(struct entropy *entropy, uint32_t counted, const uint8_t *bytes,
                     uint32_t size);

/* Of `counted` bytes; WEIR_ABSENT when they are fewer than ENTROPY_BYTES_MIN. */
float entropy_value(const struct entropy *entropy, uint32_t counted,
                    const struct entropy_table *table);

#endif
