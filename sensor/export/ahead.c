/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/ahead.h"

#include <stdio.h>

#include "common/base/clock.h"

#include "common/flow/community_id.h"

#include "sensor/export/outbox.h"

void ahead_fini(struct ahead *ahead)
{
    weir_buffer_fini(&ahead->frame);
}

static int send_records(struct ahead *ahead, struct weir_flow_record *records, size_t count)
{
    struct weir_flow_batch batch = {.boot = uplink_boot_id(ahead->uplink),
                                    .sent_us = weir_wall_now_us(),
                                    .last_record_no = records[count - 1].record_no,
                                    .records = records,
                                    .count = count};
    (void)snprintf(batch.stream, sizeof(batch.stream), "%s", ahead->stream);
    for (size_t i = 0; i < count; i++) {
        weir_community_id_fill(ahead->community_id_seed, &records[i]);
    }
    weir_buffer_reset(&ahead->frame);
    const int code = weir_flow_batch_encode_priority(ahead->encoder, &batch, &ahead->frame, NULL);
    return code != WEIR_OK
               ? code
               : uplink_send_priority(ahead->uplink, ahead->frame.bytes, ahead->frame.size);
}

void ahead_send(struct ahead *ahead)
{
    struct outbox_item *items[AHEAD_RECORDS_MAX];
    struct weir_flow_record records[AHEAD_RECORDS_MAX];
    size_t count = AHEAD_RECORDS_MAX;
    while (count == AHEAD_RECORDS_MAX) {
        count = 0;
        while (count < AHEAD_RECORDS_MAX &&
               (items[count] = junction_pop_flagged(ahead->junction)) != NULL) {
            records[count] = items[count]->records[0];
            count++;
        }
        if (count > 0 && send_records(ahead, records, count) != WEIR_OK) {
            junction_miss_flagged(ahead->junction, count);
        }
        for (size_t i = 0; i < count; i++) {
            outbox_item_free(items[i]);
        }
    }
}
