/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/packet_clock.h"

bool packet_clock_is_jump(const struct packet_clock *clock, int64_t stamp_us)
{
    return clock->started && stamp_us > clock->now_us &&
           stamp_us - clock->now_us > PACKET_CLOCK_JUMP_US;
}

int64_t packet_clock_add(struct packet_clock *clock, int64_t stamp_us)
{
    if (packet_clock_is_jump(clock, stamp_us)) {
        if (clock->ahead < PACKET_CLOCK_CONFIRM) {
            clock->ahead++;
            clock->forward_ignored++;
            return clock->now_us;
        }
        packet_clock_accept(clock, stamp_us);
        return stamp_us;
    }
    clock->ahead = 0;
    if (clock->started && stamp_us < clock->now_us) {
        clock->backward_clamped++;
        return clock->now_us;
    }
    clock->started = true;
    clock->now_us = stamp_us;
    return stamp_us;
}

void packet_clock_accept(struct packet_clock *clock, int64_t stamp_us)
{
    clock->jumps_accepted++;
    clock->ahead = 0;
    clock->now_us = stamp_us;
}

void packet_clock_advance(struct packet_clock *clock, int64_t now_us)
{
    if (!clock->started || now_us > clock->now_us) {
        clock->started = true;
        clock->now_us = now_us;
        clock->ahead = 0;
    }
}
