/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/tunnel.h"

#include <stddef.h>
#include <string.h>

static const char *const tunnel_texts[] = {
#define X(name, value, text) [value] = (text),
    WEIR_TUNNEL_TABLE(X)
#undef X
};

_Static_assert(sizeof(tunnel_texts) / sizeof(tunnel_texts[0]) == WEIR_TUNNEL_COUNT,
               "one text a tunnel");

const char *weir_tunnel_text(enum weir_tunnel tunnel)
{
    const unsigned at = (unsigned)tunnel;
    return at < WEIR_TUNNEL_COUNT ? tunnel_texts[at] : NULL;
}

bool weir_tunnel_parse(const char *text, enum weir_tunnel *out)
{
    for (unsigned i = 0; i < WEIR_TUNNEL_COUNT; i++) {
        if (strcmp(tunnel_texts[i], text) == 0) {
            *out = (enum weir_tunnel)i;
            return true;
        }
    }
    return false;
}
