/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/entropy.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/flow/flow_statistics.h"

void entropy_table_init(struct entropy_table *table)
{
    table->at[0] = 0.0F;
    for (unsigned i = 1; i <= ENTROPY_BYTES_MAX; i++) {
        table->at[i] = (float)(i * log2(i));
    }
}

/* Counters of one byte, four of a kind: bytes that lie together are often the same, and a counter
 * that was just written is slow to read. */
struct lanes {
    uint8_t times[4][256];
};

#define LANES_MIN 128U             /* bytes that are worth clearing them */
#define LANES_MAX (4U * UINT8_MAX) /* bytes that they can count */

static void count_lanes(struct lanes *lanes, const uint8_t *bytes, uint32_t size)
{
    uint32_t i = 0;
    for (; i + 4 <= size; i += 4) {
        lanes->times[0][bytes[i]]++;
        lanes->times[1][bytes[i + 1]]++;
        lanes->times[2][bytes[i + 2]]++;
        lanes->times[3][bytes[i + 3]]++;
    }
    for (; i < size; i++) {
        lanes->times[i % 4][bytes[i]]++;
    }
}

static void count_bytes(struct entropy *entropy, const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        entropy->times[bytes[i]]++;
    }
}

static void count_many(struct entropy *entropy, const uint8_t *bytes, uint32_t size)
{
    struct lanes lanes;
    entropy_expect(entropy, sizeof(*entropy)); /* it comes while the lanes are filled */
    memset(&lanes, 0, sizeof(lanes));
    count_lanes(&lanes, bytes, size);
    for (size_t i = 0; i < 256; i++) {
        const unsigned even = (unsigned)lanes.times[0][i] + lanes.times[2][i];
        const unsigned odd = (unsigned)lanes.times[1][i] + lanes.times[3][i];
        entropy->times[i] = (uint16_t)(entropy->times[i] + even + odd);
    }
}

uint32_t entropy_add(struct entropy *entropy, uint32_t counted, const uint8_t *bytes, uint32_t size)
{
    const uint32_t room = ENTROPY_BYTES_MAX - counted;
    const uint32_t taken = size < room ? size : room;
    uint32_t done = 0;
    while (taken - done >= LANES_MIN) {
        const uint32_t left = taken - done;
        const uint32_t run = left < LANES_MAX ? left : LANES_MAX;
        count_many(entropy, bytes + done, run);
        done += run;
    }
    count_bytes(entropy, bytes + done, taken - done);
    return counted + taken;
}

/* True when one of sixteen counters is above 1: else they add nothing to the sum. */
static bool repeats(const uint16_t *times)
{
    uint64_t words[4];
    memcpy(words, times, sizeof(words));
    return ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0xfffefffefffefffe)) != 0;
}

float entropy_value(const struct entropy *entropy, uint32_t counted,
                    const struct entropy_table *table)
{
    if (counted < ENTROPY_BYTES_MIN) {
        return (float)WEIR_ABSENT;
    }
    float a = 0.0F; /* sums below 49,152, so exact enough for 1e-6 of a bit */
    float b = 0.0F;
    float c = 0.0F;
    float d = 0.0F;
    for (size_t i = 0; i < 256; i += 16) {
        if (!repeats(entropy->times + i)) {
            continue;
        }
        for (const uint16_t *at = entropy->times + i; at < entropy->times + i + 16; at += 4) {
            a += table->at[at[0]];
            b += table->at[at[1]];
            c += table->at[at[2]];
            d += table->at[at[3]];
        }
    }
    const double sum = ((double)a + (double)b) + ((double)c + (double)d);
    const double bits = ((double)table->at[counted] - sum) / counted;
    return bits > 0.0 ? (float)bits : 0.0F; /* one value alone has none; rounding may go below */
}
