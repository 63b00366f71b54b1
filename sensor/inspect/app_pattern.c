/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_pattern.h"

#include <string.h>
#include <strings.h>

enum app_claim app_pattern_bytes(const struct app_side *side, size_t at, const char *text,
                                 size_t size)
{
    const size_t have = at < side->size ? side->size - at : 0;
    const size_t look = have < size ? have : size;
    if (look > 0 && memcmp(side->bytes + at, text, look) != 0) {
        return APP_NO;
    }
    return look == size ? APP_YES : APP_MORE;
}

/* Words have no NUL, so a NUL in the bytes ends the comparison as a difference. */
static enum app_claim begins_with(const struct app_side *side, const char *word, size_t size)
{
    const size_t look = side->size < size ? side->size : size;
    if (strncasecmp((const char *)side->bytes, word, look) != 0) {
        return APP_NO;
    }
    return look == size ? APP_YES : APP_MORE;
}

enum app_claim app_pattern_word(const struct app_side *side, const struct app_word *words,
                                size_t count, size_t *word_size)
{
    enum app_claim claim = APP_NO;
    const uint8_t first = side->bytes[0] | 0x20U;
    for (size_t i = 0; i < count; i++) {
        if (((uint8_t)words[i].text[0] | 0x20U) != first) {
            continue;
        }
        const size_t size = strlen(words[i].text);
        const enum app_claim begins = begins_with(side, words[i].text, size);
        if (begins == APP_YES) {
            *word_size = size;
            return claim == APP_MORE && !side->last ? APP_MORE : words[i].claim;
        }
        claim = begins == APP_MORE ? APP_MORE : claim;
    }
    return claim;
}

enum app_claim app_pattern_line(const struct app_side *side, size_t at, const char *text,
                                size_t size)
{
    for (size_t i = at; i < side->size; i++) {
        const uint8_t byte = side->bytes[i];
        if (byte == (uint8_t)text[0]) {
            const enum app_claim claim = app_pattern_bytes(side, i, text, size);
            if (claim != APP_NO) {
                return claim;
            }
        }
        if (byte < 0x20 && byte != '\t') {
            return APP_NO;
        }
    }
    return APP_MORE;
}
