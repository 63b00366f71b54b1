/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor_layer2.h"

#include <string.h>

#include "tests/support/weir_test.h"

/* What a configuration file's [layer2] section comes to. */
static int read_section(const char *text, struct sensor_layer2 *out, struct weir_error *error)
{
    struct sensor_options options = {0};
    char whole[1024];
    (void)snprintf(whole, sizeof(whole), "[layer2]\n%s", text);
    assert_err(weir_options_init(&sensor_options_table, &options, NULL), WEIR_OK);
    assert_err(weir_options_parse(&sensor_options_table, "f", whole, &options, error), WEIR_OK);
    const int checked = sensor_layer2_check(&options, error);
    const int code = sensor_layer2_init(&options, out, error);
    assert_int_equal(checked, code);
    weir_options_fini(&sensor_options_table, &options);
    return code;
}

static void an_empty_section_is_the_usual_options(void **state)
{
    (void)state;
    struct sensor_layer2 layer2;
    assert_err(read_section("", &layer2, NULL), WEIR_OK);
    assert_int_equal(layer2.options.learn_us, layer2_options_defaults.learn_us);
    assert_int_equal(layer2.options.stations_max, layer2_options_defaults.stations_max);
    assert_int_equal(layer2.options.router_count, 0);
    assert_int_equal(layer2.options.prefix_count, 0);
    sensor_layer2_fini(&layer2);
}

static void every_list_reaches_its_rule(void **state)
{
    (void)state;
    struct sensor_layer2 layer2;
    struct weir_address address;
    assert_err(read_section("routers = 02:00:00:00:00:01 02:00:00:00:00:0A\n"
                            "proxies = 02:00:00:00:00:02\n"
                            "cluster_macs = 02:00:00:00:00:03\n"
                            "dhcp_servers = 10.0.0.1\n"
                            "critical = 10.0.0.2 fe80::1\n"
                            "prefixes = 10.0.0.0/24 20=10.0.20.0/23\n"
                            "learn = 1 h\n",
                            &layer2, NULL),
               WEIR_OK);
    const struct layer2_options *rules = &layer2.options;
    assert_int_equal(rules->learn_us, INT64_C(3600000000));
    assert_true(layer2_options_is_router(rules, (const uint8_t[]){2, 0, 0, 0, 0, 10}));
    assert_false(layer2_options_is_router(rules, (const uint8_t[]){2, 0, 0, 0, 0, 2}));
    assert_true(layer2_options_is_proxy(rules, (const uint8_t[]){2, 0, 0, 0, 0, 2}));
    assert_false(layer2_options_is_proxy(rules, (const uint8_t[]){2, 0, 0, 0, 0, 1}));
    assert_true(layer2_options_is_shared(rules, (const uint8_t[]){2, 0, 0, 0, 0, 3}));
    assert_err(weir_address_parse("10.0.0.1", &address), WEIR_OK);
    assert_true(layer2_options_is_dhcp_server(rules, &address));
    assert_false(layer2_options_is_critical(rules, &address));
    assert_err(weir_address_parse("fe80::1", &address), WEIR_OK);
    assert_true(layer2_options_is_critical(rules, &address));
    assert_err(weir_address_parse("10.0.21.1", &address), WEIR_OK);
    assert_false(layer2_options_is_outside(rules, 20, &address));
    assert_true(layer2_options_is_outside(rules, 0, &address));
    sensor_layer2_fini(&layer2);
}

static void a_wrong_word_is_named_with_what_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *section, *says;
    } rows[] = {
        {"routers = 02:00:00:00:00\n", "layer2.routers: want MAC"},
        {"routers = 02:00:00:00:00:01:02\n", "layer2.routers"},
        {"proxies = 2:0:0:0:0:1\n", "layer2.proxies"},
        {"cluster_macs = 02-00-00-00-00-01\n", "layer2.cluster_macs"},
        {"cluster_macs = 02:00:00:00:00:0g\n", "got 02:00:00:00:00:0g"},
        {"dhcp_servers = 10.0.0\n", "layer2.dhcp_servers: want addresses"},
        {"critical = gateway\n", "got gateway"},
        {"prefixes = 10.0.0.0\n", "layer2.prefixes: want networks"},
        {"prefixes = 10.0.0.0/33\n", "got 10.0.0.0/33"},
        {"prefixes = 4095=10.0.0.0/24\n", "got 4095="},
        {"prefixes = =10.0.0.0/24\n", "layer2.prefixes"},
        {"prefixes = 10.0.0.0/\n", "layer2.prefixes"},
        {"prefixes = fe80::/129\n", "layer2.prefixes"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sensor_layer2 layer2;
        struct weir_error error = {0};
        print_message("%s", rows[i].section);
        assert_err(read_section(rows[i].section, &layer2, &error), WEIR_EINVAL);
        assert_non_null(strstr(error.text, rows[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_section_is_the_usual_options),
        cmocka_unit_test(every_list_reaches_its_rule),
        cmocka_unit_test(a_wrong_word_is_named_with_what_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
