/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/detail_reader.h"

#include <string.h>

#include "tests/support/quic_vectors.h"
#include "tests/support/tls_bytes.h"
#include "tests/support/weir_test.h"

static enum reading give(struct detail_reader *reader, struct weir_flow_details *details,
                         bool from_orig, const void *bytes, size_t size)
{
    const struct detail_piece piece = {.bytes = bytes,
                                       .size = size,
                                       .time_us = 1000,
                                       .from_orig = from_orig};
    return detail_reader_add(reader, &piece, details);
}

static void only_what_is_read_begins(void **state)
{
    (void)state;
    static struct detail_reader reader;
    unsigned streams = 0;
    unsigned datagrams = 0;
    for (int app = 0; app < WEIR_APP_COUNT; app++) {
        streams += detail_reader_begin(&reader, (enum weir_app)app, false) ? 1 : 0;
        datagrams += detail_reader_begin(&reader, (enum weir_app)app, true) ? 1 : 0;
    }
    assert_int_equal(streams, 4);
    assert_int_equal(datagrams, 3);
}

static void tls_stream_fills_its_block(void **state)
{
    (void)state;
    static struct detail_reader reader;
    static struct tls_bytes message;
    static struct tls_bytes stream;
    struct weir_flow_details details = {0};
    tls_bytes_browser(&message, "www.example.org", 0);
    tls_bytes_record(&stream, &message, 16000);
    assert_true(detail_reader_begin(&reader, WEIR_APP_TLS, false));
    assert_int_equal(give(&reader, &details, true, stream.bytes, 150), READING_MORE);
    assert_int_equal(details.present, 0);
    detail_reader_end(&reader, &details);
    assert_int_equal(details.present, 1U << WEIR_DETAIL_TLS);
    assert_string_equal(details.tls.server_name, "www.example.org");
}

static void quic_fills_the_block_of_tls(void **state)
{
    (void)state;
    static struct detail_reader reader;
    struct weir_flow_details details = {0};
    assert_true(detail_reader_begin(&reader, WEIR_APP_QUIC, true));
    assert_int_equal(give(&reader, &details, false, quic_vector_v1, QUIC_VECTOR_SIZE),
                     READING_MORE);
    assert_int_equal(give(&reader, &details, true, quic_vector_v1, QUIC_VECTOR_SIZE), READING_DONE);
    assert_int_equal(details.present, 1U << WEIR_DETAIL_TLS);
    assert_int_equal(details.tls.quic_version, 1);
}

static void dns_is_read_as_datagrams_and_as_a_stream(void **state)
{
    (void)state;
    static const uint8_t query[] = "\x00\x11\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\0\0\x02\0\x01";
    static struct detail_reader reader;
    struct weir_flow_details details = {0};
    assert_true(detail_reader_begin(&reader, WEIR_APP_DNS, true));
    assert_int_equal(give(&reader, &details, true, query + 2, 17), READING_MORE);
    assert_int_equal(details.dns.queries, 1);
    assert_int_equal(details.present, 1U << WEIR_DETAIL_DNS);
    assert_true(detail_reader_begin(&reader, WEIR_APP_DNS, false));
    assert_int_equal(give(&reader, &details, true, query, 5), READING_MORE);
    assert_int_equal(give(&reader, &details, true, query + 5, 14), READING_MORE);
    assert_int_equal(details.dns.queries, 2);
    assert_int_equal(give(&reader, &details, true, "\0\1x", 3), READING_NOT);
    assert_int_equal(detail_reader_lose(&reader, true, &details), READING_DONE);
}

static void http_and_ssh_end_with_both_directions(void **state)
{
    (void)state;
    static struct detail_reader reader;
    struct weir_flow_details details = {0};
    assert_true(detail_reader_begin(&reader, WEIR_APP_HTTP, false));
    assert_int_equal(give(&reader, &details, true, "GET / HTTP/1.1\r\n\r\n", 18), READING_MORE);
    assert_int_equal(detail_reader_lose(&reader, true, &details), READING_MORE);
    assert_int_equal(detail_reader_lose(&reader, false, &details), READING_DONE);
    assert_true(detail_reader_begin(&reader, WEIR_APP_SSH, false));
    assert_int_equal(give(&reader, &details, true, "SSH-2.0-x\r\n", 11), READING_MORE);
    assert_int_equal(detail_reader_lose(&reader, true, &details), READING_MORE);
    assert_int_equal(detail_reader_lose(&reader, false, &details), READING_DONE);
    assert_int_equal(details.present, 1U << WEIR_DETAIL_HTTP | 1U << WEIR_DETAIL_SSH);
    assert_true(weir_flow_details_valid(&details, NULL));
}

static void dhcp_is_read_message_by_message(void **state)
{
    (void)state;
    static struct detail_reader reader;
    uint8_t message[243] = {1, 1, 6};
    struct weir_flow_details details = {0};
    memcpy(message + 236, "\x63\x82\x53\x63\x35\x01\x08", 7);
    assert_true(detail_reader_begin(&reader, WEIR_APP_DHCP, true));
    assert_int_equal(give(&reader, &details, true, message, sizeof(message)), READING_MORE);
    assert_int_equal(give(&reader, &details, true, message, 9), READING_MORE);
    assert_int_equal(details.dhcp.messages, 1);
    assert_int_equal(details.dhcp.message_type, 8);
    assert_int_equal(details.present, 1U << WEIR_DETAIL_DHCP);
}

static void dns_whose_questions_are_answered_rests_and_takes_up_again(void **state)
{
    (void)state;
    uint8_t first[] = "\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x01"
                      "a\0\0\x01\0\x01";
    uint8_t second[] = "\x56\x78\x01\x00\x00\x01\0\0\0\0\0\0\x01"
                       "b\0\0\x01\0\x01";
    const size_t size = sizeof(first) - 1;
    static struct detail_reader reader;
    struct weir_flow_details details = {0};
    assert_true(detail_reader_begin(&reader, WEIR_APP_DNS, true));
    assert_int_equal(give(&reader, &details, true, first, size), READING_MORE);
    assert_false(detail_reader_rests(&reader));
    first[2] |= 0x80;
    assert_int_equal(give(&reader, &details, false, first, size), READING_MORE);
    assert_true(detail_reader_rests(&reader));

    memset(&reader, 0xee, sizeof(reader)); /* somebody else had it */
    detail_reader_begin_again(&reader, WEIR_APP_DNS);
    assert_int_equal(give(&reader, &details, true, second, size), READING_MORE);
    assert_false(detail_reader_rests(&reader));
    second[2] |= 0x80;
    assert_int_equal(give(&reader, &details, false, second, size), READING_MORE);
    assert_true(detail_reader_rests(&reader));
    assert_string_equal(details.dns.query, "a");
    assert_int_equal(details.dns.queries, 2);
    assert_int_equal(details.dns.responses, 2);
    assert_int_equal(details.dns.matched, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_read_begins),
        cmocka_unit_test(tls_stream_fills_its_block),
        cmocka_unit_test(quic_fills_the_block_of_tls),
        cmocka_unit_test(dns_is_read_as_datagrams_and_as_a_stream),
        cmocka_unit_test(http_and_ssh_end_with_both_directions),
        cmocka_unit_test(dhcp_is_read_message_by_message),
        cmocka_unit_test(dns_whose_questions_are_answered_rests_and_takes_up_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
