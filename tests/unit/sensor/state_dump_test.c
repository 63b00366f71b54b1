/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/state_dump.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

static char *written(const struct state_dump *dump)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    state_dump_write(dump, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void every_counter_and_limit_is_in_it(void **state)
{
    (void)state;
    const struct sensor_options options = {.flows_max = 1000};
    const struct meter_counts flows = {.open = 12,
                                       .established = 5,
                                       .holes_max = 62500,
                                       .fragments_max = 4096};
    const struct weir_counter counters[] = {{.name = "flows.open", .value = 12},
                                            {.name = "flows.evicted", .value = 3},
                                            {.name = "packets.seen", .value = 99}};
    const struct state_dump dump = {.options = &options,
                                    .clock_us = INT64_C(1700000000000000),
                                    .flows = &flows,
                                    .level = "full",
                                    .counters = counters,
                                    .counter_count = 3,
                                    .model_version = 7};
    char *text = written(&dump);
    assert_non_null(strstr(text, "packets.seen                 99\n"));
    assert_non_null(strstr(text, "packet_clock                 2023-11-14T22:13:20.000000Z\n"));
    assert_non_null(strstr(text, "model_version                7\n"));
    assert_non_null(strstr(text, "open.established             5\n"));
    const char *row = strstr(text, "\nflows ");
    assert_non_null(row);
    unsigned used = 0;
    unsigned limit = 0;
    unsigned hit = 0;
    assert_int_equal(sscanf(row, " flows %u %u %u", &used, &limit, &hit), 3);
    assert_int_equal(used, 12);
    assert_int_equal(limit, 1000);
    assert_int_equal(hit, 3);
    for (size_t i = 0; i < LIMITS_COUNT; i++) {
        assert_non_null(strstr(text, limits_rows[i].policy));
    }
    row = strstr(text, "\nholes ");
    assert_non_null(row);
    assert_int_equal(sscanf(row, " holes - %u -", &limit), 1);
    assert_int_equal(limit, 62500);
    row = strstr(text, "\nfragments ");
    assert_non_null(row);
    assert_int_equal(sscanf(row, " fragments - %u -", &limit), 1);
    assert_int_equal(limit, 4096);
    assert_null(strstr(text, "[uplink]"));
    free(text);
}

static void it_is_saved_in_the_spool_and_replaced_whole(void **state)
{
    (void)state;
    char folder[] = "/tmp/weir-state-XXXXXX";
    char collector[] = "tcp://collector.example:7707";
    char path[128];
    struct stat status;
    assert_non_null(mkdtemp(folder));
    const struct sensor_options options = {.collector = collector, .spool_folder = folder};
    const struct meter_counts flows = {0};
    const struct state_dump dump = {.options = &options,
                                    .clock_us = INT64_MIN,
                                    .flows = &flows,
                                    .level = "full"};
    assert_err(state_dump_save(&dump, NULL), WEIR_OK);
    assert_err(state_dump_save(&dump, NULL), WEIR_OK);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, STATE_DUMP_NAME);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > 100);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_folder_that_is_gone_is_named(void **state)
{
    (void)state;
    char folder[] = "/tmp/weir-no-such-folder";
    char collector[] = "tcp://collector.example:7707";
    struct weir_error error = {0};
    const struct sensor_options options = {.collector = collector, .spool_folder = folder};
    const struct meter_counts flows = {0};
    const struct state_dump dump = {.options = &options,
                                    .clock_us = INT64_MIN,
                                    .flows = &flows,
                                    .level = "full"};
    assert_err(state_dump_save(&dump, &error), WEIR_EIO);
    assert_non_null(strstr(error.text, folder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_counter_and_limit_is_in_it),
        cmocka_unit_test(it_is_saved_in_the_spool_and_replaced_whole),
        cmocka_unit_test(a_folder_that_is_gone_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
