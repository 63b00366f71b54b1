/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ftp_endpoints.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

static bool find(const struct ftp_endpoints *endpoints, const struct ftp_endpoint *endpoint,
                 int64_t now_us)
{
    return ftp_endpoints_find(endpoints, endpoint, now_us, NULL);
}

static void announcement_holds_for_its_pair_port_and_time(void **state)
{
    (void)state;
    struct ftp_endpoints *endpoints = NULL;
    const struct ftp_endpoint said = {.listener = test_host(2), .peer = test_host(1), .port = 5000};
    const struct ftp_endpoint turned = {.listener = test_host(1),
                                        .peer = test_host(2),
                                        .port = 5000};
    const struct ftp_endpoint other_port = {.listener = test_host(2),
                                            .peer = test_host(1),
                                            .port = 5001};
    assert_err(ftp_endpoints_new(16, 7, &endpoints), WEIR_OK);
    assert_false(find(endpoints, &said, 0));
    ftp_endpoints_add(endpoints, &said, 10);
    assert_true(find(endpoints, &said, 20));
    assert_false(find(endpoints, &turned, 20));
    assert_false(find(endpoints, &other_port, 20));
    assert_true(find(endpoints, &said, 10 + FTP_ENDPOINTS_VALID_US));
    assert_false(find(endpoints, &said, 11 + FTP_ENDPOINTS_VALID_US));
    ftp_endpoints_free(endpoints);
}

static void announcement_remembers_whether_its_session_had_logged_in(void **state)
{
    (void)state;
    struct ftp_endpoints *endpoints = NULL;
    struct ftp_endpoint said = {.listener = test_host(2), .peer = test_host(1), .port = 5000};
    bool logged_in = true;
    assert_err(ftp_endpoints_new(16, 7, &endpoints), WEIR_OK);
    ftp_endpoints_add(endpoints, &said, 10);
    assert_true(ftp_endpoints_find(endpoints, &said, 20, &logged_in));
    assert_false(logged_in);
    said.logged_in = true;
    ftp_endpoints_add(endpoints, &said, 30);
    said.logged_in = false; /* it is not what is looked for */
    assert_true(ftp_endpoints_find(endpoints, &said, 40, &logged_in));
    assert_true(logged_in);
    ftp_endpoints_free(endpoints);
}

static void full_set_forgets_its_oldest(void **state)
{
    (void)state;
    struct ftp_endpoints *endpoints = NULL;
    struct ftp_endpoint said = {.listener = test_host(2), .peer = test_host(1)};
    assert_err(ftp_endpoints_new(1, 7, &endpoints), WEIR_OK);
    for (said.port = 1; said.port <= 5; said.port++) {
        ftp_endpoints_add(endpoints, &said, said.port);
    }
    said.port = 1;
    assert_false(find(endpoints, &said, 6));
    said.port = 2;
    assert_true(find(endpoints, &said, 6));
    said.port = 5;
    assert_true(find(endpoints, &said, 6));
    ftp_endpoints_free(endpoints);
    assert_err(ftp_endpoints_new(3, 7, &endpoints), WEIR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(announcement_holds_for_its_pair_port_and_time),
        cmocka_unit_test(announcement_remembers_whether_its_session_had_logged_in),
        cmocka_unit_test(full_set_forgets_its_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
