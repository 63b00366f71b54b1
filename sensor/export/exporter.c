/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/exporter.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "common/base/log.h"

#include "common/flow/community_id.h"

#include "proto/flow_batch_codec.h"

#include "sensor/control/model_pull.h"
#include "sensor/export/ahead.h"
#include "sensor/export/junction.h"
#include "sensor/export/outbox.h"
#include "sensor/export/uplink.h"

#define TURN_MS      100
#define RETRY_US     INT64_C(1000000)  /* a disk that failed is tried again */
#define REMIND_US    INT64_C(60000000) /* a spool that stays full is told again */
#define ASK_AGAIN_US INT64_C(10000000) /* a piece of a model that does not come */

struct exporter {
    struct exporter_options options;
    struct uplink *uplink;
    struct model_pull pull;
    struct weir_flow_batch_encoder *encoder;
    struct ahead ahead;
    struct marker_watch markers;
    struct weir_buffer frame;
    struct outbox_item *pending; /* popped, not yet spooled; its frame may already be encoded */
    struct uplink_pulse pulse;
    uint64_t sequence; /* last one used in this boot */
    uint64_t last_record_no, last_event_no;
    bool cannot_spool; /* the disk failed: tried again every RETRY_US */
    struct weir_mono spool_tried_at;
    struct weir_error spool_error;
    uint64_t told_dropped; /* batches the spool had dropped when that was last told */
    bool was_full;         /* and told, at: */
    struct weir_mono full_at;
    struct weir_control reply;
    bool owes_reply; /* it found no room yet */
    struct weir_mono asked_at;
    bool was_up;

    pthread_t thread;
    int wake_fd, done_fd;
    atomic_bool is_stopping, is_connected;
    atomic_llong drain_us;
    int result; /* of the thread, read after it was joined */
    struct weir_error error;
};

static void give_model(struct exporter *exporter, struct scorer_model *model)
{
    uplink_set_model_version(exporter->uplink, model->version);
    if (!weir_ring_push(exporter->options.models, model)) {
        weir_log(WEIR_LOG_WARN, "model.not_taken", "version=%" PRIu64, model->version);
        scorer_model_free(model);
    }
}

static void on_control(void *context, const struct weir_control *control)
{
    struct exporter *exporter = (struct exporter *)context;
    struct scorer_model *model = NULL;
    bool has_reply = false;
    if (!exporter->options.takes_models) {
        return;
    }
    model_pull_on_control(&exporter->pull, control, &exporter->reply, &has_reply, &model);
    exporter->owes_reply = has_reply;
    exporter->asked_at = weir_mono_now();
    if (model != NULL) {
        give_model(exporter, model);
    }
}

/* Says what is owed to the collector; asks again for a model after a cut or a silence. */
static void answer(struct exporter *exporter, struct weir_mono now)
{
    const bool is_up = uplink_is_up(exporter->uplink);
    const bool is_late = weir_mono_since_us(now, exporter->asked_at) >= ASK_AGAIN_US;
    if (is_up && !exporter->owes_reply && (!exporter->was_up || is_late)) {
        exporter->owes_reply = model_pull_resume(&exporter->pull, &exporter->reply);
        exporter->asked_at = now;
    }
    if (is_up && exporter->owes_reply &&
        uplink_send(exporter->uplink, &exporter->reply) == WEIR_OK) {
        exporter->owes_reply = false;
    }
    exporter->was_up = is_up;
    atomic_store(&exporter->is_connected, is_up);
}

