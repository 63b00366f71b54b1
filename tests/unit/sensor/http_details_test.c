/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/http_details.h"

#include <string.h>

#include "tests/support/weir_test.h"

static void hear(struct http_reader *reader, struct weir_http_details *details, bool from_client,
                 const char *text)
{
    struct weir_cursor payload = weir_cursor_over(text, strlen(text));
    struct http_item item;
    while (http_reader_next(reader, from_client, &payload, &item)) {
        http_details_add(details, &item);
    }
}

static void first_exchange_is_told_and_all_are_counted(void **state)
{
    (void)state;
    struct http_reader reader = {0};
    struct weir_http_details details = {0};
    hear(&reader, &details, true,
         "GET /index HTTP/1.1\r\nHost: a.example\r\nUser-Agent: curl \"x\"\r\n\r\n");
    hear(&reader, &details, false,
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
         "Content-Length: 0\r\n\r\n");
    hear(&reader, &details, true,
         "POST /second HTTP/1.1\r\nHost: b.example\r\nAuthorization: x\r\n\r\n");
    hear(&reader, &details, false,
         "HTTP/1.1 403 No\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
    assert_string_equal(details.method, "GET");
    assert_string_equal(details.uri, "/index");
    assert_string_equal(details.host, "a.example");
    assert_string_equal(details.user_agent, "curl \"x\"");
    assert_string_equal(details.content_type, "text/html");
    assert_string_equal(details.version, "1.1");
    assert_int_equal(details.status, 200);
    assert_int_equal(details.last_status, 403);
    assert_int_equal(details.requests, 2);
    assert_int_equal(details.responses, 2);
    assert_int_equal(details.errors, 1);
    assert_true(details.authorization);
}

static void switched_protocol_is_a_response(void **state)
{
    (void)state;
    struct http_reader reader = {0};
    struct weir_http_details details = {0};
    hear(&reader, &details, true, "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    hear(&reader, &details, false, "HTTP/1.1 101 Switching\r\n\r\n\x81\x01");
    assert_int_equal(details.status, 101);
    assert_int_equal(details.responses, 1);
    assert_true(http_reader_done(&reader));
}

static void preface_says_version_2(void **state)
{
    (void)state;
    struct http_reader reader = {0};
    struct weir_http_details details = {0};
    hear(&reader, &details, true, "PRI * HTTP/2.0\r\n\r\n");
    assert_string_equal(details.version, "2");
    assert_int_equal(details.requests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_exchange_is_told_and_all_are_counted),
        cmocka_unit_test(switched_protocol_is_a_response),
        cmocka_unit_test(preface_says_version_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
