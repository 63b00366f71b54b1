/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/address.h"

#include <arpa/inet.h>
#include <stdio.h>

int weir_address_compare(const struct weir_address *a, const struct weir_address *b)
{
    const size_t shared = a->size < b->size ? a->size : b->size;
    const int order = memcmp(a->bytes, b->bytes, shared);
    return order != 0 ? order : (int)a->size - (int)b->size;
}

/* "203.0.113.7": of all texts the one that is asked for most. */
static void put_dotted(const uint8_t bytes[4], char *text)
{
    for (size_t i = 0; i < 4; i++) {
        const unsigned byte = bytes[i];
        if (i > 0) {
            *text++ = '.';
        }
        if (byte >= 100) {
            *text++ = (char)('0' + byte / 100);
        }
        if (byte >= 10) {
            *text++ = (char)('0' + byte / 10 % 10);
        }
        *text++ = (char)('0' + byte % 10);
    }
    *text = '\0';
}

void weir_address_text(const struct weir_address *address, char text[WEIR_ADDRESS_TEXT_SIZE])
{
    if (address->size == 4) {
        put_dotted(address->bytes, text);
        return;
    }
    if (address->size == 0 ||
        inet_ntop(AF_INET6, address->bytes, text, WEIR_ADDRESS_TEXT_SIZE) == NULL) {
        (void)snprintf(text, WEIR_ADDRESS_TEXT_SIZE, "-");
    }
}

int weir_address_parse(const char *text, struct weir_address *out)
{
    struct weir_address parsed = {0};
    if (inet_pton(AF_INET, text, parsed.bytes) == 1) {
        parsed.size = 4;
    } else if (inet_pton(AF_INET6, text, parsed.bytes) == 1) {
        parsed.size = 16;
    } else {
        return WEIR_EFORMAT;
    }
    *out = parsed;
    return WEIR_OK;
}
