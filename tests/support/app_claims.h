/* SPDX-License-Identifier: Apache-2.0
 *
 * app_claims: tables of what a direction's bytes must claim.
 */
#ifndef WEIR_TESTS_SUPPORT_APP_CLAIMS_H
#define WEIR_TESTS_SUPPORT_APP_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "sensor/inspect/app_pattern.h"

#include "tests/support/weir_test.h"

/* A whole datagram, or the stream's bytes up to now, with their responder port. */
#define DATAGRAM(text, port)                                                                       \
    {                                                                                              \
        .bytes = (const uint8_t *)(text), .size = sizeof(text) - 1, .whole = sizeof(text) - 1,     \
        .resp_port = (port), .udp = true, .last = true                                             \
    }
#define STREAM(text, port)                                                                         \
    {                                                                                              \
        .bytes = (const uint8_t *)(text), .size = sizeof(text) - 1, .whole = SIZE_MAX,             \
        .resp_port = (port)                                                                        \
    }

struct app_claim_row {
    const char *name;
    app_pattern_fn *pattern;
    struct app_side side;
    enum app_claim claim;
};

static inline void check_claims(const struct app_claim_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const enum app_claim claim = rows[i].pattern(&rows[i].side);
        if (claim != rows[i].claim) {
            print_error("%s: %d, want %d\n", rows[i].name, (int)claim, (int)rows[i].claim);
            fail();
        }
    }
}

#endif
