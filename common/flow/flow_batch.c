/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_batch.h"

#include <string.h>

bool weir_stream_name_valid(const char *name)
{
    const size_t size = strnlen(name, WEIR_STREAM_NAME_SIZE);
    for (size_t i = 0; i < size; i++) {
        if (name[i] <= ' ' || name[i] > '~') {
            return false;
        }
    }
    return size > 0 && size < WEIR_STREAM_NAME_SIZE;
}
