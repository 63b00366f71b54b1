/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_frame: any bytes as a frame; what is accepted must encode to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_frame frame;
    struct weir_error error;
    uint8_t header[WEIR_FRAME_HEADER_SIZE];
    if (weir_frame_decode(data, size, &frame, &error) == 0 &&
        (weir_frame_header_encode(&frame, header) != 0 ||
         memcmp(header, data, sizeof(header)) != 0 ||
         frame.payload_size + sizeof(header) != size)) {
        abort();
    }
    return 0;
}
