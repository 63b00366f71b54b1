/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/inspection_reader.h"

#include <string.h>

#include "common/flow/detail_field.h"
#include "common/flow/flow_record.h"

#include "sensor/inspect/detail_reader.h"

#define PORT_PORTMAP 111

struct weir_flow_details *inspection_reader_details(const struct act *act)
{
    struct weir_flow_details *details =
        weir_block_pool_find(act->inspector->details, act->inspection->details);
    return details != NULL ? details : &act->inspector->spare;
}

void inspection_reader_open(const struct act *act, enum weir_detail_block_index index)
{
    struct inspection *inspection = act->inspection;
    const struct weir_detail_block *block = &weir_detail_blocks()[index];
    if (inspection->details == 0 && inspection->emptied == 0) { /* refused once is for good */
        inspection->details = weir_block_pool_take(act->inspector->details);
        act->inspector->counts.undetailed += inspection->details == 0 ? 1 : 0;
        inspection_reader_details(act)->present = 0;
    }
    const unsigned bit = 1U << index;
    if ((inspection->emptied & bit) == 0) {
        inspection->emptied = (uint16_t)(inspection->emptied | bit);
        memset(weir_detail_block_of(inspection_reader_details(act), block), 0, block->bytes);
    }
}

void inspection_reader_drop(const struct act *act)
{
    weir_block_pool_remove(act->inspector->readers, act->inspection->reader);
    weir_block_pool_remove(act->inspector->readers, act->inspection->portmap);
    act->inspection->reader = 0;
    act->inspection->portmap = 0;
}

void inspection_reader_begin(const struct act *act, enum weir_app app)
{
    struct inspection *inspection = act->inspection;
    struct weir_block_pool *readers = act->inspector->readers;
    const bool tcp = act->flow->protocol == WEIR_PROTO_TCP;
    if (tcp && act->flow->resp_port == PORT_PORTMAP) {
        inspection->portmap = weir_block_pool_add(readers);
    }
    inspection->rests = false;
    if (app == WEIR_APP_HTTP || !detail_reader_reads(app, !tcp)) {
        return;
    }
    inspection->reader = weir_block_pool_take(readers);
    struct detail_reader *reader = weir_block_pool_find(readers, inspection->reader);
    if (reader == NULL) {
        act->inspector->counts.undetailed++;
        return;
    }
    (void)detail_reader_begin(reader, app, !tcp);
    inspection_reader_open(act, detail_reader_block(app));
}

/* Wakes a reader that rests. */
static void wake_reader(const struct act *act)
{
    struct inspection *inspection = act->inspection;
    inspection->reader = weir_block_pool_take(act->inspector->readers);
    inspection->rests = false;
    if (inspection->reader == 0) {
        act->inspector->counts.undetailed++; /* what was learnt before stands */
    } else {
        detail_reader_begin_again(weir_block_pool_find(act->inspector->readers, inspection->reader),
                                  (enum weir_app)inspection->app);
    }
}

void inspection_reader_show(const struct act *act, const struct inspection_segment *piece)
{
    struct inspection *inspection = act->inspection;
    if (inspection->rests) {
        wake_reader(act);
    }
    struct detail_reader *reader =
        weir_block_pool_find(act->inspector->readers, inspection->reader);
    if (reader == NULL) {
        return;
    }
    const struct detail_piece shown = {.bytes = piece->bytes,
                                       .size = piece->captured,
                                       .time_us = piece->time_us,
                                       .from_orig = piece->from_orig};
    if (detail_reader_add(reader, &shown, inspection_reader_details(act)) != READING_MORE) {
        inspection_reader_drop(act);
    } else if (detail_reader_rests(reader)) {
        inspection_reader_drop(act);
        inspection->rests = true;
    }
}
