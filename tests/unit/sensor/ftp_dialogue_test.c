/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ftp_dialogue.h"

#include <string.h>

#include "sensor/inspect/reply_code.h"

#include "tests/support/weir_test.h"

static void speak(struct ftp_dialogue *dialogue, struct weir_ftp_details *details,
                  const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bool client = lines[i][0] < '0' || lines[i][0] > '9';
        ftp_dialogue_add(dialogue, client, lines[i], strlen(lines[i]), details);
    }
}

static void user_commands_and_transfers_are_told(void **state)
{
    (void)state;
    static const char *const lines[] = {"220 ready",      "USER anonymous", "331 pass", "PASS x@",
                                        "230 in",         "LIST",           "150 here", "226 done",
                                        "RETR a",         "550 no",         "retr b",   "125 open",
                                        "226 done",       "QUIT",           "!?",       "221-so",
                                        "221 goodbye now"};
    struct ftp_dialogue dialogue = {0};
    struct weir_ftp_details details = {0};
    speak(&dialogue, &details, lines, sizeof(lines) / sizeof(lines[0]));
    assert_string_equal(details.user, "anonymous");
    assert_int_equal(details.commands, 6);
    assert_int_equal(details.transfers, 2);
    assert_int_equal(details.reply_code, 221);
}

static void nothing_is_read_behind_auth(void **state)
{
    (void)state;
    static const char *const lines[] = {"AUTH TLS", "504 no", "AUTH TLS", "234 go", "USER x"};
    struct ftp_dialogue dialogue = {0};
    struct weir_ftp_details details = {0};
    speak(&dialogue, &details, lines, 2);
    assert_false(details.tls);
    speak(&dialogue, &details, lines + 2, 3);
    assert_true(details.tls);
    assert_int_equal(details.commands, 2);
    assert_string_equal(details.user, "");
}

static void only_the_last_line_of_a_reply_has_a_code(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        unsigned code;
    } rows[] = {{"220", 220}, {"220 x", 220}, {"220-x", 0}, {"22", 0}, {"620 x", 0}, {"2a0 x", 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(reply_code_of(rows[i].line, strlen(rows[i].line)), rows[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_commands_and_transfers_are_told),
        cmocka_unit_test(nothing_is_read_behind_auth),
        cmocka_unit_test(only_the_last_line_of_a_reply_has_a_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
