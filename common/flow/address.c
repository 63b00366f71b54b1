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

void weir_address_text(const struct weir_address *address, char text[WEIR_ADDRESS_TEXT_SIZE])
{
    const int family = address->size == 4 ? AF_INET : AF_INET6;
    if (address->size == 0 ||
        inet_ntop(family, address->bytes, text, WEIR_ADDRESS_TEXT_SIZE) == NULL) {
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
