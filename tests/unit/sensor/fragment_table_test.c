/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/fragment_table.h"

#include <string.h>

#include "tests/support/packet_bytes.h"
#include "tests/support/weir_test.h"

#define S     INT64_C(1000000)
#define MORE  0x2000U
#define CALLS 8

/* What the sink was told. */
struct fixture {
    struct fragment_table *table;
    struct fragment_given_up told[CALLS];
    size_t count;
    struct packet_bytes bytes; /* the packet shown last */
    struct packet packet;
};

static const struct packet_ends ends = {"10.0.0.1", "10.0.0.2", 4000, 53};

static void remember(void *context, const struct fragment_given_up *datagram)
{
    struct fixture *fixture = context;
    assert_true(fixture->count < CALLS);
    fixture->told[fixture->count] = *datagram;
    fixture->count++;
}

static void begin(struct fixture *fixture, size_t datagrams_max)
{
    struct fragment_table_options options = fragment_table_defaults;
    options.datagrams_max = datagrams_max;
    memset(fixture, 0, sizeof(*fixture));
    assert_err(fragment_table_new(&options, remember, fixture, &fixture->table), WEIR_OK);
}

/* One fragment: offset in bytes, `size` bytes of content, all `fill` behind the header if first. */
struct part {
    uint8_t protocol;
    unsigned offset, size;
    bool more;
    uint8_t fill;
    uint16_t id;
};

static struct fragment_result show(struct fixture *fixture, const struct part *part, int64_t time)
{
    struct packet_bytes *bytes = &fixture->bytes;
    const uint16_t field = (uint16_t)((part->offset / 8) | (part->more ? MORE : 0));
    memset(bytes, 0, sizeof(*bytes));
    packet_bytes_add_ethernet(bytes, 0x0800);
    packet_bytes_add_ip(bytes, &ends,
                        &(struct packet_ip){.protocol = part->protocol,
                                            .payload_bytes = (uint16_t)part->size,
                                            .id = part->id,
                                            .fragment = field});
    const size_t headers = bytes->size;
    if (part->offset == 0 && part->protocol == 17) {
        packet_bytes_add_udp(bytes, &ends, 0); /* 0: the length does not bound the payload */
    } else if (part->offset == 0 && part->protocol == 1) {
        packet_bytes_add_icmp(bytes, 8, 0, 99);
    } else if (part->offset == 0 && part->protocol == 6) {
        packet_bytes_add_tcp(bytes, &ends, &(struct packet_tcp){.flags = 0x10, .sequence = 700});
    }
    packet_bytes_add_fill(bytes, part->fill, headers + part->size - bytes->size);
    const struct captured_frame frame = packet_bytes_frame(bytes, 1, time);
    struct fragment_result result;
    assert_int_equal(packet_decode(&frame, &packet_decode_defaults, &fixture->packet), PACKET_OK);
    assert_true((fixture->packet.flags & PACKET_IS_FRAGMENT) != 0);
    fragment_table_add(fixture->table, &fixture->packet, &result);
    return result;
}

static void fragments_in_order_find_the_flow_of_the_first(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    struct fragment_result r = show(&f, &(struct part){17, 0, 1480, true, 'a', 1}, S);
    assert_int_equal(r.place, FRAGMENT_FIRST);
    assert_int_equal(r.payload_bytes, 1472);
    assert_int_equal(r.held.packets, 0);
    r = show(&f, &(struct part){17, 1480, 520, false, 'b', 1}, S + 1);
    assert_int_equal(r.place, FRAGMENT_LATER);
    assert_int_equal(r.payload_bytes, 520);
    assert_int_equal(r.wrong, 0);
    assert_true(r.complete);
    assert_int_equal(f.packet.source_port, 4000);
    assert_int_equal(f.packet.destination_port, 53);
    assert_true((f.packet.flags & PACKET_HAS_PORTS) != 0);
    assert_true((f.packet.flags & PACKET_LATE) == 0);
    fragment_table_drain(f.table);
    assert_int_equal(f.count, 0);
    fragment_table_free(f.table);
}

