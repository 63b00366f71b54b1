/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/partition.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#define US_PER_DAY (86400 * WEIR_US_PER_S)

void partition_fini(struct partition *partition)
{
    free(partition->days);
    *partition = (struct partition){0};
}

void partition_forget(struct partition *partition)
{
    partition->count = 0;
}

static int32_t day_of(int64_t start_us)
{
    return (int32_t)(start_us / US_PER_DAY);
}

/* The day's entry, moved to the front, where rows in time order find it at once. */
static struct partition_day *find(struct partition *partition, int32_t day)
{
    for (size_t i = 0; i < partition->count; i++) {
        if (partition->days[i].day == day) {
            const struct partition_day found = partition->days[i];
            partition->days[i] = partition->days[0];
            partition->days[0] = found;
            return &partition->days[0];
        }
    }
    return NULL;
}

static int add_day(struct partition *partition, struct partition_day day)
{
    if (partition->count == partition->capacity) {
        const size_t capacity = partition->capacity == 0 ? 16 : partition->capacity * 2;
        struct partition_day *days =
            realloc(partition->days, capacity * sizeof(partition->days[0]));
        if (days == NULL) {
            return WEIR_ENOMEM;
        }
        partition->days = days;
        partition->capacity = capacity;
    }
    partition->days[partition->count] = day;
    partition->count++;
    return WEIR_OK;
}

int partition_prepare(struct partition *partition, struct connection *connection, int64_t start_us,
                      struct weir_error *error)
{
    const int32_t day = day_of(start_us);
    if (find(partition, day) != NULL) {
        return WEIR_OK;
    }
    char text[16];
    (void)snprintf(text, sizeof(text), "%" PRId32, day);
    const char *const values[] = {text};
    PGresult *result = NULL;
    int err = connection_query(connection,
                               "SELECT weir.make_flow_partition(DATE '1970-01-01' + $1::integer)",
                               values, 1, &result, error);
    if (err != WEIR_OK) {
        return err;
    }
    const char *answer = PQgetvalue(result, 0, 0);
    const bool there = strcmp(answer, "made") == 0 || strcmp(answer, "exists") == 0;
    PQclear(result);
    err = add_day(partition, (struct partition_day){.day = day, .there = there});
    return err == WEIR_OK ? WEIR_OK : weir_fail(error, err, "out of memory");
}

bool partition_holds(struct partition *partition, int64_t start_us)
{
    const struct partition_day *day = find(partition, day_of(start_us));
    return day != NULL && day->there;
}
