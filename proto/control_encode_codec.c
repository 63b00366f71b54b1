/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "proto/control_codec.h"
#include "proto/text_field.h"
#include "proto/weir/v1/control.pb-c.h"

/* Encoding: the generated structs borrow texts and ids of the caller's record. proto3 texts are
 * `char *` there though nothing writes to them. */
static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static ProtobufCBinaryData bytes_of(const void *bytes, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = (uint8_t *)(uintptr_t)bytes};
}

static ProtobufCBinaryData boot_of(const struct weir_boot_id *boot)
{
    return bytes_of(boot->bytes, sizeof(boot->bytes));
}

static int pack(enum weir_frame_kind kind, const ProtobufCMessage *message,
                struct weir_buffer *frame)
{
    struct weir_buffer payload = {0};
    const size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *at = weir_buffer_reserve(&payload, size + 1); /* a message may be empty */
    int err = WEIR_ENOMEM;
    if (at != NULL) {
        payload.size = protobuf_c_message_pack(message, at);
        err = weir_frame_encode(kind, payload.bytes, payload.size, frame);
    }
    weir_buffer_fini(&payload);
    return err;
}

static int encode_hello(const struct weir_hello *hello, struct weir_buffer *frame)
{
    if (hello->boot_count > WEIR_CONTROL_BOOTS_MAX ||
        hello->schema_count > WEIR_CONTROL_SCHEMAS_MAX ||
        weir_text_field_check(hello->program_version, sizeof(hello->program_version)) != 0 ||
        weir_text_field_check(hello->stream, sizeof(hello->stream)) != 0) {
        return WEIR_EINVAL;
    }
    Weir__V1__BootRange ranges[WEIR_CONTROL_BOOTS_MAX];
    Weir__V1__BootRange *range_at[WEIR_CONTROL_BOOTS_MAX];
    for (size_t i = 0; i < hello->boot_count; i++) {
        weir__v1__boot_range__init(&ranges[i]);
        ranges[i].boot = boot_of(&hello->boots[i].boot);
        ranges[i].first_sequence = hello->boots[i].first_sequence;
        ranges[i].last_sequence = hello->boots[i].last_sequence;
        range_at[i] = &ranges[i];
    }
    Weir__V1__SchemaId schemas[WEIR_CONTROL_SCHEMAS_MAX];
    Weir__V1__SchemaId *schema_at[WEIR_CONTROL_SCHEMAS_MAX];
    for (size_t i = 0; i < hello->schema_count; i++) {
        if (weir_text_field_check(hello->schemas[i].name, sizeof(hello->schemas[i].name)) != 0) {
            return WEIR_EINVAL;
        }
        weir__v1__schema_id__init(&schemas[i]);
        schemas[i].name = text_of(hello->schemas[i].name);
        schemas[i].hash = hello->schemas[i].hash;
        schema_at[i] = &schemas[i];
    }
    Weir__V1__Hello message = WEIR__V1__HELLO__INIT;
    message.wire_oldest = hello->wire_oldest;
    message.wire_newest = hello->wire_newest;
    message.program_version = text_of(hello->program_version);
    message.boot = boot_of(&hello->boot);
    message.stream = text_of(hello->stream);
    message.wall_us = hello->wall_us;
    message.model_version = hello->model_version;
    message.capabilities = hello->capabilities;
    message.n_boots = hello->boot_count;
    message.boots = range_at;
    message.n_schemas = hello->schema_count;
    message.schemas = schema_at;
    return pack(WEIR_FRAME_HELLO, &message.base, frame);
}

