/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/random_extras.h"

#include <string.h>

#include "common/flow/app.h"
#include "common/flow/detail_field.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/l2_event.h"
#include "common/flow/tunnel.h"

#include "proto/column.h"

#include "tests/support/weir_test.h"

#define LAST_US INT64_C(253402300799999999)

static uint64_t below(struct weir_rng *rng, uint64_t bound)
{
    return weir_rng_below(rng, bound);
}

static uint64_t any_size(struct weir_rng *rng)
{
    const uint64_t value = weir_rng_next(rng); /* first: C leaves the order of operands open */
    return value >> below(rng, 64);
}

static void fill_text(struct weir_rng *rng, size_t room, uint8_t *at)
{
    const size_t size = below(rng, 4) == 0 ? room - 1 : below(rng, room < 9 ? room : 9);
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(' ' + below(rng, 95));
    }
}

static void fill_integer(struct weir_rng *rng, const struct weir_column *column, uint8_t *at)
{
    const bool is_optional = column->form != WEIR_COLUMN_UINT;
    const uint64_t value = any_size(rng) >> (is_optional ? 1 : 0);
    const int64_t wide = below(rng, 4) == 0 ? WEIR_ABSENT : (int64_t)(value >> 1);
    const int32_t narrow = below(rng, 4) == 0 ? WEIR_ABSENT : (int32_t)(value >> 33);
    if (is_optional) {
        memcpy(at, column->width == 4 ? (const void *)&narrow : (const void *)&wide, column->width);
    } else {
        memcpy(at, &value, column->width); /* the low bytes of a little-endian number */
    }
}

static void fill_real(struct weir_rng *rng, const struct weir_column *column, uint8_t *at)
{
    float value = (float)weir_rng_share(rng) * 1e6F;
    if (below(rng, 4) == 0) {
        value = column->form == WEIR_COLUMN_REAL ? -value : (float)WEIR_ABSENT;
    }
    memcpy(at, &value, sizeof(value));
}

static void fill_address(struct weir_rng *rng, struct weir_address *address)
{
    static const uint8_t sizes[] = {0, 4, 16};
    address->size = sizes[below(rng, 3)];
    for (size_t i = 0; i < address->size; i++) {
        address->bytes[i] = (uint8_t)below(rng, 256);
    }
}

static void fill_column(struct weir_rng *rng, const struct weir_column *column, uint8_t *row)
{
    uint8_t *at = row + column->offset;
    switch ((enum weir_column_form)column->form) {
    case WEIR_COLUMN_UINT:
    case WEIR_COLUMN_INT:
    case WEIR_COLUMN_OPTIONAL:
    case WEIR_COLUMN_SINCE_START:
    case WEIR_COLUMN_SINCE_END:
        fill_integer(rng, column, at);
        break;
    case WEIR_COLUMN_FLAG:
        *at = (uint8_t)below(rng, 2);
        break;
    case WEIR_COLUMN_REAL:
    case WEIR_COLUMN_OPTIONAL_REAL:
        fill_real(rng, column, at);
        break;
    case WEIR_COLUMN_TEXT:
        fill_text(rng, column->width, at);
        break;
    case WEIR_COLUMN_BYTES:
    case WEIR_COLUMN_WORD:
        for (size_t i = 0; i < column->width; i++) {
            at[i] = (uint8_t)below(rng, 3);
        }
        break;
    case WEIR_COLUMN_ADDRESS:
        fill_address(rng, (struct weir_address *)(void *)at);
        break;
    case WEIR_COLUMN_RUN_UINT: /* whoever knows how many there are */
    case WEIR_COLUMN_RUN_INT:
        break;
    }
}

static void fill_row(struct weir_rng *rng, size_t kind, void *row)
{
    const struct weir_block *block = &weir_block_table()[kind];
    for (size_t i = 0; i < block->column_count; i++) {
        fill_column(rng, &block->columns[i], (uint8_t *)row);
    }
}

static void fill_statistics(struct weir_rng *rng, struct weir_arena *arena,
                            struct weir_flow_record *record)
{
    struct weir_flow_statistics *statistics =
        (struct weir_flow_statistics *)weir_arena_take(arena, sizeof(*statistics));
    const uint8_t length = (uint8_t)below(rng, WEIR_SEQUENCE_MAX + 1);
    assert_non_null(statistics);
    weir_flow_statistics_init(statistics);
    fill_row(rng, WEIR_BLOCK_STATISTICS, statistics);
    statistics->sequence_count = length;
    statistics->stack_count = (uint8_t)below(rng, WEIR_STACKS_MAX + 1);
    for (size_t i = 0; i < length; i++) {
        statistics->len_seq[i] = (int32_t)(uint32_t)any_size(rng);
        statistics->iat_seq[i] = (uint32_t)any_size(rng);
    }
    record->statistics = statistics;
}

static void fill_details(struct weir_rng *rng, struct weir_arena *arena,
                         struct weir_flow_record *record)
{
    struct weir_flow_details *details =
        (struct weir_flow_details *)weir_arena_take(arena, sizeof(*details));
    assert_non_null(details);
    details->present = 1U << below(rng, WEIR_DETAIL_BLOCK_COUNT);
    details->present |= below(rng, 4) == 0 ? 1U << below(rng, WEIR_DETAIL_BLOCK_COUNT) : 0;
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        if ((details->present >> i & 1U) != 0) {
            fill_row(rng, WEIR_BLOCK_DETAIL + i,
                     weir_detail_block_of(details, &weir_detail_blocks()[i]));
        }
    }
    record->details = details;
}

