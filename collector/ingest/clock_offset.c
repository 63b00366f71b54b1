/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/clock_offset.h"

#define STAMP_MAX_US INT64_C(4102444800000000) /* 2100-01-01 */
#define DELAY_SLACK  8

/* Stamps come from outside: beyond 1970 to 2100 they are no time, and differences could overflow.
 */
static bool is_time(int64_t stamp_us)
{
    return stamp_us > 0 && stamp_us < STAMP_MAX_US;
}

void clock_offset_add(struct clock_offset *clock, const struct clock_stamps *stamps)
{
    if (!is_time(stamps->ours_sent_us) || !is_time(stamps->theirs_arrived_us) ||
        !is_time(stamps->theirs_sent_us) || !is_time(stamps->ours_arrived_us)) {
        return;
    }
    const int64_t there_us = stamps->theirs_arrived_us - stamps->ours_sent_us;
    const int64_t back_us = stamps->theirs_sent_us - stamps->ours_arrived_us;
    const int64_t away_us = stamps->theirs_sent_us - stamps->theirs_arrived_us;
    const int64_t delay_us = stamps->ours_arrived_us - stamps->ours_sent_us - away_us;
    if (delay_us < 0 || away_us < 0) {
        return;
    }
    clock->offsets_us[clock->next] = (there_us + back_us) / 2;
    clock->delays_us[clock->next] = delay_us;
    clock->next = (clock->next + 1) % CLOCK_OFFSET_SAMPLES;
    clock->count += clock->count < CLOCK_OFFSET_SAMPLES ? 1 : 0;
}

enum clock_verdict clock_offset_judge(const struct clock_offset *clock, int64_t *offset_us)
{
    size_t best = 0;
    int64_t lowest = 0;
    int64_t highest = 0;
    for (size_t i = 0; i < clock->count; i++) {
        const int64_t offset = clock->offsets_us[i];
        best = clock->delays_us[i] < clock->delays_us[best] ? i : best;
        lowest = i == 0 || offset < lowest ? offset : lowest;
        highest = i == 0 || offset > highest ? offset : highest;
    }
    *offset_us = clock->count == 0 ? 0 : clock->offsets_us[best];
    /* A slow way widens the spread without the clock being wrong: allow for it. */
    const int64_t slack_us = clock->count == 0 ? 0 : clock->delays_us[best];
    if (highest - lowest > CLOCK_OFFSET_SPREAD_US + DELAY_SLACK * slack_us) {
        return CLOCK_UNSTABLE;
    }
    const bool is_right =
        *offset_us<CLOCK_OFFSET_IGNORE_US && * offset_us> - CLOCK_OFFSET_IGNORE_US;
    return is_right ? CLOCK_RIGHT : CLOCK_OFF;
}
