/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/control_samples.h"

#include <stdio.h>
#include <string.h>

static const uint8_t chunk_bytes[100] = {1, 2, 3};

static struct weir_boot_id boot_of(size_t number)
{
    struct weir_boot_id boot = {{0}};
    memset(boot.bytes, (int)number, sizeof(boot.bytes));
    return boot;
}

static void fill_hello(bool full, struct weir_hello *hello)
{
    hello->wire_oldest = 1;
    hello->wire_newest = 2;
    (void)snprintf(hello->program_version, sizeof(hello->program_version), "0.1.0");
    hello->boot = boot_of(7);
    (void)snprintf(hello->stream, sizeof(hello->stream), "live");
    hello->wall_us = INT64_C(1767600000000000);
    hello->model_version = 12;
    hello->capabilities = WEIR_CAPABILITY_PRIORITY | UINT64_C(1) << 63;
    hello->boot_count = full ? WEIR_CONTROL_BOOTS_MAX : 2;
    for (size_t i = 0; i < hello->boot_count; i++) {
        hello->boots[i] = (struct weir_boot_range){boot_of(i), i, UINT64_MAX - i};
    }
    hello->schema_count = full ? WEIR_CONTROL_SCHEMAS_MAX : 1;
    for (size_t i = 0; i < hello->schema_count; i++) {
        (void)snprintf(hello->schemas[i].name, sizeof(hello->schemas[i].name), "schema%zu", i);
        hello->schemas[i].hash = UINT64_MAX - i;
    }
}

static void fill_welcome(bool full, struct weir_welcome *welcome)
{
    welcome->wire_version = 1;
    welcome->credit_bytes = UINT64_C(1) << 40;
    welcome->heartbeat_us = 10000000;
    welcome->wall_us = INT64_C(1767600000000001);
    (void)snprintf(welcome->stream, sizeof(welcome->stream), "live");
    welcome->max_lag_us = 60000000;
    welcome->expect_sensors = 3;
    welcome->capabilities = WEIR_CAPABILITY_PRIORITY;
    welcome->boot_count = full ? WEIR_CONTROL_BOOTS_MAX : 1;
    for (size_t i = 0; i < welcome->boot_count; i++) {
        welcome->boots[i] = (struct weir_boot_commit){boot_of(i), UINT64_MAX - i};
    }
}

static void fill_heartbeat(bool full, struct weir_heartbeat *heartbeat)
{
    heartbeat->sent_us = 5;
    heartbeat->echo_sent_us = -3;
    heartbeat->echo_received_us = 4;
    heartbeat->boot = boot_of(9);
    (void)snprintf(heartbeat->stream, sizeof(heartbeat->stream), "replay of monday");
    heartbeat->low_us = WEIR_LOW_END;
    heartbeat->last_sequence = 77;
    heartbeat->counter_count = full ? WEIR_CONTROL_COUNTERS_MAX : 3;
    for (size_t i = 0; i < heartbeat->counter_count; i++) {
        memset(heartbeat->counters[i].name, 'c', full ? WEIR_COUNTER_NAME_SIZE - 1 : 5);
        heartbeat->counters[i].value = UINT64_MAX - i;
    }
}

static void fill_model_offer(struct weir_model_offer *offer)
{
    (void)snprintf(offer->name, sizeof(offer->name), "branch forest");
    offer->version = 4;
    (void)snprintf(offer->kind, sizeof(offer->kind), "forest");
    (void)snprintf(offer->schema.name, sizeof(offer->schema.name), "sensor");
    offer->schema.hash = 99;
    offer->size = WEIR_MODEL_FILE_MAX;
    memset(offer->hash, 0xab, sizeof(offer->hash));
}

bool test_control_sample(enum weir_frame_kind kind, bool full, struct weir_control *out)
{
    memset(out, 0, sizeof(*out));
    out->kind = kind;
    switch (kind) {
    case WEIR_FRAME_HELLO:
        fill_hello(full, &out->as.hello);
        return true;
    case WEIR_FRAME_WELCOME:
        fill_welcome(full, &out->as.welcome);
        return true;
    case WEIR_FRAME_REFUSE:
        out->as.refuse.code = WEIR_REFUSE_CLONE;
        memset(out->as.refuse.sentence, 's', full ? WEIR_SENTENCE_SIZE - 1 : 20);
        return true;
    case WEIR_FRAME_ACK:
        out->as.ack = (struct weir_ack){boot_of(3), 10, 20, 300};
        return true;
    case WEIR_FRAME_HEARTBEAT:
        fill_heartbeat(full, &out->as.heartbeat);
        return true;
    case WEIR_FRAME_END_OF_STREAM:
        out->as.end_of_stream.boot = boot_of(4);
        (void)snprintf(out->as.end_of_stream.stream, WEIR_STREAM_NAME_SIZE, "monday");
        out->as.end_of_stream.last_sequence = 5;
        return true;
    case WEIR_FRAME_MODEL_OFFER:
        fill_model_offer(&out->as.model_offer);
        return true;
    case WEIR_FRAME_MODEL_PULL:
        /* member by member: what a struct assignment puts into the padding is the compiler's choice
         */
        out->as.model_pull.version = 4;
        out->as.model_pull.offset = 1000;
        out->as.model_pull.length = WEIR_MODEL_CHUNK_MAX;
        return true;
    case WEIR_FRAME_MODEL_CHUNK:
        out->as.model_chunk = (struct weir_model_chunk){4, 1000, chunk_bytes, 100};
        return true;
    case WEIR_FRAME_MODEL_STATUS:
        out->as.model_status.version = 4;
        out->as.model_status.state = WEIR_MODEL_REFUSED;
        (void)snprintf(out->as.model_status.sentence, WEIR_SENTENCE_SIZE, "expired");
        return true;
    case WEIR_FRAME_BATCH:
    case WEIR_FRAME_PRIORITY:
    case WEIR_FRAME_MODEL_FILE:
        return false;
    }
    return false;
}
