/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/recovery.h"

#include <inttypes.h>

#include "common/base/log.h"

#include "collector/order/order_restore.h"
#include "collector/store/migration.h"
#include "collector/store/restore.h"

struct recovery { /* what the callbacks share */
    struct order *order;
    struct order_now now;
    int code;
    uint64_t positions, open_flows, flows;
};

static void on_position(const struct restore_position *position, void *context)
{
    struct recovery *recovery = (struct recovery *)context;
    const struct order_restored_position restored = {.sensor_id = position->sensor_id,
                                                     .boot = position->boot,
                                                     .stream = position->stream,
                                                     .sequence = position->sequence,
                                                     .low_us = position->low_us,
                                                     .offset_us = position->clock_offset_us};
    if (recovery->code == WEIR_OK) {
        recovery->code = order_restore_position(recovery->order, &restored, recovery->now);
        recovery->positions += 1;
    }
}

static bool restore_flow(struct recovery *recovery, const struct stored_flow *flow, bool is_open)
{
    const struct order_restored_flow restored = {.sensor_id = flow->sensor_id,
                                                 .boot = flow->boot,
                                                 .stream = flow->stream,
                                                 .record = &flow->record,
                                                 .order_us = flow->row.order_us,
                                                 .reason = flow->row.reason,
                                                 .frozen = flow->row.frozen,
                                                 .open = is_open};
    recovery->code = order_restore_flow(recovery->order, &restored);
    return recovery->code == WEIR_OK;
}

static bool on_open_flow(const struct stored_flow *flow, void *context)
{
    struct recovery *recovery = (struct recovery *)context;
    recovery->open_flows += 1;
    return restore_flow(recovery, flow, true);
}

static bool on_flow(const struct stored_flow *flow, void *context)
{
    struct recovery *recovery = (struct recovery *)context;
    recovery->flows += 1;
    return restore_flow(recovery, flow, false);
}

int recovery_run(const struct connection_options *options, struct order *order,
                 struct order_now now, struct weir_error *error)
{
    struct recovery recovery = {.order = order, .now = now};
    struct connection *connection = NULL;
    int code = connection_open(options, &connection, error);
    if (code != WEIR_OK) {
        return code;
    }
    code = migration_check(connection, error);
    if (code == WEIR_OK) {
        code = restore_positions(connection, on_position, &recovery, error);
    }
    if (code == WEIR_OK && recovery.code == WEIR_OK) {
        code = restore_open_flows(connection, on_open_flow, &recovery, error);
    }
    if (code == WEIR_OK && recovery.code == WEIR_OK) {
        code = restore_recent_flows(connection, RESTORE_SPAN_US, on_flow, &recovery, error);
    }
    connection_close(connection);
    if (recovery.code != WEIR_OK) {
        return weir_fail(error, recovery.code, "restoring the order: %s",
                         weir_err_text(recovery.code));
    }
    if (code == WEIR_OK) {
        order_restore_done(order, now);
        weir_log(WEIR_LOG_INFO, "collector.restored",
                 "boots=%" PRIu64 " open_flows=%" PRIu64 " flows=%" PRIu64, recovery.positions,
                 recovery.open_flows, recovery.flows);
    }
    return code;
}
