/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/window/flow_row.h"

#include <stdlib.h>
#include <string.h>

static const char *const reason_texts[] = {
    [FLOW_ROW_COMPLETE] = "complete",   [FLOW_ROW_LATE] = "late",
    [FLOW_ROW_LAGGING] = "lagging",     [FLOW_ROW_CLOCK_SUSPECT] = "clock_suspect",
    [FLOW_ROW_NO_VECTOR] = "no_vector", [FLOW_ROW_UNKNOWN_START] = "unknown_start",
};

struct ready_batch *flow_row_batch_new(size_t limit)
{
    struct ready_batch *batch = (struct ready_batch *)calloc(1, sizeof(*batch));
    if (batch != NULL) {
        weir_arena_init(&batch->arena, limit);
    }
    return batch;
}

void flow_row_batch_free(struct ready_batch *batch)
{
    if (batch != NULL) {
        weir_arena_fini(&batch->arena);
        free(batch);
    }
}

const char *flow_row_reason_text(enum flow_row_reason reason)
{
    const size_t index = (size_t)reason;
    return index < sizeof(reason_texts) / sizeof(reason_texts[0]) ? reason_texts[index] : NULL;
}

bool flow_row_reason_parse(const char *text, size_t size, enum flow_row_reason *out)
{
    for (int reason = FLOW_ROW_LATE; reason <= FLOW_ROW_UNKNOWN_START; reason++) {
        if (strlen(reason_texts[reason]) == size && memcmp(reason_texts[reason], text, size) == 0) {
            *out = (enum flow_row_reason)reason;
            return true;
        }
    }
    return false;
}
