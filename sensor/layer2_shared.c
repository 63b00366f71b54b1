/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/layer2_shared.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/base/log.h"

#include "common/flow/l2_event.h"

#include "sensor/sensor_layer2.h"

struct layer2_shared {
    struct sensor_layer2 settings;
    struct layer2_watch *watch;
    const struct layer2_caller *caller; /* of the call that is under way */
    size_t lanes, running;              /* lanes; of them, not yet at their end */
    pthread_mutex_t lock;               /* guards all of it; taken when there are several lanes */
};

/* Events are few, because they are merged: each is a line of the log as well. */
static void on_event(void *context, const struct weir_l2_event *event)
{
    const struct layer2_shared *shared = (const struct layer2_shared *)context;
    char address[WEIR_ADDRESS_TEXT_SIZE] = "-";
    const uint8_t *mac = event->mac;
    if (event->address.size != 0) {
        weir_address_text(&event->address, address);
    }
    weir_log(WEIR_LOG_INFO, "sensor.l2_event",
             "rule=%s severity=%s vlan=%u mac=%02x:%02x:%02x:%02x:%02x:%02x address=%s count=%llu "
             "revision=%u",
             weir_l2_rule_id((enum weir_l2_rule)event->rule),
             weir_severity_text((enum weir_severity)event->severity), event->vlan, mac[0], mac[1],
             mac[2], mac[3], mac[4], mac[5], address, (unsigned long long)event->count,
             event->revision);
    shared->caller->sink(shared->caller->context, event);
}

int layer2_shared_new(const struct sensor_options *options, size_t lanes, uint64_t hash_key,
                      struct layer2_shared **out, struct weir_error *error)
{
    if (!options->layer2_enabled) {
        *out = NULL;
        return WEIR_OK;
    }
    struct layer2_shared *shared = (struct layer2_shared *)calloc(1, sizeof(*shared));
    if (shared == NULL || pthread_mutex_init(&shared->lock, NULL) != 0) {
        free(shared);
        return weir_fail(error, WEIR_ENOMEM, "layer2: out of memory");
    }
    shared->lanes = lanes;
    shared->running = lanes;
    int code = sensor_layer2_init(options, &shared->settings, error);
    if (code == WEIR_OK) {
        shared->settings.options.hash_key = hash_key;
        code = layer2_watch_new(&shared->settings.options, on_event, shared, &shared->watch);
        code = code != WEIR_OK ? weir_fail(error, code, "layer2: %s", weir_err_text(code)) : code;
    }
    if (code != WEIR_OK) {
        layer2_shared_free(shared);
        return code;
    }
    *out = shared;
    return WEIR_OK;
}

void layer2_shared_free(struct layer2_shared *shared)
{
    if (shared != NULL) {
        layer2_watch_free(shared->watch);
        sensor_layer2_fini(&shared->settings);
        (void)pthread_mutex_destroy(&shared->lock);
        free(shared);
    }
}

static void begin(struct layer2_shared *shared, const struct layer2_caller *caller)
{
    if (shared->lanes > 1) {
        (void)pthread_mutex_lock(&shared->lock);
    }
    shared->caller = caller;
}

static void end(struct layer2_shared *shared)
{
    if (shared->lanes > 1) {
        (void)pthread_mutex_unlock(&shared->lock);
    }
}

void layer2_shared_add(struct layer2_shared *shared, const struct layer2_caller *caller,
                       const struct packet *packet)
{
    if (shared != NULL) {
        begin(shared, caller);
        layer2_watch_add(shared->watch, packet);
        end(shared);
    }
}

void layer2_shared_advance(struct layer2_shared *shared, const struct layer2_caller *caller,
                           int64_t now_us)
{
    if (shared != NULL) {
        begin(shared, caller);
        layer2_watch_advance(shared->watch, now_us);
        end(shared);
    }
}

void layer2_shared_drain(struct layer2_shared *shared, const struct layer2_caller *caller)
{
    if (shared != NULL) {
        begin(shared, caller);
        shared->running -= shared->running > 0 ? 1 : 0;
        if (shared->running == 0) {
            layer2_watch_drain(shared->watch);
        }
        end(shared);
    }
}

void layer2_shared_counters(struct layer2_shared *shared, struct layer2_counters *out)
{
    *out = (struct layer2_counters){0};
    if (shared != NULL) {
        begin(shared, NULL);
        layer2_watch_counters(shared->watch, out);
        end(shared);
    }
}
