/* SPDX-License-Identifier: Apache-2.0 */
/* The half that reads what a peer sent; control_encode_codec.c holds the other. */
#include "proto/control_codec.h"

#include <stdint.h>
#include <string.h>

#include "proto/decode_guard.h"
#include "proto/text_field.h"
#include "proto/weir/v1/control.pb-c.h"

/* Every list of a HELLO at its longest, with room for fields of a newer peer; a chunk's bytes and
 * its copy. */
#define FIELDS_MAX      1024U
#define SUBMESSAGES_MAX 256U
#define HEAP_MAX        (512U * 1024U)

static const struct weir_decode_budget budget = {.fields = FIELDS_MAX,
                                                 .submessages = SUBMESSAGES_MAX,
                                                 .depth = 1,
                                                 .heap_bytes = HEAP_MAX};

static int read_bytes(ProtobufCBinaryData from, uint8_t *out, size_t size)
{
    if (from.len != size) {
        return WEIR_EFORMAT;
    }
    memcpy(out, from.data, size);
    return 0;
}

static int read_boot(ProtobufCBinaryData from, struct weir_boot_id *out)
{
    return read_bytes(from, out->bytes, sizeof(out->bytes));
}

static int read_schema(const Weir__V1__SchemaId *from, struct weir_schema_id *out)
{
    if (from == NULL) {
        return WEIR_EFORMAT;
    }
    out->hash = from->hash;
    return weir_text_field_copy(from->name, out->name, sizeof(out->name));
}

static int read_hello(const ProtobufCMessage *base, struct weir_hello *out)
{
    const Weir__V1__Hello *message = (const Weir__V1__Hello *)base;
    if (message->n_boots > WEIR_CONTROL_BOOTS_MAX ||
        message->n_schemas > WEIR_CONTROL_SCHEMAS_MAX) {
        return WEIR_ELIMIT;
    }
    out->wire_oldest = message->wire_oldest;
    out->wire_newest = message->wire_newest;
    out->wall_us = message->wall_us;
    out->model_version = message->model_version;
    out->capabilities = message->capabilities;
    int err = weir_text_field_copy(message->program_version, out->program_version,
                                   sizeof(out->program_version));
    err = err != 0 ? err : weir_text_field_copy(message->stream, out->stream, sizeof(out->stream));
    err = err != 0 ? err : read_boot(message->boot, &out->boot);
    for (size_t i = 0; err == 0 && i < message->n_boots; i++) {
        const Weir__V1__BootRange *range = message->boots[i];
        out->boots[i].first_sequence = range->first_sequence;
        out->boots[i].last_sequence = range->last_sequence;
        err = range->first_sequence > range->last_sequence
                  ? WEIR_EFORMAT
                  : read_boot(range->boot, &out->boots[i].boot);
    }
    for (size_t i = 0; err == 0 && i < message->n_schemas; i++) {
        err = read_schema(message->schemas[i], &out->schemas[i]);
    }
    out->boot_count = message->n_boots;
    out->schema_count = message->n_schemas;
    return err;
}

static int read_welcome(const ProtobufCMessage *base, struct weir_welcome *out)
{
    const Weir__V1__Welcome *message = (const Weir__V1__Welcome *)base;
    if (message->n_boots > WEIR_CONTROL_BOOTS_MAX) {
        return WEIR_ELIMIT;
    }
    out->wire_version = message->wire_version;
    out->credit_bytes = message->credit_bytes;
    out->heartbeat_us = message->heartbeat_us;
    out->wall_us = message->wall_us;
    out->max_lag_us = message->max_lag_us;
    out->capabilities = message->capabilities;
    out->expect_sensors = message->expect_sensors;
    int err = weir_text_field_copy(message->stream, out->stream, sizeof(out->stream));
    for (size_t i = 0; err == 0 && i < message->n_boots; i++) {
        out->boots[i].committed_sequence = message->boots[i]->committed_sequence;
        err = read_boot(message->boots[i]->boot, &out->boots[i].boot);
    }
    out->boot_count = message->n_boots;
    return err;
}

