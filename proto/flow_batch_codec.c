/* SPDX-License-Identifier: Apache-2.0 */
/* The half that reads what a peer sent; flow_batch_encode.c writes. */
#include "proto/flow_batch_codec.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "proto/batch_dictionary.h"
#include "proto/decode_guard.h"
#include "proto/flow_batch_columns.h"
#include "proto/flow_blocks_codec.h"
#include "proto/text_field.h"
#include "proto/weir/v1/flow_batch.pb-c.h"

/* By the guard's estimate the longest batch costs 12 MiB for its records' own columns, which grow
 * when they are unpacked, and at most a frame for blocks and texts, which do not. */
#define HEAP_MAX           (20U * 1024U * 1024U)
#define SCRATCH_MAX        (HEAP_MAX + WEIR_FRAME_BATCH_MAX + 4U * 1024U * 1024U)
#define SUBMESSAGES_MAX    1024U /* ours has at most 12 blocks of together 230 columns */
#define FIELDS_MAX         3072U
#define COMMUNITY_ID_WIDTH (WEIR_COMMUNITY_ID_SIZE - 1)

struct weir_flow_batch_decoder {
    ZSTD_DCtx *zstd;
    struct weir_arena scratch; /* of one message: its plain bytes and what protobuf-c makes of it */
    uint64_t *zeros;           /* stands in for every column that did not travel */
};

/* Reading one message. `bad` gathers every bit that may not be set, so that the loop over records
 * has no branch a value; it is looked at once, at the end. */
struct reading {
    const Weir__V1__FlowBatch *message;
    struct weir_flow_record *records;
    const uint32_t *offsets; /* dictionary entry i is offsets[i - 1] .. offsets[i] */
    size_t entry_count;
    uint64_t bad;
};

int weir_flow_batch_decoder_new(struct weir_flow_batch_decoder **out)
{
    struct weir_flow_batch_decoder *decoder =
        (struct weir_flow_batch_decoder *)calloc(1, sizeof(*decoder));
    if (decoder == NULL) {
        return WEIR_ENOMEM;
    }
    weir_arena_init(&decoder->scratch, SCRATCH_MAX);
    decoder->zstd = ZSTD_createDCtx();
    decoder->zeros = (uint64_t *)calloc(WEIR_BATCH_RECORDS_MAX, sizeof(*decoder->zeros));
    if (decoder->zstd == NULL || decoder->zeros == NULL) {
        weir_flow_batch_decoder_free(decoder);
        return WEIR_ENOMEM;
    }
    *out = decoder;
    return 0;
}

void weir_flow_batch_decoder_free(struct weir_flow_batch_decoder *decoder)
{
    if (decoder == NULL) {
        return;
    }
    (void)ZSTD_freeDCtx(decoder->zstd);
    weir_arena_fini(&decoder->scratch);
    free(decoder->zeros);
    free(decoder);
}

static int read_plain(struct weir_flow_batch_decoder *decoder, const struct weir_frame *frame,
                      const uint8_t **plain)
{
    if (!frame->compressed) {
        *plain = frame->payload;
        return 0;
    }
    uint8_t *at = (uint8_t *)weir_arena_take(&decoder->scratch, frame->plain_size);
    if (at == NULL) {
        return WEIR_ENOMEM;
    }
    const size_t size = ZSTD_decompressDCtx(decoder->zstd, at, frame->plain_size, frame->payload,
                                            frame->payload_size);
    if (ZSTD_isError(size) != 0 || size != frame->plain_size) {
        return WEIR_EFORMAT;
    }
    *plain = at;
    return 0;
}

