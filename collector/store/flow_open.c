/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/flow_open.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "collector/store/flow_column.h"
#include "collector/store/ledger.h"

#define START_DELAY_US (5 * WEIR_US_PER_S)

int flow_open_prepare(struct connection *connection, struct weir_error *error)
{
    return connection_run(connection,
                          "CREATE TEMPORARY TABLE IF NOT EXISTS flow_stage (LIKE weir.flow_open) "
                          "ON COMMIT DELETE ROWS",
                          error);
}

/* Order of (sensor, boot, flow). */
static int compare_key(const struct flow_copy_row *a, const struct flow_copy_row *b)
{
    if (a->identity->sensor_id != b->identity->sensor_id) {
        return a->identity->sensor_id < b->identity->sensor_id ? -1 : 1;
    }
    const int boots = memcmp(&a->identity->boot, &b->identity->boot, sizeof(struct weir_boot_id));
    if (boots != 0) {
        return boots;
    }
    const uint64_t x = a->row->record->flow_id;
    const uint64_t y = b->row->record->flow_id;
    return x < y ? -1 : x > y;
}

/* The same, newest record first. */
static int compare_newest_first(const void *left, const void *right)
{
    const struct flow_copy_row *a = left;
    const struct flow_copy_row *b = right;
    const int keys = compare_key(a, b);
    if (keys != 0) {
        return keys;
    }
    const uint64_t x = a->row->record->record_no;
    const uint64_t y = b->row->record->record_no;
    return x > y ? -1 : x < y;
}

/* False when a connection cannot have had a START: it ended before its five seconds were over, or
 * it is ICMP, which never has one. */
static bool may_be_open(const struct weir_flow_record *record)
{
    if (record->proto == WEIR_PROTO_ICMP || record->proto == WEIR_PROTO_ICMPV6) {
        return false;
    }
    return record->end_reason != WEIR_END_OF_FLOW ||
           record->end_us - record->start_us >= START_DELAY_US;
}

/* First row of opens with the key of row, or opens->count. */
static size_t first_of(const struct flow_copy_list *opens, const struct flow_copy_row *row)
{
    size_t low = 0;
    size_t high = opens->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_key(&opens->at[middle], row) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < opens->count && compare_key(&opens->at[low], row) == 0 ? low : opens->count;
}

/* Marks a finished connection's rows of opens in struck. True when its START was
 * among them, so that the table cannot have it. */
static bool strike(const struct flow_copy_list *opens, bool *struck,
                   const struct flow_copy_row *final)
{
    bool started_here = false;
    const size_t first = first_of(opens, final);
    for (size_t i = first; i < opens->count && compare_key(&opens->at[i], final) == 0; i++) {
        started_here = started_here || opens->at[i].row->record->record_type == WEIR_RECORD_START;
        struck[i] = true;
    }
    return started_here;
}

int flow_open_settle(struct flow_copy_list *opens, const struct flow_copy_list *finals,
                     struct flow_copy_list *ended)
{
    if (opens->count > 1) {
        qsort(opens->at, opens->count, sizeof(opens->at[0]), compare_newest_first);
    }
    bool *struck = calloc(opens->count + 1, sizeof(struck[0]));
    int err = struck == NULL ? WEIR_ENOMEM : WEIR_OK;
    for (size_t i = 0; i < finals->count && err == WEIR_OK; i++) {
        const struct flow_copy_row *final = &finals->at[i];
        if (opens->count > 0 && strike(opens, struck, final)) {
            continue;
        }
        if (may_be_open(final->row->record)) {
            err = flow_copy_list_add(ended, *final);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < opens->count && err == WEIR_OK; i++) {
        const bool newest = i == 0 || compare_key(&opens->at[i - 1], &opens->at[i]) != 0;
        if (newest && !struck[i]) {
            opens->at[kept] = opens->at[i];
            kept++;
        }
    }
    free(struck);
    if (err == WEIR_OK) {
        opens->count = kept;
    }
    return err;
}

/* A vector once frozen stays, also when a later record comes without it. */
static void add_assignments(struct weir_buffer *buffer)
{
    for (size_t i = 0; i < flow_column_flow.count; i++) {
        const struct flow_column *column = &flow_column_flow.at[i];
        weir_buffer_add_text(buffer, i == 0 ? "" : ", ");
        if (column->group == FLOW_COLUMN_FROZEN) {
            weir_buffer_add_format(buffer, "%s = coalesce(EXCLUDED.%s, o.%s)", column->name,
                                   column->name, column->name);
        } else if (column->group == FLOW_COLUMN_REASONED) {
            weir_buffer_add_format(buffer,
                                   "%s = CASE WHEN o.count IS NULL THEN EXCLUDED.%s ELSE o.%s END",
                                   column->name, column->name, column->name);
        } else {
            weir_buffer_add_format(buffer, "%s = EXCLUDED.%s", column->name, column->name);
        }
    }
}

int flow_open_merge(struct connection *connection, struct weir_buffer *buffer,
                    struct weir_error *error)
{
    weir_buffer_reset(buffer);
    weir_buffer_add_text(buffer, "INSERT INTO weir.flow_open AS o (");
    flow_column_add_names(buffer, &flow_column_flow, "");
    weir_buffer_add_text(buffer, ") SELECT ");
    flow_column_add_names(buffer, &flow_column_flow, "");
    weir_buffer_add_text(buffer, " FROM " FLOW_OPEN_STAGE
                                 " ON CONFLICT (sensor_id, boot, flow_id) DO UPDATE SET ");
    add_assignments(buffer);
    weir_buffer_add_text(buffer, " WHERE o.record_no < EXCLUDED.record_no");
    weir_buffer_add_u8(buffer, 0);
    if (buffer->failed) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    return connection_run(connection, (const char *)buffer->bytes, error);
}

/* Removes rows [first, last) of ended, which share sensor and boot. */
static int remove_some(struct connection *connection, const struct flow_copy_list *ended,
                       size_t first, size_t last, struct weir_buffer *buffer,
                       struct weir_error *error)
{
    const struct stored_flow *identity = ended->at[first].identity;
    char sensor[24];
    char boot[LEDGER_BOOT_TEXT_SIZE];
    (void)snprintf(sensor, sizeof(sensor), "%" PRId32, (int32_t)identity->sensor_id);
    ledger_boot_text(&identity->boot, boot);
    weir_buffer_reset(buffer);
    for (size_t i = first; i < last; i++) {
        weir_buffer_add_format(buffer, "%c%" PRId64, i == first ? '{' : ',',
                               (int64_t)ended->at[i].row->record->flow_id);
    }
    weir_buffer_add(buffer, "}", 2);
    if (buffer->failed) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    const char *const values[] = {sensor, boot, (const char *)buffer->bytes};
    return connection_query(connection,
                            "DELETE FROM weir.flow_open WHERE sensor_id = $1 AND boot = $2 AND "
                            "flow_id = ANY ($3::bigint[])",
                            values, 3, NULL, error);
}

int flow_open_remove(struct connection *connection, const struct flow_copy_list *ended,
                     struct weir_buffer *buffer, struct weir_error *error)
{
    size_t first = 0;
    for (size_t i = 1; i <= ended->count; i++) {
        if (i < ended->count && ended->at[i].identity == ended->at[first].identity) {
            continue;
        }
        const int err = remove_some(connection, ended, first, i, buffer, error);
        if (err != WEIR_OK) {
            return err;
        }
        first = i;
    }
    return WEIR_OK;
}
