/* SPDX-License-Identifier: Apache-2.0
 *
 * capture_live: one network interface, read without waiting.
 *
 * Shape:   opened with its intake closed; begins and halts between two packets, so that what the
 *          kernel counts from then on is exactly what is let in.
 * Owns:    the open interface. The frame is good until the next advance.
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_CAPTURE_CAPTURE_LIVE_H
#define WEIR_SENSOR_CAPTURE_CAPTURE_LIVE_H

#include "sensor/capture/capture.h"

struct capture_live;

/* group: NULL alone, else the number of the group of lanes that share the interface, 0 for the
 * first one to fill in. */
WEIR_MUST_CHECK int capture_live_open(const char *name, const struct capture_options *options,
                                      uint32_t *group, struct capture_live **out,
                                      struct weir_error *error);
void capture_live_close(struct capture_live *live);

/* Lets packets in. May wait for half a second. WEIR_EIO. */
WEIR_MUST_CHECK int capture_live_begin(struct capture_live *live, struct weir_error *error);

/* Lets no more packets in; those in the ring stay to be read. */
void capture_live_halt(struct capture_live *live);

/* The next packet, its time_us as stamped: CAPTURE_PACKET, CAPTURE_EMPTY, CAPTURE_DAMAGED once
 * when the interface is lost, then CAPTURE_END. */
enum capture_result capture_live_advance(struct capture_live *live, struct captured_frame *out,
                                         struct weir_error *error);

/* Descriptor that poll() finds readable when packets wait; -1 when there is none. */
int capture_live_fd(const struct capture_live *live);

/* Asks the kernel how many packets wait in the ring: the share of it that they fill is told from
 * the mean size of those read since the last call. */
void capture_live_measure(struct capture_live *live, struct capture_load *out);

/* Asks the kernel for its counts; fills all but `delivered` and the packet clock's. */
void capture_live_count(struct capture_live *live, struct capture_counters *out);

#endif
