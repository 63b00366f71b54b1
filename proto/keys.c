/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/check.h"

#define CURVE_SIZE     32U
#define FILE_SIZE_MAX  4096U
#define PRIVATE_MODE   0600
#define PUBLIC_MODE    0644
#define OPEN_TO_OTHERS 077

#define CURVE_PUBLIC "weir-curve-public"
#define CURVE_SECRET "weir-curve-secret"
#define SIGN_PUBLIC  "weir-sign-public"
#define SIGN_SECRET  "weir-sign-secret"

static const char z85_letters[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/* ZeroMQ RFC 32: four bytes are five letters of base 85. */
static void z85_encode(const uint8_t bytes[CURVE_SIZE], char text[WEIR_CURVE_TEXT_SIZE])
{
    for (size_t group = 0; group < CURVE_SIZE / 4; group++) {
        const uint8_t *at = bytes + 4 * group;
        uint32_t value =
            (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        for (size_t i = 5; i > 0; i--) {
            text[5 * group + i - 1] = z85_letters[value % 85];
            value /= 85;
        }
    }
    text[WEIR_CURVE_TEXT_SIZE - 1] = '\0';
}

static bool z85_decode(const char *text, uint8_t bytes[CURVE_SIZE])
{
    if (strnlen(text, WEIR_CURVE_TEXT_SIZE) != WEIR_CURVE_TEXT_SIZE - 1) {
        return false;
    }
    for (size_t group = 0; group < CURVE_SIZE / 4; group++) {
        uint64_t value = 0;
        for (size_t i = 0; i < 5; i++) {
            const char *letter = strchr(z85_letters, text[5 * group + i]);
            if (letter == NULL) {
                return false;
            }
            value = value * 85 + (uint64_t)(letter - z85_letters);
        }
        if (value > UINT32_MAX) {
            return false;
        }
        for (size_t i = 0; i < 4; i++) {
            bytes[4 * group + i] = (uint8_t)(value >> (24 - 8 * i));
        }
    }
    return true;
}

static void fingerprint(const uint8_t public_key[32], char text[WEIR_FINGERPRINT_SIZE])
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    (void)crypto_generichash(hash, sizeof(hash), public_key, 32, NULL, 0);
    (void)snprintf(text, WEIR_FINGERPRINT_SIZE, "weir:%02x%02x-%02x%02x-%02x%02x-%02x%02x", hash[0],
                   hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]);
}

int weir_curve_key_init(struct weir_curve_key *key)
{
    if (sodium_init() < 0) {
        return WEIR_EIO;
    }
    uint8_t public_key[CURVE_SIZE];
    uint8_t secret_key[CURVE_SIZE];
    (void)crypto_box_keypair(public_key, secret_key);
    z85_encode(public_key, key->public_z85);
    z85_encode(secret_key, key->secret_z85);
    sodium_memzero(secret_key, sizeof(secret_key));
    return 0;
}

void weir_curve_key_fini(struct weir_curve_key *key)
{
    sodium_memzero(key, sizeof(*key));
}

/* A new file of this text, whole on disk or not there. */
static int save_text(const char *path, bool public_only, const char *text, struct weir_error *error)
{
    const size_t size = strlen(text);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                        public_only ? PUBLIC_MODE : PRIVATE_MODE);
    if (fd < 0 && errno == EEXIST) {
        return weir_fail(error, WEIR_ECONFLICT, "%s: exists; a key is never replaced", path);
    }
    if (fd < 0) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
    }
    const bool written = write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
    const int reason = errno;
    if (close(fd) != 0 || !written) {
        (void)unlink(path);
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(reason));
    }
    return 0;
}

int weir_curve_key_save(const struct weir_curve_key *key, const char *path, bool public_only,
                        struct weir_error *error)
{
    char text[256];
    if (!weir_curve_text_valid(key->public_z85) ||
        (!public_only && !weir_curve_text_valid(key->secret_z85))) {
        return weir_fail(error, WEIR_EINVAL, "%s: there is no key to save", path);
    }
    int length = snprintf(text, sizeof(text), "%s %s\n", CURVE_PUBLIC, key->public_z85);
    if (!public_only) {
        length += snprintf(text + length, sizeof(text) - (size_t)length, "%s %s\n", CURVE_SECRET,
                           key->secret_z85);
    }
    weir_check(length > 0 && (size_t)length < sizeof(text));
    const int err = save_text(path, public_only, text, error);
    sodium_memzero(text, sizeof(text));
    return err;
}

