/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/flagged_row.h"

#include <stdio.h>

#include "common/base/buffer.h"

#include "collector/store/copy_encoder.h"
#include "collector/store/flow_column.h"
#include "collector/store/flow_copy.h"

/* A row that no window has counted: it has its record and its start. */
static int add_row(struct flow_copy_list *list, const struct stored_flow *identity,
                   struct flow_row *row, const struct weir_flow_record *record)
{
    *row = (struct flow_row){.record = record, .order_us = record->start_us};
    return copy_encoder_fit(row, NULL)
               ? flow_copy_list_add(list, (struct flow_copy_row){.identity = identity, .row = row})
               : WEIR_OK;
}

int flagged_row_write(struct connection *connection, struct ready_batch *batch,
                      struct weir_error *error)
{
    const struct flow_copy_target target = {"weir.flagged_flow", &flow_column_flow};
    struct stored_flow identity = {.sensor_id = batch->sensor_id, .boot = batch->batch.boot};
    struct flow_copy_list list = {0};
    struct weir_buffer buffer = {0};
    const size_t count = batch->batch.count;
    struct flow_row *rows = weir_arena_take(&batch->arena, count * sizeof(rows[0]));
    int err = rows == NULL && count > 0 ? WEIR_ENOMEM : WEIR_OK;
    (void)snprintf(identity.stream, sizeof(identity.stream), "%s", batch->batch.stream);
    for (size_t i = 0; i < count && err == WEIR_OK; i++) {
        err = add_row(&list, &identity, &rows[i], &batch->batch.records[i]);
    }
    if (err == WEIR_OK) {
        err = flow_copy_send(connection, &target, &list, &buffer, error);
    } else {
        err = weir_fail(error, err, "out of memory");
    }
    weir_buffer_fini(&buffer);
    flow_copy_list_fini(&list);
    return err;
}

int flagged_row_forget(struct connection *connection, struct weir_error *error)
{
    return connection_run(
        connection, "DELETE FROM weir.flagged_flow WHERE received_at < now() - interval '1 day'",
        error);
}
