/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_text.h"

#include "sensor/inspect/command.h"
#include "sensor/inspect/content.h"

#define HOT_MAX 30
#define CHUNK   64

static bool is_strange(uint8_t byte)
{
    return (byte < 0x20 || byte > 0x7e) && (byte < 0x09 || byte > 0x0d);
}

static uint32_t count_strange(const uint8_t *bytes, size_t size)
{
    uint32_t count = 0;
    size_t i = 0;
    for (; size - i >= CHUNK; i += CHUNK) {
        uint8_t chunk = 0; /* CHUNK fits; without branches, many bytes in one step */
        for (size_t j = 0; j < CHUNK; j++) {
            const uint8_t byte = bytes[i + j];
            chunk = (uint8_t)(chunk + ((byte < 0x20) & !((byte >= 0x09) & (byte <= 0x0d))) +
                              (byte > 0x7e));
        }
        count += chunk;
    }
    for (; i < size; i++) {
        count += is_strange(bytes[i]) ? 1 : 0;
    }
    return count;
}

bool content_text_weigh(struct content *content, bool from_orig, const uint8_t *bytes, size_t size)
{
    struct content_text *text = &content->text;
    const int side = from_orig ? 0 : 1;
    if (text->bytes[side] < TEXT_HEAD_BYTES) {
        const size_t room = TEXT_HEAD_BYTES - (size_t)text->bytes[side];
        const size_t head = size < room ? size : room;
        text->strange[side] += count_strange(bytes, head);
        text->bytes[side] += (uint32_t)head;
        if (text->strange[side] > TEXT_HEAD_BYTES / 10) {
            text->is_binary = true;
            return false;
        }
        bytes += head;
        size -= head;
    }
    text->strange[side] += count_strange(bytes, size);
    text->bytes[side] += (uint32_t)size;
    return true;
}

bool content_text_is_text(const struct content_text *text)
{
    const uint64_t bytes = (uint64_t)text->bytes[0] + text->bytes[1];
    const uint64_t strange = (uint64_t)text->strange[0] + text->strange[1];
    return !text->is_binary && strange * 10 <= bytes;
}

/* Rows that FTPD and TEXT share. */
static void add_shared(struct content *content, const struct pattern_line *found, bool from_orig)
{
    struct weir_kdd_content *columns = &content->columns;
    if (columns->hot < HOT_MAX && (pattern_is_h6(found) || pattern_is_h8(found))) {
        columns->hot++;
    }
    if (!from_orig && pattern_is_root_shell(found)) {
        columns->root_shell = 1;
    }
    if ((found->found & PATTERN_BIT(ROOT)) != 0) {
        content_scene_add32(&columns->num_root);
    }
    if (command_is_script(found->text, found->size)) {
        content_scene_add8(&columns->num_shells);
    }
}

void content_text_add(struct content *content, const struct content_scene *scene,
                      const struct line *line)
{
    const struct pattern_line found =
        content_scene_find(scene, line->text, line->size,
                           PATTERN_H6 | PATTERN_H8 | PATTERN_BIT(UID_ZERO) | PATTERN_N |
                               PATTERN_BIT(ROOT));
    add_shared(content, &found, line->from_orig);
    if (!line->from_orig && pattern_is_n(&found)) {
        content_scene_add32(&content->columns.num_compromised);
    }
}

/* In an FTP data connection either end may have opened the connection; the file is what counts. */
void content_text_add_file(struct content *content, const struct content_scene *scene,
                           const struct line *line)
{
    const struct pattern_line found =
        content_scene_find(scene, line->text, line->size,
                           PATTERN_H6 | PATTERN_H8 | PATTERN_BIT(UID_ZERO) | PATTERN_A1 |
                               PATTERN_BIT(ROOT));
    add_shared(content, &found, line->from_orig);
    if (command_creates(line->text, line->size)) {
        content_scene_add16(&content->columns.num_file_creations);
    }
    if (pattern_is_a1(&found)) {
        content_scene_add16(&content->columns.num_access_files);
    }
}
