/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/login.h"

#include <string.h>
#include <strings.h>

#define DECODED_MAX 192

static const char *const hot_ids[] = {"root",     "adm",    "admin",    "administrator", "sysadm",
                                      "sysadmin", "system", "operator", "toor",          "sa"};
static const char *const guest_ids[] = {"guest", "anonymous", "ftp", "visitor"};

static bool is_among(const struct login *login, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(login->id, ids[i]) == 0) {
            return true;
        }
    }
    return false;
}

void login_attempt(struct login *login, const char *id, size_t size,
                   struct weir_kdd_content *columns)
{
    while (size > 0 && (id[0] == ' ' || id[0] == '"')) {
        id++;
        size--;
    }
    while (size > 0 && (id[size - 1] == ' ' || id[size - 1] == '"')) {
        size--;
    }
    const size_t kept = size < LOGIN_ID_MAX ? size : LOGIN_ID_MAX;
    memset(login, 0, sizeof(*login));
    for (size_t i = 0; i < kept; i++) { /* an id with a NUL in it is no id of the lists */
        login->id[i] = id[i] == '\0' ? '?' : id[i];
    }
    login->size = (uint8_t)kept;
    if (is_among(login, guest_ids, sizeof(guest_ids) / sizeof(guest_ids[0]))) {
        columns->is_guest_login = 1;
    }
}

bool login_succeed(const struct login *login, struct weir_kdd_content *columns)
{
    columns->logged_in = 1;
    if (columns->is_host_login != 0 ||
        !is_among(login, hot_ids, sizeof(hot_ids) / sizeof(hot_ids[0]))) {
        return false;
    }
    columns->is_host_login = 1;
    return true;
}

void login_fail(struct weir_kdd_content *columns)
{
    if (columns->num_failed_logins < UINT8_MAX) {
        columns->num_failed_logins++;
    }
}

bool login_is_root(const struct login *login)
{
    return strcasecmp(login->id, "root") == 0;
}

/* Value of a base64 letter, or -1. */
static int value_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z') {
        return letter - 'A';
    }
    if (letter >= 'a' && letter <= 'z') {
        return letter - 'a' + 26;
    }
    if (letter >= '0' && letter <= '9') {
        return letter - '0' + 52;
    }
    return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

static size_t decode(const char *text, size_t size, uint8_t bytes[DECODED_MAX])
{
    size_t count = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < size && text[i] != '=' && count < DECODED_MAX; i++) {
        const int value = value_of(text[i]);
        if (value < 0) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[count++] = (uint8_t)(bits >> have);
        }
    }
    return count;
}

size_t login_decode(const char *text, size_t size, bool is_plain, char id[LOGIN_ID_MAX + 1])
{
    uint8_t bytes[DECODED_MAX] = {0};
    const size_t count = decode(text, size, bytes);
    const uint8_t *from = bytes;
    size_t left = count;
    if (is_plain) {
        const uint8_t *zero = memchr(bytes, 0, count);
        if (zero == NULL) {
            return 0;
        }
        from = zero + 1;
        left = count - (size_t)(from - bytes);
        const uint8_t *end = memchr(from, 0, left);
        left = end == NULL ? left : (size_t)(end - from);
    }
    left = left < LOGIN_ID_MAX ? left : LOGIN_ID_MAX;
    memcpy(id, from, left);
    id[left] = '\0';
    return left;
}