static int encode_welcome(const struct weir_welcome *welcome, struct weir_buffer *frame)
{
    if (welcome->boot_count > WEIR_CONTROL_BOOTS_MAX ||
        weir_text_field_check(welcome->stream, sizeof(welcome->stream)) != 0) {
        return WEIR_EINVAL;
    }
    Weir__V1__BootCommit commits[WEIR_CONTROL_BOOTS_MAX];
    Weir__V1__BootCommit *commit_at[WEIR_CONTROL_BOOTS_MAX];
    for (size_t i = 0; i < welcome->boot_count; i++) {
        weir__v1__boot_commit__init(&commits[i]);
        commits[i].boot = boot_of(&welcome->boots[i].boot);
        commits[i].committed_sequence = welcome->boots[i].committed_sequence;
        commit_at[i] = &commits[i];
    }
    Weir__V1__Welcome message = WEIR__V1__WELCOME__INIT;
    message.wire_version = welcome->wire_version;
    message.credit_bytes = welcome->credit_bytes;
    message.heartbeat_us = welcome->heartbeat_us;
    message.wall_us = welcome->wall_us;
    message.stream = text_of(welcome->stream);
    message.max_lag_us = welcome->max_lag_us;
    message.capabilities = welcome->capabilities;
    message.expect_sensors = welcome->expect_sensors;
    message.n_boots = welcome->boot_count;
    message.boots = commit_at;
    return pack(WEIR_FRAME_WELCOME, &message.base, frame);
}

static int encode_refuse(const struct weir_refuse *refuse, struct weir_buffer *frame)
{
    if (weir_text_field_check(refuse->sentence, sizeof(refuse->sentence)) != 0) {
        return WEIR_EINVAL;
    }
    Weir__V1__Refuse message = WEIR__V1__REFUSE__INIT;
    message.code = refuse->code;
    message.sentence = text_of(refuse->sentence);
    return pack(WEIR_FRAME_REFUSE, &message.base, frame);
}

static int encode_ack(const struct weir_ack *ack, struct weir_buffer *frame)
{
    Weir__V1__Ack message = WEIR__V1__ACK__INIT;
    message.boot = boot_of(&ack->boot);
    message.committed_sequence = ack->committed_sequence;
    message.received_sequence = ack->received_sequence;
    message.credit_bytes = ack->credit_bytes;
    return pack(WEIR_FRAME_ACK, &message.base, frame);
}

static int encode_heartbeat(const struct weir_heartbeat *heartbeat, struct weir_buffer *frame)
{
    if (heartbeat->counter_count > WEIR_CONTROL_COUNTERS_MAX ||
        weir_text_field_check(heartbeat->stream, sizeof(heartbeat->stream)) != 0) {
        return WEIR_EINVAL;
    }
    Weir__V1__Counter counters[WEIR_CONTROL_COUNTERS_MAX];
    Weir__V1__Counter *counter_at[WEIR_CONTROL_COUNTERS_MAX];
    for (size_t i = 0; i < heartbeat->counter_count; i++) {
        const struct weir_counter *counter = &heartbeat->counters[i];
        if (weir_text_field_check(counter->name, sizeof(counter->name)) != 0) {
            return WEIR_EINVAL;
        }
        weir__v1__counter__init(&counters[i]);
        counters[i].name = text_of(counter->name);
        counters[i].value = counter->value;
        counter_at[i] = &counters[i];
    }
    Weir__V1__Heartbeat message = WEIR__V1__HEARTBEAT__INIT;
    message.sent_us = heartbeat->sent_us;
    message.echo_sent_us = heartbeat->echo_sent_us;
    message.echo_received_us = heartbeat->echo_received_us;
    message.boot = boot_of(&heartbeat->boot);
    message.stream = text_of(heartbeat->stream);
    message.low_us = heartbeat->low_us;
    message.last_sequence = heartbeat->last_sequence;
    message.n_counters = heartbeat->counter_count;
    message.counters = counter_at;
    return pack(WEIR_FRAME_HEARTBEAT, &message.base, frame);
}

static int encode_end_of_stream(const struct weir_end_of_stream *end, struct weir_buffer *frame)
{
    if (weir_text_field_check(end->stream, sizeof(end->stream)) != 0) {
        return WEIR_EINVAL;
    }
    Weir__V1__EndOfStream message = WEIR__V1__END_OF_STREAM__INIT;
    message.boot = boot_of(&end->boot);
    message.stream = text_of(end->stream);
    message.last_sequence = end->last_sequence;
    return pack(WEIR_FRAME_END_OF_STREAM, &message.base, frame);
}