static int encode(struct exporter *exporter, struct outbox_item *item)
{
    struct weir_flow_batch batch = {
        .boot = uplink_boot_id(exporter->uplink),
        .sequence = exporter->sequence + 1,
        .previous_sequence = exporter->sequence,
        .low_us = item->low_us,
        .sent_us = item->clock_us,
        .last_record_no = exporter->last_record_no,
        .records = item->records,
        .count = item->count,
        .events = item->events,
        .event_count = item->event_count,
        .markers = item->markers,
        .marker_count = item->marker_count,
    };
    memcpy(batch.stream, exporter->options.boot.stream, sizeof(batch.stream));
    for (size_t i = 0; i < item->count; i++) {
        weir_community_id_fill(exporter->options.community_id_seed, &item->records[i]);
    }
    const int64_t now_us = item->marker_count > 0 ? weir_wall_now_us() : 0;
    for (size_t i = 0; i < item->marker_count; i++) {
        item->markers[i].spooled_us = now_us;
        item->markers[i].sent_number = exporter->markers.sent_number;
        item->markers[i].sent_us = exporter->markers.sent_us;
    }
    weir_buffer_reset(&exporter->frame);
    return weir_flow_batch_encode(exporter->encoder, &batch, &exporter->frame, &exporter->error);
}

/* A disk that cannot be written to is a state like a full spool: what came waits in the ring. */
static void note_spool(struct exporter *exporter, int code)
{
    const bool fails = code == WEIR_EIO;
    if (fails && !exporter->cannot_spool) {
        weir_log(WEIR_LOG_ERROR, "exporter.cannot_spool",
                 "reason=\"%s\" so=\"metering waits, and it is tried again every second\"",
                 exporter->spool_error.text);
    } else if (!fails && exporter->cannot_spool) {
        weir_log(WEIR_LOG_INFO, "exporter.spools_again", "sequence=%" PRIu64,
                 exporter->sequence + 1);
    }
    exporter->cannot_spool = fails;
    exporter->spool_tried_at = weir_mono_now();
}

/* What the operator must know: records wait, or are being lost. */
static void note_full(struct exporter *exporter, int code)
{
    const struct spool_counters counters = spool_counters(exporter->options.spool);
    const bool drops = counters.dropped_batches > exporter->told_dropped;
    const struct weir_mono now = weir_mono_now();
    if ((!drops && code != WEIR_EFULL) ||
        (exporter->was_full && weir_mono_since_us(now, exporter->full_at) < REMIND_US)) {
        return;
    }
    exporter->was_full = true;
    exporter->full_at = now;
    exporter->told_dropped = counters.dropped_batches;
    weir_log(WEIR_LOG_WARN, "spool.full",
             "held_bytes=%" PRIu64 " dropped_batches=%" PRIu64 " dropped_records=%" PRIu64
             " so=\"%s: look why the collector takes nothing, or raise spool.limit\"",
             counters.held_bytes, counters.dropped_batches, counters.dropped_records,
             drops ? "spool.policy drops batches" : "metering waits");
}

/* Spools the pending batch. WEIR_EFULL: it stays pending. The end of a stream is an empty batch
 * whose low is the end: only what is in the ledger survives a restart of the collector. */
static int spool_pending(struct exporter *exporter)
{
    struct outbox_item *item = exporter->pending;
    bool kept = false;
    if (item->count > 0) {
        exporter->last_record_no = item->records[item->count - 1].record_no;
    }
    if (item->event_count > 0) {
        exporter->last_event_no = item->last_event_no;
    }
    if (exporter->frame.size == 0) {
        const int code = encode(exporter, item);
        if (code != WEIR_OK) {
            return code;
        }
    }
    const struct spool_batch batch = {.sequence = exporter->sequence + 1,
                                      .record_count = (uint32_t)item->count,
                                      .last_event_no = exporter->last_event_no,
                                      .frame = exporter->frame.bytes,
                                      .frame_size = exporter->frame.size};
    const int code = spool_put(exporter->options.spool, &batch, exporter->last_record_no, &kept,
                               &exporter->spool_error);
    note_spool(exporter, code);
    note_full(exporter, code);
    if (code != WEIR_OK) {
        return code == WEIR_EIO ? WEIR_EFULL : code;
    }
    exporter->sequence += kept ? 1 : 0;
    if (kept && item->marker_count > 0) {
        marker_watch_add(&exporter->markers, exporter->sequence,
                         item->markers[item->marker_count - 1].number);
    }
    weir_buffer_reset(&exporter->frame);
    return WEIR_OK;
}

