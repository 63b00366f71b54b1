/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/link_watch.h"

#include "common/base/log.h"

#define PATIENCE_US INT64_C(5000000)
#define EARLY_ENDS  2U /* one may be a collector that is being restarted */

#define WRONG_KEY                                                                                  \
    "the key in collector.server_key is probably not this collector's: weirctl key show names "    \
    "the fingerprint of both; put the collector's public key there and start again"

void link_watch_init(struct link_watch *watch, struct weir_mono now)
{
    *watch = (struct link_watch){.apart_at = now};
}

/* A collector that cannot read what was encrypted for another key closes without a word. */
static void note_early_end(struct link_watch *watch, const struct weir_channel_event *event)
{
    watch->early_ends += 1;
    if (watch->early_ends == EARLY_ENDS) {
        weir_log(WEIR_LOG_ERROR, "uplink.wrong_key", "reason=\"%s\" so=\"%s\"", event->sentence,
                 WRONG_KEY);
        watch->told = WEIR_CHANNEL_HANDSHAKE_FAILED;
    }
}

static void tell(struct link_watch *watch, enum weir_log_level level, const char *name,
                 const struct weir_channel_event *event)
{
    if (watch->told != event->kind) {
        weir_log(level, name, "reason=\"%s\"", event->sentence);
        watch->told = event->kind;
    }
}

void link_watch_add(struct link_watch *watch, const struct weir_channel_event *event,
                    struct weir_mono now)
{
    const bool was_connected = watch->is_connected;
    watch->is_connected = false;
    watch->apart_at = was_connected ? now : watch->apart_at;
    switch (event->kind) {
    case WEIR_CHANNEL_CONNECTED:
        weir_log(WEIR_LOG_INFO, "uplink.connected", "peer=\"%s\"", event->sentence);
        *watch = (struct link_watch){.is_connected = true, .was_ever = true, .told = event->kind};
        break;
    case WEIR_CHANNEL_DISCONNECTED: /* follows a failed handshake too, which says more */
        if (!watch->was_ever && watch->told != WEIR_CHANNEL_REJECTED) {
            note_early_end(watch, event);
        }
        if (was_connected || watch->told == 0) {
            tell(watch, WEIR_LOG_WARN, "uplink.disconnected", event);
        }
        break;
    case WEIR_CHANNEL_REJECTED:
        watch->is_rejected = true;
        watch->rejected_at = now;
        tell(watch, WEIR_LOG_ERROR, "uplink.rejected", event);
        break;
    case WEIR_CHANNEL_HANDSHAKE_FAILED:
        tell(watch, WEIR_LOG_ERROR, "uplink.handshake_failed", event);
        watch->early_ends = EARLY_ENDS;
        break;
    }
}

void link_watch_advance(struct link_watch *watch, const char *endpoint, struct weir_mono now)
{
    const bool is_explained = watch->is_connected || watch->told == WEIR_CHANNEL_REJECTED ||
                              watch->told == WEIR_CHANNEL_HANDSHAKE_FAILED;
    if (!is_explained && !watch->apart_is_told &&
        weir_mono_since_us(now, watch->apart_at) >= PATIENCE_US) {
        watch->apart_is_told = true;
        weir_log(WEIR_LOG_WARN, "uplink.unreachable",
                 "endpoint=%s so=\"the spool keeps what comes; it is tried again and again\"",
                 endpoint);
    }
}

bool link_watch_is_to_knock(struct link_watch *watch, struct weir_mono now)
{
    const bool is_time =
        watch->is_rejected && weir_mono_since_us(now, watch->rejected_at) >= PATIENCE_US;
    watch->is_rejected = watch->is_rejected && !is_time;
    return is_time;
}
