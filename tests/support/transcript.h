/* SPDX-License-Identifier: Apache-2.0
 *
 * transcript: a session written down, shown to an inspection in many ways.
 *
 * Shape:   each turn's text begins with '>' for the originator or '<' for the responder; turns are
 *          a second apart.
 */
#ifndef WEIR_TESTS_SUPPORT_TRANSCRIPT_H
#define WEIR_TESTS_SUPPORT_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/flow/flow_details.h"
#include "common/flow/flow_record.h"

#include "sensor/inspect/inspection.h"

#include "tests/support/test_packet.h"
#include "tests/support/weir_test.h"

#define TRANSCRIPT_TURNS_MAX 24
#define TURN(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

struct transcript_turn {
    const char *text;
    size_t size;
};

struct transcript {
    const char *name;
    uint16_t resp_port;
    bool is_ftp_data;
    struct transcript_turn turns[TRANSCRIPT_TURNS_MAX]; /* up to the first without text */
    struct weir_kdd_content want;
};

enum transcript_way {
    TRANSCRIPT_WHOLE,     /* a segment a turn */
    TRANSCRIPT_BYTEWISE,  /* a segment a byte */
    TRANSCRIPT_REORDERED, /* each turn in three segments: second, third, first */
    TRANSCRIPT_REPEATED,  /* each turn twice, the second time with other bytes */
    TRANSCRIPT_WAYS,
    TRANSCRIPT_SPLIT = TRANSCRIPT_WAYS /* and more: each turn split behind so many bytes */
};

struct transcript_result {
    struct weir_flow_record record;
    struct weir_flow_details details; /* all zero when there were none */
};

#define TRANSCRIPT_TURN_MAX 70000
#define TRANSCRIPT_SPLITS   40

struct transcript_show {
    struct inspector *inspector;
    struct inspection_flow flow;
    uint32_t number;
    uint32_t sequence[2];
    int64_t time_us;
    bool from_orig;
};

/* size bytes at `offset` of the present turn. */
static inline void transcript_send(struct transcript_show *show, const char *bytes, size_t offset,
                                   size_t size)
{
    const struct inspection_segment segment = {
        .time_us = show->time_us,
        .bytes = (const uint8_t *)bytes + offset,
        .captured = (uint32_t)size,
        .size = (uint32_t)size,
        .sequence = show->sequence[show->from_orig ? 0 : 1] + (uint32_t)offset,
        .begin = 1000,
        .has_begin = true,
        .from_orig = show->from_orig,
    };
    if (size > 0) {
        (void)inspection_add(show->inspector, show->number, &show->flow, &segment);
    }
}

static inline void transcript_send_turn(struct transcript_show *show, const char *bytes,
                                        size_t size, unsigned way)
{
    static const char other[TRANSCRIPT_TURN_MAX] = {0};
    const size_t third = size / 3;
    switch (way) {
    case TRANSCRIPT_WHOLE:
        transcript_send(show, bytes, 0, size);
        return;
    case TRANSCRIPT_BYTEWISE:
        for (size_t i = 0; i < size; i++) {
            transcript_send(show, bytes, i, 1);
        }
        return;
    case TRANSCRIPT_REORDERED:
        transcript_send(show, bytes, third, third);
        transcript_send(show, bytes, 2 * third, size - 2 * third);
        transcript_send(show, bytes, 0, third);
        return;
    case TRANSCRIPT_REPEATED:
        transcript_send(show, bytes, 0, size);
        transcript_send(show, other, 0, size);
        return;
    default: {
        const size_t at = way - TRANSCRIPT_SPLIT < size ? way - TRANSCRIPT_SPLIT : size;
        transcript_send(show, bytes, 0, at);
        transcript_send(show, bytes, at, size - at);
    }
    }
}

/* Shows the session, as an established connection, to a new inspector. */
static inline void transcript_read(const struct transcript *transcript, unsigned way,
                                   struct transcript_result *out)
{
    struct transcript_show show = {.flow = {.orig = test_host(1),
                                            .resp = test_host(2),
                                            .orig_port = 40000,
                                            .resp_port = transcript->resp_port,
                                            .protocol = WEIR_PROTO_TCP,
                                            .is_ftp_data = transcript->is_ftp_data,
                                            .established = true},
                                   .sequence = {1000, 1000}};
    /* Small pools: sanitizers clear what they shadow, and there is a new inspector each time. */
    struct policy policy = policy_defaults;
    policy.inspections = 2;
    policy.segments = 128;
    assert_err(inspector_new(&policy, 16, 7, &show.inspector), WEIR_OK);
    show.number = inspection_new(show.inspector, true);
    for (size_t i = 0; i < TRANSCRIPT_TURNS_MAX && transcript->turns[i].text != NULL; i++) {
        const struct transcript_turn *turn = &transcript->turns[i];
        show.time_us += 1000000;
        show.from_orig = turn->text[0] == '>';
        show.flow.orig_payload = show.flow.orig_payload || show.from_orig;
        transcript_send_turn(&show, turn->text + 1, turn->size - 1, way);
        show.sequence[show.from_orig ? 0 : 1] += (uint32_t)turn->size - 1;
    }
    memset(out, 0, sizeof(*out));
    inspection_end(show.inspector, show.number, &show.flow, show.time_us);
    inspection_report(show.inspector, show.number, &show.flow, &out->record);
    if (out->record.details != NULL) {
        out->details = *out->record.details;
    }
    out->record.details = NULL;
    inspection_free(show.inspector, show.number);
    assert_int_equal(weir_block_pool_used(show.inspector->inspections), 0);
    assert_int_equal(weir_block_pool_used(show.inspector->heads), 0);
    assert_int_equal(weir_block_pool_used(show.inspector->contents), 0);
    assert_int_equal(weir_block_pool_used(show.inspector->lines), 0);
    assert_int_equal(weir_block_pool_used(show.inspector->segments), 0);
    assert_int_equal(weir_block_pool_used(show.inspector->readers), 0);
    assert_int_equal(weir_block_pool_used(show.inspector->details), 0);
    inspector_free(show.inspector);
}

static inline void transcript_compare(const struct transcript *transcript, unsigned way,
                                      const char *column, unsigned found, unsigned wanted)
{
    if (found != wanted) {
        fail_msg("%s, way %u: %s is %u, not %u", transcript->name, way, column, found, wanted);
    }
}

static inline void transcript_check_way(const struct transcript *transcript, unsigned way)
{
    struct transcript_result result;
    transcript_read(transcript, way, &result);
    const struct weir_kdd_content *found = &result.record.content;
    const struct weir_kdd_content *want = &transcript->want;
#define COLUMN(name) transcript_compare(transcript, way, #name, found->name, want->name)
    COLUMN(hot);
    COLUMN(num_failed_logins);
    COLUMN(logged_in);
    COLUMN(num_compromised);
    COLUMN(root_shell);
    COLUMN(su_attempted);
    COLUMN(num_root);
    COLUMN(num_file_creations);
    COLUMN(num_shells);
    COLUMN(num_access_files);
    COLUMN(is_host_login);
    COLUMN(is_guest_login);
#undef COLUMN
}

/* Fails, naming the transcript, unless every way of showing it gives the columns it wants, and
 * every split too. */
static inline void transcript_check(const struct transcript *transcript)
{
    for (unsigned way = 0; way < TRANSCRIPT_SPLIT + TRANSCRIPT_SPLITS; way++) {
        transcript_check_way(transcript, way);
    }
}

#endif
