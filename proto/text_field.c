/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/text_field.h"

#include <string.h>

#define FIRST_PRINTABLE 0x20
#define DELETE          0x7F

static int is_control(unsigned char letter)
{
    return letter < FIRST_PRINTABLE || letter == DELETE;
}

int weir_text_field_copy(const char *text, char *out, size_t size)
{
    const size_t length = strlen(text);
    if (length >= size) {
        return WEIR_ELIMIT;
    }
    for (size_t i = 0; i < length; i++) {
        if (is_control((unsigned char)text[i])) {
            return WEIR_EFORMAT;
        }
    }
    memcpy(out, text, length + 1);
    return 0;
}

int weir_text_field_check(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0') {
            return 0;
        }
        if (is_control((unsigned char)text[i])) {
            return WEIR_EINVAL;
        }
    }
    return WEIR_EINVAL;
}
