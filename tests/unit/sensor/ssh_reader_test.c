/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ssh_reader.h"

#include <string.h>

#include "tests/support/weir_test.h"

/* MD5 of the lists below, computed in Python. */
#define HASSH        "9ad314e016c5561cec5845d8cc73ccb2"
#define HASSH_SERVER "da4711fb3fd64a0d1f09ebbc9fb3b8b1"

struct bytes {
    size_t size;
    uint8_t at[2048];
};

static void put(struct bytes *to, const void *bytes, size_t size)
{
    assert_true(to->size + size <= sizeof(to->at));
    memcpy(to->at + to->size, bytes, size);
    to->size += size;
}

static void put_kexinit(struct bytes *to, const char *const lists[10])
{
    const size_t begin = to->size;
    put(to,
        "\0\0\0\0\4\x14"
        "cookiecookiecook",
        22);
    for (size_t i = 0; i < 10; i++) {
        const uint8_t length[4] = {0, 0, 0, (uint8_t)strlen(lists[i])};
        put(to, length, 4);
        put(to, lists[i], strlen(lists[i]));
    }
    put(to, "\0\0\0\0\0pppp", 9);
    to->at[begin + 2] = (uint8_t)((to->size - begin - 4) >> 8);
    to->at[begin + 3] = (uint8_t)(to->size - begin - 4);
}

static const char *const client_lists[10] = {"curve25519-sha256,ecdh-sha2-nistp256",
                                             "ssh-ed25519",
                                             "aes128-ctr,aes256-ctr",
                                             "aes128-cbc",
                                             "hmac-sha2-256",
                                             "hmac-sha1",
                                             "none,zlib",
                                             "none",
                                             "",
                                             ""};
static const char *const server_lists[10] = {"curve25519-sha256,ecdh-sha2-nistp256",
                                             "ssh-ed25519",
                                             "aes256-ctr",
                                             "chacha20-poly1305@openssh.com",
                                             "hmac-sha2-256",
                                             "hmac-sha1",
                                             "zlib",
                                             "none",
                                             "",
                                             ""};

static enum reading give(struct ssh_reader *reader, bool from_client, const struct bytes *bytes,
                         size_t step, struct weir_ssh_details *details)
{
    enum reading reading = READING_MORE;
    for (size_t at = 0; at < bytes->size; at += step) {
        const size_t left = bytes->size - at;
        reading =
            ssh_reader_add(reader, from_client, bytes->at + at, left < step ? left : step, details);
    }
    return reading;
}

static void both_sides_are_named_in_pieces_of_any_size(void **state)
{
    (void)state;
    struct bytes client = {0};
    struct bytes server = {0};
    put(&client, "SSH-2.0-OpenSSH_9.2p1 Debian\r\n", 30);
    put_kexinit(&client, client_lists);
    put(&server, "Welcome\r\nto us\nSSH-2.0-dropbear\n", 32);
    put_kexinit(&server, server_lists);
    for (size_t step = 1; step < 400; step++) {
        struct ssh_reader reader = {0};
        struct weir_ssh_details details = {0};
        assert_int_equal(give(&reader, false, &server, step, &details), READING_MORE);
        assert_int_equal(give(&reader, true, &client, step, &details), READING_DONE);
        assert_string_equal(details.client, "SSH-2.0-OpenSSH_9.2p1 Debian");
        assert_string_equal(details.server, "SSH-2.0-dropbear");
        assert_string_equal(details.hassh, HASSH);
        assert_string_equal(details.hassh_server, HASSH_SERVER);
        assert_int_equal(details.version, 2);
    }
}

static void version_1_has_banners_alone(void **state)
{
    (void)state;
    struct ssh_reader reader = {0};
    struct weir_ssh_details details = {0};
    (void)ssh_reader_add(&reader, true, (const uint8_t *)"SSH-1.5-old\n", 12, &details);
    assert_int_equal(ssh_reader_add(&reader, false, (const uint8_t *)"SSH-1.5-x\n\0", 11, &details),
                     READING_DONE);
    assert_int_equal(details.version, 1);
    assert_string_equal(details.server, "SSH-1.5-x");
}

static void other_bytes_and_endless_greetings_are_refused(void **state)
{
    (void)state;
    struct ssh_reader reader = {0};
    struct weir_ssh_details details = {0};
    assert_int_equal(ssh_reader_add(&reader, true, (const uint8_t *)"GET ", 4, &details),
                     READING_MORE);
    for (int i = 0; i < 49; i++) {
        assert_int_equal(ssh_reader_add(&reader, false, (const uint8_t *)"hello\n", 6, &details),
                         READING_MORE);
    }
    assert_int_equal(ssh_reader_add(&reader, false, (const uint8_t *)"hello\n", 6, &details),
                     READING_NOT);
}

static void packet_that_is_no_offer_ends_the_reading(void **state)
{
    (void)state;
    static const char *const heads[] = {"\0\0\0\x40\4\x15", "\0\0\0\x12\4\x14", "\0\1\0\0\4\x14"};
    for (size_t i = 0; i < 3; i++) {
        struct ssh_reader reader = {0};
        struct weir_ssh_details details = {0};
        (void)ssh_reader_add(&reader, true, (const uint8_t *)"SSH-2.0-a\r\n", 11, &details);
        (void)ssh_reader_add(&reader, true, (const uint8_t *)heads[i], 6, &details);
        assert_int_equal(ssh_reader_lose(&reader, false), READING_DONE);
        assert_string_equal(details.client, "SSH-2.0-a");
        assert_string_equal(details.hassh, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_are_named_in_pieces_of_any_size),
        cmocka_unit_test(version_1_has_banners_alone),
        cmocka_unit_test(other_bytes_and_endless_greetings_are_refused),
        cmocka_unit_test(packet_that_is_no_offer_ends_the_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