static void fragments_before_the_first_are_held_and_handed_over(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    struct fragment_result r = show(&f, &(struct part){17, 1480, 520, false, 'b', 1}, 5 * S);
    assert_int_equal(r.place, FRAGMENT_HELD);
    assert_int_equal(fragment_table_oldest_held_us(f.table), 5 * S);
    r = show(&f, &(struct part){17, 0, 1480, true, 'a', 1}, 6 * S);
    assert_int_equal(r.place, FRAGMENT_FIRST);
    assert_int_equal(r.held.packets, 1);
    assert_int_equal(r.held.ip_bytes, 540);
    assert_int_equal(r.held.first_us, 5 * S);
    assert_true((f.packet.flags & PACKET_LATE) != 0);
    assert_int_equal(r.payload_bytes, 1992);
    assert_true(r.complete);
    assert_true(fragment_table_oldest_held_us(f.table) == FRAGMENT_TABLE_NEVER);
    fragment_table_free(f.table);
}

static void headless_datagram_becomes_a_flow_without_ports_after_30_s(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    (void)show(&f, &(struct part){17, 8, 80, true, 'a', 1}, 2 * S);
    (void)show(&f, &(struct part){17, 88, 20, false, 'b', 1}, 3 * S);
    fragment_table_advance(f.table, 32 * S - 1);
    assert_int_equal(f.count, 0);
    fragment_table_advance(f.table, 32 * S);
    assert_int_equal(f.count, 1);
    assert_false(f.told[0].has_first);
    assert_int_equal(f.told[0].held.packets, 2);
    assert_int_equal(f.told[0].held.first_us, 2 * S);
    assert_int_equal(f.told[0].held.last_us, 3 * S);
    assert_int_equal(f.told[0].held.ip_bytes, 140);
    assert_int_equal(f.told[0].payload_bytes, 100);
    assert_int_equal(f.told[0].wrong, 1);
    assert_int_equal(f.told[0].source_port, 0);
    assert_int_equal(f.told[0].time_us, 32 * S);
    fragment_table_free(f.table);
}

/* The classic pair: 36 bytes at 0 (more), then 4 bytes at 24, the last. 36 is no multiple of 8
 * (c), the second overlaps (a) and ends below the first's end (e); nothing completes it (f). */
static void teardrop_reaches_the_cap_of_three_either_way_round(void **state)
{
    (void)state;
    const struct part head = {17, 0, 36, true, 'a', 242};
    const struct part tail = {17, 24, 4, false, 'b', 242};
    struct fixture f;
    begin(&f, 16);
    struct fragment_result r = show(&f, &head, S);
    assert_int_equal(r.wrong, 1);
    assert_int_equal(r.payload_bytes, 28);
    r = show(&f, &tail, S);
    assert_int_equal(r.wrong, 2);
    assert_int_equal(r.payload_bytes, 0);
    fragment_table_advance(f.table, 31 * S);
    assert_int_equal(f.count, 1);
    assert_true(f.told[0].has_first);
    assert_int_equal(f.told[0].wrong, 1);
    assert_int_equal(f.told[0].source_port, 4000);
    fragment_table_free(f.table);
    begin(&f, 16);
    (void)show(&f, &tail, S);
    r = show(&f, &head, S);
    assert_int_equal(r.wrong, 3);
    assert_int_equal(r.payload_bytes, 28);
    fragment_table_free(f.table);
}

