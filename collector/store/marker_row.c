/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/marker_row.h"

#include <inttypes.h>
#include <stdio.h>

#include "collector/store/ledger.h"

#define TEXT_SIZE 24

struct marker_text { /* of one marker: what every statement names it by */
    char sensor[TEXT_SIZE], number[TEXT_SIZE];
    char boot[LEDGER_BOOT_TEXT_SIZE];
};

/* weir.at() of "0" would be 1970: a stamp that is not known is null. */
static const char *stamp(int64_t at_us, char text[TEXT_SIZE])
{
    (void)snprintf(text, TEXT_SIZE, "%" PRId64, at_us);
    return at_us == 0 ? NULL : text;
}

static int insert(struct connection *connection, const struct ready_batch *batch,
                  const struct weir_marker *marker, const struct marker_text *name,
                  struct weir_error *error)
{
    char texts[6][TEXT_SIZE];
    const char *const values[] = {name->sensor,
                                  name->boot,
                                  name->number,
                                  stamp(marker->injected_us, texts[0]),
                                  stamp(marker->clock_us, texts[1]),
                                  stamp(marker->closed_us, texts[2]),
                                  stamp(marker->spooled_us, texts[3]),
                                  stamp(batch->received_us, texts[4]),
                                  stamp(batch->released_us, texts[5])};
    return connection_query(connection,
                            "INSERT INTO weir.marker (sensor_id, boot, number, injected_at, "
                            "packet_clock, batch_closed_at, spooled_at, received_at, released_at) "
                            "VALUES ($1, $2, $3, coalesce(weir.at($4), to_timestamp(0)), "
                            "weir.at($5), weir.at($6), weir.at($7), weir.at($8), weir.at($9)) "
                            "ON CONFLICT DO NOTHING",
                            values, 9, NULL, error);
}

/* A frame cannot say when it leaves itself: a later marker says it of an earlier one. */
static int tell_sent(struct connection *connection, const struct weir_marker *marker,
                     const struct marker_text *name, struct weir_error *error)
{
    char number[TEXT_SIZE];
    char sent[TEXT_SIZE];
    (void)snprintf(number, sizeof(number), "%" PRId64, (int64_t)marker->sent_number);
    const char *const values[] = {name->sensor, name->boot, number, stamp(marker->sent_us, sent)};
    return connection_query(connection,
                            "UPDATE weir.marker SET sent_at = weir.at($4) WHERE sensor_id = $1 "
                            "AND boot = $2 AND number = $3",
                            values, 4, NULL, error);
}

int marker_row_write(struct connection *connection, const struct ready_batch *batch,
                     struct weir_error *error)
{
    int err = WEIR_OK;
    struct marker_text name;
    (void)snprintf(name.sensor, sizeof(name.sensor), "%" PRId32, (int32_t)batch->sensor_id);
    ledger_boot_text(&batch->batch.boot, name.boot);
    for (size_t i = 0; i < batch->batch.marker_count && err == WEIR_OK; i++) {
        const struct weir_marker *marker = &batch->batch.markers[i];
        (void)snprintf(name.number, sizeof(name.number), "%" PRId64, (int64_t)marker->number);
        err = insert(connection, batch, marker, &name, error);
        if (err == WEIR_OK && marker->sent_number != 0) {
            err = tell_sent(connection, marker, &name, error);
        }
    }
    return err;
}
