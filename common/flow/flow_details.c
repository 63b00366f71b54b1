/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_details.h"

#include <string.h>

#include "common/base/check.h"

#include "common/flow/detail_field.h"

_Static_assert(sizeof(struct weir_flow_details) <= 3072, "details are at most 3 KiB");

static bool is_plain(uint8_t byte)
{
    return byte >= ' ' && byte <= '~' && byte != '\\';
}

void weir_detail_text_append(char *text, size_t room, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    size_t at = strnlen(text, room);
    for (size_t i = 0; i < size; i++) {
        const size_t need = is_plain(from[i]) ? 1 : from[i] == '\\' ? 2 : 4;
        if (at + need >= room) {
            break;
        }
        if (need > 1) {
            text[at++] = '\\';
        }
        if (need == 4) {
            text[at++] = 'x';
            text[at++] = digits[from[i] >> 4];
            text[at++] = digits[from[i] & 15];
        } else {
            text[at++] = (char)from[i];
        }
    }
    if (at < room) {
        text[at] = '\0';
    }
}

void weir_detail_text_put(char *text, size_t room, const void *bytes, size_t size)
{
    text[0] = '\0';
    weir_detail_text_append(text, room, bytes, size);
}

void weir_detail_text_copy(char *text, size_t room, const char *from)
{
    size_t size = strlen(from);
    if (size >= room) {
        size = 0;
        for (size_t next = 0; next < room;) {
            size = next;
            next += from[next] != '\\' ? 1 : from[next + 1] == 'x' ? 4 : 2;
        }
    }
    memcpy(text, from, size);
    text[size] = '\0';
}

void weir_flow_details_withhold(struct weir_flow_details *details)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        void *block = weir_detail_block_of(details, &blocks[i]);
        for (size_t j = 0; j < blocks[i].count; j++) {
            const struct weir_detail_field *field = &blocks[i].fields[j];
            if (field->privacy == WEIR_FIELD_NAMING) {
                memset((uint8_t *)block + field->offset, 0, field->bytes);
            }
        }
    }
}

static bool is_text(const char *text, size_t room)
{
    size_t at = 0;
    while (at < room && text[at] >= ' ' && text[at] <= '~') {
        at++;
    }
    return at < room && text[at] == '\0';
}

static bool is_address(const struct weir_address *address)
{
    return address->size == 0 || address->size == 4 || address->size == 16;
}

static bool is_valid(const struct weir_detail_field *field, const void *block)
{
    if (field->kind == WEIR_FIELD_TEXT) {
        return is_text(weir_field_text(field, block), field->bytes);
    }
    return field->kind != WEIR_FIELD_ADDRESS || is_address(weir_field_address(field, block));
}

/* The first field of a block that cannot be, or NULL. */
static const char *bad_field(const struct weir_detail_block *block, const void *at)
{
    for (size_t i = 0; i < block->count; i++) {
        if (!is_valid(&block->fields[i], at)) {
            return block->fields[i].name;
        }
    }
    return NULL;
}

bool weir_flow_details_valid(const struct weir_flow_details *details, const char **why)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    const char *bad = details->present >= 1U << WEIR_DETAIL_BLOCK_COUNT ? "present" : NULL;
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT && bad == NULL; i++) {
        if ((details->present & 1U << i) != 0) {
            bad = bad_field(&blocks[i], weir_detail_block_in(details, &blocks[i]));
        }
    }
    if (bad != NULL && why != NULL) {
        *why = bad;
    }
    return bad == NULL;
}
