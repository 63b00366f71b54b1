/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_shell.h"

#include "common/flow/app.h"

#include "tests/support/transcript.h"
#include "tests/support/weir_test.h"

#define OPEN TURN("<\xff\xfd\x18\xff\xfd\x20"), TURN(">\xff\xfb\x18\xff\xfc\x20")
#define LOGIN(id)                                                                                  \
    OPEN, TURN("<\r\nhost\r\n\r\nlogin: "), TURN(">" id "\r\n"), TURN("<Password: "), TURN(">x\r\n")

static const struct transcript rows[] = {
    {"a prompt behind the password is a login",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\n$ "), TURN(">date\r\n"), TURN("<date\r\nSat\r\n$ ")},
     {.logged_in = 1}},
    {"no prompt, no phrase: no login",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\nLogin incorrect\r\nlogin: "), TURN(">guest\r\n")},
     {.num_failed_logins = 1, .is_guest_login = 1}},
    {"a prompt without a login is none",
     23,
     false,
     {OPEN, TURN("<\r\nswitch> "), TURN(">show\r\n")},
     {0}},
    {"a phrase of success, and what comes then is no failure",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\nLast login: Mon\r\ncp: permission denied\r\n")},
     {.logged_in = 1}},
    {"welcome before the password is no login",
     23,
     false,
     {OPEN, TURN("<Welcome to host\r\nlogin: "), TURN(">joe\r\n")},
     {0}},
    {"root at its prompt",
     23,
     false,
     {LOGIN("root"), TURN("<\r\nhost# "), TURN(">ls\r\n")},
     {.logged_in = 1, .is_host_login = 1, .hot = 1, .root_shell = 1, .num_root = 2}},
    {"su to root: attempted, then reached, and lines at root's prompt",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\n$ "), TURN(">su -\r\n"), TURN("<\r\nPassword: "), TURN(">y\r\n"),
      TURN("<\r\nhost# "), TURN(">date\r\n")},
     {.logged_in = 1, .su_attempted = 2, .root_shell = 1, .num_root = 1, .num_compromised = 1}},
    {"su that did not get there",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\n$ "), TURN(">su root\r\n"), TURN("<\r\nPassword: "), TURN(">y\r\n"),
      TURN("<\r\nsu: Sorry\r\n$ ")},
     {.logged_in = 1, .su_attempted = 1, .num_root = 1}},
    {"root's prompt without su is a shell of its own",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\n$ "), TURN(">./x\r\n"), TURN("<\r\nhost# "), TURN(">id\r\n"),
      TURN("<uid=0(root) gid=0\r\n")},
     {.logged_in = 1,
      .hot = 2,
      .root_shell = 1,
      .num_root = 2,
      .num_shells = 1,
      .num_compromised = 1}},
    {"files made, shells started, access files named",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\n$ "),
      TURN(">touch a\r\necho x > b\r\n/bin/sh\r\ncat /etc/passwd\r\necho '>' c\r\n"),
      TURN("<\"a\" [New file]\r\nsh: q: not found\r\n")},
     {.logged_in = 1,
      .hot = 1,
      .num_file_creations = 3,
      .num_shells = 1,
      .num_access_files = 1,
      .num_compromised = 1}},
    {"characters typed one by one, a mistake taken back, Return without a line feed",
     23,
     false,
     {LOGIN("joe"), TURN("<\r\n$ "), TURN(">s"), TURN("<s"), TURN(">y"), TURN("<y"), TURN(">\x7f"),
      TURN("<\b \b"), TURN(">u"), TURN("<u"), TURN(">\r\0"), TURN("<\r\nPassword:")},
     {.logged_in = 1, .su_attempted = 1}},
    {"rsh: the zero byte and data, users and the command",
     514,
     false,
     {TURN(">1021\0joe\0guest\0cat /etc/shadow\0"), TURN("<\0root:x\n")},
     {.logged_in = 1, .is_guest_login = 1, .hot = 1, .num_access_files = 1, .num_root = 1}},
    {"rsh: no zero byte, no login",
     514,
     false,
     {TURN(">1021\0joe\0joe\0date\0"), TURN("<\001Permission denied.\n")},
     {.num_failed_logins = 1}},
    {"rlogin: it asks for a password first",
     513,
     false,
     {TURN(">\0joe\0root\0vt100/9600\0"), TURN("<\0Password: "), TURN(">x\r"),
      TURN("<\r\nLogin incorrect\r\n")},
     {.num_failed_logins = 1}},
    {"a shell behind any port, told by its prompt",
     4444,
     false,
     {TURN("<$ "), TURN(">cat /etc/passwd\n"), TURN("<root:x:0:0:root:/root:/bin/sh\n$ ")},
     {.hot = 1, .num_access_files = 1, .num_root = 1}},
};

static void each_session_gives_its_columns_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        transcript_check(&rows[i]);
    }
}

static void details_name_both_users_of_rlogin(void **state)
{
    (void)state;
    static const struct transcript session = {
        .name = "rlogin",
        .resp_port = 513,
        .turns = {TURN(">\0joe\0sue\0vt100/9600\0"), TURN("<\0"), TURN("<Last login: x\r\n$ ")},
    };
    struct transcript_result result;
    transcript_read(&session, TRANSCRIPT_WHOLE, &result);
    assert_string_equal(result.details.login.user, "sue");
    assert_string_equal(result.details.login.client_user, "joe");
    assert_int_equal(result.details.login.attempts, 1);
    assert_true(result.details.login.logged_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_session_gives_its_columns_however_it_is_cut),
        cmocka_unit_test(details_name_both_users_of_rlogin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
