/* SPDX-License-Identifier: Apache-2.0
 *
 * captured_frame: the bytes of one packet as the link gave them; what capture lends to decode.
 *
 * Units:   time_us is packet time, already held to the packet clock: it never goes back.
 * Owns:    nothing; bytes are good until the next call on the capture that lent them.
 */
#ifndef WEIR_SENSOR_CAPTURE_CAPTURED_FRAME_H
#define WEIR_SENSOR_CAPTURE_CAPTURED_FRAME_H

#include <stdbool.h>
#include <stdint.h>

struct captured_frame {
    int64_t time_us;
    const uint8_t *bytes;
    uint32_t captured_bytes;
    uint32_t wire_bytes; /* at least captured_bytes */
    int link_type;       /* libpcap's DLT number, 1 = Ethernet */
    uint32_t source;     /* index of the file or interface it came from */
    bool is_moved;       /* time_us is not its stamp, which went back or jumped */
};

#endif
