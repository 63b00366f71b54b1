/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/service.h"

#include <strings.h>

#include "tests/support/weir_test.h"

struct label_case {
    uint8_t proto;
    uint16_t orig, resp;
    enum weir_service_hint hint;
    const char *label;
};

/* Specification 1.6.1 to 1.6.3. */
static const struct label_case cases[] = {
    {6, 40000, 80, 0, "http"},
    {6, 40000, 443, 0, "http_443"},
    {6, 40000, 7, 0, "echo"},
    {6, 40000, 210, 0, "Z39_50"},
    {6, 40000, 0, 0, "private"},
    {6, 40000, 1023, 0, "private"},
    {6, 40000, 1024, 0, "other"},
    {6, 40000, 65535, 0, "other"},
    {6, 40000, 5999, 0, "other"},
    {6, 40000, 6000, 0, "X11"},
    {6, 40000, 6063, 0, "X11"},
    {6, 40000, 6064, 0, "other"},
    {6, 40000, 6664, 0, "other"},
    {6, 40000, 6665, 0, "IRC"},
    {6, 40000, 6669, 0, "IRC"},
    {6, 40000, 6670, 0, "other"},
    {6, 40000, 2784, 0, "http_2784"},
    {6, 40000, 8001, 0, "http_8001"},
    {6, 40000, 3128, 0, "harvest"},
    {6, 40000, 5190, 0, "aol"},
    {6, 20, 40000, 0, "ftp_data"},
    {6, 40000, 20, 0, "ftp_data"},
    {6, 40000, 40001, WEIR_SERVICE_HINT_FTP_DATA, "ftp_data"},
    {6, 40000, 111, 0, "sunrpc"},
    {6, 40000, 111, WEIR_SERVICE_HINT_PM_DUMP, "pm_dump"},
    {6, 20, 111, WEIR_SERVICE_HINT_PM_DUMP, "pm_dump"},
    {6, 40000, 80, WEIR_SERVICE_HINT_PM_DUMP, "http"},
    {17, 40000, 53, 0, "domain_u"},
    {17, 40000, 69, 0, "tftp_u"},
    {17, 40000, 123, 0, "ntp_u"},
    {17, 40000, 161, 0, "private"},
    {17, 40000, 80, 0, "private"},
    {17, 40000, 1024, 0, "other"},
    {1, 8, 0, 0, "eco_i"},
    {1, 0, 0, 0, "ecr_i"},
    {1, 3, 3, 0, "urp_i"},
    {1, 3, 2, 0, "urp_i"},
    {1, 3, 1, 0, "urh_i"},
    {1, 3, 0, 0, "urh_i"},
    {1, 5, 0, 0, "red_i"},
    {1, 11, 0, 0, "tim_i"},
    {1, 13, 0, 0, "other"},
    {58, 128, 0, 0, "eco_i"},
    {58, 129, 0, 0, "ecr_i"},
    {58, 1, 4, 0, "urp_i"},
    {58, 1, 0, 0, "urh_i"},
    {58, 137, 0, 0, "red_i"},
    {58, 3, 0, 0, "tim_i"},
    {58, 2, 0, 0, "other"},
    {47, 0, 0, 0, "other"},
};

static void each_port_and_type_has_its_label(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct label_case *c = &cases[i];
        const uint8_t label = weir_service_label(c->proto, c->orig, c->resp, c->hint);
        assert_string_equal(weir_service_text(label), c->label);
    }
}

static void labels_are_alphabetical_and_parse_back(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < WEIR_SERVICE_COUNT; i++) {
        uint8_t back = 255;
        assert_true(weir_service_parse(weir_service_text(i), &back));
        assert_int_equal(back, i);
        if (i > 0) {
            assert_true(strcasecmp(weir_service_text((uint8_t)(i - 1)), weir_service_text(i)) < 0);
        }
    }
    uint8_t none = 0;
    assert_false(weir_service_parse("irc", &none));
    assert_null(weir_service_text(WEIR_SERVICE_COUNT));
}

static void fifty_two_tcp_ports_below_1024_have_a_name(void **state)
{
    (void)state;
    uint8_t private_label = 0;
    assert_true(weir_service_parse("private", &private_label));
    int named = 0;
    for (uint16_t port = 1; port < 1024; port++) {
        named += weir_service_label(6, 40000, port, WEIR_SERVICE_HINT_NONE) != private_label;
    }
    assert_int_equal(named, 52);
}

static void service_keys_tell_ports_apart_but_not_ftp_data(void **state)
{
    (void)state;
    uint8_t ftp_data = 0;
    uint8_t private_label = 0;
    assert_true(weir_service_parse("ftp_data", &ftp_data));
    assert_true(weir_service_parse("private", &private_label));
    assert_int_equal(weir_service_key(6, 20, ftp_data), weir_service_key(6, 40000, ftp_data));
    assert_int_not_equal(weir_service_key(6, 1, private_label),
                         weir_service_key(6, 2, private_label));
    assert_int_not_equal(weir_service_key(6, 161, private_label),
                         weir_service_key(17, 161, private_label));
    const uint8_t echo = weir_service_label(1, 8, 0, WEIR_SERVICE_HINT_NONE);
    assert_int_equal(weir_service_key(1, 0, echo), weir_service_key(58, 7, echo));
}

static void neighbour_discovery_has_no_vector(void **state)
{
    (void)state;
    assert_true(weir_service_has_vector(6, 0));
    assert_true(weir_service_has_vector(17, 0));
    assert_true(weir_service_has_vector(1, 13));
    assert_true(weir_service_has_vector(58, 128));
    assert_true(weir_service_has_vector(58, 137));
    assert_false(weir_service_has_vector(58, 130));
    assert_false(weir_service_has_vector(58, 135));
    assert_false(weir_service_has_vector(58, 143));
    assert_false(weir_service_has_vector(47, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_port_and_type_has_its_label),
        cmocka_unit_test(labels_are_alphabetical_and_parse_back),
        cmocka_unit_test(fifty_two_tcp_ports_below_1024_have_a_name),
        cmocka_unit_test(service_keys_tell_ports_apart_but_not_ftp_data),
        cmocka_unit_test(neighbour_discovery_has_no_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
