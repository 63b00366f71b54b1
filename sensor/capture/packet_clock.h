/* SPDX-License-Identifier: Apache-2.0
 *
 * packet_clock: the running maximum of packet times, which a single wrong stamp cannot move far.
 *
 * A stamp behind the clock is clamped to it. A stamp more than an hour ahead is a jump: believed
 * only when the next hundred packets are ahead as well.
 *
 * Shape:   two uses. Live: packet_clock_add() alone; until a jump is believed its packets carry the
 *          clock's time, and those hundred keep it. Files can look ahead, so they hold a jump's
 *          packets back and, once it is believed, call packet_clock_accept(): no packet is moved.
 * Units:   microseconds since 1970.
 * Source:  architecture 6 (packet clock); decisions/0001.
 */
#ifndef WEIR_SENSOR_CAPTURE_PACKET_CLOCK_H
#define WEIR_SENSOR_CAPTURE_PACKET_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define PACKET_CLOCK_JUMP_US INT64_C(3600000000) /* 1 h */
#define PACKET_CLOCK_CONFIRM 100                 /* packets that must follow a jump */

struct packet_clock { /* {0} has seen no packet */
    int64_t now_us;
    bool started;              /* now_us is set; the first stamp is believed */
    uint32_t ahead;            /* packets of a jump not yet believed, in a row */
    uint64_t backward_clamped; /* packets */
    uint64_t forward_ignored;  /* packets clamped because their jump was not (yet) believed */
    uint64_t jumps_accepted;
};

/* True when the stamp is a jump ahead. */
bool packet_clock_is_jump(const struct packet_clock *clock, int64_t stamp_us);

/* Gives the packet's time, never below an earlier one. */
int64_t packet_clock_add(struct packet_clock *clock, int64_t stamp_us);

/* Moves the clock over a jump that the packets after it confirm. */
void packet_clock_accept(struct packet_clock *clock, int64_t stamp_us);

/* Live and the capture is empty: moves the clock up to now_us (wall time - 1 s), never back. */
void packet_clock_advance(struct packet_clock *clock, int64_t now_us);

#endif
