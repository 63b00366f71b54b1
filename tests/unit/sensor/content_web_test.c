/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/app.h"

#include "sensor/inspect/content_http.h"
#include "sensor/inspect/content_text.h"

#include "tests/support/transcript.h"
#include "tests/support/weir_test.h"

#define GET(target) TURN(">GET " target " HTTP/1.0\r\nHost: a\r\n\r\n")
#define NOT_FOUND   TURN("<HTTP/1.0 404 no\r\nContent-Length: 0\r\n\r\n")

static const struct transcript rows[] = {
    {"a request is a login, and no more", 80, false, {GET("/"), NOT_FOUND}, {.logged_in = 1}},
    {"phf: the passwd file comes back",
     80,
     false,
     {GET("/cgi-bin/phf?Qalias=x%0a/bin/cat%20/etc/passwd"),
      TURN("<HTTP/1.0 200 ok\r\n\r\nroot:x:0:0:root:/root:/bin/sh\n")},
     {.logged_in = 1, .hot = 2, .root_shell = 1, .num_access_files = 1}},
    {"an entry that is not root's, or not at the beginning of a line",
     80,
     false,
     {GET("/a"), TURN("<HTTP/1.0 200 ok\r\n\r\njoe:x:1:0:\n a:b:c:0:0:\n::0:0:\n")},
     {.logged_in = 1}},
    {"what id says",
     80,
     false,
     {GET("/a"), TURN("<HTTP/1.0 200 ok\r\n\r\n<b>uid=0(root)</b>")},
     {.logged_in = 1, .root_shell = 1}},
    {"methods that change",
     80,
     false,
     {TURN(">PUT /a HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\n\r\nx"),
      TURN("<HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n"),
      TURN(">DELETE /a HTTP/1.1\r\nHost: b\r\n\r\n"),
      TURN("<HTTP/1.1 200 ok\r\nContent-Length: 0\r\n\r\n")},
     {.logged_in = 1, .hot = 2, .num_compromised = 1}},
    {"401 counts when the request carried credentials",
     80,
     false,
     {TURN(">GET / HTTP/1.1\r\nHost: b\r\n\r\n"),
      TURN("<HTTP/1.1 401 no\r\nContent-Length: 0\r\n\r\n"),
      TURN(">GET / HTTP/1.1\r\nHost: b\r\nAuthorization: Basic eDp5\r\n\r\n"),
      TURN("<HTTP/1.1 401 no\r\nContent-Length: 0\r\n\r\n")},
     {.logged_in = 1, .num_failed_logins = 1}},
    {"a listing in an FTP data connection: a line for each entry of root's",
     50001,
     true,
     {TURN("<-rw-r--r-- 1 root root 1 Jan 1 a\r\n-rwsr-xr-x 1 root bin 1 Jan 1 su\r\n"
           "-rw-r--r-- 1 joe joe 1 Jan 1 rootkit\r\n")},
     {.num_root = 2, .hot = 1}},
    {"a script in an FTP data connection",
     20,
     true,
     {TURN(">#!/bin/sh\ntouch /tmp/x\ncat /etc/passwd\n#!/usr/bin/python\n")},
     {.num_shells = 1, .num_file_creations = 1, .num_access_files = 1, .hot = 3}},
    {"any other text",
     79,
     false,
     {TURN(">root\r\n"), TURN("<Login: root\r\nfinger: x: not found\r\n#!/bin/perl\r\n")},
     {.num_root = 2, .num_compromised = 1, .num_shells = 1, .hot = 1}},
    {"bytes that are no text are not read",
     7777,
     false,
     {TURN(">root\n\x01\x02\x03\x04\x05\x06\x07")},
     {.logged_in = 1}},
};

static void each_session_gives_its_columns_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        transcript_check(&rows[i]);
    }
}

static void thousands_of_slashes_are_hot_twice_and_their_error_a_compromise(void **state)
{
    (void)state;
    static const char end[] = " HTTP/1.0\r\n\r\n";
    static char text[9000] = ">GET ";
    const size_t slashes = 8400;
    memset(text + 5, '/', slashes);
    memcpy(text + 5 + slashes, end, sizeof(end));
    const struct transcript session = {.name = "back",
                                       .resp_port = 80,
                                       .turns = {{text, 5 + slashes + sizeof(end) - 1}, NOT_FOUND},
                                       .want = {.logged_in = 1, .hot = 2, .num_compromised = 1}};
    transcript_check(&session);
}

static void hot_of_a_text_stops_at_thirty(void **state)
{
    (void)state;
    static char text[40 * 6 + 2] = ">";
    for (size_t i = 0; i < 40; i++) {
        memcpy(text + 1 + i * 6, "/etc/\n", 6);
    }
    const struct transcript session = {.name = "thirty",
                                       .resp_port = 7777,
                                       .turns = {{text, sizeof(text) - 1}},
                                       .want = {.logged_in = 1, .hot = 30}};
    transcript_check(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_session_gives_its_columns_however_it_is_cut),
        cmocka_unit_test(thousands_of_slashes_are_hot_twice_and_their_error_a_compromise),
        cmocka_unit_test(hot_of_a_text_stops_at_thirty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