static int read_refuse(const ProtobufCMessage *base, struct weir_refuse *out)
{
    const Weir__V1__Refuse *message = (const Weir__V1__Refuse *)base;
    out->code = message->code;
    return weir_text_field_copy(message->sentence, out->sentence, sizeof(out->sentence));
}

static int read_ack(const ProtobufCMessage *base, struct weir_ack *out)
{
    const Weir__V1__Ack *message = (const Weir__V1__Ack *)base;
    out->committed_sequence = message->committed_sequence;
    out->received_sequence = message->received_sequence;
    out->credit_bytes = message->credit_bytes;
    return read_boot(message->boot, &out->boot);
}

static int read_heartbeat(const ProtobufCMessage *base, struct weir_heartbeat *out)
{
    const Weir__V1__Heartbeat *message = (const Weir__V1__Heartbeat *)base;
    if (message->n_counters > WEIR_CONTROL_COUNTERS_MAX) {
        return WEIR_ELIMIT;
    }
    out->sent_us = message->sent_us;
    out->echo_sent_us = message->echo_sent_us;
    out->echo_received_us = message->echo_received_us;
    out->low_us = message->low_us;
    out->last_sequence = message->last_sequence;
    int err = weir_text_field_copy(message->stream, out->stream, sizeof(out->stream));
    err = err != 0 ? err : read_boot(message->boot, &out->boot);
    for (size_t i = 0; err == 0 && i < message->n_counters; i++) {
        struct weir_counter *counter = &out->counters[i];
        counter->value = message->counters[i]->value;
        err =
            weir_text_field_copy(message->counters[i]->name, counter->name, sizeof(counter->name));
    }
    out->counter_count = message->n_counters;
    return err;
}

static int read_end_of_stream(const ProtobufCMessage *base, struct weir_end_of_stream *out)
{
    const Weir__V1__EndOfStream *message = (const Weir__V1__EndOfStream *)base;
    out->last_sequence = message->last_sequence;
    const int err = weir_text_field_copy(message->stream, out->stream, sizeof(out->stream));
    return err != 0 ? err : read_boot(message->boot, &out->boot);
}

static int read_model_offer(const ProtobufCMessage *base, struct weir_model_offer *out)
{
    const Weir__V1__ModelOffer *message = (const Weir__V1__ModelOffer *)base;
    if (message->size > WEIR_MODEL_FILE_MAX) {
        return WEIR_ELIMIT;
    }
    out->version = message->version;
    out->size = message->size;
    int err = weir_text_field_copy(message->name, out->name, sizeof(out->name));
    err = err != 0 ? err : weir_text_field_copy(message->kind, out->kind, sizeof(out->kind));
    err = err != 0 ? err : read_schema(message->schema, &out->schema);
    return err != 0 ? err : read_bytes(message->hash, out->hash, sizeof(out->hash));
}

static int read_model_pull(const ProtobufCMessage *base, struct weir_model_pull *out)
{
    const Weir__V1__ModelPull *message = (const Weir__V1__ModelPull *)base;
    out->version = message->version;
    out->offset = message->offset;
    out->length = message->length;
    const bool within = message->length >= 1 && message->length <= WEIR_MODEL_CHUNK_MAX &&
                        message->offset <= WEIR_MODEL_FILE_MAX;
    return within ? 0 : WEIR_ELIMIT;
}

static int read_model_chunk(const ProtobufCMessage *base, struct weir_model_chunk *out)
{
    const Weir__V1__ModelChunk *message = (const Weir__V1__ModelChunk *)base;
    out->version = message->version;
    out->offset = message->offset;
    out->bytes = message->bytes.data;
    out->size = message->bytes.len;
    const bool within =
        message->bytes.len <= WEIR_MODEL_CHUNK_MAX && message->offset <= WEIR_MODEL_FILE_MAX;
    return within ? 0 : WEIR_ELIMIT;
}

