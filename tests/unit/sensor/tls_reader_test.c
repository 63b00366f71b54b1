/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_reader.h"

#include <string.h>

#include "tests/support/tls_bytes.h"
#include "tests/support/weir_test.h"

#define JA3 "cd08e31494f9531f560d64c695473da9"
#define JA4 "t13d1516h2_8daaf6152771_e5627efa2ab1"

static enum reading give(struct tls_reader *reader, bool from_client, const struct tls_bytes *bytes,
                         size_t step, struct weir_tls_details *details)
{
    enum reading reading = READING_MORE;
    for (size_t at = 0; at < bytes->size; at += step) {
        const size_t left = bytes->size - at;
        reading = tls_reader_add(reader, from_client, bytes->bytes + at, left < step ? left : step,
                                 details);
    }
    return reading;
}

static void put_client(struct tls_bytes *to, size_t padding, size_t record_max)
{
    static struct tls_bytes message;
    tls_bytes_browser(&message, "WWW.example.org", padding);
    to->size = 0;
    tls_bytes_record(to, &message, record_max);
}

/* Server hello, certificate and the end of its messages. */
static void put_server(struct tls_bytes *to, bool tls13, size_t record_max)
{
    static struct tls_bytes message;
    static struct tls_bytes all;
    tls_bytes_server(&message, tls13);
    memcpy(all.bytes, message.bytes, message.size);
    all.size = message.size;
    if (!tls13) {
        tls_bytes_certificate(&message);
        memcpy(all.bytes + all.size, message.bytes, message.size);
        all.size += message.size;
    }
    to->size = 0;
    tls_bytes_record(to, &all, record_max);
}

static void hello_is_read_at_every_split_and_over_records(void **state)
{
    (void)state;
    static struct tls_bytes stream;
    static const size_t records[] = {16000, 300, 100, 7, 1};
    for (size_t r = 0; r < sizeof(records) / sizeof(records[0]); r++) {
        put_client(&stream, 60, records[r]);
        for (size_t split = 1; split < stream.size; split++) {
            struct tls_reader reader = {0};
            struct weir_tls_details details = {0};
            (void)tls_reader_add(&reader, true, stream.bytes, split, &details);
            assert_int_equal(tls_reader_add(&reader, true, stream.bytes + split,
                                            stream.size - split, &details),
                             READING_MORE);
            assert_string_equal(details.server_name, "www.example.org");
            assert_string_equal(details.ja3, JA3);
            assert_string_equal(details.ja4, JA4);
            assert_string_equal(details.alpn, "h2");
            assert_string_equal(details.version, "TLSv13");
            assert_true(details.client_hello);
        }
    }
}

static void both_sides_are_read_byte_by_byte(void **state)
{
    (void)state;
    static struct tls_bytes client;
    static struct tls_bytes server;
    for (size_t step = 1; step < 600; step += step < 8 ? 1 : 97) {
        struct tls_reader reader = {0};
        struct weir_tls_details details = {0};
        put_client(&client, 0, 16000);
        put_server(&server, false, 200);
        assert_int_equal(give(&reader, true, &client, step, &details), READING_MORE);
        assert_int_equal(give(&reader, false, &server, step, &details), READING_DONE);
        assert_string_equal(details.version, "TLSv12");
        assert_int_equal(details.cipher, 0xc02f);
        assert_string_equal(details.ja3s, "7bee5c1d424b7e5f943b06983bb11422");
        assert_string_equal(details.next_protocol, "h2");
        assert_string_equal(details.subject, "CN=www.example.org,O=Example,C=DE");
        assert_string_equal(details.issuer, "CN=Test CA,C=US");
    }
}

static void tls13_is_done_with_the_server_hello(void **state)
{
    (void)state;
    static struct tls_bytes client;
    static struct tls_bytes server;
    struct tls_reader reader = {0};
    struct weir_tls_details details = {0};
    put_client(&client, 0, 16000);
    put_server(&server, true, 16000);
    (void)give(&reader, true, &client, 9999, &details);
    assert_int_equal(give(&reader, false, &server, 9999, &details), READING_DONE);
    assert_string_equal(details.version, "TLSv13");
    assert_string_equal(details.ja3s, "f4febc55ea12b31ae17cfb7e614afda8");
    assert_string_equal(details.subject, "");
}

static void hello_longer_than_the_buffer_keeps_its_name_only(void **state)
{
    (void)state;
    static struct tls_bytes stream;
    struct tls_reader reader = {0};
    struct weir_tls_details details = {0};
    put_client(&stream, 4096, 16000);
    (void)give(&reader, true, &stream, 1000, &details);
    assert_string_equal(details.server_name, "www.example.org");
    assert_string_equal(details.ja3, "");
    assert_string_equal(details.ja4, "");
}

static void lost_bytes_leave_what_came_before(void **state)
{
    (void)state;
    static struct tls_bytes stream;
    struct tls_reader reader = {0};
    struct weir_tls_details details = {0};
    put_client(&stream, 0, 16000);
    (void)tls_reader_add(&reader, true, stream.bytes, 200, &details);
    assert_int_equal(tls_reader_lose(&reader, true, &details), READING_MORE);
    assert_string_equal(details.server_name, "www.example.org");
    assert_string_equal(details.ja3, "");
    assert_int_equal(tls_reader_lose(&reader, false, &details), READING_DONE);
}

static void server_that_interrupts_takes_the_floor(void **state)
{
    (void)state;
    static struct tls_bytes client;
    static struct tls_bytes server;
    struct tls_reader reader = {0};
    struct weir_tls_details details = {0};
    put_client(&client, 0, 16000);
    put_server(&server, true, 16000);
    (void)tls_reader_add(&reader, true, client.bytes, 200, &details);
    assert_int_equal(give(&reader, false, &server, 9999, &details), READING_DONE);
    assert_string_equal(details.server_name, "www.example.org");
    assert_int_equal(details.cipher, 0x1301);
}

static void other_protocols_are_not_tls(void **state)
{
    (void)state;
    static const char *const other[] = {"GET / HTTP/1.1\r\n", "\x16\x02\x01\x10\x10",
                                        "\x16\x03\x01\xff\xff", "\x16\x03\x01\x01\x01\x02"};
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        struct tls_reader reader = {0};
        struct weir_tls_details details = {0};
        const uint8_t *bytes = (const uint8_t *)other[i];
        assert_int_equal(tls_reader_add(&reader, true, bytes, strlen(other[i]), &details),
                         READING_MORE);
        assert_int_equal(tls_reader_add(&reader, false, (const uint8_t *)"HTTP/1.1", 8, &details),
                         READING_NOT);
        assert_false(details.client_hello);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_is_read_at_every_split_and_over_records),
        cmocka_unit_test(both_sides_are_read_byte_by_byte),
        cmocka_unit_test(tls13_is_done_with_the_server_hello),
        cmocka_unit_test(hello_longer_than_the_buffer_keeps_its_name_only),
        cmocka_unit_test(lost_bytes_leave_what_came_before),
        cmocka_unit_test(server_that_interrupts_takes_the_floor),
        cmocka_unit_test(other_protocols_are_not_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
