/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/hassh.h"

#include <string.h>

#define LENGTH_SIZE 4

/* Position among the four lists of a direction's fingerprint, or -1. */
static int list_place(const struct hassh *hassh)
{
    static const uint8_t client[] = {0, 2, 4, 6};
    static const uint8_t server[] = {0, 3, 5, 7};
    const uint8_t *wanted = hassh->from_client ? client : server;
    for (int i = 0; i < 4; i++) {
        if (wanted[i] == hassh->list) {
            return i;
        }
    }
    return -1;
}

void hassh_begin(struct hassh *hassh, bool from_client)
{
    memset(hassh, 0, sizeof(*hassh));
    hassh->from_client = from_client;
    digest_md5_begin(&hassh->md5);
}

/* True when the last list needed is behind. */
static bool end_list(struct hassh *hassh, char text[33])
{
    const int place = list_place(hassh);
    hassh->list++;
    hassh->length = 0;
    hassh->length_size = 0;
    if (place == 3) {
        digest_md5_text(&hassh->md5, text);
        return true;
    }
    if (place >= 0) {
        digest_md5_add(&hassh->md5, ";", 1);
    }
    return false;
}

bool hassh_add(struct hassh *hassh, const uint8_t *bytes, size_t size, char text[33])
{
    size_t at = 0;
    while (at < size) {
        if (hassh->length_size < LENGTH_SIZE) {
            hassh->length = hassh->length << 8 | bytes[at++];
            hassh->length_size++;
            hassh->list_left = hassh->length_size == LENGTH_SIZE ? hassh->length : 0;
        } else {
            const size_t count = size - at < hassh->list_left ? size - at : hassh->list_left;
            if (list_place(hassh) >= 0) {
                digest_md5_add(&hassh->md5, bytes + at, count);
            }
            hassh->list_left -= (uint32_t)count;
            at += count;
        }
        if (hassh->length_size == LENGTH_SIZE && hassh->list_left == 0 && end_list(hassh, text)) {
            return true;
        }
    }
    return false;
}