static int read_model_status(const ProtobufCMessage *base, struct weir_model_status *out)
{
    const Weir__V1__ModelStatus *message = (const Weir__V1__ModelStatus *)base;
    out->version = message->version;
    out->state = message->state;
    return weir_text_field_copy(message->sentence, out->sentence, sizeof(out->sentence));
}

static const ProtobufCMessageDescriptor *descriptor_of(enum weir_frame_kind kind)
{
    switch (kind) {
    case WEIR_FRAME_HELLO:
        return &weir__v1__hello__descriptor;
    case WEIR_FRAME_WELCOME:
        return &weir__v1__welcome__descriptor;
    case WEIR_FRAME_REFUSE:
        return &weir__v1__refuse__descriptor;
    case WEIR_FRAME_ACK:
        return &weir__v1__ack__descriptor;
    case WEIR_FRAME_HEARTBEAT:
        return &weir__v1__heartbeat__descriptor;
    case WEIR_FRAME_END_OF_STREAM:
        return &weir__v1__end_of_stream__descriptor;
    case WEIR_FRAME_MODEL_OFFER:
        return &weir__v1__model_offer__descriptor;
    case WEIR_FRAME_MODEL_PULL:
        return &weir__v1__model_pull__descriptor;
    case WEIR_FRAME_MODEL_CHUNK:
        return &weir__v1__model_chunk__descriptor;
    case WEIR_FRAME_MODEL_STATUS:
        return &weir__v1__model_status__descriptor;
    case WEIR_FRAME_BATCH:
    case WEIR_FRAME_PRIORITY:
    case WEIR_FRAME_MODEL_FILE:
        return NULL;
    }
    return NULL;
}

static int read_kind(const ProtobufCMessage *message, struct weir_control *out)
{
    switch (out->kind) {
    case WEIR_FRAME_HELLO:
        return read_hello(message, &out->as.hello);
    case WEIR_FRAME_WELCOME:
        return read_welcome(message, &out->as.welcome);
    case WEIR_FRAME_REFUSE:
        return read_refuse(message, &out->as.refuse);
    case WEIR_FRAME_ACK:
        return read_ack(message, &out->as.ack);
    case WEIR_FRAME_HEARTBEAT:
        return read_heartbeat(message, &out->as.heartbeat);
    case WEIR_FRAME_END_OF_STREAM:
        return read_end_of_stream(message, &out->as.end_of_stream);
    case WEIR_FRAME_MODEL_OFFER:
        return read_model_offer(message, &out->as.model_offer);
    case WEIR_FRAME_MODEL_PULL:
        return read_model_pull(message, &out->as.model_pull);
    case WEIR_FRAME_MODEL_CHUNK:
        return read_model_chunk(message, &out->as.model_chunk);
    case WEIR_FRAME_MODEL_STATUS:
        return read_model_status(message, &out->as.model_status);
    case WEIR_FRAME_BATCH:
    case WEIR_FRAME_PRIORITY:
    case WEIR_FRAME_MODEL_FILE:
        return WEIR_EFORMAT;
    }
    return WEIR_EFORMAT;
}

int weir_control_decode(const struct weir_frame *frame, struct weir_arena *arena,
                        struct weir_control *out, struct weir_error *error)
{
    const ProtobufCMessageDescriptor *type = descriptor_of(frame->kind);
    if (type == NULL) {
        return weir_fail(error, WEIR_EFORMAT, "control: frame kind %d is no control message",
                         (int)frame->kind);
    }
    ProtobufCMessage *message = NULL;
    int err = weir_decode_guard_unpack(type, frame->payload, frame->payload_size, &budget, arena,
                                       &message);
    if (err == 0) {
        struct weir_control control;
        memset(&control, 0, sizeof(control));
        control.kind = frame->kind;
        err = read_kind(message, &control);
        if (err == 0) {
            *out = control;
            return 0;
        }
    }
    return weir_fail(error, err, "control: %s: %s", weir_frame_kind_text((int)frame->kind),
                     weir_err_text(err));
}
