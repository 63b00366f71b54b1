/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/header_stack.h"

#include <string.h>

#define CODE_BITS   5
#define CODE_MASK   UINT64_C(31)
#define HEADERS_MAX 12

static const char *const header_texts[] = {
#define X(name, code, text) [code] = (text),
    WEIR_HEADER_TABLE(X)
#undef X
};

_Static_assert(sizeof(header_texts) / sizeof(header_texts[0]) == CODE_MASK + 1,
               "one text a code, and every code is used");

bool weir_header_stack_has(uint64_t stack, enum weir_header header)
{
    for (uint64_t left = stack; left != 0; left >>= CODE_BITS) {
        if ((left & CODE_MASK) == (uint64_t)header) {
            return true;
        }
    }
    return false;
}

bool weir_header_stack_valid(uint64_t stack)
{
    if (stack >> (CODE_BITS * HEADERS_MAX) != 0) {
        return false;
    }
    for (uint64_t left = stack; left != 0; left >>= CODE_BITS) {
        if ((left & CODE_MASK) == 0) {
            return false;
        }
    }
    return true;
}

size_t weir_header_stack_text(uint64_t stack, char *out, size_t room)
{
    size_t size = 0;
    if (room == 0) {
        return 0;
    }
    for (int place = HEADERS_MAX - 1; place >= 0; place--) {
        const uint64_t code = (stack >> (CODE_BITS * place)) & CODE_MASK;
        if (code == 0) {
            continue;
        }
        const char *text = header_texts[code];
        const size_t length = strlen(text) + (size > 0 ? 1 : 0);
        if (length >= room - size) {
            break;
        }
        if (size > 0) {
            out[size++] = ':';
        }
        memcpy(out + size, text, strlen(text));
        size += strlen(text);
    }
    out[size] = '\0';
    return size;
}
