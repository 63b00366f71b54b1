/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/portmap.h"

#include <string.h>

#include "common/base/cursor.h"

#define RPC_CALL        0
#define RPC_VERSION     2
#define PORTMAPPER      100000
#define PORTMAPPER_DUMP 4

static bool is_dump(const uint8_t head[PORTMAP_HEAD_SIZE], uint32_t *record_size)
{
    struct weir_cursor cursor = weir_cursor_over(head, PORTMAP_HEAD_SIZE);
    uint32_t word[PORTMAP_HEAD_SIZE / 4] = {0};
    for (size_t i = 0; i < PORTMAP_HEAD_SIZE / 4; i++) {
        (void)weir_cursor_u32(&cursor, &word[i]);
    }
    *record_size = word[0] & 0x7fffffffU;
    return word[2] == RPC_CALL && word[3] == RPC_VERSION && word[4] == PORTMAPPER &&
           word[6] == PORTMAPPER_DUMP;
}

bool portmap_add(struct portmap *portmap, const uint8_t *bytes, size_t size)
{
    bool dump = false;
    while (size > 0 && !portmap->lost) {
        if (portmap->skip > 0) {
            const size_t step = size < portmap->skip ? size : portmap->skip;
            portmap->skip -= (uint32_t)step;
            bytes += step;
            size -= step;
            continue;
        }
        const size_t want = PORTMAP_HEAD_SIZE - (size_t)portmap->have;
        const size_t step = size < want ? size : want;
        memcpy(portmap->head + portmap->have, bytes, step);
        portmap->have = (uint8_t)(portmap->have + step);
        bytes += step;
        size -= step;
        if (portmap->have == PORTMAP_HEAD_SIZE) {
            uint32_t record_size = 0;
            dump = is_dump(portmap->head, &record_size) || dump;
            portmap->have = 0;
            portmap->lost = record_size < PORTMAP_HEAD_SIZE - 4; /* not what this reads */
            portmap->skip = portmap->lost ? 0 : record_size - (PORTMAP_HEAD_SIZE - 4);
        }
    }
    return dump;
}
