/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dns_reader.h"

#include <string.h>

#include "tests/support/weir_test.h"

struct spoken { /* one message about a name of one letter */
    uint16_t id;
    bool is_response;
    uint8_t rcode;
    char name;
    bool without_question;
};

static bool say(struct dns_reader *reader, struct weir_dns_details *details,
                const struct spoken *spoken, int64_t time_us)
{
    const uint8_t message[] = {(uint8_t)(spoken->id >> 8),
                               (uint8_t)spoken->id,
                               spoken->is_response ? 0x81 : 0x01,
                               spoken->rcode,
                               0,
                               spoken->without_question ? 0 : 1,
                               0,
                               0,
                               0,
                               0,
                               0,
                               0,
                               1,
                               (uint8_t)spoken->name,
                               0,
                               0,
                               1,
                               0,
                               1};
    return dns_reader_add(reader, message, spoken->without_question ? 12 : sizeof(message), time_us,
                          details);
}

static void answer_is_matched_by_id_and_question(void **state)
{
    (void)state;
    struct dns_reader reader = {0};
    struct weir_dns_details details = {0};
    assert_true(say(&reader, &details, &(struct spoken){.id = 7, .name = 'a'}, 1000));
    assert_true(
        say(&reader, &details, &(struct spoken){.id = 7, .is_response = true, .name = 'b'}, 1100));
    assert_true(
        say(&reader, &details, &(struct spoken){.id = 8, .is_response = true, .name = 'a'}, 1200));
    assert_int_equal(details.matched, 0);
    assert_true(
        say(&reader, &details, &(struct spoken){.id = 7, .is_response = true, .name = 'a'}, 1500));
    assert_int_equal(details.matched, 1);
    assert_int_equal(details.responses, 3);
    assert_int_equal(details.rtt_us, weir_detail_measure(500));
    assert_int_equal(details.id, weir_detail_measure(7));
    assert_int_equal(details.rcode, weir_detail_measure(0));
    assert_string_equal(details.query, "a");
}

static void repeated_question_keeps_its_first_time(void **state)
{
    (void)state;
    struct dns_reader reader = {0};
    struct weir_dns_details details = {0};
    (void)say(&reader, &details, &(struct spoken){.id = 7, .name = 'a'}, 1000);
    (void)say(&reader, &details, &(struct spoken){.id = 7, .name = 'a'}, 6000);
    (void)say(&reader, &details,
              &(struct spoken){.id = 7, .is_response = true, .without_question = true}, 6500);
    assert_int_equal(details.queries, 2);
    assert_int_equal(details.rtt_us, weir_detail_measure(5500));
}

static void first_question_and_last_error_are_told(void **state)
{
    (void)state;
    struct dns_reader reader = {0};
    struct weir_dns_details details = {0};
    for (uint16_t i = 0; i < 3; i++) {
        const char name = (char)('a' + i);
        (void)say(&reader, &details, &(struct spoken){.id = i, .name = name}, 100 * i);
        (void)say(&reader, &details,
                  &(struct spoken){.id = i,
                                   .is_response = true,
                                   .rcode = (uint8_t)(i == 1 ? 3 : i),
                                   .name = name},
                  100 * i + 10 * (i + 1));
    }
    assert_string_equal(details.query, "a");
    assert_int_equal(details.rcode, weir_detail_measure(0));
    assert_string_equal(details.error_query, "c");
    assert_int_equal(details.error_rcode, 2);
    assert_int_equal(details.errors, 2);
    assert_int_equal(details.nxdomain, 1);
    assert_int_equal(details.rtt_us, weir_detail_measure(10));
    assert_int_equal(details.rtt_max_us, weir_detail_measure(30));
}

static void oldest_question_gives_way(void **state)
{
    (void)state;
    struct dns_reader reader = {0};
    struct weir_dns_details details = {0};
    for (uint16_t i = 0; i <= DNS_QUESTIONS_MAX; i++) {
        (void)say(&reader, &details, &(struct spoken){.id = i, .name = 'a'}, 0);
    }
    for (uint16_t i = 0; i <= DNS_QUESTIONS_MAX; i++) {
        (void)say(&reader, &details, &(struct spoken){.id = i, .is_response = true, .name = 'a'},
                  1);
    }
    assert_int_equal(details.queries, DNS_QUESTIONS_MAX + 1);
    assert_int_equal(details.matched, DNS_QUESTIONS_MAX);
}

static void response_alone_is_told_without_a_time(void **state)
{
    (void)state;
    struct dns_reader reader = {0};
    struct weir_dns_details details = {0};
    (void)say(&reader, &details,
              &(struct spoken){.id = 9, .is_response = true, .rcode = 3, .name = 'x'}, 50);
    assert_string_equal(details.query, "x");
    assert_int_equal(details.rcode, weir_detail_measure(3));
    assert_int_equal(details.rtt_us, 0);
}

static void other_bytes_change_nothing(void **state)
{
    (void)state;
    const struct weir_dns_details empty = {0};
    struct dns_reader reader = {0};
    struct weir_dns_details details = {0};
    assert_false(dns_reader_add(&reader, (const uint8_t *)"GET / HTTP/1.1", 14, 0, &details));
    assert_memory_equal(&details, &empty, sizeof(empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_is_matched_by_id_and_question),
        cmocka_unit_test(repeated_question_keeps_its_first_time),
        cmocka_unit_test(first_question_and_last_error_are_told),
        cmocka_unit_test(oldest_question_gives_way),
        cmocka_unit_test(response_alone_is_told_without_a_time),
        cmocka_unit_test(other_bytes_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
