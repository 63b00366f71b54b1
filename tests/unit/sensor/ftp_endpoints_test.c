/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ftp_endpoints.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static void announcement_holds_for_its_pair_port_and_time(void **state)
{
    (void)state;
    struct ftp_endpoints *endpoints = NULL;
    const struct weir_address server = test_host(2);
    const struct weir_address client = test_host(1);
    assert_err(ftp_endpoints_new(16, 7, &endpoints), WEIR_OK);
    assert_false(ftp_endpoints_find(endpoints, &server, &client, 5000, 0));
    ftp_endpoints_add(endpoints, &server, &client, 5000, 10);
    assert_true(ftp_endpoints_find(endpoints, &server, &client, 5000, 20));
    assert_false(ftp_endpoints_find(endpoints, &client, &server, 5000, 20));
    assert_false(ftp_endpoints_find(endpoints, &server, &client, 5001, 20));
    assert_true(ftp_endpoints_find(endpoints, &server, &client, 5000, 10 + FTP_ENDPOINTS_VALID_US));
    assert_false(
        ftp_endpoints_find(endpoints, &server, &client, 5000, 11 + FTP_ENDPOINTS_VALID_US));
    ftp_endpoints_free(endpoints);
}

static void full_set_forgets_its_oldest(void **state)
{
    (void)state;
    struct ftp_endpoints *endpoints = NULL;
    const struct weir_address server = test_host(2);
    const struct weir_address client = test_host(1);
    assert_err(ftp_endpoints_new(1, 7, &endpoints), WEIR_OK);
    for (uint16_t port = 1; port <= 5; port++) {
        ftp_endpoints_add(endpoints, &server, &client, port, port);
    }
    assert_false(ftp_endpoints_find(endpoints, &server, &client, 1, 6));
    assert_true(ftp_endpoints_find(endpoints, &server, &client, 2, 6));
    assert_true(ftp_endpoints_find(endpoints, &server, &client, 5, 6));
    ftp_endpoints_free(endpoints);
    assert_err(ftp_endpoints_new(3, 7, &endpoints), WEIR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(announcement_holds_for_its_pair_port_and_time),
        cmocka_unit_test(full_set_forgets_its_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
