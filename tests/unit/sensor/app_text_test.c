/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_text.h"

#include <stdbool.h>

#include "tests/support/app_claims.h"

static const struct app_claim_row rows[] = {
    {"ssh of version 3", app_text_ssh_orig, STREAM("SSH-3.0-x\r\n", 22), APP_NO},
    {"ssh not yet whole", app_text_ssh_orig, STREAM("SSH-2.", 22), APP_MORE},
    {"lines that may precede ssh", app_text_ssh_resp, STREAM("hello\r\nworld\r\n", 22), APP_FITS},
    {"a request without version", app_text_http_orig, STREAM("GET /\r\n\r\n", 80), APP_NO},
    {"a request without target", app_text_http_orig, STREAM("GET  HTTP/1.1\r\n", 80), APP_NO},
    {"a request not yet whole", app_text_http_orig, STREAM("POST /a?b=", 80), APP_MORE},
    {"a request of SIP", app_text_http_orig, STREAM("OPTIONS sip:a SIP/2.0\r\n", 80), APP_NO},
    {"frames that are no settings", app_text_http_resp, STREAM("\0\0\4\1\0\0\0\0\1", 80), APP_NO},
    {"EHLO without greeting", app_text_smtp_orig, STREAM("EHLO me\r\n", 25), APP_HALF},
    {"a greeting that says mail", app_text_smtp_resp, STREAM("220 a Mail server\r\n", 7), APP_YES},
    {"a greeting of anything", app_text_smtp_resp, STREAM("220 ready\r\n", 7), APP_HALF},
    {"a greeting's first line", app_text_smtp_resp, STREAM("220-ready\r\n", 7), APP_MORE},
    {"a greeting's second line", app_text_smtp_resp, STREAM("220-a\r\n220 ESMTP\r\n", 7), APP_YES},
    {"mail, but after the greeting", app_text_smtp_resp, STREAM("220 a\r\n331 mail\r\n", 7),
     APP_HALF},
    {"turned away elsewhere", app_text_smtp_resp, STREAM("421 too many\r\n", 21), APP_NO},
    {"turned away by ftp", app_text_ftp_resp, STREAM("421 too many\r\n", 21), APP_YES},
    {"turned away on another port", app_text_ftp_resp, STREAM("530 no\r\n", 2121), APP_FITS},
    {"a terse server", app_text_pop3_resp, STREAM("+OK\r\n", 110), APP_HALF},
    {"a tag without command", app_text_imap_orig, STREAM("a1 FROBNICATE\r\n", 143), APP_NO},
    {"a tag alone", app_text_imap_orig, STREAM("a1 ", 143), APP_MORE},
    {"one option and binary bytes", app_text_telnet_resp, STREAM("\xff\xfb\x01\x80", 23), APP_NO},
    {"a command that is no option", app_text_telnet_resp, STREAM("\xff\xf1\x01\x01", 23), APP_NO},
    {"text on another port", app_text_telnet_resp, STREAM("login: ", 2323), APP_FITS},
    {"a prompt", app_text_telnet_resp, STREAM("\r\nLogin: ", 23), APP_YES},
    {"USER and no NICK", app_text_irc_orig, STREAM("USER a\r\nPASS b\r\n", 21), APP_FITS},
    {"a prefix without numeric", app_text_irc_resp, STREAM(":a.b 12x c\r\n", 6667), APP_NO},
    {"a prefix alone", app_text_irc_resp, STREAM(":a.b 00", 6667), APP_MORE},
    {"an answer of another port", app_text_ssdp, DATAGRAM("HTTP/1.1 200 OK\r\n", 80), APP_NO},
    {"an answer to a search", app_text_ssdp, DATAGRAM("HTTP/1.1 200 OK\r\n", 1900), APP_YES},
    {"priority 192", app_text_syslog, DATAGRAM("<192>text", 514), APP_NO},
    {"priority 191", app_text_syslog, DATAGRAM("<191>text", 514), APP_YES},
    {"no priority", app_text_syslog, DATAGRAM("<>text", 514), APP_NO},
    {"four digits", app_text_syslog, DATAGRAM("<0001>text", 514), APP_NO},
    {"a request of HTTP", app_text_sip, DATAGRAM("OPTIONS * HTTP/1.1\r\n", 5060), APP_NO},
};

static void each_line_claims_what_it_shows(void **state)
{
    (void)state;
    check_claims(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_claims_what_it_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
