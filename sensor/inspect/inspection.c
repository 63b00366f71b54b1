/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/inspection.h"

#include "common/flow/detail_field.h"

#include "sensor/inspect/app.h"
#include "sensor/inspect/content.h"
#include "sensor/inspect/detail_reader.h"
#include "sensor/inspect/inspection_reader.h"
#include "sensor/inspect/kdd_columns.h"
#include "sensor/inspect/portmap.h"
#include "sensor/inspect/stream_head.h"

#define LINE 64 /* bytes that memory gives at once */

size_t inspection_size(void)
{
    return sizeof(struct inspection);
}

static struct inspection *at(struct inspector *inspector, uint32_t number)
{
    return weir_block_pool_find(inspector->inspections, number);
}

static struct content *content_of(const struct act *act)
{
    return weir_block_pool_find(act->inspector->contents, act->inspection->content);
}

static struct content_scene scene_of(const struct act *act, int64_t time_us)
{
    return (struct content_scene){
        .patterns = &act->inspector->patterns,
        .lines = act->inspector->lines,
        .ftp = act->inspector->ftp,
        .flow = act->flow,
        .details = inspection_reader_details(act),
        .time_us = time_us,
    };
}

static void drop_content(const struct act *act)
{
    struct content *content = content_of(act);
    if (content != NULL) {
        content_fini(content, act->inspector->lines);
        weir_block_pool_remove(act->inspector->contents, act->inspection->content);
        act->inspection->content = 0;
    }
}

static void drop_head(const struct act *act)
{
    weir_block_pool_remove(act->inspector->heads, act->inspection->head);
    act->inspection->head = 0;
}

/* The block in which sessions of a class are told; for others that of what they may turn into. */
static enum weir_detail_block_index block_of_class(enum policy_class class)
{
    static const uint8_t blocks[POLICY_CLASS_COUNT] = {
        [POLICY_CLASS_NONE] = WEIR_DETAIL_LOGIN,     [POLICY_CLASS_SHELL] = WEIR_DETAIL_LOGIN,
        [POLICY_CLASS_FTP] = WEIR_DETAIL_FTP,        [POLICY_CLASS_SMTP] = WEIR_DETAIL_SMTP,
        [POLICY_CLASS_POP] = WEIR_DETAIL_MAIL,       [POLICY_CLASS_IMAP] = WEIR_DETAIL_MAIL,
        [POLICY_CLASS_HTTP] = WEIR_DETAIL_HTTP,      [POLICY_CLASS_TEXT] = WEIR_DETAIL_LOGIN,
        [POLICY_CLASS_FTP_DATA] = WEIR_DETAIL_LOGIN,
    };
    return (enum weir_detail_block_index)blocks[class];
}

static void begin_content(const struct act *act, enum policy_class class, int64_t time_us)
{
    struct inspection *inspection = act->inspection;
    if (class == POLICY_CLASS_NONE) {
        return;
    }
    if (!policy_reads(&act->inspector->policy, class)) {
        inspection->unread = true;
        return;
    }
    inspection->content = weir_block_pool_take(act->inspector->contents);
    if (inspection->content == 0) {
        act->inspector->counts.unread++;
        inspection->truncated = true;
        inspection->unread = true;
        return;
    }
    if (content_has_details(class) || inspection->details != 0) {
        inspection_reader_open(act, block_of_class(class));
    }
    const struct content_scene scene = scene_of(act, time_us);
    content_init(content_of(act), class, &scene);
}

/* Chooses who reads the flow from here on. */
static void begin_reading(const struct act *act, int64_t time_us)
{
    struct inspection *inspection = act->inspection;
    const enum weir_app app = (enum weir_app)inspection->app;
    inspection->reading = true;
    if (act->flow->protocol == WEIR_PROTO_TCP) {
        inspection->class = (uint8_t)content_class(app, act->flow);
        begin_content(act, (enum policy_class)inspection->class, time_us);
    }
    inspection_reader_begin(act, app);
}

/* Shows bytes to those who read; true when the portmapper was asked for its list. */
static bool show(const struct act *act, const struct inspection_segment *piece)
{
    struct content *content = content_of(act);
    struct portmap *portmap =
        weir_block_pool_find(act->inspector->readers, act->inspection->portmap);
    if (content != NULL) {
        const struct content_scene scene = scene_of(act, piece->time_us);
        content_add(content, &scene, piece->from_orig, piece->bytes, piece->captured);
    }
    inspection_reader_show(act, piece);
    return portmap != NULL && piece->from_orig &&
           portmap_add(portmap, piece->bytes, piece->captured);
}

