/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "collector/learn/nsl_kdd.h"

#include "tests/support/weir_test.h"

/* The first row of KDDTrain+, without label. */
#define COLUMNS_1_22 "0,tcp,ftp_data,SF,491,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"
#define COLUMNS_23_41                                                                              \
    "2,2,0.00,0.00,0.00,0.00,1.00,0.00,0.00,150,25,0.17,0.03,0.17,0.00,0.00,0.00,0.05,0.00"
#define ROW COLUMNS_1_22 "," COLUMNS_23_41
#define NAMES                                                                                      \
    "duration,protocol_type,service,flag,src_bytes,dst_bytes,land,wrong_fragment,urgent,hot,"      \
    "num_failed_logins,logged_in,num_compromised,root_shell,su_attempted,num_root,"                \
    "num_file_creations,num_shells,num_access_files,num_outbound_cmds,is_hot_login,"               \
    "is_guest_login,count,srv_count,serror_rate,srv_serror_rate,rerror_rate,srv_rerror_rate,"      \
    "same_srv_rate,diff_srv_rate,srv_diff_host_rate,dst_host_count,dst_host_srv_count,"            \
    "dst_host_same_srv_rate,dst_host_diff_srv_rate,dst_host_same_src_port_rate,"                   \
    "dst_host_srv_diff_host_rate,dst_host_serror_rate,dst_host_srv_serror_rate,"                   \
    "dst_host_rerror_rate,dst_host_srv_rerror_rate"

struct result {
    struct sample_set set;
    struct nsl_kdd_counters counters;
    struct weir_error error;
    int err;
};

static void read_text(struct result *result, const char *text, bool skip_bad)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    rewind(file);
    *result = (struct result){0};
    sample_set_init(&result->set, weir_feature_schema_find("kdd41"));
    result->err =
        nsl_kdd_read(file, "rows.txt", skip_bad, &result->set, &result->counters, &result->error);
    (void)fclose(file);
}

static void rows_of_41_42_and_43_columns_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sample_set_label label;
    } rows[] = {
        {ROW "\n", SAMPLE_SET_UNLABELLED},       {ROW ",normal\n", SAMPLE_SET_NORMAL},
        {ROW ",normal.\r\n", SAMPLE_SET_NORMAL}, {ROW ",neptune,21", SAMPLE_SET_ATTACK},
        {ROW ",anomaly\n\n", SAMPLE_SET_ATTACK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct result result;
        read_text(&result, rows[i].text, false);
        assert_err(result.err, 0);
        assert_int_equal(result.set.rows, 1);
        assert_int_equal(result.set.labels[0], rows[i].label);
        const float *vector = sample_set_row(&result.set, 0);
        assert_true(vector[1] == 0.0F && vector[4] == 491.0F && vector[33] == 0.17F);
        sample_set_fini(&result.set);
    }
}

static void a_header_may_name_the_columns_in_any_order(void **state)
{
    (void)state;
    struct result result;
    read_text(&result, "class," NAMES "\nanomaly," ROW "\n", false);
    assert_err(result.err, 0);
    assert_int_equal(result.set.rows, 1);
    assert_int_equal(result.set.labels[0], SAMPLE_SET_ATTACK);
    assert_true(sample_set_row(&result.set, 0)[4] == 491.0F);
    sample_set_fini(&result.set);
}

static void an_unknown_service_is_counted_and_kept(void **state)
{
    (void)state;
    struct result result;
    read_text(&result,
              "0,tcp,gopher_two,SF,491,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0," COLUMNS_23_41 "\n",
              false);
    assert_err(result.err, 0);
    assert_int_equal(result.set.unknown_categories, 1);
    assert_true(sample_set_row(&result.set, 0)[2] == -1.0F);
    sample_set_fini(&result.set);
}

static void what_is_no_row_is_refused_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a,b,c\n", "rows.txt:1: want 41 columns"},
        {ROW ",normal\n" ROW "\n", "rows.txt:2: want 42 columns, got 41"},
        {"x" ROW "\n", "rows.txt:1: column duration: want a number"},
        {"nan" ROW "\n", "rows.txt:1: column duration: want a number"},
        {"0x1" ROW "\n", "rows.txt:1: column duration: want a number"},
        {"9e999,tcp,ftp_data,SF,491,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0," COLUMNS_23_41 "\n",
         "rows.txt:1: column duration: want a number"},
        {"duration,service,class\n", "rows.txt:1: the header lacks column protocol_type"},
        {",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n",
         "rows.txt:1: more than 64 columns"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct result result;
        read_text(&result, cases[i].text, false);
        assert_err(result.err, WEIR_EFORMAT);
        if (strncmp(result.error.text, cases[i].want, strlen(cases[i].want)) != 0) {
            fail_msg("want \"%s...\", got \"%s\"", cases[i].want, result.error.text);
        }
        sample_set_fini(&result.set);
    }
}

static void bad_rows_are_counted_when_they_may_be_skipped(void **state)
{
    (void)state;
    struct result result;
    read_text(&result, ROW ",normal\nrubbish\n" ROW ",smurf\n", true);
    assert_err(result.err, 0);
    assert_int_equal(result.counters.rows, 2);
    assert_int_equal(result.counters.refused, 1);
    sample_set_fini(&result.set);
}

static void a_line_of_100_kilobytes_is_refused(void **state)
{
    (void)state;
    struct result result;
    char *text = malloc(100001);
    assert_non_null(text);
    memset(text, '1', 100000);
    text[100000] = '\0';
    read_text(&result, text, false);
    assert_err(result.err, WEIR_EFORMAT);
    sample_set_fini(&result.set);
    free(text);
}

static void a_file_that_is_not_there_is_an_io_error(void **state)
{
    (void)state;
    struct result result = {0};
    assert_err(nsl_kdd_load("/nonexistent/rows.txt", false, &result.set, &result.counters,
                            &result.error),
               WEIR_EIO);
    assert_non_null(strstr(result.error.text, "/nonexistent/rows.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_41_42_and_43_columns_are_read),
        cmocka_unit_test(a_header_may_name_the_columns_in_any_order),
        cmocka_unit_test(an_unknown_service_is_counted_and_kept),
        cmocka_unit_test(what_is_no_row_is_refused_with_file_and_line),
        cmocka_unit_test(bad_rows_are_counted_when_they_may_be_skipped),
        cmocka_unit_test(a_line_of_100_kilobytes_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_an_io_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
