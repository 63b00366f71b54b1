/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/pattern.h"

#include <string.h>
#include <strings.h>

#define JUMP_REACH 10 /* bytes between `jump` and `address` */

struct entry {
    const char *text;
    uint8_t size, offset;
    bool word;
};

#define X(name, text, offset, word) {text, sizeof(text) - 1, offset, word},
static const struct entry entries[PATTERN_COUNT] = {PATTERN_TABLE(X)};
#undef X

/* Six bits of a byte that are the same for a letter's two cases. */
static unsigned fold(char letter)
{
    const unsigned byte = (unsigned char)letter;
    return (byte & 0x1fU) | ((byte & 0x40U) >> 1);
}

static unsigned pair(const char *text)
{
    return fold(text[0]) << 6 | fold(text[1]);
}

bool pattern_is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

void pattern_set_init(struct pattern_set *set)
{
    uint8_t groups = 0;
    memset(set, 0, sizeof(*set));
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        uint8_t *group = &set->group[pair(entries[i].text + entries[i].offset)];
        if (*group == 0) {
            *group = ++groups;
        }
        set->masks[*group - 1] |= UINT64_C(1) << i;
    }
}

static bool stands_alone(const char *text, size_t size, size_t from, size_t to)
{
    return (from == 0 || !pattern_is_word_byte(text[from - 1])) &&
           (to == size || !pattern_is_word_byte(text[to]));
}

/* Those of the candidates that have their pair at `at`, and stand there. */
static uint64_t compare(const char *text, size_t size, size_t at, uint64_t candidates)
{
    uint64_t found = 0;
    for (uint64_t rest = candidates; rest != 0; rest &= rest - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(rest);
        const struct entry *entry = &entries[i];
        if (at < entry->offset || size - (at - entry->offset) < entry->size) {
            continue;
        }
        const size_t from = at - entry->offset;
        if (strncasecmp(text + from, entry->text, entry->size) == 0 &&
            (!entry->word || stands_alone(text, size, from, from + entry->size))) {
            found |= UINT64_C(1) << i;
        }
    }
    return found;
}

uint64_t pattern_find(const struct pattern_set *set, const char *text, size_t size, uint64_t wanted)
{
    uint64_t found = 0;
    unsigned before = size == 0 ? 0 : fold(text[0]);
    for (size_t i = 1; i < size; i++) {
        const unsigned now = fold(text[i]);
        const uint8_t group = set->group[before << 6 | now];
        before = now;
        if (group != 0) {
            const uint64_t candidates = set->masks[group - 1] & wanted & ~found;
            if (candidates != 0) {
                found |= compare(text, size, i - 1, candidates);
            }
        }
    }
    return found;
}

/* The first place of `word` at or behind `from`, or size. */
static size_t find(const struct pattern_line *line, size_t from, const char *word)
{
    const size_t length = strlen(word);
    for (size_t i = from; length <= line->size && i <= line->size - length; i++) {
        if (strncasecmp(line->text + i, word, length) == 0) {
            return i;
        }
    }
    return line->size;
}

/* `jump` followed within 10 bytes by `address`. */
static bool is_jump(const struct pattern_line *line)
{
    size_t jump = find(line, 0, "jump");
    while (jump < line->size) {
        const size_t behind = jump + strlen("jump");
        const size_t address = find(line, behind, "address");
        if (address < line->size && address - behind <= JUMP_REACH) {
            return true;
        }
        jump = find(line, behind, "jump");
    }
    return false;
}

bool pattern_is_n(const struct pattern_line *line)
{
    return (line->found & (PATTERN_BIT(N1) | PATTERN_BIT(N2))) != 0 ||
           ((line->found & PATTERN_BIT(N3)) != 0 && is_jump(line));
}

bool pattern_is_h6(const struct pattern_line *line)
{
    const uint64_t texts =
        PATTERN_BIT(H6_UID) | PATTERN_BIT(H6_SHELLCODE) | PATTERN_BIT(H6_JUMPING);
    if ((line->found & texts) != 0) {
        return true;
    }
    return line->size > 4 && strncasecmp(line->text, "-r", 2) == 0 &&
           (line->text[3] == 's' || line->text[3] == 'S') && find(line, 4, "root") < line->size;
}

/* `/bin/` and the first byte of a word. */
static bool names_program(const struct pattern_line *line)
{
    for (size_t i = find(line, 0, "/bin/"); i < line->size; i = find(line, i + 1, "/bin/")) {
        if (i + 5 < line->size && pattern_is_word_byte(line->text[i + 5])) {
            return true;
        }
    }
    return false;
}

bool pattern_is_h8(const struct pattern_line *line)
{
    return (line->found & (PATTERN_BIT(H8_ETC) | PATTERN_BIT(H8_WINDOWS))) != 0 ||
           ((line->found & PATTERN_BIT(H8_BIN)) != 0 && names_program(line));
}

static bool is_hosts_file(const struct pattern_line *line)
{
    static const char *const files[] = {"/etc/hosts.equiv", "/etc/hosts.allow", "/etc/hosts.deny"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (find(line, 0, files[i]) < line->size) {
            return true;
        }
    }
    return false;
}

bool pattern_is_a1(const struct pattern_line *line)
{
    const uint64_t whole = PATTERN_A1 & ~PATTERN_BIT(A1_HOSTS);
    return (line->found & whole) != 0 ||
           ((line->found & PATTERN_BIT(A1_HOSTS)) != 0 && is_hosts_file(line));
}

/* `^[^:]+:[^:]*:0:0:` */
static bool is_passwd_entry(const struct pattern_line *line)
{
    const char *end = line->text + line->size;
    const char *name = memchr(line->text, ':', line->size);
    if (name == NULL || name == line->text) {
        return false;
    }
    const char *password = memchr(name + 1, ':', (size_t)(end - name - 1));
    return password != NULL && end - password >= 5 && memcmp(password, ":0:0:", 5) == 0;
}

bool pattern_is_root_shell(const struct pattern_line *line)
{
    return (line->found & PATTERN_BIT(H6_UID)) != 0 ||
           ((line->found & PATTERN_BIT(UID_ZERO)) != 0 && is_passwd_entry(line));
}