/* Shows the head, in the order in which it came. */
static bool show_head(const struct act *act)
{
    const struct stream_head *head =
        weir_block_pool_find(act->inspector->heads, act->inspection->head);
    size_t done[2] = {0};
    bool pm_dump = false;
    for (size_t i = 0; head != NULL && i < head->runs; i++) {
        const struct head_run *run = &head->run[i];
        const int side = run->from_orig ? 0 : 1;
        const struct inspection_segment piece = {.time_us = run->time_us,
                                                 .bytes = head->bytes[side] + done[side],
                                                 .captured = run->size,
                                                 .size = run->size,
                                                 .from_orig = run->from_orig};
        pm_dump = show(act, &piece) || pm_dump;
        done[side] += run->size;
    }
    return pm_dump;
}

/* The verdict of the moment. What was chosen for another application begins anew from here. */
static void take_verdict(const struct act *act, enum weir_app app, bool settled, int64_t time_us)
{
    struct inspection *inspection = act->inspection;
    const bool changed = inspection->app != app;
    inspection->app = (uint8_t)app;
    inspection->settled = settled;
    if (!inspection->reading || !changed) {
        return;
    }
    const bool other_class = act->flow->protocol == WEIR_PROTO_TCP &&
                             inspection->class != (uint8_t)content_class(app, act->flow);
    if (other_class || act->flow->protocol != WEIR_PROTO_TCP) {
        drop_content(act);
        inspection_reader_drop(act);
        begin_reading(act, time_us);
    }
}

/* The first segment alone often settles it, and nothing has to be kept. */
static bool settle_at_once(const struct act *act, const struct inspection_segment *piece)
{
    struct app_heads heads = stream_head_view(NULL, act->flow);
    const struct app_head only = {.bytes = piece->bytes,
                                  .size = piece->captured,
                                  .datagram_size = piece->size};
    bool settled = false;
    *(piece->from_orig ? &heads.orig : &heads.resp) = only;
    const enum weir_app app = app_judge(&heads, &settled);
    if (settled) {
        take_verdict(act, app, true, piece->time_us);
    }
    return settled;
}

/* Goes on recognising; gives how many bytes of the piece are in the head, all when there is none.
 */
static size_t recognise(const struct act *act, const struct inspection_segment *piece)
{
    struct inspection *inspection = act->inspection;
    if (inspection->head == 0) {
        if (settle_at_once(act, piece)) {
            return 0;
        }
        inspection->head = weir_block_pool_take(act->inspector->heads);
        if (inspection->head != 0) {
            stream_head_init(weir_block_pool_find(act->inspector->heads, inspection->head));
        }
    }
    struct stream_head *head = weir_block_pool_find(act->inspector->heads, inspection->head);
    if (head == NULL) {
        act->inspector->counts.headless++;
        inspection->settled = true;
        return 0;
    }
    const size_t kept = stream_head_add(head, act->flow, piece);
    if (kept == 0) { /* nothing that the last verdict did not know */
        return 0;
    }
    const struct app_heads heads = stream_head_view(head, act->flow);
    bool settled = false;
    const enum weir_app app = app_judge(&heads, &settled);
    const bool both =
        act->flow->protocol != WEIR_PROTO_TCP && head->datagram[0] != 0 && head->datagram[1] != 0;
    take_verdict(act, app, settled || both, piece->time_us);
    return kept;
}

/* Datagrams are not shown from the head: each goes to its reader as it comes. */
static bool take_datagram(const struct act *act, const struct inspection_segment *datagram)
{
    struct inspection *inspection = act->inspection;
    if (!inspection->settled) {
        (void)recognise(act, datagram);
        if (!inspection->reading && inspection->app != WEIR_APP_NONE) {
            begin_reading(act, datagram->time_us);
        }
        if (inspection->settled) {
            drop_head(act);
        }
    }
    return show(act, datagram);
}

/* The next bytes of a direction. */
static bool take_piece(const struct act *act, const struct inspection_segment *piece)
{
    struct inspection *inspection = act->inspection;
    bool pm_dump = false;
    size_t kept = 0;
    if (!inspection->settled) {
        const bool was_reading = inspection->reading;
        kept = recognise(act, piece);
        if (was_reading) {
            kept = 0; /* its readers have not seen it, whatever the head has */
        } else if (inspection->settled || kept < piece->captured) {
            begin_reading(act, piece->time_us);
            pm_dump = show_head(act);
        } else {
            return false;
        }
        if (inspection->settled) {
            drop_head(act);
        }
    } else if (!inspection->reading) {
        begin_reading(act, piece->time_us);
    }
    if (kept < piece->captured) {
        struct inspection_segment rest = *piece;
        rest.bytes += kept;
        rest.captured -= (uint32_t)kept;
        pm_dump = show(act, &rest) || pm_dump;
    }
    return pm_dump;
}

