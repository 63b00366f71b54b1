/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"

#include "tests/support/weir_test.h"

#define TCP       6
#define UDP       17
#define SEED_HEAD 7
#define SEED_MAX  4096
#define SAMPLES   128
#define TEXT(text)                                                                                 \
    {                                                                                              \
        .bytes = (const uint8_t *)(text), .size = sizeof(text) - 1                                 \
    }

struct sample {
    char name[64];
    enum weir_app app;
    struct app_heads heads;
    uint8_t bytes[SEED_MAX];
};

struct samples {
    struct sample sample[SAMPLES];
    size_t count;
};

/* A seed of tests/fuzz/sensor/app_seeds.py, named after its application. */
static void read_sample(const char *folder, const char *name, struct sample *sample)
{
    char path[512];
    char app[32];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)snprintf(sample->name, sizeof(sample->name), "%s", name);
    (void)snprintf(app, sizeof(app), "%.*s", (int)strcspn(name, "."), name);
    assert_true(weir_app_parse(app, &sample->app));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(sample->bytes, 1, SEED_MAX, file);
    (void)fclose(file);
    assert_true(size > SEED_HEAD);
    const uint8_t *head = sample->bytes;
    const size_t orig_size = (size_t)head[5] << 8 | head[6];
    assert_true(SEED_HEAD + orig_size <= size);
    sample->heads = (struct app_heads){
        .proto = (head[0] & 1U) != 0 ? UDP : TCP,
        .ended = (head[0] & 2U) != 0,
        .orig_port = (uint16_t)(head[1] << 8 | head[2]),
        .resp_port = (uint16_t)(head[3] << 8 | head[4]),
        .orig = {.bytes = head + SEED_HEAD, .size = orig_size},
        .resp = {.bytes = head + SEED_HEAD + orig_size, .size = size - SEED_HEAD - orig_size},
    };
}

static int read_samples(void **state)
{
    struct samples *samples = calloc(1, sizeof(*samples));
    assert_non_null(samples);
    *state = samples;
    const char *folder = WEIR_TESTS_DIR "/fuzz/sensor/fuzz_app.in";
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.' || strchr(entry->d_name, '.') == NULL) {
            continue; /* what fuzzing found is named by its hash */
        }
        assert_true(samples->count < SAMPLES);
        read_sample(folder, entry->d_name, &samples->sample[samples->count]);
        samples->count++;
    }
    (void)closedir(directory);
    return 0;
}

static int free_samples(void **state)
{
    free(*state);
    return 0;
}

static void expect(const struct app_heads *heads, enum weir_app app, const char *name)
{
    const enum weir_app got = app_recognise(heads);
    if (got != app) {
        print_error("%s: %s, want %s\n", name, weir_app_text(got), weir_app_text(app));
        fail();
    }
}

static void each_sample_is_what_its_name_says(void **state)
{
    const struct samples *samples = *state;
    uint64_t seen = 0;
    for (size_t i = 0; i < samples->count; i++) {
        expect(&samples->sample[i].heads, samples->sample[i].app, samples->sample[i].name);
        seen |= UINT64_C(1) << samples->sample[i].app;
    }
    for (unsigned app = WEIR_APP_UNKNOWN + 1; app < WEIR_APP_COUNT; app++) {
        assert_true((seen >> app & 1U) != 0);
    }
}

/* Streams only: a datagram comes whole. */
static void no_split_of_a_stream_gives_another_application(void **state)
{
    const struct samples *samples = *state;
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->sample[i];
        struct app_heads heads = sample->heads;
        heads.ended = false;
        if (heads.proto == UDP) {
            continue;
        }
        for (size_t orig = 0; orig <= sample->heads.orig.size; orig++) {
            for (size_t resp = 0; resp <= sample->heads.resp.size; resp++) {
                heads.orig.size = orig;
                heads.resp.size = resp;
                bool settled = false;
                const enum weir_app app = app_judge(&heads, &settled);
                /* As long as one side has said nothing yet, another may seem to fit. */
                const bool early = app == WEIR_APP_NONE || orig == 0 || resp < 4;
                if ((settled || !early) && app != sample->app) {
                    print_error("%s: %s after %zu and %zu bytes%s\n", sample->name,
                                weir_app_text(app), orig, resp, settled ? ", settled" : "");
                    fail();
                }
            }
        }
    }
}