static void ping_of_death_is_one_event_and_the_first_fragment(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    uint64_t payload = 0;
    uint32_t wrong = 0;
    for (unsigned offset = 0; offset < 65536; offset += 1480) {
        const bool more = offset + 1480 < 65536;
        const struct fragment_result r =
            show(&f, &(struct part){1, offset, 1480, more, 'a', 7}, S + (int64_t)offset);
        payload += r.payload_bytes;
        wrong += r.wrong;
    }
    fragment_table_drain(f.table);
    assert_int_equal(payload, 1480);
    assert_int_equal(wrong, 1);
    assert_int_equal(f.count, 0);
    fragment_table_free(f.table);
}

static void icmp_payload_is_the_whole_message_once_complete(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    assert_int_equal(show(&f, &(struct part){1, 0, 1480, true, 'a', 7}, S).payload_bytes, 1480);
    assert_int_equal(show(&f, &(struct part){1, 1480, 1480, true, 'a', 7}, S).payload_bytes, 0);
    assert_int_equal(show(&f, &(struct part){1, 2960, 40, false, 'a', 7}, S).payload_bytes, 1520);
    assert_int_equal(f.packet.icmp_id, 99);
    assert_int_equal(f.packet.source_port, 8);
    fragment_table_free(f.table);
}

static void tcp_payload_is_a_range_of_sequence_numbers(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    struct fragment_result r = show(&f, &(struct part){6, 0, 120, true, 'a', 7}, S);
    assert_int_equal(r.tcp_sequence, 700);
    assert_int_equal(r.tcp_bytes, 100);
    assert_int_equal(r.payload_bytes, 0);
    r = show(&f, &(struct part){6, 120, 30, false, 'a', 7}, S);
    assert_true(r.complete);
    assert_int_equal(r.tcp_sequence, 700);
    assert_int_equal(r.tcp_bytes, 130);
    fragment_table_free(f.table);
}

static void exact_duplicates_add_neither_events_nor_bytes(void **state)
{
    (void)state;
    const struct part first = {17, 0, 80, true, 'a', 1};
    const struct part last = {17, 80, 10, false, 'b', 1};
    struct fixture f;
    begin(&f, 16);
    (void)show(&f, &first, S);
    struct fragment_result r = show(&f, &first, S);
    assert_int_equal(r.place, FRAGMENT_FIRST);
    assert_int_equal(r.wrong + r.payload_bytes, 0);
    (void)show(&f, &last, S);
    r = show(&f, &last, S); /* after completion */
    assert_int_equal(r.place, FRAGMENT_LATER);
    assert_int_equal(r.wrong + r.payload_bytes, 0);
    assert_false(r.complete);
    r = show(&f, &(struct part){17, 0, 80, true, 'a', 1}, S); /* the id is used again */
    assert_int_equal(r.payload_bytes, 72);
    fragment_table_free(f.table);
}

static void same_place_with_other_content_is_an_overlap(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    (void)show(&f, &(struct part){17, 0, 80, true, 'a', 1}, S);
    const struct fragment_result r = show(&f, &(struct part){17, 0, 80, true, 'z', 1}, S);
    assert_int_equal(r.wrong, 1);
    assert_int_equal(r.payload_bytes, 0);
    fragment_table_free(f.table);
}

static void partial_overlap_counts_each_byte_once(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    (void)show(&f, &(struct part){17, 0, 80, true, 'a', 1}, S);
    (void)show(&f, &(struct part){17, 160, 80, true, 'a', 1}, S);
    struct fragment_result r = show(&f, &(struct part){17, 40, 160, true, 'a', 1}, S);
    assert_int_equal(r.wrong, 1);
    assert_int_equal(r.payload_bytes, 80);
    r = show(&f, &(struct part){17, 240, 4, false, 'a', 1}, S);
    assert_true(r.complete);
    fragment_table_free(f.table);
}

static void empty_later_fragment_is_an_event(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    (void)show(&f, &(struct part){17, 0, 80, true, 'a', 1}, S);
    assert_int_equal(show(&f, &(struct part){17, 80, 0, false, 'a', 1}, S).wrong, 1);
    fragment_table_free(f.table);
}