/* The stream ended before its time: those who read must know. */
static void note_stop(const struct act *act, bool from_orig)
{
    struct inspection *inspection = act->inspection;
    const struct stream *stream = &inspection->stream[from_orig ? 0 : 1];
    if (!stream->ended || inspection->stopped[from_orig ? 0 : 1]) {
        return;
    }
    inspection->stopped[from_orig ? 0 : 1] = true;
    act->inspector->counts.cut += stream->cut ? 1 : 0;
    act->inspector->counts.full += stream->full ? 1 : 0;
    inspection->truncated = true;
    struct content *content = content_of(act);
    if (content != NULL) {
        content_lose(content, from_orig);
    }
    struct detail_reader *reader =
        weir_block_pool_find(act->inspector->readers, inspection->reader);
    if (reader != NULL &&
        detail_reader_lose(reader, from_orig, inspection_reader_details(act)) != READING_MORE) {
        inspection_reader_drop(act);
    }
}

static bool take_segment(const struct act *act, const struct inspection_segment *segment)
{
    struct inspector *inspector = act->inspector;
    struct stream *stream = &act->inspection->stream[segment->from_orig ? 0 : 1];
    const uint32_t limit = inspector->policy.max_bytes;
    const struct stream_arrival arrival = {.bytes = segment->bytes,
                                           .size = segment->captured,
                                           .sequence = segment->sequence,
                                           .is_cut = segment->captured < segment->size};
    struct inspection_segment piece = *segment;
    size_t size = 0;
    bool pm_dump = false;
    if (!stream->known && segment->has_begin) {
        stream->known = true;
        stream->next = segment->begin;
    }
    bool more = stream_add(stream, inspector->segments, limit, &arrival, &piece.bytes, &size);
    while (more) {
        piece.captured = (uint32_t)size;
        piece.size = (uint32_t)size;
        pm_dump = take_piece(act, &piece) || pm_dump;
        more = stream_next(stream, inspector->segments, limit, &piece.bytes, &size);
    }
    note_stop(act, segment->from_orig);
    return pm_dump;
}

static unsigned wants(const struct act *act)
{
    const struct inspection *inspection = act->inspection;
    const struct content *content = content_of(act);
    unsigned wants = 0;
    for (unsigned side = 0; side < 2; side++) {
        const bool is_open = !inspection->stream[side].ended;
        const bool read = content != NULL && !content->closed[side];
        const bool parsed =
            inspection->reader != 0 || inspection->rests || (inspection->portmap != 0 && side == 0);
        if (is_open && (!inspection->settled || parsed || read)) {
            wants |= side == 0 ? INSPECTION_WANTS_ORIG : INSPECTION_WANTS_RESP;
        }
    }
    return wants;
}

uint32_t inspection_new(struct inspector *inspector, bool start_seen)
{
    if (!inspector->policy.enabled) {
        return 0;
    }
    const uint32_t number = weir_block_pool_add(inspector->inspections);
    inspector->counts.refused += number == 0 ? 1 : 0;
    if (number != 0) {
        inspector->counts.opened++;
        at(inspector, number)->settled = !start_seen;
    }
    return number;
}

/* Whoever reads lies in places of its own, all asked for at once. */
static void expect_readers(const struct act *act)
{
    const uint8_t *content =
        weir_block_pool_find(act->inspector->contents, act->inspection->content);
    const struct weir_flow_details *details =
        weir_block_pool_find(act->inspector->details, act->inspection->details);
    if (content != NULL) {
        __builtin_prefetch(content, 1);
        __builtin_prefetch(content + LINE, 1);
    }
    __builtin_prefetch(details);
    __builtin_prefetch(weir_block_pool_find(act->inspector->readers, act->inspection->reader), 1);
}

unsigned inspection_add(struct inspector *inspector, uint32_t number,
                        const struct inspection_flow *flow,
                        const struct inspection_segment *segment)
{
    const struct act act = {.inspector = inspector,
                            .inspection = at(inspector, number),
                            .flow = flow};
    expect_readers(&act);
    const bool pm_dump = flow->protocol == WEIR_PROTO_TCP ? take_segment(&act, segment)
                                                          : take_datagram(&act, segment);
    const unsigned wanted = wants(&act);
    if (wanted == 0) { /* columns and details stay; what held the stream goes back */
        stream_fini(&act.inspection->stream[0], inspector->segments);
        stream_fini(&act.inspection->stream[1], inspector->segments);
    }
    return wanted | (pm_dump ? INSPECTION_PM_DUMP : 0);
}

