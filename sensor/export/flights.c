/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/flights.h"

#include "common/base/check.h"

bool flights_has_room(const struct flights *flights, uint64_t credit_bytes, size_t bytes)
{
    return flights->count < FLIGHTS_MAX && flights->bytes + bytes <= credit_bytes;
}

void flights_add(struct flights *flights, struct flight flight)
{
    weir_check(flights->count < FLIGHTS_MAX);
    flights->at[(flights->first + flights->count) % FLIGHTS_MAX] = flight;
    flights->count += 1;
    flights->bytes += flight.bytes;
}

void flights_forget(struct flights *flights, uint64_t boot_ordinal, uint64_t sequence)
{
    while (flights->count > 0) {
        const struct flight *first = &flights->at[flights->first];
        if (first->boot_ordinal > boot_ordinal ||
            (first->boot_ordinal == boot_ordinal && first->sequence > sequence)) {
            return;
        }
        flights->bytes -= first->bytes;
        flights->first = (flights->first + 1) % FLIGHTS_MAX;
        flights->count -= 1;
    }
}

void flights_clear(struct flights *flights)
{
    flights->first = 0;
    flights->count = 0;
    flights->bytes = 0;
}