static void two_ends_contradict(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    (void)show(&f, &(struct part){17, 0, 80, true, 'a', 1}, S);
    (void)show(&f, &(struct part){17, 160, 20, false, 'a', 1}, S);
    assert_int_equal(show(&f, &(struct part){17, 240, 20, false, 'a', 1}, S).wrong, 1);
    assert_false(show(&f, &(struct part){17, 80, 80, true, 'a', 1}, S).complete);
    fragment_table_free(f.table);
}

static void gap_is_one_event_after_30_s_even_without_a_sweep(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 16);
    (void)show(&f, &(struct part){17, 0, 80, true, 'a', 1}, S);
    const struct fragment_result r = show(&f, &(struct part){17, 160, 8, false, 'a', 1}, 31 * S);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.told[0].wrong, 1);
    assert_int_equal(f.told[0].time_us, 31 * S);
    assert_int_equal(r.place, FRAGMENT_HELD); /* it began a new datagram */
    fragment_table_free(f.table);
}

static void full_table_gives_up_its_oldest_and_counts_it(void **state)
{
    (void)state;
    struct fixture f;
    struct fragment_table_counters counters;
    begin(&f, 2);
    for (uint16_t id = 1; id <= 4; id++) {
        (void)show(&f, &(struct part){17, 8, 8, true, 'a', id}, S + id);
    }
    fragment_table_counters(f.table, &counters);
    assert_int_equal(counters.evicted, 2);
    assert_int_equal(counters.known, 2);
    assert_int_equal(counters.fragments, 4);
    assert_int_equal(f.count, 2);
    assert_int_equal(f.told[0].held.first_us, S + 1);
    assert_int_equal(f.told[0].wrong, 0);
    fragment_table_free(f.table);
}

static void hostile_number_of_pieces_is_bounded(void **state)
{
    (void)state;
    struct fixture f;
    struct fragment_table_counters counters;
    begin(&f, 2);
    for (unsigned i = 0; i < 1000; i++) {
        (void)show(&f, &(struct part){17, 8 * i, 8, true, 'a', 1}, S);
    }
    fragment_table_counters(f.table, &counters);
    assert_int_equal(counters.overflowed, 1000 - 256);
    fragment_table_free(f.table);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    struct fragment_table *table = NULL;
    struct fragment_table_options options = fragment_table_defaults;
    options.datagrams_max = 0;
    assert_err(fragment_table_new(&options, NULL, NULL, &table), WEIR_EINVAL);
    options = fragment_table_defaults;
    options.timeout_us = 0;
    assert_err(fragment_table_new(&options, NULL, NULL, &table), WEIR_EINVAL);
    fragment_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_in_order_find_the_flow_of_the_first),
        cmocka_unit_test(fragments_before_the_first_are_held_and_handed_over),
        cmocka_unit_test(headless_datagram_becomes_a_flow_without_ports_after_30_s),
        cmocka_unit_test(teardrop_reaches_the_cap_of_three_either_way_round),
        cmocka_unit_test(ping_of_death_is_one_event_and_the_first_fragment),
        cmocka_unit_test(icmp_payload_is_the_whole_message_once_complete),
        cmocka_unit_test(tcp_payload_is_a_range_of_sequence_numbers),
        cmocka_unit_test(exact_duplicates_add_neither_events_nor_bytes),
        cmocka_unit_test(same_place_with_other_content_is_an_overlap),
        cmocka_unit_test(partial_overlap_counts_each_byte_once),
        cmocka_unit_test(empty_later_fragment_is_an_event),
        cmocka_unit_test(two_ends_contradict),
        cmocka_unit_test(gap_is_one_event_after_30_s_even_without_a_sweep),
        cmocka_unit_test(full_table_gives_up_its_oldest_and_counts_it),
        cmocka_unit_test(hostile_number_of_pieces_is_bounded),
        cmocka_unit_test(options_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
