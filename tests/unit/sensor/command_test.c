/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/command.h"

#include <string.h>

#include "tests/support/weir_test.h"

struct row {
    const char *line;
    bool (*rule)(const char *line, size_t size);
    bool holds;
};

static const struct row rows[] = {
    {"/etc", command_path_is_hot, true},
    {"/etc/passwd", command_path_is_hot, true},
    {"/etcetera", command_path_is_hot, false},
    {"/usr/local/bin", command_path_is_hot, false},
    {"/home/joe/.ssh", command_path_is_hot, true},
    {"a/.../b", command_path_is_hot, true},
    {"../..", command_path_is_hot, false},
    {".", command_path_is_hot, false},
    {"cd /etc", command_is_hot, true}, /* H1 */
    {"cd /home", command_is_hot, false},
    {"grep x /etc", command_is_hot, false},
    {"gcc a.c", command_is_hot, true}, /* H2 */
    {"PERL -e 1", command_is_hot, true},
    {"perl a.pl", command_is_hot, false},
    {"chmod u+s a", command_is_hot, true},
    {"chmod 4755 a", command_is_hot, true},
    {"chmod 755 a", command_is_hot, false},
    {"chmod u+r a", command_is_hot, false},
    {"./a", command_is_hot, true}, /* H3 */
    {"/tmp/a", command_is_hot, true},
    {"ls a", command_is_hot, false},
    {"eject 12345678901234567890123456789012345678901234567890123456789012345", command_is_hot,
     true}, /* H5 */
    {"eject 1234567890123456789012345678901234567890123456789012345678901234", command_is_hot,
     false},
    {"su", command_is_su, true},
    {"su -", command_is_su, true},
    {"su - root", command_is_su, true},
    {"su joe", command_is_su, false},
    {"su - joe", command_is_su, false},
    {"sudo -s", command_is_su, true},
    {"sudo ls", command_is_su, false},
    {"sum a", command_is_su, false},
    {"touch a", command_creates, true},
    {"tar xf a", command_creates, true},
    {"tar tf a", command_creates, false},
    {"curl -o a b", command_creates, true},
    {"curl b", command_creates, false},
    {"cc -o a a.c", command_creates, true},
    {"ftp get a", command_creates, true},
    {"cat a", command_creates, false},
    {"echo a > b", command_redirects, true},
    {"echo a >>/tmp/b", command_redirects, true},
    {"echo '>' b", command_redirects, false},
    {"echo a 2>&1", command_redirects, false},
    {"echo a >", command_redirects, false},
    {"echo a \\> b", command_redirects, false},
    {"/usr/bin/bash -i", command_starts_shell, true},
    {"xterm", command_starts_shell, true},
    {"cat sh", command_starts_shell, false},
    {"#!/bin/sh", command_is_script, true},
    {"#! /usr/bin/perl -w", command_is_script, true},
    {"#!/usr/bin/python", command_is_script, false},
    {"#!sh", command_is_script, false},
    {"", command_is_hot, false},
};

static void each_rule_holds_on_its_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].rule(rows[i].line, strlen(rows[i].line)) != rows[i].holds) {
            fail_msg("row %zu: %s", i, rows[i].line);
        }
    }
}

static void no_path_is_not_hot(void **state)
{
    (void)state;
    assert_false(command_path_is_hot(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_path_is_not_hot),
        cmocka_unit_test(each_rule_holds_on_its_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
