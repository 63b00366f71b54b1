/* SPDX-License-Identifier: Apache-2.0
 *
 * pattern: the fixed texts that content features look for, all found in one pass.
 *
 * A pass looks at every pair of neighbouring bytes in a table that knows which patterns have that
 * pair at their rarest place, and compares only those.
 *
 * Shape:   immutable after pattern_set_init(). ASCII letters match in either case.
 * Source:  specification 1.8.3; the names F1 .. A1 are its own. What needs more than a fixed text
 *          (H1, H2, H3, H5, S1, C1, C2, X1) is in content_shell and content_command.
 */
#ifndef WEIR_SENSOR_INSPECT_PATTERN_H
#define WEIR_SENSOR_INSPECT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name, text, offset of the pair it is looked up by, true when it must stand as a word */
#define PATTERN_TABLE(X)                                                                           \
    X(F1, "login incorrect", 4, false)                                                             \
    X(F2, "login failed", 4, false)                                                                \
    X(F3, "authentication failure", 14, false)                                                     \
    X(F4, "authentication failed", 14, false)                                                      \
    X(F5, "invalid login", 6, false)                                                               \
    X(F6, "invalid password", 6, false)                                                            \
    X(F7, "access denied", 5, false)                                                               \
    X(F8, "permission denied", 9, false)                                                           \
    X(L1, "last login", 3, false)                                                                  \
    X(L2, "last successful login", 8, false)                                                       \
    X(L3, "login successful", 4, false)                                                            \
    X(L4, "welcome to", 6, false)                                                                  \
    X(L5, "no mail", 2, false)                                                                     \
    X(N1, "not found", 3, false)                                                                   \
    X(N2, "no such file or directory", 4, false)                                                   \
    X(N3, "jump", 0, false) /* and `address` within 10 bytes: pattern_is_jump() */                 \
    X(H4_UNSET, "unset histfile", 9, false)                                                        \
    X(H4_CLEAR, "history -c", 7, false)                                                            \
    X(H4_PASSWD, "> /etc/passwd", 1, false)                                                        \
    X(H4_REMOVE, "rm -rf /", 3, false)                                                             \
    X(H4_LISTEN, "nc -l", 2, false)                                                                \
    X(H4_EXECUTE, "nc -e", 2, false)                                                               \
    X(H4_WGET, "wget http", 1, false)                                                              \
    X(H4_CURL, "curl http", 3, false)                                                              \
    X(H6_UID, "uid=0(root)", 4, false)                                                             \
    X(H6_SHELLCODE, "shellcode", 4, false)                                                         \
    X(H6_JUMPING, "jumping to address", 2, false)                                                  \
    X(H7_SLASHES, "////////////////", 0, false)                                                    \
    X(H7_PARENT, "../", 1, false)                                                                  \
    X(H7_PARENT_SLASH, "..%2f", 1, false)                                                          \
    X(H7_PARENT_DOTS, "%2e%2e", 2, false)                                                          \
    X(H7_LINE_FEED, "%0a", 0, false)                                                               \
    X(H7_NUL, "%00", 0, false)                                                                     \
    X(H7_CMD, "cmd.exe", 1, false)                                                                 \
    X(H7_ROOT, "root.exe", 3, false)                                                               \
    X(H7_PHF, "/phf", 2, false)                                                                    \
    X(H7_TEST_CGI, "test-cgi", 3, false) /* nph-test-cgi too */                                    \
    X(H7_PHP_CGI, "php.cgi", 2, false)                                                             \
    X(H7_ENV, "/.env", 0, false)                                                                   \
    X(H7_GIT, "/.git/", 0, false)                                                                  \
    X(H8_ETC, "/etc/", 0, false)                                                                   \
    X(H8_BIN, "/bin/", 0, false) /* and a word: pattern_is_h8() */                                 \
    X(H8_WINDOWS, "c:\\windows", 1, false)                                                         \
    X(A1_PASSWD, "/etc/passwd", 0, false)                                                          \
    X(A1_SHADOW, "/etc/shadow", 0, false)                                                          \
    X(A1_GROUP, "/etc/group", 0, false)                                                            \
    X(A1_SUDOERS, "/etc/sudoers", 0, false)                                                        \
    X(A1_HOSTS, "/etc/hosts.", 0, false) /* equiv, allow, deny: pattern_is_a1() */                 \
    X(A1_FTPUSERS, "/etc/ftpusers", 0, false)                                                      \
    X(A1_RHOSTS, ".rhosts", 1, false)                                                              \
    X(A1_SHOSTS, ".shosts", 0, false)                                                              \
    X(A1_NETRC, ".netrc", 4, false)                                                                \
    X(A1_FORWARD, ".forward", 0, false)                                                            \
    X(A1_HTACCESS, ".htaccess", 0, false)                                                          \
    X(A1_HTPASSWD, ".htpasswd", 0, false)                                                          \
    X(A1_KEYS, "authorized_keys", 10, false)                                                       \
    X(ROOT, "root", 1, true)                                                                       \
    X(NEW_FILE, "[New file]", 0, false)                                                            \
    X(FILENAME, "filename=", 4, false)                                                             \
    X(DECODE, "decode", 2, false) /* uudecode too */                                               \
    X(UID_ZERO, ":0:0:", 0, false)

