/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/shipping.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/ring.h"

#include "proto/keys.h"

#include "sensor/control/model_store.h"
#include "sensor/export/exporter.h"
#include "sensor/export/junction.h"
#include "sensor/export/outbox.h"
#include "sensor/export/spool.h"

#define ITEMS_IN_RING  16
#define MODELS_IN_RING 4

struct shipping_lane {
    struct outbox *outbox;
    _Atomic(struct scorer_model *) model; /* laid out, not yet taken */
};

struct shipping {
    struct tally *tally; /* borrowed */
    struct weir_ring *items, *models;
    struct spool *spool;
    struct spool_boot boot;
    uint64_t dropped_before; /* records the spool gave up before this run */
    bool is_replay;
    struct junction *junction;
    struct model_store_options store;
    bool takes_models;
    uint64_t model_version; /* laid out last; 0 = none */
    struct exporter *exporter;
    pthread_mutex_t lock; /* guards what was counted last */
    struct weir_counter counted[WEIR_CONTROL_COUNTERS_MAX];
    size_t counted_count;
    size_t lane_count;
    struct shipping_lane lanes[];
};

static size_t count(void *context, struct weir_counter *counters, size_t capacity)
{
    struct shipping *shipping = (struct shipping *)context;
    size_t used = tally_read(shipping->tally, counters, capacity);
    const struct spool_counters spooled = spool_counters(shipping->spool);
    const struct junction_counts joined = junction_counts(shipping->junction);
    const struct {
        const char *name;
        uint64_t value;
    } more[] = {
        {"spool.batches", spooled.held_batches},
        {"spool.bytes", spooled.held_bytes},
        {"spool.dropped_batches", spooled.dropped_batches},
        {"spool.dropped_bytes", spooled.dropped_bytes},
        {"spool.dropped_records", spooled.dropped_records},
        {"ring.dropped_batches", joined.lost_batches},
        {"ring.dropped_records", joined.lost_records},
        {"flagged.records", joined.flagged},
        {"flagged.left_out", joined.flagged_left_out},
    };
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]) && used < capacity; i++) {
        (void)snprintf(counters[used].name, sizeof(counters[used].name), "%s", more[i].name);
        counters[used++].value = more[i].value;
    }
    (void)pthread_mutex_lock(&shipping->lock);
    shipping->counted_count = used;
    memcpy(shipping->counted, counters, used * sizeof(counters[0]));
    (void)pthread_mutex_unlock(&shipping->lock);
    return used;
}

/* What is replayed, so that --resume does not go on with other files. */
static uint64_t hash_input(const struct sensor_options *options)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < options->read.count; i++) {
        const char *path = options->read.at[i];
        struct stat status = {0};
        const int64_t size = stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
        hash = weir_hash_keyed(path, strlen(path), hash);
        hash = weir_hash_keyed(&size, sizeof(size), hash);
    }
    return hash;
}

static int open_spool(struct shipping *shipping, const struct sensor_options *options,
                      struct weir_error *error)
{
    const struct spool_options spool = {
        .folder = options->spool_folder,
        .limit_bytes = sensor_options_limit(options, LIMITS_SPOOL, options->spool_limit_bytes),
        .policy = (enum spool_policy)options->spool_policy,
        .sync = (enum spool_sync)options->spool_sync,
    };
    const int code = spool_open(&spool, &shipping->spool, error);
    if (code != WEIR_OK) {
        return code;
    }
    struct spool_boot *boot = &shipping->boot;
    if (getrandom(boot->id.bytes, sizeof(boot->id.bytes), 0) != (ssize_t)sizeof(boot->id.bytes)) {
        return weir_fail(error, WEIR_EIO, "the system gives no random bytes for a boot id");
    }
    (void)snprintf(boot->stream, sizeof(boot->stream), "%s", sensor_options_stream(options));
    boot->input_hash = hash_input(options);
    return spool_begin_boot(shipping->spool, options->resume, boot, error);
}

/* Takes *model: a share for each lane, in place of what a lane has not taken yet. */
static void lay_out(struct shipping *shipping, struct scorer_model **model)
{
    shipping->model_version = (*model)->version;
    for (size_t i = 0; i < shipping->lane_count; i++) {
        scorer_model_free(atomic_exchange(&shipping->lanes[i].model, scorer_model_share(*model)));
    }
    scorer_model_free(*model);
    *model = NULL;
}

