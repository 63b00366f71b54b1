/* SPDX-License-Identifier: Apache-2.0
 *
 * capture_file: one capture file, read packet by packet with its times held to a packet clock.
 *
 * A file can look ahead: packets after a jump in time are held back until the jump is confirmed or
 * denied, so that a believed jump moves no packet's time.
 *
 * Owns:    the open file and the packets held back. `frame` is good until the next advance.
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_CAPTURE_CAPTURE_FILE_H
#define WEIR_SENSOR_CAPTURE_CAPTURE_FILE_H

#include <stddef.h>

#include "sensor/capture/capture.h"

struct capture_file;

/* Opens a file and its filter. buffer_bytes is what is read at once. */
WEIR_MUST_CHECK int capture_file_open(const char *path, const char *filter, size_t buffer_bytes,
                                      struct capture_file **out, struct weir_error *error);
void capture_file_close(struct capture_file *file);

/* Moves to the next packet: CAPTURE_PACKET, CAPTURE_END or, once, CAPTURE_DAMAGED. */
enum capture_result capture_file_advance(struct capture_file *file, struct captured_frame *out,
                                         struct weir_error *error);

/* Fills all but `delivered`. */
void capture_file_count(const struct capture_file *file, struct capture_counters *out);

#endif
