/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_model_artifact: any bytes as the payload of a model file, framed here so that mutations pass
 * the frame's hash; what is accepted must verify or be refused, and encode again.
 */
#include <stdlib.h>

#include "proto/frame.h"
#include "proto/model_artifact.h"

#define ARENA_MAX (8U * 1024U * 1024U)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct weir_model_artifact artifact;
    struct weir_error error;
    struct weir_arena arena;
    struct weir_buffer bytes = {0};
    struct weir_buffer again = {0};
    const uint8_t key[WEIR_SIGN_PUBLIC_SIZE] = {1};
    weir_arena_init(&arena, ARENA_MAX);
    if (weir_frame_encode(WEIR_FRAME_MODEL_FILE, data, size, &bytes) == 0 &&
        weir_model_artifact_decode(bytes.bytes, bytes.size, &arena, &artifact, &error) == 0) {
        if (weir_model_artifact_verify(&artifact, key, &error) == 0 ||
            weir_model_artifact_encode(&artifact, &again, &error) != 0) {
            abort();
        }
    }
    weir_buffer_fini(&bytes);
    weir_buffer_fini(&again);
    weir_arena_fini(&arena);
    return 0;
}