enum pattern {
#define X(name, text, offset, word) PATTERN_##name,
    PATTERN_TABLE(X)
#undef X
    /* how many there are */
    PATTERN_COUNT
};

_Static_assert(PATTERN_COUNT <= 64, "a set of patterns is one word");

#define PATTERN_BIT(name) (UINT64_C(1) << PATTERN_##name)

#define PATTERN_FAILURES                                                                           \
    (PATTERN_BIT(F1) | PATTERN_BIT(F2) | PATTERN_BIT(F3) | PATTERN_BIT(F4) | PATTERN_BIT(F5) |     \
     PATTERN_BIT(F6) | PATTERN_BIT(F7) | PATTERN_BIT(F8))
#define PATTERN_SUCCESSES                                                                          \
    (PATTERN_BIT(L1) | PATTERN_BIT(L2) | PATTERN_BIT(L3) | PATTERN_BIT(L4) | PATTERN_BIT(L5))
#define PATTERN_H4                                                                                 \
    (PATTERN_BIT(H4_UNSET) | PATTERN_BIT(H4_CLEAR) | PATTERN_BIT(H4_PASSWD) |                      \
     PATTERN_BIT(H4_REMOVE) | PATTERN_BIT(H4_LISTEN) | PATTERN_BIT(H4_EXECUTE) |                   \
     PATTERN_BIT(H4_WGET) | PATTERN_BIT(H4_CURL))
#define PATTERN_H7                                                                                 \
    (PATTERN_BIT(H7_SLASHES) | PATTERN_BIT(H7_PARENT) | PATTERN_BIT(H7_PARENT_SLASH) |             \
     PATTERN_BIT(H7_PARENT_DOTS) | PATTERN_BIT(H7_LINE_FEED) | PATTERN_BIT(H7_NUL) |               \
     PATTERN_BIT(H7_CMD) | PATTERN_BIT(H7_ROOT) | PATTERN_BIT(H7_PHF) | PATTERN_BIT(H7_TEST_CGI) | \
     PATTERN_BIT(H7_PHP_CGI) | PATTERN_BIT(H7_ENV) | PATTERN_BIT(H7_GIT))

struct pattern_set {
    uint8_t group[4096]; /* by folded pair: 0 = none, else 1 + index in masks */
    uint64_t masks[PATTERN_COUNT];
};

struct pattern_line { /* a line, and which of the wanted patterns it has */
    const char *text;
    size_t size;
    uint64_t found;
};

void pattern_set_init(struct pattern_set *set);

/* Which of `wanted` the text contains. */
uint64_t pattern_find(const struct pattern_set *set, const char *text, size_t size,
                      uint64_t wanted);

/* What to want of pattern_find() for each of the questions below. */
#define PATTERN_N  (PATTERN_BIT(N1) | PATTERN_BIT(N2) | PATTERN_BIT(N3))
#define PATTERN_H6 (PATTERN_BIT(H6_UID) | PATTERN_BIT(H6_SHELLCODE) | PATTERN_BIT(H6_JUMPING))
#define PATTERN_H8 (PATTERN_BIT(H8_ETC) | PATTERN_BIT(H8_BIN) | PATTERN_BIT(H8_WINDOWS))
#define PATTERN_A1                                                                                 \
    (PATTERN_BIT(A1_PASSWD) | PATTERN_BIT(A1_SHADOW) | PATTERN_BIT(A1_GROUP) |                     \
     PATTERN_BIT(A1_SUDOERS) | PATTERN_BIT(A1_HOSTS) | PATTERN_BIT(A1_FTPUSERS) |                  \
     PATTERN_BIT(A1_RHOSTS) | PATTERN_BIT(A1_SHOSTS) | PATTERN_BIT(A1_NETRC) |                     \
     PATTERN_BIT(A1_FORWARD) | PATTERN_BIT(A1_HTACCESS) | PATTERN_BIT(A1_HTPASSWD) |               \
     PATTERN_BIT(A1_KEYS))
#define PATTERN_UID (PATTERN_BIT(H6_UID) | PATTERN_BIT(UID_ZERO))

/* N1 to N3: a sign of a compromised condition. */
bool pattern_is_n(const struct pattern_line *line);

/* H6: uid=0(root), a setuid listing of root, shellcode, jumping to address. */
bool pattern_is_h6(const struct pattern_line *line);

/* H8: /etc/, /bin/ and a word, c:\windows. */
bool pattern_is_h8(const struct pattern_line *line);

/* A1: an access-control file. */
bool pattern_is_a1(const struct pattern_line *line);

/* uid=0(root), or an entry of a passwd file with uid 0. */
bool pattern_is_root_shell(const struct pattern_line *line);

/* A byte of a word: [A-Za-z0-9_]. */
bool pattern_is_word_byte(char byte);

#endif
