/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/flow_uid.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_sensor(const struct sensors_row *row, void *context)
{
    struct flow_uid_names *names = context;
    if (names->err != WEIR_OK) {
        return;
    }
    struct sensors_row *grown = realloc(names->at, (names->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        names->err = WEIR_ENOMEM;
        return;
    }
    names->at = grown;
    names->at[names->count++] = *row;
}

int flow_uid_names_init(struct flow_uid_names *names, struct connection *connection,
                        struct weir_error *error)
{
    struct flow_uid_names found = {0};
    int err = sensors_list(connection, on_sensor, &found, error);
    if (err == WEIR_OK && found.err != WEIR_OK) {
        err = weir_fail(error, found.err, "out of memory");
    }
    if (err != WEIR_OK) {
        free(found.at);
        return err;
    }
    *names = found;
    return WEIR_OK;
}

void flow_uid_names_fini(struct flow_uid_names *names)
{
    free(names->at);
    *names = (struct flow_uid_names){0};
}

const char *flow_uid_sensor(const struct flow_uid_names *names, uint32_t id)
{
    for (size_t i = 0; i < names->count; i++) {
        if (names->at[i].id == id) {
            return names->at[i].name;
        }
    }
    return "?";
}

void flow_uid_text(const struct flow_uid_names *names, const struct stored_flow *flow,
                   char text[FLOW_UID_SIZE])
{
    const uint8_t *boot = flow->boot.bytes;
    (void)snprintf(text, FLOW_UID_SIZE, "%s/%02x%02x%02x%02x/%" PRId64,
                   flow_uid_sensor(names, flow->sensor_id), boot[0], boot[1], boot[2], boot[3],
                   (int64_t)flow->record.flow_id);
}

/* The eight digits between the slashes. */
static bool parse_boot(const char *text, uint8_t boot[FLOW_UID_BOOT_BYTES])
{
    if (strspn(text, "0123456789abcdef") != FLOW_UID_BOOT_SIZE || text[FLOW_UID_BOOT_SIZE] != '/') {
        return false;
    }
    const unsigned long value = strtoul(text, NULL, 16);
    for (size_t i = 0; i < FLOW_UID_BOOT_BYTES; i++) {
        boot[i] = (uint8_t)(value >> (8 * (FLOW_UID_BOOT_BYTES - 1 - i)));
    }
    return true;
}

/* A sensor's name may hold a slash, so the text is read from its end. */
int flow_uid_parse(const char *text, struct flow_uid *out, struct weir_error *error)
{
    struct flow_uid found = {0};
    const char *last = strrchr(text, '/');
    const ptrdiff_t before = last != NULL ? last - text : 0;
    const ptrdiff_t length = before - 1 - (ptrdiff_t)FLOW_UID_BOOT_SIZE; /* of the sensor's name */
    char *end = NULL;
    const int64_t flow_id = last != NULL ? strtoll(last + 1, &end, 10) : 0;
    const bool whole = length > 0 && length <= SENSORS_NAME_SIZE && text[length] == '/' &&
                       parse_boot(text + length + 1, found.boot) && end != last + 1 && *end == '\0';
    if (!whole) {
        return weir_fail(error, WEIR_EINVAL,
                         "%.80s names no flow: want its uid as `weirctl flows` prints it "
                         "(paris-1/0a1b2c3d/17)",
                         text);
    }
    memcpy(found.sensor, text, (size_t)length);
    found.flow_id = (uint64_t)flow_id;
    *out = found;
    return WEIR_OK;
}