/* Reads a small text file and tells whether others than its owner may read it. */
static int load_text(const char *path, char text[FILE_SIZE_MAX], bool *open_to_others,
                     struct weir_error *error)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return weir_fail(error, errno == ENOENT ? WEIR_ENOENT : WEIR_EIO, "%s: %s", path,
                         strerror(errno));
    }
    struct stat status;
    size_t size = 0;
    ssize_t count = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? 1 : -1;
    while (count > 0 && size < FILE_SIZE_MAX) {
        count = read(fd, text + size, FILE_SIZE_MAX - size);
        size += count > 0 ? (size_t)count : 0;
    }
    (void)close(fd);
    if (count < 0 || size == FILE_SIZE_MAX) {
        return weir_fail(error, WEIR_EIO, "%s: cannot be read as a key file", path);
    }
    text[size] = '\0';
    *open_to_others = (status.st_mode & OPEN_TO_OTHERS) != 0;
    return 0;
}

/* Points *value at the word after name at the start of a line; false when there is none. */
static bool find_value(const char *text, const char *name, const char **value, size_t *size)
{
    const size_t name_size = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, name_size) == 0 && line[name_size] == ' ') {
            *value = line + name_size + strspn(line + name_size, " ");
            *size = strcspn(*value, " \t\r\n");
            return *size > 0;
        }
    }
    return false;
}

static int check_mode(const char *path, bool has_secret, bool open_to_others,
                      struct weir_error *error)
{
    if (has_secret && open_to_others) {
        return weir_fail(error, WEIR_EPERM, "%s: others may read this secret: chmod 600 %s", path,
                         path);
    }
    return 0;
}

static int parse_curve(const char *path, const char *text, struct weir_curve_key *key,
                       struct weir_error *error)
{
    const char *value = NULL;
    size_t size = 0;
    if (!find_value(text, CURVE_PUBLIC, &value, &size) || size != WEIR_CURVE_TEXT_SIZE - 1) {
        return weir_fail(error, WEIR_EFORMAT, "%s: no line '%s' with 40 letters", path,
                         CURVE_PUBLIC);
    }
    memcpy(key->public_z85, value, size);
    if (find_value(text, CURVE_SECRET, &value, &size)) {
        memcpy(key->secret_z85, value, size == WEIR_CURVE_TEXT_SIZE - 1 ? size : 1);
    }
    uint8_t public_key[CURVE_SIZE];
    uint8_t secret_key[CURVE_SIZE];
    uint8_t derived[CURVE_SIZE];
    bool right = z85_decode(key->public_z85, public_key);
    if (right && key->secret_z85[0] != '\0') {
        right = z85_decode(key->secret_z85, secret_key) &&
                crypto_scalarmult_base(derived, secret_key) == 0 &&
                memcmp(derived, public_key, sizeof(derived)) == 0;
    }
    sodium_memzero(secret_key, sizeof(secret_key));
    return right ? 0 : weir_fail(error, WEIR_EFORMAT, "%s: the keys are not a CURVE pair", path);
}

int weir_curve_key_load(const char *path, struct weir_curve_key *out, struct weir_error *error)
{
    char text[FILE_SIZE_MAX];
    bool open_to_others = false;
    struct weir_curve_key key = {0};
    int err = load_text(path, text, &open_to_others, error);
    if (err == 0) {
        err = parse_curve(path, text, &key, error);
    }
    if (err == 0) {
        err = check_mode(path, key.secret_z85[0] != '\0', open_to_others, error);
    }
    if (err == 0) {
        *out = key;
    }
    sodium_memzero(text, sizeof(text));
    sodium_memzero(&key, sizeof(key));
    return err;
}

bool weir_curve_text_valid(const char *text)
{
    uint8_t bytes[CURVE_SIZE];
    const bool valid = z85_decode(text, bytes);
    sodium_memzero(bytes, sizeof(bytes));
    return valid;
}

bool weir_curve_bytes(const char *public_z85, uint8_t bytes[WEIR_CURVE_BYTES])
{
    return z85_decode(public_z85, bytes);
}