static int take_items(struct exporter *exporter)
{
    if (exporter->cannot_spool &&
        weir_mono_since_us(weir_mono_now(), exporter->spool_tried_at) < RETRY_US) {
        return WEIR_OK;
    }
    while (exporter->pending != NULL || (exporter->pending = (struct outbox_item *)weir_ring_pop(
                                             exporter->options.items)) != NULL) {
        struct outbox_item *item = exporter->pending;
        if (item->kind != OUTBOX_NOTE) {
            const int code = spool_pending(exporter);
            if (code != WEIR_OK) {
                return code == WEIR_EFULL ? WEIR_OK : code;
            }
        }
        exporter->pulse.low_us = item->low_us;
        exporter->pulse.last_sequence = exporter->sequence;
        exporter->pulse.has_ended = item->kind == OUTBOX_END;
        outbox_item_free(item);
        exporter->pending = NULL;
    }
    return WEIR_OK;
}

static int turn(struct exporter *exporter)
{
    ahead_send(&exporter->ahead);
    const int code = take_items(exporter);
    if (code != WEIR_OK) {
        return code;
    }
    exporter->pulse.counter_count =
        exporter->options.count(exporter->options.context, exporter->pulse.counters,
                                WEIR_CONTROL_COUNTERS_MAX);
    uplink_set_pulse(exporter->uplink, &exporter->pulse);
    const int stepped = uplink_step(exporter->uplink, weir_mono_now(), &exporter->error);
    answer(exporter, weir_mono_now());
    return stepped;
}

static void wait_for_work(struct exporter *exporter)
{
    struct pollfd descriptors[5] = {
        {.fd = uplink_fd(exporter->uplink), .events = POLLIN},
        {.fd = uplink_event_fd(exporter->uplink), .events = POLLIN},
        {.fd = exporter->wake_fd, .events = POLLIN},
        {.fd = junction_flagged_fd(exporter->options.junction), .events = POLLIN},
        {.fd = weir_ring_fd(exporter->options.items), .events = POLLIN},
    };
    uint64_t wakes = 0;
    const nfds_t count = exporter->pending == NULL ? 5 : 4; /* a full spool: the ring must wait */
    if (poll(descriptors, count, TURN_MS) > 0 && (descriptors[2].revents & POLLIN) != 0) {
        (void)!read(exporter->wake_fd, &wakes, sizeof(wakes));
    }
}

static void *run(void *context)
{
    struct exporter *exporter = (struct exporter *)context;
    struct weir_mono stop_at = {0};
    const uint64_t one = 1;
    for (;;) {
        /* Asked before the turn: what was pushed before exporter_stop() is spooled in it. */
        const bool is_stopping = atomic_load(&exporter->is_stopping);
        exporter->result = turn(exporter);
        if (exporter->result != WEIR_OK || uplink_is_delivered(exporter->uplink)) {
            break;
        }
        if (is_stopping) {
            const struct weir_mono now = weir_mono_now();
            stop_at = stop_at.ns == 0 ? now : stop_at;
            if (weir_mono_since_us(now, stop_at) >= atomic_load(&exporter->drain_us)) {
                exporter->result = exporter->cannot_spool ? WEIR_EIO : WEIR_EAGAIN;
                exporter->error = exporter->spool_error;
                break;
            }
        }
        wait_for_work(exporter);
    }
    junction_stop(exporter->options.junction);
    (void)!write(exporter->done_fd, &one, sizeof(one));
    return NULL;
}

