/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/table_writer.h"

#include <math.h>
#include <stdlib.h>

#include "tests/support/weir_test.h"

static const struct weir_column columns[] = {
    {.name = "name", .type = WEIR_COLUMN_TEXT},
    {.name = "count", .type = WEIR_COLUMN_COUNT},
    {.name = "score", .type = WEIR_COLUMN_REAL, .decimals = 3},
    {.name = "ok", .type = WEIR_COLUMN_FLAG},
    {.name = "since", .type = WEIR_COLUMN_TIME},
    {.name = "offset", .type = WEIR_COLUMN_INTEGER},
};

/* Two rows in one format; the text is the caller's. */
static char *written(enum weir_table_format format, int rows)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct weir_table_writer *writer = NULL;
    assert_err(weir_table_writer_new(format, columns, 6, out, &writer), WEIR_OK);
    if (rows > 0) {
        weir_table_writer_add_text(writer, "a,\"b\"\n\xc3\xa4\xff");
        weir_table_writer_add_count(writer, UINT64_MAX);
        weir_table_writer_add_real(writer, 0.1);
        weir_table_writer_add_flag(writer, true);
        weir_table_writer_add_time(writer, 0);
        weir_table_writer_add_integer(writer, -5);
        weir_table_writer_end_row(writer);
    }
    if (rows > 1) {
        weir_table_writer_add_text(writer, NULL);
        weir_table_writer_add_null(writer);
        weir_table_writer_add_real(writer, (double)NAN);
        weir_table_writer_add_flag(writer, false);
        weir_table_writer_add_null(writer);
        weir_table_writer_add_integer(writer, 17);
        weir_table_writer_end_row(writer);
    }
    assert_err(weir_table_writer_finish(writer), WEIR_OK);
    (void)fclose(out);
    return text;
}

static void assert_written(enum weir_table_format format, int rows, const char *want)
{
    char *got = written(format, rows);
    assert_string_equal(got, want);
    free(got);
}

static void table_lines_up_and_shows_no_control_characters(void **state)
{
    (void)state;
    assert_written(
        WEIR_TABLE_TABLE, 2,
        "name                     count  score  ok     since                        offset\n"
        "a,\"b\"?\xc3\xa4?  18446744073709551615  0.100  true   1970-01-01T00:00:00.000000Z      "
        "-5\n"
        "-                            -      -  false  -                                17\n");
}

static void csv_quotes_as_rfc_4180(void **state)
{
    (void)state;
    assert_written(WEIR_TABLE_CSV, 2,
                   "name,count,score,ok,since,offset\n"
                   "\"a,\"\"b\"\"\n\xc3\xa4\xff\",18446744073709551615,0.1,true,"
                   "1970-01-01T00:00:00.000000Z,-5\n"
                   ",,,false,,17\n");
}

static void json_is_one_array_of_objects(void **state)
{
    (void)state;
    assert_written(WEIR_TABLE_JSON, 2,
                   "[\n{\"name\":\"a,\\\"b\\\"\\u000a\xc3\xa4\\ufffd\",\"count\":"
                   "18446744073709551615,\"score\":0.1,\"ok\":true,\"since\":"
                   "\"1970-01-01T00:00:00.000000Z\",\"offset\":-5},\n"
                   "{\"name\":null,\"count\":null,\"score\":null,\"ok\":false,\"since\":null,"
                   "\"offset\":17}\n]\n");
    assert_written(WEIR_TABLE_JSON, 0, "[]\n");
}

static void jsonl_is_one_object_a_line(void **state)
{
    (void)state;
    assert_written(WEIR_TABLE_JSONL, 0, "");
    char *text = written(WEIR_TABLE_JSONL, 1);
    assert_int_equal(text[0], '{');
    free(text);
}

static void failed_output_is_reported(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "we");
    if (full == NULL) {
        skip();
    }
    struct weir_table_writer *writer = NULL;
    assert_err(weir_table_writer_new(WEIR_TABLE_CSV, columns, 6, full, &writer), WEIR_OK);
    assert_err(weir_table_writer_finish(writer), WEIR_EIO);
    (void)fclose(full);
}

static void table_without_columns_is_refused(void **state)
{
    (void)state;
    struct weir_table_writer *writer = NULL;
    assert_err(weir_table_writer_new(WEIR_TABLE_CSV, columns, 0, stdout, &writer), WEIR_EINVAL);
    assert_null(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_lines_up_and_shows_no_control_characters),
        cmocka_unit_test(csv_quotes_as_rfc_4180),
        cmocka_unit_test(json_is_one_array_of_objects),
        cmocka_unit_test(jsonl_is_one_object_a_line),
        cmocka_unit_test(failed_output_is_reported),
        cmocka_unit_test(table_without_columns_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