static void load_model(struct shipping *shipping, const struct sensor_options *options,
                       const struct shipping_keys *keys)
{
    struct scorer_model *model = NULL;
    if (!keys->takes_models) {
        return;
    }
    shipping->store.folder = options->model_folder;
    shipping->store.model_max_bytes = (size_t)options->model_max_bytes;
    memcpy(shipping->store.trusted_public, keys->trusted.public_key,
           sizeof(keys->trusted.public_key));
    shipping->takes_models = true;
    if (model_store_load(&shipping->store, &model, NULL) == WEIR_OK) {
        weir_log(WEIR_LOG_INFO, "model.loaded", "version=%llu", (unsigned long long)model->version);
        lay_out(shipping, &model);
    }
}

static int start_exporter(struct shipping *shipping, const struct sensor_options *options,
                          const struct shipping_keys *keys, struct weir_error *error)
{
    struct exporter_options exporter = {
        .spool = shipping->spool,
        .boot = shipping->boot,
        .items = shipping->items,
        .junction = shipping->junction,
        .models = shipping->models,
        .endpoint = options->collector,
        .heartbeat_us = options->heartbeat_us,
        .community_id_seed = (uint16_t)options->community_id_seed,
        .store = shipping->store,
        .takes_models = shipping->takes_models,
        .model_version = shipping->model_version,
        .count = count,
        .context = shipping,
    };
    exporter.key = keys->own;
    memcpy(exporter.server_public_z85, keys->server.public_z85, sizeof(keys->server.public_z85));
    const int code = exporter_start(&exporter, &shipping->exporter, error);
    weir_curve_key_fini(&exporter.key);
    return code;
}

static void free_lanes(struct shipping *shipping)
{
    for (size_t i = 0; i < shipping->lane_count; i++) {
        outbox_free(shipping->lanes[i].outbox);
        scorer_model_free(atomic_load(&shipping->lanes[i].model));
    }
}

static void free_shipping(struct shipping *shipping)
{
    void *item = NULL;
    struct outbox_item *batch = NULL;
    uint64_t lost =
        shipping->junction != NULL ? junction_counts(shipping->junction).lost_records : 0;
    if (shipping->items != NULL) {
        while ((batch = (struct outbox_item *)weir_ring_pop(shipping->items)) != NULL) {
            lost += batch->kind == OUTBOX_BATCH ? batch->count : 0;
            outbox_item_free(batch);
        }
    }
    if (lost > 0) {
        weir_log(WEIR_LOG_WARN, "shipping.not_spooled", "records=%llu", (unsigned long long)lost);
    }
    if (shipping->models != NULL) {
        while ((item = weir_ring_pop(shipping->models)) != NULL) {
            scorer_model_free((struct scorer_model *)item);
        }
    }
    free_lanes(shipping);
    junction_free(shipping->junction);
    spool_close(shipping->spool);
    weir_ring_free(shipping->items);
    weir_ring_free(shipping->models);
    (void)pthread_mutex_destroy(&shipping->lock);
    free(shipping);
}

/* Live, nothing may keep the card waiting, unless the spool's policy asks for it. */
static int join_lanes(struct shipping *shipping, const struct sensor_options *options,
                      struct weir_error *error)
{
    const bool drops = options->interfaces.count > 0 && options->spool_policy != (int)SPOOL_BLOCK;
    const uint64_t most = sensor_options_limit(options, LIMITS_RING, ITEMS_IN_RING);
    size_t items = 1; /* a ring holds a power of two */
    while (items * 2 <= most) {
        items *= 2;
    }
    int code = weir_ring_new(items, &shipping->items);
    code = code != WEIR_OK ? code : weir_ring_new(MODELS_IN_RING, &shipping->models);
    code = code != WEIR_OK
               ? code
               : junction_new(shipping->items, shipping->lane_count, &shipping->junction);
    for (size_t i = 0; i < shipping->lane_count && code == WEIR_OK; i++) {
        const struct outbox_options outbox = {.junction = shipping->junction,
                                              .lane = i,
                                              .skip_record_no = shipping->boot.last_record_no,
                                              .skip_event_no = shipping->boot.last_event_no,
                                              .drops = drops};
        code = outbox_new(&outbox, &shipping->lanes[i].outbox);
    }
    return code != WEIR_OK ? weir_fail(error, code, "shipping: %s", weir_err_text(code)) : WEIR_OK;
}

int shipping_load_keys(const struct sensor_options *options, struct shipping_keys *keys,
                       struct weir_error *error)
{
    struct shipping_keys read = {0};
    int code = weir_curve_key_load(options->key, &read.own, error);
    code =
        code != WEIR_OK ? code : weir_curve_key_load(options->collector_key, &read.server, error);
    if (code == WEIR_OK && read.own.secret_z85[0] == '\0') {
        code = weir_fail(error, WEIR_EINVAL, "%s holds no secret key; make one with --make-key",
                         options->key);
    }
    if (code == WEIR_OK && options->model_trusted_key != NULL) {
        code = weir_sign_key_load(options->model_trusted_key, &read.trusted, error);
        read.takes_models = code == WEIR_OK;
    }
    if (code == WEIR_OK) {
        *keys = read;
    }
    shipping_keys_fini(&read);
    return code;
}

