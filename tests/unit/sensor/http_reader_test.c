/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/http_reader.h"

#include <stdio.h>
#include <string.h>

#include "sensor/inspect/http_details.h"

#include "tests/support/weir_test.h"

/* One item as a line of text, so that a test reads like the exchange. */
static void write_item(char *log, size_t room, const struct http_item *item)
{
    const size_t at = strlen(log);
    switch (item->event) {
    case HTTP_REQUEST:
        (void)snprintf(log + at, room - at, "> %.*s %.*s %.*s\n", (int)item->method.size,
                       item->method.at, (int)item->target.size, item->target.at,
                       (int)item->version.size, item->version.at);
        break;
    case HTTP_RESPONSE:
        (void)snprintf(log + at, room - at, "< %u%s%s\n", (unsigned)item->status,
                       item->authorized ? " authorized" : "", item->marked ? " marked" : "");
        break;
    case HTTP_HEADER:
        (void)snprintf(log + at, room - at, "%.*s=%.*s\n", (int)item->name.size, item->name.at,
                       (int)item->value.size, item->value.at);
        break;
    case HTTP_HEADERS_END:
        (void)snprintf(log + at, room - at, "end%s\n", item->authorized ? " authorized" : "");
        break;
    case HTTP_PREFACE:
        (void)snprintf(log + at, room - at, "preface\n");
        break;
    case HTTP_NOT:
        (void)snprintf(log + at, room - at, "not\n");
        break;
    }
}

struct talk {
    struct http_reader reader;
    char log[4096];
};

static void say(struct talk *talk, bool from_client, const char *bytes, size_t size, size_t step)
{
    for (size_t at = 0; at < size; at += step) {
        struct weir_cursor payload =
            weir_cursor_over(bytes + at, size - at < step ? size - at : step);
        struct http_item item;
        while (http_reader_next(&talk->reader, from_client, &payload, &item)) {
            write_item(talk->log, sizeof(talk->log), &item);
        }
        assert_int_equal(payload.left, 0);
    }
}

static const char get[] = "GET /a?b HTTP/1.1\r\nHost:  example.org \r\n\r\n";
static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nGET /";

static void exchange_is_read_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t step = 1; step < 50; step++) {
        struct talk talk = {0};
        say(&talk, true, get, strlen(get), step);
        say(&talk, false, ok, strlen(ok), step);
        say(&talk, true, get, strlen(get), step);
        say(&talk, false, ok, strlen(ok), step);
        assert_string_equal(talk.log, "> GET /a?b 1.1\nHost=example.org\nend\n"
                                      "< 200\nContent-Length=5\nend\n"
                                      "> GET /a?b 1.1\nHost=example.org\nend\n"
                                      "< 200\nContent-Length=5\nend\n");
    }
}

static void bodies_are_passed_over(void **state)
{
    (void)state;
    static const char client[] = "POST /x HTTP/1.0\nContent-Length: 16\n\nGET / HTTP/1.0\n\n"
                                 "HEAD /y HTTP/1.1\r\n\r\nGET /z HTTP/1.1\r\n\r\n";
    static const char server[] = "HTTP/1.1 100 Continue\r\n\r\n"
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
                                 "6;x=y\r\nHTTP/1\r\n0\r\nTrailer: t\r\n\r\n"
                                 "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
                                 "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"
                                 "HTTP/1.1 500 Oops\r\n\r\nHTTP/1.1 200 until the end\r\n";
    for (size_t step = 1; step < 100; step++) {
        struct talk talk = {0};
        say(&talk, true, client, strlen(client), step);
        say(&talk, false, server, strlen(server), step);
        assert_string_equal(talk.log,
                            "> POST /x 1.0\nContent-Length=16\nend\n> HEAD /y 1.1\nend\n"
                            "> GET /z 1.1\nend\n< 100\nend\n< 200\n"
                            "Transfer-Encoding=gzip, chunked\nend\n< 200\nContent-Length=99\nend\n"
                            "< 304\nContent-Length=99\nend\n< 500\nend\n");
    }
}

static void response_knows_its_request(void **state)
{
    (void)state;
    struct talk talk = {0};
    static const char first[] = "GET /1 HTTP/1.1\r\nauthorization: Basic eDp5\r\n\r\n";
    static const char second[] = "GET /2 HTTP/1.1\r\n\r\n";
    static const char both[] = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
                               "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    say(&talk, true, first, strlen(first), 99);
    say(&talk, true, second, strlen(second), 99);
    http_reader_mark(&talk.reader);
    say(&talk, false, both, strlen(both), 99);
    assert_non_null(strstr(talk.log, "end authorized\n> GET /2"));
    assert_non_null(strstr(talk.log, "< 401 authorized\n"));
    assert_non_null(strstr(talk.log, "< 404 marked\n"));
}

