/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/packet_spread.h"

#include <math.h>

void packet_spread_add_long(struct packet_spread *spread, uint64_t gap_us)
{
    const uint64_t high = gap_us >> 32;
    const uint64_t low = gap_us & UINT32_MAX;
    const uint64_t cross = 2 * high * low; /* gaps stay below 2^47 us: four years */
    const uint64_t words[2] = {low * low, cross << 32};
    for (int i = 0; i < 2; i++) {
        spread->gap_squares_low += words[i];
        spread->gap_squares_high += spread->gap_squares_low < words[i] ? 1 : 0;
    }
    spread->gap_squares_high += high * high + (cross >> 32);
}

/* n * sum of squares - square of the sum is n^2 times the variance, and exact. */
double packet_spread_deviation(uint64_t count, uint64_t sum, uint64_t squares_low,
                               uint64_t squares_high)
{
    __extension__ unsigned __int128 scaled = squares_high;
    scaled = ((scaled << 64) | squares_low) * count;
    __extension__ unsigned __int128 square = sum;
    square *= sum;
    if (count == 0 || scaled <= square) {
        return 0.0;
    }
    return sqrt((double)(scaled - square)) / (double)count;
}

void packet_spread_fill(const struct packet_spread *spread, uint32_t packets, int64_t first_us,
                        struct weir_side_statistics *out)
{
    out->pkt_len_min = spread->length_min;
    out->pkt_len_max = spread->length_max;
    out->pkt_len_mean = (float)((double)spread->length_sum / packets);
    if (packets < 2) {
        return; /* one length does not spread, and no time lies between */
    }
    const uint64_t gaps = packets - 1U;
    const uint64_t sum = (uint64_t)(spread->last_us - first_us);
    out->pkt_len_std =
        (float)packet_spread_deviation(packets, spread->length_sum, spread->length_squares, 0);
    out->iat_min_us = spread->gap_min_us;
    out->iat_max_us = spread->gap_max_us;
    out->iat_mean_us = (float)((double)sum / (double)gaps);
    out->iat_std_us = (float)packet_spread_deviation(gaps, sum, spread->gap_squares_low,
                                                     spread->gap_squares_high);
}
