/* SPDX-License-Identifier: Apache-2.0
 *
 * capture_live: one network interface, read without waiting.
 *
 * Owns:    the open interface. The frame is good until the next advance.
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_CAPTURE_CAPTURE_LIVE_H
#define WEIR_SENSOR_CAPTURE_CAPTURE_LIVE_H

#include "sensor/capture/capture.h"

struct capture_live;

WEIR_MUST_CHECK int capture_live_open(const char *name, const struct capture_options *options,
                                      struct capture_live **out, struct weir_error *error);
void capture_live_close(struct capture_live *live);

/* The next packet, its time_us as stamped: CAPTURE_PACKET, CAPTURE_EMPTY, CAPTURE_DAMAGED once
 * when the interface is lost, then CAPTURE_END. */
enum capture_result capture_live_advance(struct capture_live *live, struct captured_frame *out,
                                         struct weir_error *error);

/* Descriptor that poll() finds readable when packets wait; -1 when there is none. */
int capture_live_fd(const struct capture_live *live);

/* Asks the kernel for its counts; fills all but `delivered` and the packet clock's. */
void capture_live_count(struct capture_live *live, struct capture_counters *out);

#endif
