/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/quic_reader.h"

#include <string.h>

#include "tests/support/quic_vectors.h"
#include "tests/support/weir_test.h"

/* The hello is RFC 9001's; its fingerprints were computed in Python from the lists it shows. */
static void assert_example(const struct weir_tls_details *details)
{
    assert_string_equal(details->server_name, "example.com");
    assert_string_equal(details->alpn, "alpn");
    assert_string_equal(details->version, "TLSv13");
    assert_string_equal(details->ja3, "41bc9ae914d6cb3bd0bd0a5453ab7d7f");
    assert_string_equal(details->ja4, "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
}

static void published_initial_of_version_1_is_read(void **state)
{
    (void)state;
    struct quic_reader reader = {0};
    struct weir_tls_details details = {0};
    assert_int_equal(quic_reader_add(&reader, quic_vector_v1, QUIC_VECTOR_SIZE, &details),
                     READING_DONE);
    assert_example(&details);
    assert_int_equal(details.quic_version, 1);
}

static void published_initial_of_version_2_is_read(void **state)
{
    (void)state;
    struct quic_reader reader = {0};
    struct weir_tls_details details = {0};
    assert_int_equal(quic_reader_add(&reader, quic_vector_v2, QUIC_VECTOR_SIZE, &details),
                     READING_DONE);
    assert_example(&details);
    assert_int_equal(details.quic_version, 0x6b3343cf);
}

static void hello_over_datagrams_in_any_order_is_put_together(void **state)
{
    (void)state;
    for (int swap = 0; swap < 2; swap++) {
        struct quic_reader reader = {0};
        struct weir_tls_details details = {0};
        const uint8_t *first = swap == 1 ? quic_vector_split_second : quic_vector_split_first;
        const uint8_t *second = swap == 1 ? quic_vector_split_first : quic_vector_split_second;
        const size_t first_size = swap == 1 ? QUIC_SPLIT_SECOND : QUIC_SPLIT_FIRST;
        const size_t second_size = swap == 1 ? QUIC_SPLIT_FIRST : QUIC_SPLIT_SECOND;
        assert_int_equal(quic_reader_add(&reader, first, first_size, &details), READING_MORE);
        assert_int_equal(quic_reader_add(&reader, first, first_size, &details), READING_MORE);
        assert_int_equal(quic_reader_add(&reader, second, second_size, &details), READING_DONE);
        assert_example(&details);
    }
}

static void packets_in_one_datagram_are_all_read(void **state)
{
    (void)state;
    uint8_t datagram[QUIC_SPLIT_FIRST + QUIC_SPLIT_SECOND];
    struct quic_reader reader = {0};
    struct weir_tls_details details = {0};
    memcpy(datagram, quic_vector_split_first, QUIC_SPLIT_FIRST);
    memcpy(datagram + QUIC_SPLIT_FIRST, quic_vector_split_second, QUIC_SPLIT_SECOND);
    assert_int_equal(quic_reader_add(&reader, datagram, sizeof(datagram), &details), READING_DONE);
    assert_example(&details);
}

static void a_datagram_of_many_packets_costs_no_more_than_four(void **state)
{
    (void)state;
    uint8_t datagram[5 * QUIC_SPLIT_SECOND];
    struct quic_reader reader = {0};
    struct weir_tls_details details = {0};
    for (size_t i = 0; i < 5; i++) {
        memcpy(datagram + i * QUIC_SPLIT_SECOND, quic_vector_split_second, QUIC_SPLIT_SECOND);
    }
    memcpy(datagram + (size_t)4 * QUIC_SPLIT_SECOND, quic_vector_split_first, QUIC_SPLIT_FIRST);
    assert_int_equal(quic_reader_add(&reader, datagram, sizeof(datagram), &details), READING_MORE);
    assert_int_equal(quic_reader_add(&reader, datagram + QUIC_SPLIT_SECOND,
                                     sizeof(datagram) - QUIC_SPLIT_SECOND, &details),
                     READING_DONE);
}

static void changed_or_cut_packet_is_not_read(void **state)
{
    (void)state;
    uint8_t bytes[QUIC_VECTOR_SIZE];
    static const size_t places[] = {0, 1, 5, 6, 15, 17, 22, 700, 1199};
    const struct weir_tls_details empty = {0};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct quic_reader reader = {0};
        struct weir_tls_details details = {0};
        memcpy(bytes, quic_vector_v1, sizeof(bytes));
        bytes[places[i]] ^= 0x40;
        assert_int_equal(quic_reader_add(&reader, bytes, sizeof(bytes), &details), READING_NOT);
        assert_memory_equal(&details, &empty, sizeof(empty));
    }
    for (size_t size = 0; size < QUIC_VECTOR_SIZE; size++) {
        struct quic_reader reader = {0};
        struct weir_tls_details details = {0};
        assert_int_equal(quic_reader_add(&reader, quic_vector_v1, size, &details), READING_NOT);
    }
}

static void end_or_many_datagrams_leave_what_came(void **state)
{
    (void)state;
    struct quic_reader reader = {0};
    struct weir_tls_details details = {0};
    assert_int_equal(quic_reader_end(&reader, &details), READING_NOT);
    for (unsigned i = 1; i < QUIC_DATAGRAMS_MAX; i++) {
        assert_int_equal(quic_reader_add(&reader, quic_vector_split_second, QUIC_SPLIT_SECOND,
                                         &details),
                         READING_MORE);
    }
    assert_int_equal(quic_reader_add(&reader, quic_vector_split_second, QUIC_SPLIT_SECOND,
                                     &details),
                     READING_DONE);
    assert_true(details.client_hello); /* sixty bytes: version and ciphers, not yet a name */
    assert_string_equal(details.ja3, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_initial_of_version_1_is_read),
        cmocka_unit_test(published_initial_of_version_2_is_read),
        cmocka_unit_test(hello_over_datagrams_in_any_order_is_put_together),
        cmocka_unit_test(packets_in_one_datagram_are_all_read),
        cmocka_unit_test(a_datagram_of_many_packets_costs_no_more_than_four),
        cmocka_unit_test(changed_or_cut_packet_is_not_read),
        cmocka_unit_test(end_or_many_datagrams_leave_what_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
