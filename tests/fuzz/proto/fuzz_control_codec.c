/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_control_codec: the first byte is the frame's kind, the rest a payload; what is accepted must
 * be encodable.
 */
#include <stdlib.h>

#include "proto/control_codec.h"

#define ARENA_MAX (1024U * 1024U)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_control control;
    struct weir_error error;
    struct weir_arena arena;
    struct weir_buffer bytes = {0};
    if (size == 0 || size - 1 > weir_frame_kind_max(data[0])) {
        return 0;
    }
    const struct weir_frame frame = {.version = WEIR_WIRE_VERSION,
                                     .kind = (enum weir_frame_kind)data[0],
                                     .payload = data + 1,
                                     .payload_size = size - 1,
                                     .plain_size = size - 1};
    weir_arena_init(&arena, ARENA_MAX);
    if (weir_control_decode(&frame, &arena, &control, &error) == 0 &&
        weir_control_encode(&control, &bytes, &error) != 0) {
        abort();
    }
    weir_buffer_fini(&bytes);
    weir_arena_fini(&arena);
    return 0;
}
