/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_ftp.h"

#include "common/flow/app.h"

#include "tests/support/transcript.h"
#include "tests/support/weir_test.h"

#define HELLO TURN("<220 (vsFTPd 3.0.3)\r\n")

static const struct transcript rows[] = {
    {"a refused password is a failed login",
     21,
     false,
     {HELLO, TURN(">USER joe\r\n"), TURN("<331 Please specify the password.\r\n"),
      TURN(">PASS x\r\n"), TURN("<530 Login incorrect.\r\n")},
     {.num_failed_logins = 1}},
    {"530 to another command is not",
     21,
     false,
     {HELLO, TURN(">SYST\r\n"), TURN("<530 Please login with USER and PASS.\r\n")},
     {0}},
    {"an accepted password logs in",
     21,
     false,
     {HELLO, TURN(">USER joe\r\n"), TURN("<331 password\r\n"), TURN(">PASS x\r\n"),
      TURN("<230-Welcome\r\n230-530 files are here\r\n230 Login successful.\r\n")},
     {.logged_in = 1}},
    {"a guest is a guest, and a listing is hot",
     21,
     false,
     {HELLO, TURN(">USER anonymous\r\n"), TURN("<331 mail\r\n"), TURN(">PASS a@b\r\n"),
      TURN("<230 ok\r\n"), TURN(">LIST\r\n"), TURN("<150 Here\r\n226 Done\r\n"),
      TURN(">RETR a\r\n"), TURN("<550 No such file or directory\r\n")},
     {.logged_in = 1, .is_guest_login = 1, .hot = 1, .num_compromised = 1}},
    {"a guest who is refused is a guest too",
     21,
     false,
     {HELLO, TURN(">USER ftp\r\n"), TURN("<530 no guests\r\n")},
     {.num_failed_logins = 1, .is_guest_login = 1}},
    {"root is a host login, hot and root",
     21,
     false,
     {HELLO, TURN(">USER root\r\n"), TURN("<331 p\r\n"), TURN(">PASS x\r\n"), TURN("<230 ok\r\n")},
     {.logged_in = 1, .is_host_login = 1, .hot = 1, .num_root = 1}},
    {"root who is refused is no host login",
     21,
     false,
     {HELLO, TURN(">USER root\r\n"), TURN("<331 p\r\n"), TURN(">PASS x\r\n"), TURN("<530 no\r\n")},
     {.num_failed_logins = 1, .num_root = 1}},
    {"what is stored and made is created",
     21,
     false,
     {HELLO, TURN(">STOR a\r\n"), TURN("<150 go\r\n"), TURN("<226 done\r\n"), TURN(">MKD b\r\n"),
      TURN("<257 made\r\n"), TURN(">STOR c\r\n"), TURN("<553 no\r\n")},
     {.hot = 1, .num_file_creations = 2}},
    {"system folders, SITE EXEC and access files",
     21,
     false,
     {HELLO, TURN(">CWD /etc\r\nCWD /home/joe\r\nCWD ...\r\n"),
      TURN("<250 a\r\n250 b\r\n250 c\r\n"), TURN(">SITE EXEC id\r\nSITE HELP\r\n"),
      TURN("<200 a\r\n200 b\r\n"), TURN(">RETR /etc/passwd\r\n"), TURN("<550 no\r\n")},
     {.hot = 3, .num_access_files = 1}},
    {"what follows TLS is not read",
     21,
     false,
     {HELLO, TURN(">AUTH TLS\r\n"), TURN("<234 go ahead\r\n"), TURN(">USER root\r\n"),
      TURN("<530 no\r\n")},
     {0}},
};

static void each_session_gives_its_columns_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        transcript_check(&rows[i]);
    }
}

static void details_name_the_user_and_count_commands_transfers_and_bounces(void **state)
{
    (void)state;
    static const struct transcript session = {
        .name = "bounce",
        .resp_port = 21,
        .turns = {HELLO, TURN(">USER joe\r\n"), TURN("<230 ok\r\n"),
                  TURN(">PORT 10,0,0,1,4,1\r\nPORT 10,9,9,9,4,1\r\n"), TURN("<200 a\r\n200 b\r\n"),
                  TURN(">NLST\r\n"), TURN("<125 go\r\n226 done\r\n")},
    };
    struct transcript_result result;
    transcript_read(&session, TRANSCRIPT_WHOLE, &result);
    assert_int_equal(result.record.app, WEIR_APP_FTP);
    assert_string_equal(result.details.ftp.user, "joe");
    assert_int_equal(result.details.ftp.commands, 4);
    assert_int_equal(result.details.ftp.transfers, 1);
    assert_int_equal(result.details.ftp.bounce_cmds, 1);
    assert_int_equal(result.details.ftp.reply_code, 226);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_session_gives_its_columns_however_it_is_cut),
        cmocka_unit_test(details_name_the_user_and_count_commands_transfers_and_bounces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