static void free_exporter(struct exporter *exporter)
{
    uplink_close(&exporter->uplink);
    model_pull_fini(&exporter->pull);
    weir_flow_batch_encoder_free(exporter->encoder);
    weir_buffer_fini(&exporter->frame);
    ahead_fini(&exporter->ahead);
    weir_curve_key_fini(&exporter->options.key);
    if (exporter->pending != NULL && exporter->pending->count > 0) {
        weir_log(WEIR_LOG_WARN, "exporter.not_spooled", "records=%zu", exporter->pending->count);
    }
    outbox_item_free(exporter->pending);
    if (exporter->wake_fd >= 0) {
        (void)close(exporter->wake_fd);
    }
    if (exporter->done_fd >= 0) {
        (void)close(exporter->done_fd);
    }
    free(exporter);
}

static int open_uplink(struct exporter *exporter, struct weir_error *error)
{
    const struct exporter_options *options = &exporter->options;
    const struct uplink_options uplink = {
        .channel = {.endpoint = options->endpoint,
                    .key = &options->key,
                    .server_public_z85 = options->server_public_z85,
                    .seed = options->boot.id.bytes[0] | (uint64_t)options->boot.id.bytes[1] << 8},
        .spool = options->spool,
        .boot = options->boot,
        .heartbeat_us = options->heartbeat_us,
        .model_version = options->model_version,
        .markers = &exporter->markers,
        .on_control = on_control,
        .context = exporter,
    };
    return uplink_open(&uplink, &exporter->uplink, error);
}

int exporter_start(const struct exporter_options *options, struct exporter **out,
                   struct weir_error *error)
{
    struct exporter *exporter = (struct exporter *)calloc(1, sizeof(*exporter));
    if (exporter == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "exporter: out of memory");
    }
    exporter->options = *options;
    exporter->sequence = options->boot.last_sequence;
    exporter->last_record_no = options->boot.last_record_no;
    exporter->last_event_no = options->boot.last_event_no;
    exporter->pulse.low_us = INT64_MIN;
    exporter->pulse.last_sequence = exporter->sequence;
    exporter->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    exporter->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    exporter->told_dropped = spool_counters(options->spool).dropped_batches;
    atomic_init(&exporter->is_stopping, false);
    atomic_init(&exporter->is_connected, false);
    atomic_init(&exporter->drain_us, 0);
    model_pull_init(&exporter->pull, &options->store, options->model_version);
    int code = weir_flow_batch_encoder_new(WEIR_ZSTD_LEVEL_DEFAULT, &exporter->encoder);
    code = code != WEIR_OK ? weir_fail(error, code, "exporter: out of memory")
                           : open_uplink(exporter, error);
    exporter->ahead = (struct ahead){.junction = options->junction,
                                     .uplink = exporter->uplink,
                                     .encoder = exporter->encoder,
                                     .stream = exporter->options.boot.stream,
                                     .community_id_seed = options->community_id_seed};
    if (code == WEIR_OK && pthread_create(&exporter->thread, NULL, run, exporter) != 0) {
        code = weir_fail(error, WEIR_EAGAIN, "exporter: the system gives no thread");
    }
    if (code != WEIR_OK) {
        free_exporter(exporter);
        return code;
    }
    *out = exporter;
    return WEIR_OK;
}

bool exporter_is_connected(const struct exporter *exporter)
{
    return atomic_load(&exporter->is_connected);
}

int exporter_done_fd(const struct exporter *exporter)
{
    return exporter->done_fd;
}

int exporter_stop(struct exporter **exporter, int64_t drain_us, struct weir_error *error)
{
    struct exporter *stopping = *exporter;
    const uint64_t one = 1;
    *exporter = NULL;
    atomic_store(&stopping->drain_us, drain_us);
    atomic_store(&stopping->is_stopping, true);
    (void)!write(stopping->wake_fd, &one, sizeof(one));
    (void)pthread_join(stopping->thread, NULL);
    const int result = stopping->result;
    if (result != WEIR_OK) {
        const struct spool_counters left = spool_counters(stopping->options.spool);
        (void)weir_fail(error, result, "%s; %" PRIu64 " batches wait in the spool",
                        result == WEIR_EAGAIN ? "stopped before everything was delivered"
                                              : stopping->error.text,
                        left.held_batches);
    }
    free_exporter(stopping);
    return result;
}
