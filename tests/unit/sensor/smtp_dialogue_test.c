/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/smtp_dialogue.h"

#include <string.h>

#include "tests/support/weir_test.h"

/* Lines of a dialogue; the server's begin with a digit. */
static void speak(struct smtp_dialogue *dialogue, struct weir_smtp_details *details,
                  const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const bool client = lines[i][0] < '0' || lines[i][0] > '9';
        smtp_dialogue_add(dialogue, client, lines[i], strlen(lines[i]), details);
    }
}

static void messages_and_recipients_are_counted(void **state)
{
    (void)state;
    static const char *const lines[] = {"220 mail.example ESMTP",
                                        "EHLO pc.example",
                                        "250-mail.example",
                                        "250 SIZE",
                                        "MAIL FROM:<a@example> SIZE=9",
                                        "250 ok",
                                        "rcpt to:<b@example>",
                                        "250 ok",
                                        "RCPT TO:<c@example>",
                                        "550 no",
                                        "DATA",
                                        "354 go",
                                        "MAIL FROM:<body@example>",
                                        "..",
                                        ".",
                                        "250 taken",
                                        "MAIL FROM:<z@example>",
                                        "250 ok",
                                        "RCPT TO:<d@example>",
                                        "250 ok",
                                        "DATA",
                                        "354 go",
                                        ".",
                                        "250 taken",
                                        "QUIT",
                                        "221 bye"};
    struct smtp_dialogue dialogue = {0};
    struct weir_smtp_details details = {0};
    speak(&dialogue, &details, lines, sizeof(lines) / sizeof(lines[0]));
    assert_string_equal(details.helo, "pc.example");
    assert_string_equal(details.mailfrom, "a@example");
    assert_int_equal(details.messages, 2);
    assert_int_equal(details.recipients, 3);
    assert_int_equal(details.reply_code, 221);
    assert_false(details.tls);
}

static void nothing_is_read_behind_starttls(void **state)
{
    (void)state;
    static const char *const lines[] = {"220 hello", "STARTTLS", "454 later", "STARTTLS",
                                        "220 go",    "EHLO x",   "500 what"};
    struct smtp_dialogue dialogue = {0};
    struct weir_smtp_details details = {0};
    speak(&dialogue, &details, lines, 3);
    assert_false(details.tls);
    speak(&dialogue, &details, lines + 3, 4);
    assert_true(details.tls);
    assert_string_equal(details.helo, "");
    assert_int_equal(details.reply_code, 220);
}

static void chunks_are_no_commands(void **state)
{
    (void)state;
    static const char *const lines[] = {"BDAT 20 LAST", "RCPT TO:<x>", "250 ok"};
    struct smtp_dialogue dialogue = {0};
    struct weir_smtp_details details = {0};
    speak(&dialogue, &details, lines, 3);
    assert_int_equal(details.messages, 1);
    assert_int_equal(details.recipients, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_and_recipients_are_counted),
        cmocka_unit_test(nothing_is_read_behind_starttls),
        cmocka_unit_test(chunks_are_no_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