void weir_curve_text(const uint8_t bytes[WEIR_CURVE_BYTES], char public_z85[WEIR_CURVE_TEXT_SIZE])
{
    z85_encode(bytes, public_z85);
}

bool weir_curve_fingerprint(const char *public_z85, char text[WEIR_FINGERPRINT_SIZE])
{
    uint8_t public_key[CURVE_SIZE];
    if (!z85_decode(public_z85, public_key)) {
        return false;
    }
    fingerprint(public_key, text);
    return true;
}

int weir_sign_key_init(struct weir_sign_key *key)
{
    if (sodium_init() < 0) {
        return WEIR_EIO;
    }
    (void)crypto_sign_keypair(key->public_key, key->secret_key);
    key->has_secret = true;
    return 0;
}

void weir_sign_key_fini(struct weir_sign_key *key)
{
    sodium_memzero(key, sizeof(*key));
}

int weir_sign_key_save(const struct weir_sign_key *key, const char *path, bool public_only,
                       struct weir_error *error)
{
    char public_hex[2 * WEIR_SIGN_PUBLIC_SIZE + 1];
    char secret_hex[2 * WEIR_SIGN_SECRET_SIZE + 1];
    char text[512];
    if (!public_only && !key->has_secret) {
        return weir_fail(error, WEIR_EINVAL, "%s: there is no secret to save", path);
    }
    (void)sodium_bin2hex(public_hex, sizeof(public_hex), key->public_key, WEIR_SIGN_PUBLIC_SIZE);
    (void)sodium_bin2hex(secret_hex, sizeof(secret_hex), key->secret_key, WEIR_SIGN_SECRET_SIZE);
    int length = snprintf(text, sizeof(text), "%s %s\n", SIGN_PUBLIC, public_hex);
    if (!public_only) {
        length += snprintf(text + length, sizeof(text) - (size_t)length, "%s %s\n", SIGN_SECRET,
                           secret_hex);
    }
    weir_check(length > 0 && (size_t)length < sizeof(text));
    const int err = save_text(path, public_only, text, error);
    sodium_memzero(secret_hex, sizeof(secret_hex));
    sodium_memzero(text, sizeof(text));
    return err;
}

static bool read_hex(const char *value, size_t value_size, uint8_t *out, size_t size)
{
    size_t got = 0;
    return value_size == 2 * size &&
           sodium_hex2bin(out, size, value, value_size, NULL, &got, NULL) == 0 && got == size;
}

static int parse_sign(const char *path, const char *text, struct weir_sign_key *key,
                      struct weir_error *error)
{
    const char *value = NULL;
    size_t size = 0;
    if (!find_value(text, SIGN_PUBLIC, &value, &size) ||
        !read_hex(value, size, key->public_key, WEIR_SIGN_PUBLIC_SIZE)) {
        return weir_fail(error, WEIR_EFORMAT, "%s: no line '%s' with 64 hexadecimal digits", path,
                         SIGN_PUBLIC);
    }
    if (!find_value(text, SIGN_SECRET, &value, &size)) {
        return 0;
    }
    key->has_secret = true;
    uint8_t derived[WEIR_SIGN_PUBLIC_SIZE];
    if (!read_hex(value, size, key->secret_key, WEIR_SIGN_SECRET_SIZE) ||
        crypto_sign_ed25519_sk_to_pk(derived, key->secret_key) != 0 ||
        memcmp(derived, key->public_key, sizeof(derived)) != 0) {
        return weir_fail(error, WEIR_EFORMAT, "%s: the keys are not an Ed25519 pair", path);
    }
    return 0;
}

int weir_sign_key_load(const char *path, struct weir_sign_key *out, struct weir_error *error)
{
    char text[FILE_SIZE_MAX];
    bool open_to_others = false;
    struct weir_sign_key key = {0};
    int err = load_text(path, text, &open_to_others, error);
    if (err == 0) {
        err = parse_sign(path, text, &key, error);
    }
    if (err == 0) {
        err = check_mode(path, key.has_secret, open_to_others, error);
    }
    if (err == 0) {
        *out = key;
    }
    sodium_memzero(text, sizeof(text));
    sodium_memzero(&key, sizeof(key));
    return err;
}

void weir_sign_fingerprint(const uint8_t public_key[WEIR_SIGN_PUBLIC_SIZE],
                           char text[WEIR_FINGERPRINT_SIZE])
{
    fingerprint(public_key, text);
}
