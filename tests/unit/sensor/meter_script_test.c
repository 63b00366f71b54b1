/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sensor/meter/meter.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define S PACKET_TCP_SYN
#define A PACKET_TCP_ACK
#define F PACKET_TCP_FIN
#define R PACKET_TCP_RST

struct records {
    struct weir_flow_record at[4];
    size_t count;
};

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct records *records = context;
    assert_true(records->count < 4);
    records->at[records->count++] = *record;
}

static const struct test_ends web = {.from = 1, .to = 2, .from_port = 40000, .to_port = 80};

struct script_segment {
    bool from_orig;
    struct test_segment segment;
};

struct script {
    const char *name;
    struct script_segment segments[8]; /* up to the one without flags and size */
    const char *conn_state, *flag, *history;
    uint64_t orig_bytes, resp_bytes;
};

#define O(...)                                                                                     \
    {                                                                                              \
        true,                                                                                      \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define P(...)                                                                                     \
    {                                                                                              \
        false,                                                                                     \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* The captures that the last paragraph of specification 1.11 asks for. */
static const struct script scripts[] = {
    {"SYN only", {O(S, 100, 0, 0)}, "S0", "S0", "S", 0, 0},
    {"SYN, RST", {O(S, 100, 0, 0), P(R | A, 0, 101, 0)}, "REJ", "REJ", "Sr", 0, 0},
    {"SYN, SYN+ACK, RST by originator",
     {O(S, 100, 0, 0), P(S | A, 500, 101, 0), O(R, 101, 0, 0)},
     "RSTO",
     "RSTO",
     "ShR",
     0,
     0},
    {"data, then RST by responder",
     {O(S, 100, 0, 0), P(S | A, 500, 101, 0), O(A, 101, 501, 0), O(A, 101, 501, 10),
      P(R, 501, 0, 0)},
     "RSTR",
     "RSTR",
     "ShADr",
     10,
     0},
    {"FIN by originator only",
     {O(S, 100, 0, 0), P(S | A, 500, 101, 0), O(A, 101, 501, 0), O(F | A, 101, 501, 0)},
     "S2",
     "S2",
     "ShAF",
     0,
     0},
    {"FIN by responder only",
     {O(S, 100, 0, 0), P(S | A, 500, 101, 0), O(A, 101, 501, 0), P(F | A, 501, 101, 0)},
     "S3",
     "S3",
     "ShAf",
     0,
     0},
    {"SYN, then FIN", {O(S, 100, 0, 0), O(F, 101, 0, 0)}, "SH", "SH", "SF", 0, 0},
    {"SYN, then RST by originator",
     {O(S, 100, 0, 0), O(R, 101, 0, 0)},
     "RSTOS0",
     "RSTOS0",
     "SR",
     0,
     0},
    {"SYN+ACK first", {P(S | A, 500, 101, 0)}, "OTH", "OTH", "^h", 0, 0},
    {"SYN+ACK first, then ACK",
     {P(S | A, 500, 101, 0), O(A, 101, 501, 0)},
     "S1",
     "S1",
     "^hA",
     0,
     0},
    {"mid-stream", {O(A, 100, 500, 20), P(A, 500, 120, 30)}, "OTH", "OTH", "Dd", 20, 30},
    {"mid-stream, server first", {P(A, 500, 120, 30)}, "OTH", "OTH", "^d", 0, 30},
    {"simultaneous close",
     {O(S, 100, 0, 0), P(S | A, 500, 101, 0), O(A, 101, 501, 0), O(F | A, 101, 501, 0),
      P(F | A, 501, 101, 0), O(A, 102, 502, 0), P(A, 502, 102, 0)},
     "SF",
     "SF",
     "ShAFfa",
     0,
     0},
};

static void run(const struct script *script, struct records *got)
{
    struct meter_options options = meter_defaults;
    struct meter *meter = NULL;
    options.flows_max = 16;
    assert_err(meter_new(&options, on_record, got, &meter), WEIR_OK);
    for (size_t j = 0; j < 8; j++) {
        const struct script_segment *segment = &script->segments[j];
        if (segment->segment.flags != 0) {
            const struct packet packet =
                test_packet_tcp((int64_t)j * 1000, segment->from_orig ? web : test_reverse(web),
                                segment->segment);
            meter_add(meter, &packet);
        }
    }
    meter_drain(meter);
    meter_free(meter);
}

static void each_script_ends_as_the_specification_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        const struct script *script = &scripts[i];
        struct records got = {.count = 0};
        run(script, &got);
        const struct weir_flow_record *record = &got.at[0];
        const char *conn_state = weir_conn_state_text((enum weir_conn_state)record->conn_state);
        const char *flag = weir_flag_text((enum weir_flag)record->flag);
        if (got.count != 1 || strcmp(conn_state, script->conn_state) != 0 ||
            strcmp(flag, script->flag) != 0 || strcmp(record->history, script->history) != 0 ||
            record->orig.bytes != script->orig_bytes || record->resp.bytes != script->resp_bytes ||
            record->orig.port != web.from_port) {
            fail_msg("%s: got %s %s %s", script->name, conn_state, flag, record->history);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_script_ends_as_the_specification_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