static void a_settled_verdict_survives_any_bytes_that_follow(void **state)
{
    const struct samples *samples = *state;
    struct weir_rng rng;
    weir_rng_init(&rng, 11);
    static uint8_t bytes[2][APP_HEAD_MAX];
    for (size_t i = 0; i < samples->count; i++) {
        const struct sample *sample = &samples->sample[i];
        if (sample->heads.proto == UDP) {
            continue;
        }
        for (int round = 0; round < 200; round++) {
            struct app_heads heads = sample->heads;
            heads.ended = false;
            heads.orig.size = (size_t)weir_rng_below(&rng, heads.orig.size + 1);
            heads.resp.size = (size_t)weir_rng_below(&rng, heads.resp.size + 1);
            bool settled = false;
            const enum weir_app app = app_judge(&heads, &settled);
            for (size_t j = 0; j < APP_HEAD_MAX; j++) {
                bytes[0][j] = (uint8_t)weir_rng_below(&rng, 256);
                bytes[1][j] = (uint8_t)weir_rng_below(&rng, 256);
            }
            memcpy(bytes[0], heads.orig.bytes, heads.orig.size);
            memcpy(bytes[1], heads.resp.bytes, heads.resp.size);
            const struct app_head longer[2] = {{.bytes = bytes[0], .size = APP_HEAD_MAX},
                                               {.bytes = bytes[1], .size = APP_HEAD_MAX}};
            heads.orig = longer[0];
            heads.resp = longer[1];
            if (settled && app_recognise(&heads) != app) {
                print_error("%s: %s changed\n", sample->name, weir_app_text(app));
                fail();
            }
        }
    }
}

static void every_sample_settles_with_both_directions(void **state)
{
    const struct samples *samples = *state;
    for (size_t i = 0; i < samples->count; i++) {
        struct app_heads heads = samples->sample[i].heads;
        bool settled = false;
        heads.ended = false;
        if (heads.orig.size < 16 || heads.resp.size < 6) {
            continue;
        }
        (void)app_judge(&heads, &settled);
        if (!settled) {
            print_error("%s is not settled\n", samples->sample[i].name);
            fail();
        }
    }
}