/* True when each column has a value for every row of its block, or none: then it is zeros. */
static bool settle_columns(struct weir_flow_batch_decoder *decoder, Weir__V1__FlowBatch *message)
{
    bool agree = message->count <= WEIR_BATCH_RECORDS_MAX;
    size_t rows = message->count;
#define X(constant, field, number)                                                                 \
    agree = agree && (message->n_##field == rows || message->n_##field == 0);                      \
    if (message->n_##field == 0) {                                                                 \
        message->field = (void *)decoder->zeros;                                                   \
    }
    WEIR_DENSE_COLUMNS(X)
    rows = message->n_vlan_row;
    WEIR_VLAN_COLUMNS(X)
    rows = message->n_icmp_row;
    WEIR_ICMP_COLUMNS(X)
    rows = message->n_kdd_row;
    WEIR_KDD_COLUMNS(X)
    rows = message->n_verdict_row;
    WEIR_VERDICT_COLUMNS(X)
    rows = message->n_tunnel_row;
    WEIR_TUNNEL_COLUMNS(X)
#undef X
    agree =
        agree && message->n_verdict_score == message->n_verdict_row &&
        (message->n_conn_tag == message->count || message->n_conn_tag == 0) &&
        (message->community_id.len == (size_t)message->count * COMMUNITY_ID_WIDTH ||
         message->community_id.len == 0) &&
        message->immediate_counts.len == message->n_immediate_row * sizeof(struct weir_kdd_counts);
    if (message->n_conn_tag == 0) {
        message->conn_tag = decoder->zeros;
    }
    return agree;
}

static bool rows_ascend(const uint32_t *gaps, size_t gap_count, size_t record_count)
{
    uint64_t next = 0;
    for (size_t i = 0; i < gap_count; i++) {
        next += gaps[i];
        if (gaps[i] == 0 || next > record_count) {
            return false;
        }
    }
    return true;
}

static bool rows_within(const Weir__V1__FlowBatch *message)
{
    const size_t count = message->count;
#define X(constant, field, number)                                                                 \
    if (!rows_ascend(message->field, message->n_##field, count)) {                                 \
        return false;                                                                              \
    }
    WEIR_ROW_COLUMNS(X)
#undef X
    return true;
}

static int read_dictionary(struct reading *reading, struct weir_arena *scratch)
{
    const Weir__V1__FlowBatch *message = reading->message;
    const size_t count = message->n_dictionary_sizes;
    uint32_t *offsets = (uint32_t *)weir_arena_take(scratch, (count + 1) * sizeof(*offsets));
    if (offsets == NULL) {
        return WEIR_ENOMEM;
    }
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t size = message->dictionary_sizes[i];
        if (size == 0 || size > WEIR_DICTIONARY_ENTRY_MAX ||
            size > message->dictionary_bytes.len - offset) {
            return WEIR_EFORMAT;
        }
        offset += size;
        offsets[i + 1] = (uint32_t)offset;
    }
    reading->offsets = offsets;
    reading->entry_count = count;
    return offset == message->dictionary_bytes.len ? 0 : WEIR_EFORMAT;
}

/* Entry of an index, its size in *size; an index out of range is remembered and gives nothing. */
static inline const uint8_t *entry_at(struct reading *reading, uint32_t index, size_t *size)
{
    *size = 0;
    if (index == 0) {
        return NULL;
    }
    if (index > reading->entry_count) {
        reading->bad = 1;
        return NULL;
    }
    *size = reading->offsets[index] - reading->offsets[index - 1];
    return reading->message->dictionary_bytes.data + reading->offsets[index - 1];
}

static inline void read_address(struct reading *reading, uint32_t index, struct weir_address *out)
{
    size_t size = 0;
    const uint8_t *bytes = entry_at(reading, index, &size);
    if (size == 4) {
        memcpy(out->bytes, bytes, 4);
    } else if (size == 16) {
        memcpy(out->bytes, bytes, 16);
    } else {
        reading->bad |= size;
        return;
    }
    out->size = (uint8_t)size;
}

static inline void read_mac(struct reading *reading, uint32_t index, uint8_t out[6])
{
    size_t size = 0;
    const uint8_t *bytes = entry_at(reading, index, &size);
    if (size == 6) {
        memcpy(out, bytes, 6);
    } else {
        reading->bad |= size;
    }
}

static inline uint64_t sum(uint64_t base, int64_t gap)
{
    return base + (uint64_t)gap;
}

static inline uint8_t narrow_u8(struct reading *reading, uint32_t value)
{
    reading->bad |= value >> 8;
    return (uint8_t)value;
}

static inline uint16_t narrow_u16(struct reading *reading, uint32_t value)
{
    reading->bad |= value >> 16;
    return (uint16_t)value;
}

static inline bool narrow_flag(struct reading *reading, uint32_t value)
{
    reading->bad |= value >> 1;
    return value != 0;
}

static void read_sides(struct reading *reading, size_t i, struct weir_flow_record *record)
{
    const Weir__V1__FlowBatch *message = reading->message;
    struct weir_flow_side *orig = &record->orig;
    struct weir_flow_side *resp = &record->resp;
    read_address(reading, message->orig_h[i], &orig->address);
    read_address(reading, message->resp_h[i], &resp->address);
    read_mac(reading, message->orig_l2[i], orig->mac);
    read_mac(reading, message->resp_l2[i], resp->mac);
    orig->port = narrow_u16(reading, message->orig_p[i]);
    resp->port = narrow_u16(reading, message->resp_p[i]);
    orig->bytes = message->orig_bytes[i];
    resp->bytes = message->resp_bytes[i];
    orig->packets = message->orig_pkts[i];
    resp->packets = message->resp_pkts[i];
    orig->ip_bytes = message->orig_ip_bytes[i];
    resp->ip_bytes = message->resp_ip_bytes[i];
}

static void read_dense(struct reading *reading, size_t i, const struct weir_flow_record *before)
{
    const Weir__V1__FlowBatch *message = reading->message;
    struct weir_flow_record *record = &reading->records[i];
    const uint64_t start = sum((uint64_t)before->start_us, message->start_us[i]);
    const uint64_t end = sum(start, message->end_us[i]);
    record->flow_id = sum(before->flow_id, message->flow_id[i]);
    record->record_no = sum(before->record_no + 1, message->record_no[i]);
    record->start_us = (int64_t)start;
    record->end_us = (int64_t)end;
    record->duration_us = (int64_t)sum(end - start, message->duration_us[i]);
    record->conn_tag = message->conn_tag[i];
    record->missed_bytes = message->missed_bytes[i];
    record->flow_status = message->flow_status[i];
    record->tcp_anomaly = message->tcp_anomaly[i];
    record->record_type = narrow_u8(reading, message->record_type[i]);
    record->proto = narrow_u8(reading, message->proto[i]);
    record->ip_version = narrow_u8(reading, message->ip_version[i]);
    record->conn_state = narrow_u8(reading, message->conn_state[i]);
    record->flag = narrow_u8(reading, message->flag[i]);
    record->early_flag = narrow_u8(reading, message->early_flag[i]);
    record->end_reason = narrow_u8(reading, message->end_reason[i]);
    record->service = narrow_u8(reading, message->service[i]);
    record->has_vector = narrow_flag(reading, message->has_vector[i]);
    record->land = narrow_flag(reading, message->land[i]);
    record->content_truncated = narrow_flag(reading, message->content_truncated[i]);
    record->app = narrow_u8(reading, message->app[i]);
    record->encrypted_guess = narrow_flag(reading, message->encrypted_guess[i]);
    record->detail = narrow_u8(reading, message->detail[i]);
    size_t size = 0;
    const uint8_t *history = entry_at(reading, message->history[i], &size);
    if (size != 0) {
        memcpy(record->history, history, size);
        reading->bad |= memchr(history, '\0', size) != NULL;
    }
    if (message->community_id.len != 0) {
        memcpy(record->community_id, message->community_id.data + i * COMMUNITY_ID_WIDTH,
               COMMUNITY_ID_WIDTH);
    }
}

static void read_vlan(struct reading *reading)
{
    const Weir__V1__FlowBatch *message = reading->message;
    size_t end = 0; /* row of this value, plus 1 */
    for (size_t i = 0; i < message->n_vlan_row; i++) {
        end += message->vlan_row[i];
        struct weir_flow_record *record = &reading->records[end - 1];
        record->vlan_count = narrow_u8(reading, message->vlan_count[i]);
        record->vlan[0] = narrow_u16(reading, message->vlan_outer[i]);
        record->vlan[1] = narrow_u16(reading, message->vlan_inner[i]);
    }
}

static void read_tunnels(struct reading *reading)
{
    const Weir__V1__FlowBatch *message = reading->message;
    size_t end = 0; /* row of this value, plus 1 */
    for (size_t i = 0; i < message->n_tunnel_row; i++) {
        end += message->tunnel_row[i];
        struct weir_flow_record *record = &reading->records[end - 1];
        record->tunnel = narrow_u8(reading, message->tunnel[i]);
        record->tunnel_id = message->tunnel_id[i];
    }
}

static void read_icmp(struct reading *reading)
{
    const Weir__V1__FlowBatch *message = reading->message;
    size_t end = 0; /* row of this value, plus 1 */
    for (size_t i = 0; i < message->n_icmp_row; i++) {
        end += message->icmp_row[i];
        struct weir_flow_record *record = &reading->records[end - 1];
        const uint64_t start = (uint64_t)record->start_us;
        struct weir_icmp_side *side = &record->icmp_orig;
        side->messages = message->icmp_orig_messages[i];
        side->bytes = message->icmp_orig_bytes[i];
        side->first_us =
            (int64_t)sum(side->messages == 0 ? 0 : start, message->icmp_orig_first_us[i]);
        side->last_us = (int64_t)sum((uint64_t)side->first_us, message->icmp_orig_last_us[i]);
        side->type = narrow_u8(reading, message->icmp_orig_type[i]);
        side->code = narrow_u8(reading, message->icmp_orig_code[i]);
        side = &record->icmp_resp;
        side->messages = message->icmp_resp_messages[i];
        side->bytes = message->icmp_resp_bytes[i];
        side->first_us =
            (int64_t)sum(side->messages == 0 ? 0 : start, message->icmp_resp_first_us[i]);
        side->last_us = (int64_t)sum((uint64_t)side->first_us, message->icmp_resp_last_us[i]);
        side->type = narrow_u8(reading, message->icmp_resp_type[i]);
        side->code = narrow_u8(reading, message->icmp_resp_code[i]);
    }
}

static void read_content(struct reading *reading)
{
    const Weir__V1__FlowBatch *message = reading->message;
    size_t end = 0; /* row of this value, plus 1 */
    for (size_t i = 0; i < message->n_kdd_row; i++) {
        end += message->kdd_row[i];
        struct weir_flow_record *record = &reading->records[end - 1];
        struct weir_kdd_content *content = &record->content;
        content->wrong_fragment = narrow_u8(reading, message->kdd_wrong_fragment[i]);
        content->urgent = narrow_u16(reading, message->kdd_urgent[i]);
        content->hot = narrow_u16(reading, message->kdd_hot[i]);
        content->num_failed_logins = narrow_u8(reading, message->kdd_num_failed_logins[i]);
        content->logged_in = narrow_u8(reading, message->kdd_logged_in[i]);
        content->num_compromised = message->kdd_num_compromised[i];
        content->root_shell = narrow_u8(reading, message->kdd_root_shell[i]);
        content->su_attempted = narrow_u8(reading, message->kdd_su_attempted[i]);
        content->num_root = message->kdd_num_root[i];
        content->num_file_creations = narrow_u16(reading, message->kdd_num_file_creations[i]);
        content->num_shells = narrow_u8(reading, message->kdd_num_shells[i]);
        content->num_access_files = narrow_u16(reading, message->kdd_num_access_files[i]);
        content->is_host_login = narrow_u8(reading, message->kdd_is_host_login[i]);
        content->is_guest_login = narrow_u8(reading, message->kdd_is_guest_login[i]);
    }
}

static void read_verdicts(struct reading *reading)
{
    const Weir__V1__FlowBatch *message = reading->message;
    size_t end = 0; /* row of this value, plus 1 */
    for (size_t i = 0; i < message->n_verdict_row; i++) {
        end += message->verdict_row[i];
        struct weir_flow_record *record = &reading->records[end - 1];
        record->verdict.model_version = message->verdict_model_version[i];
        record->verdict.score = message->verdict_score[i];
        record->verdict.flagged = narrow_flag(reading, message->verdict_flagged[i]);
    }
}

static void read_immediate(struct reading *reading)
{
    const Weir__V1__FlowBatch *message = reading->message;
    const uint8_t *bytes = message->immediate_counts.data;
    const size_t rows = message->n_immediate_row;
    size_t end = 0; /* row of this value, plus 1 */
    for (size_t i = 0; i < rows; i++) {
        uint16_t counts[WEIR_KDD_COUNT_FIELDS];
        for (size_t column = 0; column < WEIR_KDD_COUNT_FIELDS; column++) {
            const uint8_t *cell = bytes + 2 * (column * rows + i);
            counts[column] = (uint16_t)(cell[0] | cell[1] << 8);
        }
        end += message->immediate_row[i];
        struct weir_flow_record *record = &reading->records[end - 1];
        memcpy(&record->immediate, counts, sizeof(counts));
    }
}

static void read_records(struct reading *reading)
{
    const Weir__V1__FlowBatch *message = reading->message;
    const struct weir_flow_record first = {.record_no = message->last_record_no - message->count};
    const struct weir_flow_record *before = &first;
    for (size_t i = 0; i < message->count; i++) {
        read_sides(reading, i, &reading->records[i]);
        read_dense(reading, i, before);
        before = &reading->records[i];
    }
    read_vlan(reading);
    read_tunnels(reading);
    read_icmp(reading);
    read_content(reading);
    read_verdicts(reading);
    read_immediate(reading);
}

static int check_records(const struct weir_flow_batch *batch, struct weir_error *error)
{
    for (size_t i = 0; i < batch->count; i++) {
        const char *why = "";
        if (!weir_flow_record_valid(&batch->records[i], &why)) {
            return weir_fail(error, WEIR_EFORMAT, "batch: record %zu: %s is out of range", i, why);
        }
    }
    return 0;
}

static int read_message(struct weir_flow_batch_decoder *decoder, Weir__V1__FlowBatch *message,
                        struct weir_arena *arena, struct weir_flow_batch *out,
                        struct weir_error *error)
{
    struct weir_flow_batch batch = {
        .sequence = message->sequence,
        .previous_sequence = message->previous_sequence,
        .low_us = message->low_us,
        .sent_us = message->sent_us,
        .last_record_no = message->last_record_no,
        .count = message->count,
    };
    if (message->boot.len != sizeof(batch.boot.bytes) ||
        weir_text_field_copy(message->stream, batch.stream, sizeof(batch.stream)) != 0) {
        return weir_fail(error, WEIR_EFORMAT, "batch: boot id or stream name is malformed");
    }
    memcpy(batch.boot.bytes, message->boot.data, sizeof(batch.boot.bytes));
    if (!settle_columns(decoder, message) || !rows_within(message)) {
        return weir_fail(error, WEIR_EFORMAT, "batch: the columns do not agree on %u records",
                         message->count);
    }
    batch.records =
        (struct weir_flow_record *)weir_arena_take(arena, batch.count * sizeof(*batch.records));
    if (batch.records == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "batch: no memory for %zu records", batch.count);
    }
    struct reading reading = {.message = message, .records = batch.records};
    int err = read_dictionary(&reading, &decoder->scratch);
    if (err != 0) {
        return weir_fail(error, err, "batch: dictionary: %s", weir_err_text(err));
    }
    read_records(&reading);
    if (reading.bad != 0) {
        return weir_fail(error, WEIR_EFORMAT, "batch: a value or index is out of range");
    }
    err = weir_flow_blocks_read(message, &decoder->scratch, arena, &batch);
    if (err != 0) {
        return weir_fail(error, err, "batch: blocks: %s", weir_err_text(err));
    }
    err = check_records(&batch, error);
    if (err == 0) {
        *out = batch;
    }
    return err;
}

int weir_flow_batch_decode(struct weir_flow_batch_decoder *decoder, const struct weir_frame *frame,
                           struct weir_arena *arena, struct weir_flow_batch *out,
                           struct weir_error *error)
{
    static const struct weir_decode_budget budget = {.fields = FIELDS_MAX,
                                                     .submessages = SUBMESSAGES_MAX,
                                                     .depth = 2,
                                                     .heap_bytes = HEAP_MAX};
    if (frame->kind != WEIR_FRAME_BATCH && frame->kind != WEIR_FRAME_PRIORITY) {
        return weir_fail(error, WEIR_EFORMAT, "batch: frame kind %d is no batch", (int)frame->kind);
    }
    weir_arena_reset(&decoder->scratch);
    const uint8_t *plain = NULL;
    int err = read_plain(decoder, frame, &plain);
    ProtobufCMessage *message = NULL;
    if (err == 0) {
        err = weir_decode_guard_unpack(&weir__v1__flow_batch__descriptor, plain, frame->plain_size,
                                       &budget, &decoder->scratch, &message);
    }
    if (err != 0) {
        return weir_fail(error, err, "batch: %s", weir_err_text(err));
    }
    return read_message(decoder, (Weir__V1__FlowBatch *)message, arena, out, error);
}
