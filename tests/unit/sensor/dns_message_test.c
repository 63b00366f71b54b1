/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dns_message.h"

#include <string.h>

#include "tests/support/weir_test.h"

/* www.Example.ORG A: canonical name cdn.example.org (ttl 300), 192.0.2.1 (60), 2001:db8::1 (7200)
 */
static const uint8_t response[] =
    "\x12\x34\x85\x80\x00\x01\x00\x03\x00\x00\x00\x00"
    "\x03www\x07"
    "Example\x03ORG\x00\x00\x01\x00\x01"
    "\xc0\x0c\x00\x05\x00\x01\x00\x00\x01\x2c\x00\x06\x03"
    "cdn\xc0\x10"
    "\xc0\x2d\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"
    "\xc0\x2d\x00\x1c\x00\x01\x00\x00\x1c\x20\x00\x10"
    "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01";

static void response_is_read_whole(void **state)
{
    (void)state;
    struct dns_message message;
    assert_true(dns_message_read(response, sizeof(response) - 1, &message));
    assert_true(message.is_response && message.aa && message.rd && message.ra && !message.tc);
    assert_int_equal(message.id, 0x1234);
    assert_int_equal(message.rcode, 0);
    assert_int_equal(message.qtype, 1);
    assert_int_equal(message.qclass, 1);
    assert_int_equal(message.answer_count, 3);
    assert_string_equal(message.name, "www.example.org");
    assert_string_equal(message.answers, "cdn.example.org,192.0.2.1,2001:db8::1");
    assert_true(message.has_ttl);
    assert_int_equal(message.ttl_min_s, 60);
}

static void cut_response_gives_the_records_before_the_cut(void **state)
{
    (void)state;
    struct dns_message message;
    for (size_t size = 0; size < sizeof(response) - 1; size++) {
        const bool read = dns_message_read(response, size, &message);
        assert_int_equal(read, size >= 33);
        if (size >= 33) {
            const char *want = size < 51   ? ""
                               : size < 67 ? "cdn.example.org"
                                           : "cdn.example.org,192.0.2.1";
            assert_string_equal(message.answers, want);
        }
    }
}

static void pointers_that_do_not_lead_back_are_refused(void **state)
{
    (void)state;
    static const uint8_t loop[] = "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                  "\xc0\x0c\x00\x01\x00\x01";
    static const uint8_t ahead[] = "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                   "\xc0\x0e\x00\x01\x00\x01";
    struct dns_message message;
    assert_false(dns_message_read(loop, sizeof(loop) - 1, &message));
    assert_false(dns_message_read(ahead, sizeof(ahead) - 1, &message));
}

static void root_and_odd_bytes_have_a_text(void **state)
{
    (void)state;
    static const uint8_t root[] = "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x02\x00\x01";
    static const uint8_t odd[] = "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                 "\x05"
                                 "a.\\\x07"
                                 "B\x00\x00\x02\x00\x01";
    struct dns_message message;
    assert_true(dns_message_read(root, sizeof(root) - 1, &message));
    assert_string_equal(message.name, ".");
    assert_true(dns_message_read(odd, sizeof(odd) - 1, &message));
    assert_string_equal(message.name, "a\\x2e\\\\\\x07b");
}

static void name_of_255_bytes_is_the_longest(void **state)
{
    (void)state;
    uint8_t query[12 + 300 + 4] = {0, 1, 1, 0, 0, 1};
    struct dns_message message;
    for (unsigned last = 61; last <= 62; last++) { /* 3 * 64 + 62 + 1 = 255 */
        size_t at = 12;
        for (unsigned label = 0; label < 4; label++) {
            const unsigned size = label < 3 ? 63 : last;
            query[at] = (uint8_t)size;
            memset(query + at + 1, 'a', size);
            at += size + 1;
        }
        memcpy(query + at, "\0\0\1\0\1", 5);
        assert_int_equal(dns_message_read(query, at + 5, &message), last == 61);
    }
}

static void headers_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const uint8_t good[] = "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x02\x00\x01";
    static const struct {
        size_t at;
        uint8_t value;
    } bad[] = {{2, 0x31}, {5, 2}, {5, 0}, {7, 201}, {8, 1}};
    struct dns_message message;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint8_t bytes[sizeof(good)];
        memcpy(bytes, good, sizeof(good));
        bytes[bad[i].at] = bad[i].value;
        assert_false(dns_message_read(bytes, sizeof(bytes) - 1, &message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_is_read_whole),
        cmocka_unit_test(cut_response_gives_the_records_before_the_cut),
        cmocka_unit_test(pointers_that_do_not_lead_back_are_refused),
        cmocka_unit_test(root_and_odd_bytes_have_a_text),
        cmocka_unit_test(name_of_255_bytes_is_the_longest),
        cmocka_unit_test(headers_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
