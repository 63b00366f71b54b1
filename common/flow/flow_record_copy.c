/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_record_copy.h"

#include <string.h>

#include "common/flow/detail_field.h"
#include "common/flow/flow_statistics.h"

#define ALIGNMENT 16U

static size_t round_up(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

size_t weir_flow_details_size(uint32_t present)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    size_t size = sizeof(present);
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        if ((present >> i & 1U) != 0) {
            size = (size_t)blocks[i].offset + blocks[i].bytes;
        }
    }
    return size;
}

size_t weir_flow_record_extra(const struct weir_flow_record *record)
{
    size_t size = 0;
    if (record->statistics != NULL) {
        size += round_up(sizeof(*record->statistics));
    }
    if (record->details != NULL) {
        size += round_up(weir_flow_details_size(record->details->present));
    }
    return size;
}

/* Each block that is present to its place: what lies between them is not looked at. */
static void copy_details(const struct weir_flow_details *from, uint8_t *to)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    const uint32_t present = from->present;
    memcpy(to, &present, sizeof(present));
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        if ((present >> i & 1U) != 0) {
            memcpy(to + blocks[i].offset, weir_detail_block_in(from, &blocks[i]), blocks[i].bytes);
        }
    }
}

int weir_flow_record_copy(struct weir_arena *arena, const struct weir_flow_record *from,
                          struct weir_flow_record *to)
{
    const size_t size = weir_flow_record_extra(from);
    if (size == 0) {
        *to = *from;
        return WEIR_OK;
    }
    uint8_t *at = (uint8_t *)weir_arena_take(arena, size);
    if (at == NULL) {
        return WEIR_ENOMEM;
    }
    *to = *from;
    if (from->statistics != NULL) {
        memcpy(at, from->statistics, sizeof(*from->statistics));
        to->statistics = (const struct weir_flow_statistics *)(const void *)at;
        at += round_up(sizeof(*from->statistics));
    }
    if (from->details != NULL) {
        copy_details(from->details, at);
        to->details = (const struct weir_flow_details *)(const void *)at;
    }
    return WEIR_OK;
}
