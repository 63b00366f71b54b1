/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/prompt.h"

#include <string.h>
#include <strings.h>

#define PROMPT_MAX 80

/* The sign a prompt ends in, or NUL. */
static char sign(const char *text, size_t size)
{
    if (size == 0 || size > PROMPT_MAX) {
        return '\0';
    }
    const size_t last = text[size - 1] == ' ' && size > 1 ? size - 2 : size - 1;
    return text[last];
}

bool prompt_is_shell(const char *text, size_t size)
{
    const char last = sign(text, size);
    return last == '$' || last == '%' || last == '>' || last == '#';
}

bool prompt_is_root(const char *text, size_t size)
{
    return sign(text, size) == '#' && text[0] != '#';
}

static bool ends_in(const char *text, size_t size, const char *word)
{
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t')) {
        size--;
    }
    const size_t length = strlen(word);
    return size >= length && strncasecmp(text + size - length, word, length) == 0;
}

bool prompt_is_login(const char *text, size_t size)
{
    return ends_in(text, size, "login:") || ends_in(text, size, "username:") ||
           ends_in(text, size, "user:");
}

bool prompt_is_password(const char *text, size_t size)
{
    return ends_in(text, size, "password:");
}
