/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_address: an IPv4 or IPv6 address.
 *
 * Shape:   4 or 16 bytes in network order; the unused tail is zero, so the struct can be hashed and
 *          compared as bytes.
 * Source:  specification 0: addresses compare as big-endian byte strings; IPv4-mapped is IPv6.
 */
#ifndef WEIR_COMMON_FLOW_ADDRESS_H
#define WEIR_COMMON_FLOW_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/base/err.h"

#define WEIR_ADDRESS_TEXT_SIZE 46 /* longest IPv6 text and NUL */

struct weir_address {
    uint8_t bytes[16];
    uint8_t size; /* 4, 16, or 0 for none */
};

static inline bool weir_address_equal(const struct weir_address *a, const struct weir_address *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* memcmp order of the address bytes; a shorter address that is a prefix comes first. <0, 0, >0. */
int weir_address_compare(const struct weir_address *a, const struct weir_address *b);

void weir_address_text(const struct weir_address *address, char text[WEIR_ADDRESS_TEXT_SIZE]);

/* Reads "10.0.0.1" or "fe80::1". WEIR_EFORMAT. */
WEIR_MUST_CHECK int weir_address_parse(const char *text, struct weir_address *out);

#endif
