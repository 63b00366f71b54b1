/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/sensor_session.h"

#include "collector/store/ledger.h"
#include "collector/store/row_text.h"

int sensor_session_put(struct connection *connection, const struct sensor_session *session,
                       struct weir_error *error)
{
    char numbers[2][ROW_TEXT_SIZE];
    char boot[LEDGER_BOOT_TEXT_SIZE];
    ledger_boot_text(&session->boot, boot);
    const char *const values[] = {
        row_text_of(session->sensor_id, numbers[0]),
        session->stream,
        boot,
        row_text_of((uint64_t)session->clock_offset_us, numbers[1]),
    };
    return connection_query(
        connection,
        "INSERT INTO weir.sensor_session AS s (sensor_id, stream, boot, joined_at, "
        "clock_offset_us) VALUES ($1, $2, $3, clock_timestamp(), $4) "
        "ON CONFLICT (sensor_id, stream) DO UPDATE SET boot = EXCLUDED.boot, joined_at = "
        "CASE WHEN s.boot = EXCLUDED.boot THEN s.joined_at ELSE EXCLUDED.joined_at END, "
        "clock_offset_us = EXCLUDED.clock_offset_us",
        values, 4, NULL, error);
}