void shipping_keys_fini(struct shipping_keys *keys)
{
    weir_curve_key_fini(&keys->own);
    weir_curve_key_fini(&keys->server);
    weir_sign_key_fini(&keys->trusted);
}

int shipping_start(const struct sensor_options *options, const struct shipping_keys *keys,
                   struct tally *tally, size_t lanes, struct shipping **out,
                   struct weir_error *error)
{
    struct shipping *shipping =
        (struct shipping *)calloc(1, sizeof(*shipping) + lanes * sizeof(shipping->lanes[0]));
    if (shipping == NULL || pthread_mutex_init(&shipping->lock, NULL) != 0) {
        free(shipping);
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    shipping->tally = tally;
    shipping->lane_count = lanes;
    for (size_t i = 0; i < lanes; i++) {
        atomic_init(&shipping->lanes[i].model, NULL);
    }
    int code = open_spool(shipping, options, error);
    if (code == WEIR_OK) {
        shipping->is_replay = options->interfaces.count == 0;
        shipping->dropped_before = spool_counters(shipping->spool).dropped_records;
        load_model(shipping, options, keys);
        code = join_lanes(shipping, options, error);
    }
    code = code != WEIR_OK ? code : start_exporter(shipping, options, keys, error);
    if (code != WEIR_OK) {
        free_shipping(shipping);
        return code;
    }
    *out = shipping;
    return WEIR_OK;
}

struct outbox *shipping_outbox(struct shipping *shipping, size_t lane)
{
    weir_check(lane < shipping->lane_count);
    return shipping->lanes[lane].outbox;
}

void shipping_spread_models(struct shipping *shipping)
{
    struct scorer_model *model = (struct scorer_model *)weir_ring_pop(shipping->models);
    if (model != NULL) {
        lay_out(shipping, &model);
    }
}

bool shipping_take_model(struct shipping *shipping, size_t lane, struct scorer *scorer)
{
    struct scorer_model *model = atomic_exchange(&shipping->lanes[lane].model, NULL);
    if (model == NULL) {
        return false;
    }
    scorer_activate(scorer, &model);
    return true;
}

size_t shipping_count(struct shipping *shipping, struct weir_counter *counters, size_t capacity)
{
    (void)pthread_mutex_lock(&shipping->lock);
    const size_t count = shipping->counted_count < capacity ? shipping->counted_count : capacity;
    memcpy(counters, shipping->counted, count * sizeof(counters[0]));
    (void)pthread_mutex_unlock(&shipping->lock);
    return count;
}

uint64_t shipping_model_version(const struct shipping *shipping)
{
    return shipping->model_version;
}

bool shipping_is_connected(const struct shipping *shipping)
{
    return exporter_is_connected(shipping->exporter);
}

int shipping_done_fd(const struct shipping *shipping)
{
    return exporter_done_fd(shipping->exporter);
}

/* What the spool's policy gave up: no heartbeat will tell it any more. */
static void tell_dropped(const struct shipping *shipping)
{
    const struct spool_counters spooled = spool_counters(shipping->spool);
    if (spooled.dropped_batches > 0) {
        weir_log(WEIR_LOG_WARN, "spool.dropped",
                 "batches=%llu records=%llu so=\"never delivered; counted since the spool's folder "
                 "was made\"",
                 (unsigned long long)spooled.dropped_batches,
                 (unsigned long long)spooled.dropped_records);
    }
}

/* Whoever replays files is told when what was delivered is not all of it. */
static int check_complete(const struct shipping *shipping, struct weir_error *error)
{
    const uint64_t dropped =
        spool_counters(shipping->spool).dropped_records - shipping->dropped_before;
    if (!shipping->is_replay || dropped == 0) {
        return WEIR_OK;
    }
    return weir_fail(error, WEIR_EFULL,
                     "the spool was full and gave up %" PRIu64
                     " records; spool.policy = block waits instead, or raise spool.limit",
                     dropped);
}

int shipping_stop(struct shipping **shipping, int64_t drain_us, struct weir_error *error)
{
    struct shipping *stopping = *shipping;
    *shipping = NULL;
    int code = exporter_stop(&stopping->exporter, drain_us, error);
    tell_dropped(stopping);
    code = code != WEIR_OK ? code : check_complete(stopping, error);
    free_shipping(stopping);
    return code;
}
