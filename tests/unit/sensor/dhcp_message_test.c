/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dhcp_message.h"

#include <string.h>

#include "tests/support/weir_test.h"

#define FIXED 236

struct message {
    size_t size;
    uint8_t bytes[600];
};

static struct message begin(uint8_t op, uint8_t type)
{
    struct message message = {.size = FIXED + 7};
    message.bytes[0] = op;
    message.bytes[1] = 1;
    message.bytes[2] = 6;
    memcpy(message.bytes + 28, "\x02\x00\x00\x00\xab\x01", 6);
    memcpy(message.bytes + FIXED, "\x63\x82\x53\x63\x35\x01", 6);
    message.bytes[FIXED + 6] = type;
    return message;
}

static void add_option(struct message *message, uint8_t option, const void *bytes, uint8_t size)
{
    message->bytes[message->size++] = option;
    message->bytes[message->size++] = size;
    memcpy(message->bytes + message->size, bytes, size);
    message->size += size;
}

static void assert_address(const struct weir_address *address, const char *want)
{
    char text[WEIR_ADDRESS_TEXT_SIZE];
    weir_address_text(address, text);
    assert_string_equal(text, want);
}

static void request_and_answer_are_told_together(void **state)
{
    (void)state;
    struct weir_dhcp_details details = {0};
    struct message request = begin(1, 3);
    add_option(&request, 81, "\0\0\0other", 8);
    add_option(&request, 12, "print\x01r", 7);
    add_option(&request, 60, "MSFT 5.0", 8);
    add_option(&request, 50, "\xc0\x00\x02\x05", 4);
    request.bytes[request.size++] = 0; /* padding */
    request.bytes[request.size++] = 255;
    assert_true(dhcp_message_read(request.bytes, request.size, &details));
    assert_int_equal(details.message_type, 3);
    assert_string_equal(details.host_name, "print\\x01r");
    assert_string_equal(details.vendor_class, "MSFT 5.0");
    assert_string_equal(details.client_mac, "02:00:00:00:ab:01");
    assert_address(&details.requested, "192.0.2.5");
    assert_int_equal(details.assigned.size, 0);

    struct message answer = begin(2, 5);
    memcpy(answer.bytes + 16, "\xc0\x00\x02\x06", 4);
    add_option(&answer, 54, "\xc0\x00\x02\x01", 4);
    add_option(&answer, 51, "\x00\x00\x0e\x10", 4);
    assert_true(dhcp_message_read(answer.bytes, answer.size, &details));
    assert_int_equal(details.message_type, 5);
    assert_int_equal(details.messages, 2);
    assert_int_equal(details.lease_s, 3600);
    assert_address(&details.assigned, "192.0.2.6");
    assert_address(&details.server, "192.0.2.1");
    assert_string_equal(details.host_name, "print\\x01r");
}

static void qualified_name_stands_in_for_a_host_name(void **state)
{
    (void)state;
    struct weir_dhcp_details details = {0};
    struct message request = begin(1, 1);
    add_option(&request, 81, "\0\0\0pc.example", 13);
    assert_true(dhcp_message_read(request.bytes, request.size, &details));
    assert_string_equal(details.host_name, "pc.example");
}

static void another_client_begins_anew(void **state)
{
    (void)state;
    struct weir_dhcp_details details = {0};
    struct message first = begin(1, 3);
    struct message second = begin(1, 1);
    add_option(&first, 12, "first", 5);
    second.bytes[28 + 5] = 2;
    assert_true(dhcp_message_read(first.bytes, first.size, &details));
    assert_true(dhcp_message_read(second.bytes, second.size, &details));
    assert_string_equal(details.client_mac, "02:00:00:00:ab:02");
    assert_string_equal(details.host_name, "");
    assert_int_equal(details.messages, 2);
}

static void cut_message_gives_the_options_before_the_cut(void **state)
{
    (void)state;
    struct message request = begin(1, 1);
    add_option(&request, 12, "abcdef", 6);
    for (size_t size = 0; size < request.size; size++) {
        struct weir_dhcp_details details = {0};
        assert_int_equal(dhcp_message_read(request.bytes, size, &details), size >= FIXED + 4);
        assert_int_equal(details.message_type, size >= FIXED + 7 ? 1 : 0);
        assert_string_equal(details.host_name, "");
    }
}

static void bootp_and_other_bytes_are_refused(void **state)
{
    (void)state;
    struct weir_dhcp_details details = {0};
    struct message request = begin(3, 1);
    assert_false(dhcp_message_read(request.bytes, request.size, &details));
    request = begin(1, 1);
    request.bytes[FIXED] = 0;
    assert_false(dhcp_message_read(request.bytes, request.size, &details));
    assert_int_equal(details.messages, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_and_answer_are_told_together),
        cmocka_unit_test(qualified_name_stands_in_for_a_host_name),
        cmocka_unit_test(another_client_begins_anew),
        cmocka_unit_test(cut_message_gives_the_options_before_the_cut),
        cmocka_unit_test(bootp_and_other_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
