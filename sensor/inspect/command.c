/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/command.h"

#include <string.h>
#include <strings.h>

#define LONG_ARGUMENT 64    /* H5 */
#define SETUID_MODE   04000 /* H2 */
#define LIST(...)                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

struct word {
    const char *at;
    size_t size;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next word of [*at, end); false when there is none. */
static bool next_word(const char **at, const char *end, struct word *out)
{
    const char *from = *at;
    while (from < end && is_blank(*from)) {
        from++;
    }
    const char *to = from;
    while (to < end && !is_blank(*to)) {
        to++;
    }
    *at = to;
    *out = (struct word){.at = from, .size = (size_t)(to - from)};
    return to > from;
}

static bool is_text(struct word word, const char *text)
{
    return word.size == strlen(text) && strncasecmp(word.at, text, word.size) == 0;
}

static bool is_one_of(struct word word, const char *const *texts)
{
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (is_text(word, texts[i])) {
            return true;
        }
    }
    return false;
}

/* What stands behind the last slash. */
static struct word component(struct word word)
{
    struct word last = word;
    for (size_t i = 0; i < word.size; i++) {
        if (word.at[i] == '/') {
            last = (struct word){.at = word.at + i + 1, .size = word.size - i - 1};
        }
    }
    return last;
}

static bool contains(const char *text, size_t size, const char *wanted)
{
    const size_t length = strlen(wanted);
    for (size_t i = 0; length <= size && i <= size - length; i++) {
        if (strncasecmp(text + i, wanted, length) == 0) {
            return true;
        }
    }
    return false;
}

/* A component of three or more dots, or one that begins with a dot and is not `.` or `..`. */
static bool is_hidden(struct word part)
{
    return part.size > 0 && part.at[0] == '.' && !is_text(part, ".") && !is_text(part, "..");
}

bool command_path_is_hot(const char *path, size_t size)
{
    static const char *const folders[] = {"/etc",     "/bin",       "/sbin",    "/dev",
                                          "/usr/bin", "/usr/sbin",  "/usr/lib", "/var/adm",
                                          "/var/log", "/var/spool", "/var/yp",  "/root"};
    if (size == 0) {
        return false; /* path may be NULL then */
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        const size_t length = strlen(folders[i]);
        if (size >= length && strncasecmp(path, folders[i], length) == 0 &&
            (size == length || path[length] == '/')) {
            return true;
        }
    }
    size_t from = 0;
    for (size_t i = 0; i <= size; i++) {
        if (i == size || path[i] == '/') {
            if (is_hidden((struct word){.at = path + from, .size = i - from})) {
                return true;
            }
            from = i + 1;
        }
    }
    return false;
}

static bool has_hot_argument(const char *at, const char *end)
{
    struct word word = {0};
    while (next_word(&at, end, &word)) {
        if (command_path_is_hot(word.at, word.size)) {
            return true;
        }
    }
    return false;
}

static bool has_long_argument(const char *at, const char *end)
{
    struct word word = {0};
    while (next_word(&at, end, &word)) {
        if (word.size > LONG_ARGUMENT) {
            return true;
        }
    }
    return false;
}

/* `+x`, `+s` or a mode of 4000 and more. */
static bool is_risky_mode(struct word word)
{
    unsigned mode = 0;
    bool is_octal = word.size > 0 && word.size <= 6;
    for (size_t i = 0; i < word.size; i++) {
        const char byte = word.at[i];
        if (byte == '+' && i + 1 < word.size && memchr(word.at + i, 'x', word.size - i) != NULL) {
            return true;
        }
        if (byte == '+' && i + 1 < word.size && memchr(word.at + i, 's', word.size - i) != NULL) {
            return true;
        }
        is_octal = is_octal && byte >= '0' && byte <= '7';
        mode = is_octal ? mode * 8 + (unsigned)(byte - '0') : 0;
    }
    return is_octal && mode >= SETUID_MODE;
}

static bool is_chmod(const char *at, const char *end)
{
    struct word word = {0};
    return next_word(&at, end, &word) && is_risky_mode(word);
}

