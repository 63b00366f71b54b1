/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/event_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/flow/l2_event.h"

#include "collector/store/ledger.h"

#define TEXT_SIZE 24

static const char *mac_text(const uint8_t mac[6], char text[TEXT_SIZE])
{
    static const uint8_t none[6];
    (void)snprintf(text, TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                   mac[4], mac[5]);
    return memcmp(mac, none, sizeof(none)) == 0 ? NULL : text;
}

static const char *address_text(const struct weir_address *address,
                                char text[WEIR_ADDRESS_TEXT_SIZE])
{
    if (address->size == 0) {
        return NULL;
    }
    weir_address_text(address, text);
    return text;
}

static int insert(struct connection *connection, const struct ready_batch *batch,
                  const struct weir_l2_event *event, struct weir_error *error)
{
    char sensor[TEXT_SIZE];
    char boot[LEDGER_BOOT_TEXT_SIZE];
    char numbers[5][TEXT_SIZE];
    char macs[2][TEXT_SIZE];
    char addresses[2][WEIR_ADDRESS_TEXT_SIZE];
    (void)snprintf(sensor, sizeof(sensor), "%" PRId32, (int32_t)batch->sensor_id);
    ledger_boot_text(&batch->batch.boot, boot);
    (void)snprintf(numbers[0], TEXT_SIZE, "%d", event->vlan);
    (void)snprintf(numbers[1], TEXT_SIZE, "%" PRId64, (int64_t)event->count);
    (void)snprintf(numbers[2], TEXT_SIZE, "%" PRId32, (int32_t)event->revision);
    (void)snprintf(numbers[3], TEXT_SIZE, "%" PRId64, event->first_us);
    (void)snprintf(numbers[4], TEXT_SIZE, "%" PRId64, event->last_us);
    const char *mac = mac_text(event->mac, macs[0]);
    const char *const values[] = {sensor,
                                  boot,
                                  weir_l2_rule_id((enum weir_l2_rule)event->rule),
                                  weir_severity_text((enum weir_severity)event->severity),
                                  numbers[0],
                                  mac != NULL ? mac : macs[0],
                                  mac_text(event->other_mac, macs[1]),
                                  address_text(&event->address, addresses[0]),
                                  address_text(&event->asker, addresses[1]),
                                  numbers[1],
                                  numbers[2],
                                  numbers[3],
                                  numbers[4],
                                  batch->batch.stream};
    return connection_query(connection,
                            "INSERT INTO weir.l2_event (sensor_id, boot, rule, severity, vlan, "
                            "mac, other_mac, address, asker, count, revision, first_ts, last_ts, "
                            "stream) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
                            "weir.at($12), weir.at($13), $14)",
                            values, 14, NULL, error);
}

int event_row_write(struct connection *connection, const struct ready_batch *batch,
                    struct weir_error *error)
{
    int err = WEIR_OK;
    for (size_t i = 0; i < batch->batch.event_count && err == WEIR_OK; i++) {
        err = insert(connection, batch, &batch->batch.events[i], error);
    }
    return err;
}
