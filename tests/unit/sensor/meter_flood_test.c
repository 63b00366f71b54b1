/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "common/base/clock.h"

#include "sensor/meter/meter.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define S PACKET_TCP_SYN
#define A PACKET_TCP_ACK

#define FLOWS_MAX   4096
#define CITIZENS    64          /* established connections that should survive */
#define SPACING_US  INT64_C(20) /* 50,000 new flows a second */
#define SPEAKS_EACH 25000U      /* packets of the flood between two words of the citizens */

/* Sanitizer builds define less. The other attacks need not go on as long to fill the table. */
#ifndef SOURCES
#define SOURCES 2000000U
#endif
#define SOURCES_OTHER (SOURCES / 4)

enum attack {
    SYN_FLOOD,
    ANSWERED_SYN_FLOOD, /* the victim still answers each SYN */
    PORT_SCAN
};

struct town {
    struct meter *meter;
    struct weir_kdd_window *window;
    int64_t now_us;
    uint64_t citizen_finals, citizen_packets, evicted, packets;
    uint32_t said; /* bytes each citizen has sent */
};

static bool is_citizen(const struct weir_flow_record *record)
{
    return record->resp.port == 22;
}

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct town *town = context;
    if (record->record_type != WEIR_RECORD_FINAL) {
        return;
    }
    town->packets += record->orig.packets + record->resp.packets;
    town->evicted += record->end_reason == WEIR_END_LACK_OF_RESOURCES ? 1 : 0;
    if (is_citizen(record)) {
        assert_int_equal(record->flow_status & WEIR_STATUS_EVICTED, 0);
        town->citizen_finals++;
        town->citizen_packets += record->orig.packets + record->resp.packets;
    }
}

static struct test_ends citizen(unsigned number)
{
    return (struct test_ends){.from = 1 + number,
                              .to = 200,
                              .from_port = (uint16_t)(30000 + number),
                              .to_port = 22};
}

static void add(struct town *town, struct test_ends ends, struct test_segment segment)
{
    const struct packet packet = test_packet_tcp(town->now_us, ends, segment);
    meter_add(town->meter, &packet);
}

static void citizens_connect(struct town *town)
{
    for (unsigned i = 0; i < CITIZENS; i++) {
        const struct test_ends ends = citizen(i);
        add(town, ends, (struct test_segment){S, 100, 0, 0});
        add(town, test_reverse(ends), (struct test_segment){S | A, 500, 101, 0});
        add(town, ends, (struct test_segment){A, 101, 501, 0});
    }
}

static void citizens_speak(struct town *town)
{
    for (unsigned i = 0; i < CITIZENS; i++) {
        const struct test_ends ends = citizen(i);
        add(town, ends, (struct test_segment){A, 101 + town->said, 501, 10});
        add(town, test_reverse(ends), (struct test_segment){A, 501, 111 + town->said, 0});
    }
    town->said += 10;
}

static void attack_once(struct town *town, enum attack attack, unsigned number)
{
    struct test_ends ends = {.from = 1000 + number,
                             .to = 201,
                             .from_port = (uint16_t)(number % 60000),
                             .to_port = 80};
    if (attack == PORT_SCAN) {
        ends = (struct test_ends){.from = 999,
                                  .to = 1000 + number / 60000,
                                  .from_port = 40000,
                                  .to_port = (uint16_t)(1000 + number % 60000)};
    }
    add(town, ends, (struct test_segment){S, 7, 0, 0});
    if (attack == ANSWERED_SYN_FLOOD) {
        add(town, test_reverse(ends), (struct test_segment){S | A, 9, 8, 0});
    }
}

/* Pages of this process that are in memory. */
static long resident_pages(void)
{
    long size = 0;
    long resident = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%ld %ld", &size, &resident), 2);
    (void)fclose(statm);
    return resident;
}

static void survive(enum attack attack, unsigned sources)
{
    struct town town = {.now_us = WEIR_US_PER_S};
    struct meter_options options = meter_defaults;
    struct weir_kdd_window_options window = weir_kdd_window_defaults;
    long pages_begin = 0;
    window.hosts_max = FLOWS_MAX;
    assert_err(weir_kdd_window_new(&window, &town.window), WEIR_OK);
    options.flows_max = FLOWS_MAX;
    options.window = town.window;
    assert_err(meter_new(&options, on_record, &town, &town.meter), WEIR_OK);
    citizens_connect(&town);
    for (unsigned i = 0; i < sources; i++) {
        town.now_us += SPACING_US;
        attack_once(&town, attack, i);
        if (i % SPEAKS_EACH == 0) {
            citizens_speak(&town);
        }
        if (i == sources / 10) {
            pages_begin = resident_pages();
        }
        assert_true(meter_counts(town.meter)->open <= FLOWS_MAX);
    }
    const long pages_end = resident_pages();
    assert_true((double)pages_end <= 1.05 * (double)pages_begin);
    assert_int_equal(town.citizen_finals, 0);
    meter_drain(town.meter);
    const struct meter_counts *counts = meter_counts(town.meter);
    assert_int_equal(town.citizen_finals, CITIZENS);
    assert_int_equal(town.citizen_packets, CITIZENS * (3 + 2 * (sources / SPEAKS_EACH)));
    assert_int_equal(town.packets, counts->packets);
    assert_int_equal(counts->created, counts->final);
    assert_int_equal(counts->evicted, town.evicted);
    assert_true(counts->evicted > sources / 2);
    meter_free(town.meter);
    weir_kdd_window_free(town.window);
}

static void established_flows_survive_a_syn_flood_of_two_million_sources(void **state)
{
    (void)state;
    survive(SYN_FLOOD, SOURCES);
}

static void they_survive_one_that_the_victim_answers(void **state)
{
    (void)state;
    survive(ANSWERED_SYN_FLOOD, SOURCES_OTHER);
}

static void they_survive_a_scan_of_every_port(void **state)
{
    (void)state;
    survive(PORT_SCAN, SOURCES_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(established_flows_survive_a_syn_flood_of_two_million_sources),
        cmocka_unit_test(they_survive_one_that_the_victim_answers),
        cmocka_unit_test(they_survive_a_scan_of_every_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