void inspection_end(struct inspector *inspector, uint32_t number,
                    const struct inspection_flow *flow, int64_t time_us)
{
    const struct act act = {.inspector = inspector,
                            .inspection = at(inspector, number),
                            .flow = flow};
    struct inspection *inspection = act.inspection;
    const struct stream_head *head = weir_block_pool_find(inspector->heads, inspection->head);
    if (!inspection->settled && head != NULL) {
        struct app_heads heads = stream_head_view(head, flow);
        heads.ended = true;
        take_verdict(&act, app_recognise(&heads), true, time_us);
        if (!inspection->reading && flow->protocol == WEIR_PROTO_TCP) {
            begin_reading(&act, time_us);
            (void)show_head(&act);
        }
    }
    for (int side = 0; side < 2; side++) { /* bytes still wait behind a hole */
        struct stream *stream = &inspection->stream[side];
        if (stream->held != 0) {
            stream_fini(stream, inspector->segments);
            stream->cut = true;
            note_stop(&act, side == 0);
        }
    }
    struct detail_reader *reader = weir_block_pool_find(inspector->readers, inspection->reader);
    if (reader != NULL) {
        detail_reader_end(reader, inspection_reader_details(&act));
        inspection_reader_drop(&act);
    }
    struct content *content = content_of(&act);
    if (content != NULL) {
        const struct content_scene scene = scene_of(&act, time_us);
        content_end(content, &scene);
    }
}

void inspection_expect(struct inspector *inspector, uint32_t number)
{
    const struct inspection *inspection = at(inspector, number);
    if (inspection != NULL) {
        __builtin_prefetch(inspection);
        __builtin_prefetch(&inspection->emptied);
    }
}

void inspection_expect_blocks(struct inspector *inspector, uint32_t number)
{
    const struct inspection *inspection = at(inspector, number);
    if (inspection == NULL) {
        return;
    }
    const struct weir_flow_details *details =
        weir_block_pool_find(inspector->details, inspection->details);
    const struct weir_detail_block *blocks = weir_detail_blocks();
    __builtin_prefetch(details);
    for (uint32_t left = details == NULL ? 0 : inspection->emptied; left != 0; left &= left - 1) {
        const struct weir_detail_block *block = &blocks[__builtin_ctz(left)];
        const uint8_t *first = weir_detail_block_in(details, block);
        for (size_t i = 0; i < block->bytes; i += LINE) {
            __builtin_prefetch(first + i);
        }
    }
    __builtin_prefetch(weir_block_pool_find(inspector->contents, inspection->content));
}

void inspection_report(struct inspector *inspector, uint32_t number,
                       const struct inspection_flow *flow, struct weir_flow_record *record)
{
    struct inspection none = {0};
    const struct act act = {.inspector = inspector,
                            .inspection = number == 0 ? &none : at(inspector, number),
                            .flow = flow};
    const enum weir_app app = (enum weir_app)act.inspection->app;
    const struct weir_flow_details *details =
        weir_block_pool_find(inspector->details, act.inspection->details);
    record->app = (uint8_t)app;
    record->content_truncated = record->content_truncated || act.inspection->truncated;
    if (act.inspection->unread && record->detail < WEIR_DETAIL_NO_INSPECTION) {
        record->detail = WEIR_DETAIL_NO_INSPECTION;
    }
    if (flow->protocol == WEIR_PROTO_TCP) {
        kdd_columns_fill(&inspector->policy, flow, app, content_of(&act), &record->content);
    }
    record->details = details != NULL && details->present != 0 ? details : NULL;
    if (record->details != NULL && inspector->policy.names != POLICY_NAMES_SEND) {
        inspector->leaving = *details;
        policy_apply(&inspector->policy, &inspector->leaving);
        record->details = &inspector->leaving;
    }
}

void inspection_free(struct inspector *inspector, uint32_t number)
{
    if (number == 0) {
        return;
    }
    const struct inspection_flow flow = {0};
    const struct act act = {.inspector = inspector,
                            .inspection = at(inspector, number),
                            .flow = &flow};
    drop_content(&act);
    inspection_reader_drop(&act);
    drop_head(&act);
    stream_fini(&act.inspection->stream[0], inspector->segments);
    stream_fini(&act.inspection->stream[1], inspector->segments);
    weir_block_pool_remove(inspector->details, act.inspection->details);
    weir_block_pool_remove(inspector->inspections, number);
}
