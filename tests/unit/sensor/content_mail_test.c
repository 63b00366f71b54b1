/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/app.h"

#include "sensor/inspect/content_imap.h"
#include "sensor/inspect/content_pop.h"
#include "sensor/inspect/content_smtp.h"

#include "tests/support/transcript.h"
#include "tests/support/weir_test.h"

static const struct transcript rows[] = {
    /* SMTP: logged_in is that the connection asked something */
    {"smtp: AUTH that is refused",
     25,
     false,
     {TURN("<220 a ESMTP\r\n"), TURN(">EHLO b\r\n"), TURN("<250-a\r\n250 AUTH PLAIN\r\n"),
      TURN(">AUTH PLAIN AGd1ZXN0AHg=\r\n"), TURN("<535 no\r\n")},
     {.logged_in = 1, .num_failed_logins = 1, .is_guest_login = 1}},
    {"smtp: AUTH LOGIN of root",
     25,
     false,
     {TURN("<220 a ESMTP\r\n"), TURN(">EHLO b\r\n"), TURN("<250 a\r\n"), TURN(">AUTH LOGIN\r\n"),
      TURN("<334 VXNlcm5hbWU6\r\n"), TURN(">cm9vdA==\r\n"), TURN("<334 UGFzc3dvcmQ6\r\n"),
      TURN(">eA==\r\n"), TURN("<235 ok\r\n")},
     {.logged_in = 1, .is_host_login = 1}},
    {"smtp: 535 to something else is no failed login",
     25,
     false,
     {TURN("<220 a ESMTP\r\n"), TURN(">EHLO b\r\n"), TURN("<535 what\r\n")},
     {.logged_in = 1}},
    {"smtp: debug, a pipe as recipient, decode",
     25,
     false,
     {TURN("<220 a ESMTP\r\n"), TURN(">EHLO b\r\n"), TURN("<250 a\r\n"), TURN(">DEBUG\r\n"),
      TURN("<500 no\r\n"), TURN(">MAIL FROM:<|/bin/sh>\r\nRCPT TO:<decode>\r\nRCPT TO:<joe>\r\n"),
      TURN("<250 a\r\n250 b\r\n550 user not found\r\n")},
     {.logged_in = 1, .hot = 3, .num_compromised = 1}},
    {"smtp: the lines of a message",
     25,
     false,
     {TURN("<220 a ESMTP\r\n"), TURN(">EHLO b\r\n"), TURN("<250 a\r\n"), TURN(">DATA\r\n"),
      TURN("<354 go\r\n"),
      TURN(">To: root\r\nDEBUG\r\nbegin 644 a.bin\r\nbegin the day\r\n"
           "Content-Disposition: attachment; filename=\"x\"\r\n+ + >> ~/.rhosts\r\n.\r\n"),
      TURN("<250 ok\r\n"), TURN(">QUIT\r\n"), TURN("<221 bye\r\n")},
     {.logged_in = 1, .num_root = 1, .num_file_creations = 2, .num_access_files = 1}},
    {"smtp: what follows STARTTLS is not read",
     25,
     false,
     {TURN("<220 a ESMTP\r\n"), TURN(">EHLO b\r\n"), TURN("<250 a\r\n"), TURN(">STARTTLS\r\n"),
      TURN("<220 go\r\n"), TURN(">DEBUG\r\n")},
     {.logged_in = 1}},
    /* POP */
    {"pop: a password that is accepted",
     110,
     false,
     {TURN("<+OK ready\r\n"), TURN(">USER joe\r\n"), TURN("<+OK\r\n"), TURN(">PASS x\r\n"),
      TURN("<+OK mailbox\r\n")},
     {.logged_in = 1}},
    {"pop: +OK to USER is no login, -ERR to PASS is a failed one",
     110,
     false,
     {TURN("<+OK ready\r\n"), TURN(">USER root\r\n"), TURN("<+OK\r\n"), TURN(">PASS x\r\n"),
      TURN("<-ERR no\r\n")},
     {.num_failed_logins = 1, .num_root = 1}},
    {"pop: AUTH PLAIN in a line of its own",
     110,
     false,
     {TURN("<+OK ready\r\n"), TURN(">CAPA\r\n"), TURN("<+OK list\r\nUSER\r\n-ERR\r\n.\r\n"),
      TURN(">AUTH PLAIN\r\n"), TURN("<+ \r\n"), TURN(">AHJvb3QAeA==\r\n"), TURN("<+OK in\r\n")},
     {.logged_in = 1, .is_host_login = 1, .num_root = 1}},
    {"pop: -ERR to another command is no failed login",
     110,
     false,
     {TURN("<+OK ready\r\n"), TURN(">USER joe\r\n"), TURN("<+OK\r\n"), TURN(">PASS x\r\n"),
      TURN("<+OK\r\n"), TURN(">RETR 1\r\n"), TURN("<+OK\r\n-ERR in a letter\r\n.\r\n"),
      TURN(">RETR 9\r\n"), TURN("<-ERR none\r\n")},
     {.logged_in = 1}},
    {"pop: APOP of a guest",
     110,
     false,
     {TURN("<+OK ready <1@a>\r\n"), TURN(">APOP guest c4c9334bac560ecc979e58001b3e22fb\r\n"),
      TURN("<-ERR no\r\n")},
     {.num_failed_logins = 1, .is_guest_login = 1}},
    /* IMAP */
    {"imap: LOGIN that is accepted",
     143,
     false,
     {TURN("<* OK ready\r\n"), TURN(">a1 LOGIN \"admin\" x\r\n"), TURN("<a1 OK in\r\n")},
     {.logged_in = 1, .is_host_login = 1}},
    {"imap: LOGIN that is refused, and NO to something else",
     143,
     false,
     {TURN("<* OK ready\r\n"), TURN(">a1 LOGIN root x\r\n"), TURN("<a1 NO wrong\r\n"),
      TURN(">a2 SELECT x\r\n"), TURN("<a2 BAD not now\r\n")},
     {.num_failed_logins = 1, .num_root = 1}},
    {"imap: another tag's OK is no login",
     143,
     false,
     {TURN("<* OK ready\r\n"), TURN(">a1 LOGIN joe x\r\na2 NOOP\r\n"), TURN("<a2 OK done\r\n")},
     {0}},
    {"imap: a literal id, then AUTHENTICATE",
     143,
     false,
     {TURN("<* OK ready\r\n"), TURN(">a1 LOGIN {5}\r\n"), TURN("<+ go\r\n"), TURN(">guest {1}\r\n"),
      TURN("<+ go\r\n"), TURN(">x\r\n"), TURN("<a1 NO\r\n"), TURN(">a2 AUTHENTICATE PLAIN\r\n"),
      TURN("<+ \r\n"), TURN(">AGpvZQB4\r\n"), TURN("<a2 OK\r\n")},
     {.logged_in = 1, .num_failed_logins = 1, .is_guest_login = 1}},
    {"imap: PREAUTH",
     143,
     false,
     {TURN("<* PREAUTH joe\r\n"), TURN(">a1 CAPABILITY\r\n"), TURN("<a1 OK\r\n")},
     {.logged_in = 1}},
};

static void each_session_gives_its_columns_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        transcript_check(&rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_session_gives_its_columns_however_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
