/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/interface_list.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/weir_test.h"

static char *printed(enum weir_table_format format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct weir_error error = {0};
    const int code = interface_list_print(format, out, &error);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(error.text, "");
    assert_err(code, WEIR_OK);
    return text;
}

static void the_loopback_interface_is_listed_in_every_format(void **state)
{
    (void)state;
    char *table = printed(WEIR_TABLE_TABLE);
    char *csv = printed(WEIR_TABLE_CSV);
    char *json = printed(WEIR_TABLE_JSON);
    assert_non_null(strstr(table, "\nlo "));
    assert_int_equal(strncmp(csv, "name,description,addresses,link,up,captures\n", 44), 0);
    assert_non_null(strstr(csv, "\nlo,"));
    assert_non_null(strstr(json, "\"name\":\"lo\""));
    free(table);
    free(csv);
    free(json);
}

static void a_name_with_a_slip_finds_its_interface(void **state)
{
    (void)state;
    char nearest[INTERFACE_LIST_NAME_SIZE] = "";
    assert_true(interface_list_nearest("lo", nearest));
    assert_string_equal(nearest, "lo");
    assert_true(interface_list_nearest("lo0", nearest));
    assert_string_equal(nearest, "lo");
    assert_false(interface_list_nearest("a-very-different-interface", nearest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loopback_interface_is_listed_in_every_format),
        cmocka_unit_test(a_name_with_a_slip_finds_its_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
