/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/announce.h"

#include <string.h>

#include "common/flow/feature_schema.h"

#include "proto/frame.h"

static void begin(struct weir_control *out, enum weir_frame_kind kind)
{
    memset(out, 0, sizeof(*out));
    out->kind = kind;
}

void announce_hello(struct weir_control *out, const struct spool *spool,
                    const struct spool_boot *boot, uint64_t model_version)
{
    struct spool_boot boots[WEIR_CONTROL_BOOTS_MAX];
    const size_t known = spool_boots(spool, boots, WEIR_CONTROL_BOOTS_MAX);
    begin(out, WEIR_FRAME_HELLO);
    struct weir_hello *hello = &out->as.hello;
    hello->wire_oldest = WEIR_WIRE_VERSION_OLDEST;
    hello->wire_newest = WEIR_WIRE_VERSION;
    memcpy(hello->program_version, WEIR_VERSION, sizeof(WEIR_VERSION));
    hello->boot = boot->id;
    memcpy(hello->stream, boot->stream, sizeof(hello->stream));
    hello->wall_us = weir_wall_now_us();
    hello->model_version = model_version;
    hello->capabilities = WEIR_CAPABILITY_PRIORITY;
    for (size_t i = 0; i < known && i < WEIR_CONTROL_BOOTS_MAX; i++) {
        const bool holds = boots[i].first_sequence != 0;
        hello->boots[hello->boot_count++] =
            (struct weir_boot_range){.boot = boots[i].id,
                                     .first_sequence = boots[i].first_sequence,
                                     .last_sequence = holds ? boots[i].last_sequence : 0};
    }
    const struct weir_feature_schema *schema = weir_feature_schema_find("sensor");
    memcpy(hello->schemas[0].name, "sensor", sizeof("sensor"));
    hello->schemas[0].hash = weir_feature_schema_hash(schema);
    hello->schema_count = 1;
}

void announce_heartbeat(struct weir_control *out, const struct spool_boot *boot,
                        const struct uplink_pulse *pulse, struct announce_stamps peer)
{
    begin(out, WEIR_FRAME_HEARTBEAT);
    struct weir_heartbeat *heartbeat = &out->as.heartbeat;
    heartbeat->sent_us = weir_wall_now_us();
    heartbeat->echo_sent_us = peer.sent_us;
    heartbeat->echo_received_us = peer.received_us;
    heartbeat->boot = boot->id;
    memcpy(heartbeat->stream, boot->stream, sizeof(heartbeat->stream));
    heartbeat->low_us = pulse->low_us;
    heartbeat->last_sequence = pulse->last_sequence;
    memcpy(heartbeat->counters, pulse->counters, sizeof(heartbeat->counters));
    heartbeat->counter_count = pulse->counter_count;
}

void announce_end(struct weir_control *out, const struct spool_boot *boot, uint64_t last_sequence)
{
    begin(out, WEIR_FRAME_END_OF_STREAM);
    struct weir_end_of_stream *end = &out->as.end_of_stream;
    end->boot = boot->id;
    memcpy(end->stream, boot->stream, sizeof(end->stream));
    end->last_sequence = last_sequence;
}
