/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ftp_control.h"

#include <string.h>

#include "tests/support/weir_test.h"

struct row {
    const char *text;
    bool from_client;
    bool found;
    const char *address; /* NULL: the speaker's own */
    uint16_t port;
};

static const struct row rows[] = {
    {"PORT 10,0,0,1,195,81", true, true, "10.0.0.1", 50001},
    {"port 10,0,0,1,0,20", true, true, "10.0.0.1", 20},
    {"EPRT |2|fe80::1|5282|", true, true, "fe80::1", 5282},
    {"EPRT !1!10.0.0.1!5282!", true, true, "10.0.0.1", 5282},
    {"227 Entering Passive Mode (10,0,0,2,195,81)", false, true, "10.0.0.2", 50001},
    {"227 =10,0,0,2,195,81", false, true, "10.0.0.2", 50001},
    {"229 Entering Extended Passive Mode (|||6446|)", false, true, NULL, 6446},
    {"PORT 10,0,0,1,195,256", true, false, NULL, 0},
    {"PORT 10,0,0,1,195", true, false, NULL, 0},
    {"PORT 10,0,0,1,0,0", true, false, NULL, 0},
    {"EPRT |1|10.0.0.1|70000|", true, false, NULL, 0},
    {"EPRT |1|not.an.address|7000|", true, false, NULL, 0},
    {"PORT 10,0,0,1,195,81", false, false, NULL, 0}, /* not the server's to say */
    {"227 (10,0,0,2,195,81)", true, false, NULL, 0},
    {"226 (10,0,0,2,195,81)", false, false, NULL, 0},
};

static void each_line_announces_what_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ftp_announcement said = {0};
        struct weir_address want = {0};
        if (ftp_control_read(rows[i].text, strlen(rows[i].text), rows[i].from_client, &said) !=
            rows[i].found) {
            fail_msg("%s", rows[i].text);
        }
        if (rows[i].address != NULL) {
            assert_err(weir_address_parse(rows[i].address, &want), WEIR_OK);
        }
        assert_true(weir_address_equal(&said.address, &want));
        assert_int_equal(said.port, rows[i].port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_announces_what_it_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
