/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/line_reader.h"

#include <string.h>

#include "tests/support/weir_test.h"

struct row {
    const char *bytes;
    size_t size;
    bool cr_ends;
    const char *want; /* lines, each ended by '|'; what is told at the end follows them */
};

#define BYTES(text) text, sizeof(text) - 1

static const struct row rows[] = {
    {BYTES("a\r\nb\nc"), false, "a|b|c"},
    {BYTES("a\r\r\nb"), false, "a\r|b"},
    {BYTES("\n\r\n"), false, "||"},
    {BYTES("su\x7f\x7fls\b\bid\n"), false, "id|"},
    {BYTES("\b\ba\n"), false, "a|"},
    {BYTES("a\0b\n"), false, "ab|"},
    {BYTES("\xff\xfd\x18login: "), false, "login: "},
    {BYTES("a\xff\xfa\x18\x00x\ny\xff\xf0"
           "b\n"),
     false, "ab|"},
    {BYTES("a\xff\xff"
           "b\n"),
     false,
     "a\xff"
     "b|"},
    {BYTES("a\r\0b\r\nc\rd\n"), true, "a|b|c|d|"},
};

static void take(char *got, const struct line *line)
{
    const size_t used = strlen(got);
    memcpy(got + used, line->text, line->size);
    got[used + line->size] = line->ended ? '|' : '\0';
    got[used + line->size + 1] = '\0';
}

static void lines_are_what_a_person_sees_however_they_are_cut(void **state)
{
    (void)state;
    struct weir_block_pool *pool = NULL;
    assert_err(weir_block_pool_new(LINE_BYTES, 1, &pool), WEIR_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t step = 1; step <= rows[i].size; step++) {
            struct line_reader reader = {.cr_ends = rows[i].cr_ends};
            struct line line = {0};
            char got[64] = "";
            for (size_t at = 0; at < rows[i].size; at += step) {
                const size_t left = rows[i].size - at;
                struct weir_cursor payload =
                    weir_cursor_over(rows[i].bytes + at, step < left ? step : left);
                while (line_reader_next(&reader, pool, &payload, &line)) {
                    take(got, &line);
                }
            }
            if (line_reader_tell(&reader, pool, &line)) {
                take(got, &line);
            }
            assert_string_equal(got, rows[i].want);
            line_reader_fini(&reader, pool);
        }
    }
    weir_block_pool_free(pool);
}

static void long_line_is_cut_and_its_length_told(void **state)
{
    (void)state;
    static char text[LINE_BYTES + 100];
    struct weir_block_pool *pool = NULL;
    struct line_reader reader = {0};
    struct line line = {0};
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\n';
    assert_err(weir_block_pool_new(LINE_BYTES, 1, &pool), WEIR_OK);
    struct weir_cursor payload = weir_cursor_over(text, sizeof(text));
    assert_true(line_reader_next(&reader, pool, &payload, &line));
    assert_int_equal(line.size, LINE_BYTES);
    assert_int_equal(line.full_size, sizeof(text) - 1);
    weir_block_pool_free(pool);
}

static void empty_pool_ends_the_reading(void **state)
{
    (void)state;
    struct weir_block_pool *pool = NULL;
    struct line_reader reader = {0};
    struct line line = {0};
    assert_err(weir_block_pool_new(LINE_BYTES, 1, &pool), WEIR_OK);
    (void)weir_block_pool_add(pool);
    struct weir_cursor payload = weir_cursor_over("whole\npart", 10);
    assert_true(line_reader_next(&reader, pool, &payload, &line));
    assert_false(line_reader_next(&reader, pool, &payload, &line));
    assert_true(reader.lost);
    weir_block_pool_free(pool);
}

static void waiting_line_is_told_once(void **state)
{
    (void)state;
    struct weir_block_pool *pool = NULL;
    struct line_reader reader = {0};
    struct line line = {0};
    assert_err(weir_block_pool_new(LINE_BYTES, 1, &pool), WEIR_OK);
    struct weir_cursor payload = weir_cursor_over("$ ", 2);
    assert_false(line_reader_next(&reader, pool, &payload, &line));
    assert_true(line_reader_tell(&reader, pool, &line));
    assert_false(line_reader_tell(&reader, pool, &line));
    payload = weir_cursor_over("ls\n", 3);
    assert_true(line_reader_next(&reader, pool, &payload, &line));
    assert_true(line.was_prompt);
    weir_block_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_what_a_person_sees_however_they_are_cut),
        cmocka_unit_test(long_line_is_cut_and_its_length_told),
        cmocka_unit_test(empty_pool_ends_the_reading),
        cmocka_unit_test(waiting_line_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
