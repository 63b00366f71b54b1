/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/entropy.h"

#include <math.h>
#include <stddef.h>

#include "common/flow/flow_statistics.h"

void entropy_table_init(struct entropy_table *table)
{
    table->at[0] = 0.0F;
    for (unsigned i = 1; i <= ENTROPY_BYTES_MAX; i++) {
        table->at[i] = (float)(i * log2(i));
    }
}

uint32_t entropy_add(struct entropy *entropy, uint32_t counted, const uint8_t *bytes, uint32_t size)
{
    const uint32_t room = ENTROPY_BYTES_MAX - counted;
    const uint32_t taken = size < room ? size : room;
    for (uint32_t i = 0; i < taken; i++) {
        entropy->times[bytes[i]]++;
    }
    return counted + taken;
}

float entropy_value(const struct entropy *entropy, uint32_t counted,
                    const struct entropy_table *table)
{
    if (counted < ENTROPY_BYTES_MIN) {
        return (float)WEIR_ABSENT;
    }
    float sums[4] = {0.0F, 0.0F, 0.0F, 0.0F}; /* below 49,152, so exact enough for 1e-6 of a bit */
    for (size_t i = 0; i < 256; i += 4) {
        for (size_t j = 0; j < 4; j++) {
            sums[j] += table->at[entropy->times[i + j]];
        }
    }
    const double sum = ((double)sums[0] + (double)sums[1]) + ((double)sums[2] + (double)sums[3]);
    const double bits = ((double)table->at[counted] - sum) / counted;
    return bits > 0.0 ? (float)bits : 0.0F; /* one value alone has none; rounding may go below */
}