bool command_is_hot(const char *line, size_t size)
{
    const char *end = line + size;
    const char *at = line;
    struct word first = {0};
    if (!next_word(&at, end, &first)) {
        return false;
    }
    if (is_one_of(first, LIST("cd", "pushd", "ls", "cat", "more", "less", "vi", "cp", "mv", "rm",
                              "chmod", "chown")) &&
        has_hot_argument(at, end)) {
        return true; /* H1 */
    }
    if (is_one_of(first, LIST("cc", "gcc", "g++", "make", "ld", "as", "uudecode")) ||
        contains(line, size, "perl -e") || contains(line, size, "python -c") ||
        (is_text(first, "chmod") && is_chmod(at, end))) {
        return true; /* H2 */
    }
    static const char *const places[] = {"./", "/tmp/", "/var/tmp/", "/dev/shm/"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) { /* H3 */
        const size_t length = strlen(places[i]);
        if (first.size >= length && strncasecmp(first.at, places[i], length) == 0) {
            return true;
        }
    }
    at = line;
    struct word word = {0};
    while (next_word(&at, end, &word)) { /* H5 */
        if (is_one_of(component(word), LIST("loadmodule", "ffbconfig", "fdformat", "eject")) &&
            has_long_argument(at, end)) {
            return true;
        }
    }
    return false;
}

bool command_is_su(const char *line, size_t size)
{
    const char *end = line + size;
    const char *at = line;
    struct word first = {0};
    struct word second = {0};
    struct word third = {0};
    if (!next_word(&at, end, &first)) {
        return false;
    }
    const bool has_second = next_word(&at, end, &second);
    if (is_text(first, "sudo")) {
        return has_second && is_one_of(second, LIST("su", "-s", "-i"));
    }
    if (!is_text(first, "su")) {
        return false;
    }
    if (!has_second || is_text(second, "root")) {
        return true;
    }
    return is_text(second, "-") && (!next_word(&at, end, &third) || is_text(third, "root"));
}

static bool has_option(const char *at, const char *end, const char *option)
{
    struct word word = {0};
    while (next_word(&at, end, &word)) {
        if (is_text(word, option)) {
            return true;
        }
    }
    return false;
}

/* The letters of tar's first argument have an x. */
static bool is_extraction(const char *at, const char *end)
{
    struct word word = {0};
    return next_word(&at, end, &word) && memchr(word.at, 'x', word.size) != NULL;
}

bool command_creates(const char *line, size_t size)
{
    const char *end = line + size;
    const char *at = line;
    struct word first = {0};
    if (!next_word(&at, end, &first)) {
        return false;
    }
    if (is_one_of(first, LIST("touch", "cp", "mv", "tee", "mkdir", "wget", "uudecode"))) {
        return true;
    }
    struct word second = {0};
    const char *rest = at;
    if (is_text(first, "ftp") && next_word(&rest, end, &second) && is_text(second, "get")) {
        return true;
    }
    return (is_text(first, "tar") && is_extraction(at, end)) ||
           (is_one_of(first, LIST("curl", "gcc", "cc", "ld")) && has_option(at, end, "-o"));
}

/* A byte that a path can begin with. */
static bool begins_path(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("/._~$-", byte) != NULL);
}

bool command_redirects(const char *line, size_t size)
{
    char quote = '\0';
    for (size_t i = 0; i < size; i++) {
        const char byte = line[i];
        if (quote != '\0') {
            quote = byte == quote ? '\0' : quote;
        } else if (byte == '\'' || byte == '"') {
            quote = byte;
        } else if (byte == '\\') {
            i++;
        } else if (byte == '>') {
            size_t next = i + 1 < size && line[i + 1] == '>' ? i + 2 : i + 1;
            while (next < size && is_blank(line[next])) {
                next++;
            }
            if (next < size && begins_path(line[next])) {
                return true;
            }
        }
    }
    return false;
}

bool command_starts_shell(const char *line, size_t size)
{
    const char *at = line;
    struct word first = {0};
    return next_word(&at, line + size, &first) &&
           is_one_of(component(first), LIST("sh", "csh", "tcsh", "ksh", "bash", "zsh", "xterm"));
}

bool command_is_script(const char *line, size_t size)
{
    if (size < 3 || line[0] != '#' || line[1] != '!') {
        return false;
    }
    const char *at = line + 2;
    struct word path = {0};
    return next_word(&at, line + size, &path) && memchr(path.at, '/', path.size) != NULL &&
           is_one_of(component(path), LIST("sh", "bash", "csh", "tcsh", "ksh", "zsh", "perl"));
}