static int encode_model_offer(const struct weir_model_offer *offer, struct weir_buffer *frame)
{
    if (weir_text_field_check(offer->name, sizeof(offer->name)) != 0 ||
        weir_text_field_check(offer->kind, sizeof(offer->kind)) != 0 ||
        weir_text_field_check(offer->schema.name, sizeof(offer->schema.name)) != 0) {
        return WEIR_EINVAL;
    }
    Weir__V1__SchemaId schema = WEIR__V1__SCHEMA_ID__INIT;
    schema.name = text_of(offer->schema.name);
    schema.hash = offer->schema.hash;
    Weir__V1__ModelOffer message = WEIR__V1__MODEL_OFFER__INIT;
    message.name = text_of(offer->name);
    message.version = offer->version;
    message.kind = text_of(offer->kind);
    message.schema = &schema;
    message.size = offer->size;
    message.hash = bytes_of(offer->hash, sizeof(offer->hash));
    return pack(WEIR_FRAME_MODEL_OFFER, &message.base, frame);
}

static int encode_model_pull(const struct weir_model_pull *pull, struct weir_buffer *frame)
{
    Weir__V1__ModelPull message = WEIR__V1__MODEL_PULL__INIT;
    message.version = pull->version;
    message.offset = pull->offset;
    message.length = pull->length;
    return pack(WEIR_FRAME_MODEL_PULL, &message.base, frame);
}

static int encode_model_chunk(const struct weir_model_chunk *chunk, struct weir_buffer *frame)
{
    if (chunk->size > WEIR_MODEL_CHUNK_MAX) {
        return WEIR_EINVAL;
    }
    Weir__V1__ModelChunk message = WEIR__V1__MODEL_CHUNK__INIT;
    message.version = chunk->version;
    message.offset = chunk->offset;
    message.bytes = bytes_of(chunk->bytes, chunk->size);
    return pack(WEIR_FRAME_MODEL_CHUNK, &message.base, frame);
}

static int encode_model_status(const struct weir_model_status *status, struct weir_buffer *frame)
{
    if (weir_text_field_check(status->sentence, sizeof(status->sentence)) != 0) {
        return WEIR_EINVAL;
    }
    Weir__V1__ModelStatus message = WEIR__V1__MODEL_STATUS__INIT;
    message.version = status->version;
    message.state = status->state;
    message.sentence = text_of(status->sentence);
    return pack(WEIR_FRAME_MODEL_STATUS, &message.base, frame);
}

static int encode_kind(const struct weir_control *control, struct weir_buffer *frame)
{
    switch (control->kind) {
    case WEIR_FRAME_HELLO:
        return encode_hello(&control->as.hello, frame);
    case WEIR_FRAME_WELCOME:
        return encode_welcome(&control->as.welcome, frame);
    case WEIR_FRAME_REFUSE:
        return encode_refuse(&control->as.refuse, frame);
    case WEIR_FRAME_ACK:
        return encode_ack(&control->as.ack, frame);
    case WEIR_FRAME_HEARTBEAT:
        return encode_heartbeat(&control->as.heartbeat, frame);
    case WEIR_FRAME_END_OF_STREAM:
        return encode_end_of_stream(&control->as.end_of_stream, frame);
    case WEIR_FRAME_MODEL_OFFER:
        return encode_model_offer(&control->as.model_offer, frame);
    case WEIR_FRAME_MODEL_PULL:
        return encode_model_pull(&control->as.model_pull, frame);
    case WEIR_FRAME_MODEL_CHUNK:
        return encode_model_chunk(&control->as.model_chunk, frame);
    case WEIR_FRAME_MODEL_STATUS:
        return encode_model_status(&control->as.model_status, frame);
    case WEIR_FRAME_BATCH:
    case WEIR_FRAME_PRIORITY:
    case WEIR_FRAME_MODEL_FILE:
        return WEIR_EINVAL;
    }
    return WEIR_EINVAL;
}

int weir_control_encode(const struct weir_control *control, struct weir_buffer *frame,
                        struct weir_error *error)
{
    const int err = encode_kind(control, frame);
    if (err != 0) {
        const char *kind = weir_frame_kind_text((int)control->kind);
        return weir_fail(error, err, "control: cannot encode %s: %s", kind == NULL ? "it" : kind,
                         weir_err_text(err));
    }
    return 0;
}
