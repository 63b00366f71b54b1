/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/dns_pending.h"

#define DNS_HEADER_SIZE 12

static int find(const struct dns_pending *pending, uint16_t id)
{
    for (int i = 0; i < pending->count; i++) {
        if (pending->id[i] == id) {
            return i;
        }
    }
    return -1;
}

bool dns_pending_add(struct dns_pending *pending, bool from_orig, const uint8_t *payload,
                     size_t size)
{
    if (size < DNS_HEADER_SIZE) {
        return false;
    }
    const uint16_t id = (uint16_t)((payload[0] << 8) | payload[1]);
    const bool answer = (payload[2] & 0x80U) != 0;
    const int at = find(pending, id);
    if (from_orig && !answer && at < 0) {
        if (pending->count == DNS_PENDING_MAX) {
            pending->overflowed = true;
        } else {
            pending->id[pending->count++] = id;
        }
        return false;
    }
    if (from_orig || !answer || at < 0) {
        return false;
    }
    pending->id[at] = pending->id[--pending->count];
    return pending->count == 0 && !pending->overflowed;
}