static void long_target_is_measured_and_cut(void **state)
{
    (void)state;
    char line[9100];
    memset(line, '/', sizeof(line));
    memcpy(line, "GET ", 4);
    memcpy(line + sizeof(line) - 11, " HTTP/1.0\r\n", 11);
    for (size_t step = 1; step < 10000; step += 777) {
        struct http_reader reader = {0};
        struct http_item item = {0};
        bool found = false;
        for (size_t at = 0; at < sizeof(line); at += step) {
            struct weir_cursor payload =
                weir_cursor_over(line + at, sizeof(line) - at < step ? sizeof(line) - at : step);
            found = http_reader_next(&reader, true, &payload, &item) || found;
        }
        assert_true(found);
        assert_int_equal(item.event, HTTP_REQUEST);
        assert_int_equal(item.target_size, 9100 - 4 - 11);
        assert_int_equal(item.target.size, HTTP_LINE_MAX - 4);
    }
}

static void other_protocols_are_refused(void **state)
{
    (void)state;
    static const char *const other[] = {"\x16\x03\x01",   "get / HTTP/1.1\r\n", "GET /\r\n",
                                        "EHLO there\r\n", "GET  HTTP/1.1\r\n",  "GET / HTTP/2.0\n"};
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        struct talk talk = {0};
        say(&talk, true, other[i], strlen(other[i]), 1);
        assert_string_equal(talk.log, "not\n");
        say(&talk, true, get, strlen(get), 1);
        assert_string_equal(talk.log, "not\n");
        assert_false(http_reader_done(&talk.reader));
        say(&talk, false, "220 ready\r\n", 11, 11);
        assert_true(http_reader_done(&talk.reader));
    }
    static const char *const bad[] = {"HTTP/1.1 20x OK\r\n", "HTTP/1.1 099\r\n", "HTTP/1.1\r\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct talk talk = {0};
        say(&talk, false, bad[i], strlen(bad[i]), 3);
        assert_string_equal(talk.log, "not\n");
    }
}

static void preface_of_http2_ends_the_reading(void **state)
{
    (void)state;
    struct talk talk = {0};
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    say(&talk, true, preface, strlen(preface), 4);
    assert_string_equal(talk.log, "preface\n");
    assert_true(http_reader_done(&talk.reader));
}

static void tunnel_and_upgrade_end_the_reading(void **state)
{
    (void)state;
    struct talk talk = {0};
    static const char connect[] = "CONNECT a:443 HTTP/1.1\r\n\r\n";
    static const char no[] = "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n";
    static const char yes[] = "HTTP/1.1 200 Yes\r\n\r\n";
    say(&talk, true, connect, strlen(connect), 99);
    say(&talk, false, no, strlen(no), 99);
    say(&talk, true, connect, strlen(connect), 99);
    assert_false(http_reader_done(&talk.reader));
    say(&talk, false, yes, strlen(yes), 99);
    assert_true(http_reader_done(&talk.reader));
}

static void more_requests_than_places_are_not_told_apart(void **state)
{
    (void)state;
    struct talk talk = {0};
    for (int i = 0; i <= HTTP_WAITING_MAX; i++) {
        say(&talk, true, "HEAD / HTTP/1.1\r\n\r\n", 19, 99);
    }
    http_reader_mark(&talk.reader);
    say(&talk, false, ok, strlen(ok), 99);
    say(&talk, false, ok, strlen(ok), 99);
    assert_non_null(strstr(talk.log, "< 200\nContent-Length=5\nend\n< 200\n"));
}

static void lost_bytes_end_a_direction(void **state)
{
    (void)state;
    struct talk talk = {0};
    http_reader_lose(&talk.reader, true);
    say(&talk, true, get, strlen(get), 99);
    say(&talk, false, ok, strlen(ok), 99);
    assert_string_equal(talk.log, "< 200\nContent-Length=5\nend\n");
    http_reader_lose(&talk.reader, false);
    assert_true(http_reader_done(&talk.reader));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchange_is_read_in_pieces_of_any_size),
        cmocka_unit_test(bodies_are_passed_over),
        cmocka_unit_test(response_knows_its_request),
        cmocka_unit_test(long_target_is_measured_and_cut),
        cmocka_unit_test(other_protocols_are_refused),
        cmocka_unit_test(preface_of_http2_ends_the_reading),
        cmocka_unit_test(tunnel_and_upgrade_end_the_reading),
        cmocka_unit_test(more_requests_than_places_are_not_told_apart),
        cmocka_unit_test(lost_bytes_end_a_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