static void fill_events(struct weir_rng *rng, struct weir_arena *arena,
                        struct weir_flow_batch *batch)
{
    batch->event_count = (size_t)below(rng, 20);
    batch->events =
        (struct weir_l2_event *)weir_arena_take(arena, batch->event_count * sizeof(*batch->events));
    assert_non_null(batch->events);
    for (size_t i = 0; i < batch->event_count; i++) {
        struct weir_l2_event *event = &batch->events[i];
        fill_row(rng, WEIR_BLOCK_L2_EVENT, event);
        event->rule = (uint8_t)(1 + below(rng, WEIR_L2_RULE_COUNT - 1));
        event->severity = (uint8_t)(1 + below(rng, 5));
        event->vlan = (uint16_t)below(rng, 4096);
        event->first_us = (int64_t)below(rng, (uint64_t)LAST_US);
        event->last_us = event->first_us + (int64_t)below(rng, 1000000);
        event->count += event->count == 0 ? 1 : 0;
    }
}

static void fill_markers(struct weir_rng *rng, struct weir_arena *arena,
                         struct weir_flow_batch *batch)
{
    batch->marker_count = (size_t)below(rng, 4);
    batch->markers =
        (struct weir_marker *)weir_arena_take(arena, batch->marker_count * sizeof(*batch->markers));
    assert_non_null(batch->markers);
    for (size_t i = 0; i < batch->marker_count; i++) {
        batch->markers[i] =
            (struct weir_marker){.number = 1 + below(rng, 1000000),
                                 .injected_us = (int64_t)below(rng, (uint64_t)LAST_US),
                                 .clock_us = (int64_t)below(rng, (uint64_t)LAST_US),
                                 .closed_us = (int64_t)below(rng, (uint64_t)LAST_US),
                                 .spooled_us = (int64_t)below(rng, (uint64_t)LAST_US),
                                 .sent_number = below(rng, 3),
                                 .sent_us = (int64_t)below(rng, (uint64_t)LAST_US)};
    }
}

void test_random_extras(struct weir_rng *rng, double share, struct weir_arena *arena,
                        struct weir_flow_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct weir_flow_record *record = &batch->records[i];
        record->app = (uint8_t)below(rng, WEIR_APP_COUNT);
        record->encrypted_guess = weir_rng_share(rng) < share;
        record->detail = (uint8_t)below(rng, WEIR_DETAIL_COUNT);
        if (weir_rng_share(rng) < share) {
            record->tunnel = (uint8_t)below(rng, WEIR_TUNNEL_COUNT);
            record->tunnel_id = (uint32_t)any_size(rng);
        }
        if (weir_rng_share(rng) < share) {
            fill_statistics(rng, arena, record);
        }
        if (weir_rng_share(rng) < share) {
            fill_details(rng, arena, record);
        }
    }
    if (weir_rng_share(rng) < share) {
        fill_events(rng, arena, batch);
        fill_markers(rng, arena, batch);
    }
}

static void rows_equal(size_t kind, const void *got, const void *want)
{
    const struct weir_block *block = &weir_block_table()[kind];
    for (size_t i = 0; i < block->column_count; i++) {
        const struct weir_column *column = &block->columns[i];
        const size_t elements = column->count_max == 0 ? 1 : column->count_max;
        if (memcmp((const uint8_t *)got + column->offset, (const uint8_t *)want + column->offset,
                   elements * column->width) != 0) {
            fail_msg("column %s of block %d differs", column->name, (int)block->number);
        }
    }
}

static void details_equal(const struct weir_flow_details *got, const struct weir_flow_details *want)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    assert_int_equal(got->present, want->present);
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        if ((want->present >> i & 1U) != 0) {
            rows_equal(WEIR_BLOCK_DETAIL + i, weir_detail_block_in(got, &blocks[i]),
                       weir_detail_block_in(want, &blocks[i]));
        }
    }
}

void test_extras_equal(const struct weir_flow_batch *got, const struct weir_flow_batch *want)
{
    for (size_t i = 0; i < want->count; i++) {
        const struct weir_flow_record *g = &got->records[i];
        const struct weir_flow_record *w = &want->records[i];
        assert_true((g->statistics == NULL) == (w->statistics == NULL));
        assert_true((g->details == NULL) == (w->details == NULL));
        if (w->statistics != NULL) {
            rows_equal(WEIR_BLOCK_STATISTICS, g->statistics, w->statistics);
        }
        if (w->details != NULL) {
            details_equal(g->details, w->details);
        }
    }
    assert_int_equal(got->event_count, want->event_count);
    for (size_t i = 0; i < want->event_count; i++) {
        rows_equal(WEIR_BLOCK_L2_EVENT, &got->events[i], &want->events[i]);
    }
    assert_int_equal(got->marker_count, want->marker_count);
    for (size_t i = 0; i < want->marker_count; i++) {
        rows_equal(WEIR_BLOCK_MARKER, &got->markers[i], &want->markers[i]);
    }
}