static void directions_that_contradict_are_unknown(void **state)
{
    (void)state;
    const struct {
        const char *name;
        struct app_heads heads;
    } rows[] = {
        {"http answered by ssh",
         {.proto = TCP,
          .orig = TEXT("GET / HTTP/1.1\r\n\r\n"),
          .resp = TEXT("SSH-2.0-OpenSSH_9.2\r\n")}},
        {"tls answered by http",
         {.proto = TCP,
          .orig = TEXT("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03 0123456789"),
          .resp = TEXT("HTTP/1.1 400 Bad Request\r\n\r\n")}},
        {"smtp greeting, binary client",
         {.proto = TCP,
          .resp_port = 25,
          .orig = TEXT("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"),
          .resp = TEXT("220 mx ESMTP\r\n")}},
        {"rpc answered to another call",
         {.proto = UDP,
          .orig = TEXT("\1\2\3\4\0\0\0\0\0\0\0\2\0\1\x86\xa0\0\0\0\2\0\0\0\4"),
          .resp = TEXT("\1\2\3\5\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")}},
        {"modbus answered to another transaction",
         {.proto = TCP,
          .resp_port = 502,
          .orig = TEXT("\0\1\0\0\0\6\1\3\0\x6b\0\3\0\2\0\0\0\6\1\3\0\x6b\0\3"),
          .resp = TEXT("\0\7\0\0\0\3\1\x83\2")}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct app_heads heads = rows[i].heads;
        heads.ended = true;
        expect(&heads, WEIR_APP_UNKNOWN, rows[i].name);
    }
}

static void too_few_bytes_are_none_until_the_end(void **state)
{
    (void)state;
    struct app_heads heads = {.proto = TCP, .resp_port = 80, .orig = TEXT("123456789012345")};
    expect(&heads, WEIR_APP_NONE, "fifteen bytes");
    heads.ended = true;
    expect(&heads, WEIR_APP_UNKNOWN, "fifteen bytes at the end");
    heads.orig.size = 3;
    expect(&heads, WEIR_APP_NONE, "three bytes at the end");
    heads.orig.size = 0;
    expect(&heads, WEIR_APP_NONE, "nothing");
    heads = (struct app_heads){.proto = TCP,
                               .orig = TEXT("\x81\x82\x83\x84\x85\x86\x87\x88"
                                            "12345678")};
    expect(&heads, WEIR_APP_UNKNOWN, "sixteen bytes");
}

/* Eight bytes are few, but no more will be looked at. */
static void two_datagrams_are_all_there_will_be(void **state)
{
    (void)state;
    struct app_heads heads = {.proto = UDP, .resp_port = 123, .orig = TEXT("\x17\0\3\x2a\0\0\0\0")};
    bool settled = true;
    assert_int_equal(app_judge(&heads, &settled), WEIR_APP_NONE);
    assert_false(settled);
    heads.resp = (struct app_head)TEXT("\x97\0\3\x2a\0\1\0\x48");
    assert_int_equal(app_judge(&heads, &settled), WEIR_APP_NTP);
    assert_true(settled);
}

static void the_bytes_of_a_server_that_speaks_first_are_enough(void **state)
{
    (void)state;
    struct app_heads heads = {.proto = TCP, .resp_port = 21, .resp = TEXT("220 FTP server\r\n")};
    expect(&heads, WEIR_APP_FTP, "sixteen bytes of the server");
    heads.resp.size = 15;
    expect(&heads, WEIR_APP_NONE, "fifteen bytes of the server");
    heads = (struct app_heads){.proto = TCP, .resp = TEXT("HTTP/1.1 200 OK\r\n")};
    expect(&heads, WEIR_APP_NONE, "a server that should wait for its client");
    heads.ended = true;
    expect(&heads, WEIR_APP_HTTP, "the same at the end");
}

/* USER begins FTP, POP3 and IRC: alone it names none of them. */
static void a_command_of_several_protocols_names_none(void **state)
{
    (void)state;
    struct app_heads heads = {.proto = TCP, .resp_port = 21, .orig = TEXT("USER anonymous\r\nP")};
    heads.ended = true;
    expect(&heads, WEIR_APP_UNKNOWN, "USER alone");
    heads.resp = (struct app_head)TEXT("+OK ready\r\n");
    expect(&heads, WEIR_APP_POP3, "USER after +OK");
    heads.resp = (struct app_head)TEXT("220 ready\r\n");
    expect(&heads, WEIR_APP_FTP, "USER after 220");
}

static void other_protocols_than_tcp_and_udp_have_no_application(void **state)
{
    const struct samples *samples = *state;
    struct app_heads heads = samples->sample[0].heads;
    bool settled = false;
    heads.proto = 132;
    assert_int_equal(app_judge(&heads, &settled), WEIR_APP_NONE);
    assert_true(settled);
}

/* Of one million random beginnings no application may claim more than a few. */
static void random_bytes_are_recognised_as_nothing(void **state)
{
    (void)state;
    enum {
        ROUNDS = 1000000,
        CLAIMS_MAX = 12
    };
    static const uint16_t ports[] = {0,   21,  22,  23,  25,  53,   80,   110,  111,  137,
                                     143, 161, 389, 443, 445, 1433, 3306, 5353, 5355, 6881};
    struct weir_rng rng;
    weir_rng_init(&rng, 7);
    size_t claimed[WEIR_APP_COUNT] = {0};
    static uint64_t words[16];
    for (int i = 0; i < ROUNDS; i++) {
        for (size_t j = 0; j < 16; j++) {
            words[j] = weir_rng_next(&rng);
        }
        const uint64_t port = weir_rng_below(&rng, 2 * sizeof(ports) / sizeof(ports[0]));
        const struct app_heads heads = {
            .proto = (i & 1) != 0 ? UDP : TCP,
            .ended = (i & 2) != 0,
            .orig_port = (uint16_t)weir_rng_below(&rng, 65536),
            .resp_port = port < sizeof(ports) / sizeof(ports[0])
                             ? ports[port]
                             : (uint16_t)weir_rng_below(&rng, 65536),
            .orig = {.bytes = (const uint8_t *)words, .size = 4 + (size_t)weir_rng_below(&rng, 61)},
            .resp = {.bytes = (const uint8_t *)(words + 8),
                     .size = (i & 4) != 0 ? (size_t)weir_rng_below(&rng, 65) : 0},
        };
        claimed[app_recognise(&heads)]++;
    }
    for (unsigned app = WEIR_APP_UNKNOWN + 1; app < WEIR_APP_COUNT; app++) {
        if (claimed[app] > CLAIMS_MAX) {
            print_error("%s: %zu\n", weir_app_text((enum weir_app)app), claimed[app]);
            fail();
        }
    }
    assert_true(claimed[WEIR_APP_UNKNOWN] > ROUNDS / 2);
}

static void two_long_unknown_streams_of_high_entropy_look_encrypted(void **state)
{
    (void)state;
    const uint64_t bytes[2] = {256, 300};
    const uint64_t few[2] = {255, 300};
    const double high[2] = {7.2, 7.9};
    const double low[2] = {7.9, 7.19};
    assert_true(app_encrypted_guess(WEIR_APP_UNKNOWN, bytes, high));
    assert_false(app_encrypted_guess(WEIR_APP_UNKNOWN, few, high));
    assert_false(app_encrypted_guess(WEIR_APP_UNKNOWN, bytes, low));
    assert_false(app_encrypted_guess(WEIR_APP_TLS, bytes, high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sample_is_what_its_name_says),
        cmocka_unit_test(no_split_of_a_stream_gives_another_application),
        cmocka_unit_test(a_settled_verdict_survives_any_bytes_that_follow),
        cmocka_unit_test(every_sample_settles_with_both_directions),
        cmocka_unit_test(directions_that_contradict_are_unknown),
        cmocka_unit_test(too_few_bytes_are_none_until_the_end),
        cmocka_unit_test(two_datagrams_are_all_there_will_be),
        cmocka_unit_test(the_bytes_of_a_server_that_speaks_first_are_enough),
        cmocka_unit_test(a_command_of_several_protocols_names_none),
        cmocka_unit_test(other_protocols_than_tcp_and_udp_have_no_application),
        cmocka_unit_test(random_bytes_are_recognised_as_nothing),
        cmocka_unit_test(two_long_unknown_streams_of_high_entropy_look_encrypted),
    };
    return cmocka_run_group_tests(tests, read_samples, free_samples);
}
