/* SPDX-License-Identifier: Apache-2.0 */
/* The half of flow_batch_codec that writes. It writes protobuf's wire bytes itself, one pass over
 * the records with a cursor a column, because protobuf-c walks every column twice and wants it
 * copied into arrays before. Reading goes through protobuf-c, so each test of a round trip checks
 * these bytes against the schema. */
#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "common/base/hash.h"

#include "common/flow/l2_event.h"

#include "proto/batch_blocks.h"
#include "proto/batch_dictionary.h"
#include "proto/flow_batch_codec.h"
#include "proto/flow_batch_columns.h"
#include "proto/text_field.h"
#include "proto/wire_bytes.h"

#define COMMUNITY_ID_WIDTH    (WEIR_COMMUNITY_ID_SIZE - 1)
#define DICTIONARY_PER_RECORD 5U

/* A column's room, and a little more so that the columns do not share cache sets. */
#define COLUMN_ROOM ((size_t)WEIR_BATCH_RECORDS_MAX * WEIR_VARINT_MAX + 192U)

enum column {
#define X(constant, field, number) COLUMN_##constant,
    WEIR_DENSE_COLUMNS(X)
    WEIR_ROW_COLUMNS(X) WEIR_VLAN_COLUMNS(X) WEIR_ICMP_COLUMNS(X) WEIR_KDD_COLUMNS(X)
        WEIR_VERDICT_COLUMNS(X) WEIR_TUNNEL_COLUMNS(X)
#undef X
            COLUMN_COUNT
};

static const uint16_t column_numbers[COLUMN_COUNT] = {
#define X(constant, field, number) number,
    WEIR_DENSE_COLUMNS(X) WEIR_ROW_COLUMNS(X) WEIR_VLAN_COLUMNS(X) WEIR_ICMP_COLUMNS(X)
        WEIR_KDD_COLUMNS(X) WEIR_VERDICT_COLUMNS(X) WEIR_TUNNEL_COLUMNS(X)
#undef X
};

struct weir_flow_batch_encoder {
    int level;
    ZSTD_CCtx *zstd;
    struct weir_batch_dictionary dictionary;
    struct weir_batch_blocks blocks;
    uint32_t address[2], mac[2];     /* their places in it, of the record before */
    struct weir_buffer plain;        /* the message */
    uint8_t *columns;                /* COLUMN_COUNT times COLUMN_ROOM */
    uint8_t *end[COLUMN_COUNT];      /* next byte of each column */
    uint64_t seen[COLUMN_COUNT];     /* all values or-ed: 0 = the column need not travel */
    uint32_t next_row[COLUMN_COUNT]; /* row columns: the row after the last one named */
    uint32_t *immediate_rows;
    size_t immediate_count;
    struct weir_buffer tags, scores, communities; /* columns of fixed width */
    bool has_tag, has_community;
};

int weir_flow_batch_encoder_new(int level, struct weir_flow_batch_encoder **out)
{
    if (level != WEIR_ZSTD_LEVEL_NONE && (level < ZSTD_minCLevel() || level > ZSTD_maxCLevel())) {
        return WEIR_EINVAL;
    }
    struct weir_flow_batch_encoder *encoder =
        (struct weir_flow_batch_encoder *)calloc(1, sizeof(*encoder));
    if (encoder == NULL) {
        return WEIR_ENOMEM;
    }
    uint64_t key = 0;
    if (sodium_init() >= 0) {
        randombytes_buf(&key, sizeof(key));
    }
    encoder->level = level;
    weir_batch_dictionary_init(&encoder->dictionary, key, WEIR_DICTIONARY_ENTRY_MAX);
    const int err = weir_batch_blocks_init(&encoder->blocks, key);
    encoder->zstd = ZSTD_createCCtx();
    encoder->columns = (uint8_t *)malloc(COLUMN_COUNT * COLUMN_ROOM);
    encoder->immediate_rows =
        (uint32_t *)malloc(WEIR_BATCH_RECORDS_MAX * sizeof(*encoder->immediate_rows));
    if (err != 0 || encoder->zstd == NULL || encoder->columns == NULL ||
        encoder->immediate_rows == NULL) {
        weir_flow_batch_encoder_free(encoder);
        return WEIR_ENOMEM;
    }
    *out = encoder;
    return 0;
}

void weir_flow_batch_encoder_free(struct weir_flow_batch_encoder *encoder)
{
    if (encoder == NULL) {
        return;
    }
    (void)ZSTD_freeCCtx(encoder->zstd);
    weir_batch_dictionary_fini(&encoder->dictionary);
    weir_batch_blocks_fini(&encoder->blocks);
    weir_buffer_fini(&encoder->plain);
    weir_buffer_fini(&encoder->tags);
    weir_buffer_fini(&encoder->scores);
    weir_buffer_fini(&encoder->communities);
    free(encoder->columns);
    free(encoder->immediate_rows);
    free(encoder);
}

static void reset(struct weir_flow_batch_encoder *encoder, size_t count)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        encoder->end[i] = encoder->columns + i * COLUMN_ROOM;
        encoder->seen[i] = 0;
        encoder->next_row[i] = 0;
    }
    weir_batch_dictionary_reset(&encoder->dictionary, count * DICTIONARY_PER_RECORD);
    weir_buffer_reset(&encoder->plain);
    weir_buffer_reset(&encoder->tags);
    weir_buffer_reset(&encoder->scores);
    weir_buffer_reset(&encoder->communities);
    memset(encoder->address, 0, sizeof(encoder->address));
    memset(encoder->mac, 0, sizeof(encoder->mac));
    encoder->immediate_count = 0;
    encoder->has_tag = false;
    encoder->has_community = false;
}

static inline void put(struct weir_flow_batch_encoder *encoder, enum column column, uint64_t value)
{
    encoder->seen[column] |= value;
    encoder->end[column] = weir_varint_write(encoder->end[column], value);
}

static void put_row(struct weir_flow_batch_encoder *encoder, enum column column, size_t row)
{
    put(encoder, column, (uint32_t)row + 1 - encoder->next_row[column]);
    encoder->next_row[column] = (uint32_t)row + 1;
}

static const uint8_t no_mac[6];

/* The record before often has the same address or MAC: then nothing is looked up. */
static void put_address(struct weir_flow_batch_encoder *encoder, unsigned side,
                        const struct weir_address *address, const struct weir_address *before)
{
    if (!weir_address_equal(address, before)) {
        encoder->address[side] =
            weir_batch_dictionary_add(&encoder->dictionary, address->bytes, address->size);
    }
    put(encoder, side == 0 ? COLUMN_ORIG_H : COLUMN_RESP_H, encoder->address[side]);
}

static void put_mac(struct weir_flow_batch_encoder *encoder, unsigned side, const uint8_t mac[6],
                    const uint8_t before[6])
{
    if (memcmp(mac, before, 6) != 0) {
        const size_t size = memcmp(mac, no_mac, sizeof(no_mac)) == 0 ? 0 : 6;
        encoder->mac[side] = weir_batch_dictionary_add(&encoder->dictionary, mac, size);
    }
    put(encoder, side == 0 ? COLUMN_ORIG_L2 : COLUMN_RESP_L2, encoder->mac[side]);
}

static void put_sides(struct weir_flow_batch_encoder *encoder,
                      const struct weir_flow_record *record, const struct weir_flow_record *before)
{
    const struct weir_flow_side *orig = &record->orig;
    const struct weir_flow_side *resp = &record->resp;
    put_address(encoder, 0, &orig->address, &before->orig.address);
    put_address(encoder, 1, &resp->address, &before->resp.address);
    put_mac(encoder, 0, orig->mac, before->orig.mac);
    put_mac(encoder, 1, resp->mac, before->resp.mac);
    put(encoder, COLUMN_ORIG_P, orig->port);
    put(encoder, COLUMN_RESP_P, resp->port);
    put(encoder, COLUMN_ORIG_BYTES, orig->bytes);
    put(encoder, COLUMN_RESP_BYTES, resp->bytes);
    put(encoder, COLUMN_ORIG_PKTS, orig->packets);
    put(encoder, COLUMN_RESP_PKTS, resp->packets);
    put(encoder, COLUMN_ORIG_IP_BYTES, orig->ip_bytes);
    put(encoder, COLUMN_RESP_IP_BYTES, resp->ip_bytes);
}

static void put_dense(struct weir_flow_batch_encoder *encoder,
                      const struct weir_flow_record *record, const struct weir_flow_record *before)
{
    const uint64_t start = (uint64_t)record->start_us;
    const uint64_t end = (uint64_t)record->end_us;
    put(encoder, COLUMN_FLOW_ID, weir_zigzag_difference(record->flow_id, before->flow_id));
    put(encoder, COLUMN_RECORD_NO,
        weir_zigzag_difference(record->record_no, before->record_no + 1));
    put(encoder, COLUMN_RECORD_TYPE, record->record_type);
    put(encoder, COLUMN_START_US, weir_zigzag_difference(start, (uint64_t)before->start_us));
    put(encoder, COLUMN_END_US, weir_zigzag_difference(end, start));
    put(encoder, COLUMN_DURATION_US,
        weir_zigzag_difference((uint64_t)record->duration_us, end - start));
    put(encoder, COLUMN_PROTO, record->proto);
    put(encoder, COLUMN_IP_VERSION, record->ip_version);
    put(encoder, COLUMN_CONN_STATE, record->conn_state);
    put(encoder, COLUMN_FLAG, record->flag);
    put(encoder, COLUMN_EARLY_FLAG, record->early_flag);
    put(encoder, COLUMN_END_REASON, record->end_reason);
    put(encoder, COLUMN_SERVICE, record->service);
    put(encoder, COLUMN_MISSED_BYTES, record->missed_bytes);
    put(encoder, COLUMN_FLOW_STATUS, record->flow_status);
    put(encoder, COLUMN_TCP_ANOMALY, record->tcp_anomaly);
    put(encoder, COLUMN_HAS_VECTOR, record->has_vector);
    put(encoder, COLUMN_LAND, record->land);
    put(encoder, COLUMN_CONTENT_TRUNCATED, record->content_truncated);
    put(encoder, COLUMN_APP, record->app);
    put(encoder, COLUMN_ENCRYPTED_GUESS, record->encrypted_guess);
    put(encoder, COLUMN_DETAIL, record->detail);
    const size_t history = strnlen(record->history, WEIR_HISTORY_SIZE - 1);
    put(encoder, COLUMN_HISTORY,
        weir_batch_dictionary_add(&encoder->dictionary, record->history, history));
}

static void put_fixed(struct weir_flow_batch_encoder *encoder,
                      const struct weir_flow_record *record)
{
    const uint64_t tag = htole64(record->conn_tag);
    weir_buffer_add(&encoder->tags, &tag, sizeof(tag));
    encoder->has_tag = encoder->has_tag || tag != 0;
    uint8_t *community = weir_buffer_reserve(&encoder->communities, COMMUNITY_ID_WIDTH);
    if (community != NULL) {
        const size_t length = strnlen(record->community_id, COMMUNITY_ID_WIDTH);
        memcpy(community, record->community_id, length);
        memset(community + length, 0, COMMUNITY_ID_WIDTH - length);
        encoder->communities.size += COMMUNITY_ID_WIDTH;
        encoder->has_community = encoder->has_community || length != 0;
    }
}

static void put_icmp_side(struct weir_flow_batch_encoder *encoder, unsigned first,
                          const struct weir_icmp_side *side, int64_t start_us)
{
    const uint64_t base = side->messages == 0 ? 0 : (uint64_t)start_us;
    put(encoder, (enum column)first, side->messages);
    put(encoder, (enum column)(first + 1), side->bytes);
    put(encoder, (enum column)(first + 2), weir_zigzag_difference((uint64_t)side->first_us, base));
    put(encoder, (enum column)(first + 3),
        weir_zigzag_difference((uint64_t)side->last_us, (uint64_t)side->first_us));
    put(encoder, (enum column)(first + 4), side->type);
    put(encoder, (enum column)(first + 5), side->code);
}

static void put_content(struct weir_flow_batch_encoder *encoder,
                        const struct weir_kdd_content *content)
{
    put(encoder, COLUMN_KDD_WRONG_FRAGMENT, content->wrong_fragment);
    put(encoder, COLUMN_KDD_URGENT, content->urgent);
    put(encoder, COLUMN_KDD_HOT, content->hot);
    put(encoder, COLUMN_KDD_NUM_FAILED_LOGINS, content->num_failed_logins);
    put(encoder, COLUMN_KDD_LOGGED_IN, content->logged_in);
    put(encoder, COLUMN_KDD_NUM_COMPROMISED, content->num_compromised);
    put(encoder, COLUMN_KDD_ROOT_SHELL, content->root_shell);
    put(encoder, COLUMN_KDD_SU_ATTEMPTED, content->su_attempted);
    put(encoder, COLUMN_KDD_NUM_ROOT, content->num_root);
    put(encoder, COLUMN_KDD_NUM_FILE_CREATIONS, content->num_file_creations);
    put(encoder, COLUMN_KDD_NUM_SHELLS, content->num_shells);
    put(encoder, COLUMN_KDD_NUM_ACCESS_FILES, content->num_access_files);
    put(encoder, COLUMN_KDD_IS_HOST_LOGIN, content->is_host_login);
    put(encoder, COLUMN_KDD_IS_GUEST_LOGIN, content->is_guest_login);
}

static uint32_t bits_of(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void put_verdict(struct weir_flow_batch_encoder *encoder, const struct weir_verdict *verdict)
{
    const uint32_t little = htole32(bits_of(verdict->score));
    weir_buffer_add(&encoder->scores, &little, sizeof(little));
    put(encoder, COLUMN_VERDICT_MODEL_VERSION, verdict->model_version);
    put(encoder, COLUMN_VERDICT_FLAGGED, verdict->flagged);
}

/* A block travels for the records where anything in it is set. */
static void put_sparse(struct weir_flow_batch_encoder *encoder,
                       const struct weir_flow_record *record, size_t row)
{
    static const struct weir_kdd_content no_content;
    static const struct weir_kdd_counts no_counts;
    if (record->vlan_count != 0) {
        put_row(encoder, COLUMN_VLAN_ROW, row);
        put(encoder, COLUMN_VLAN_COUNT, record->vlan_count);
        put(encoder, COLUMN_VLAN_OUTER, record->vlan[0]);
        put(encoder, COLUMN_VLAN_INNER, record->vlan[1]);
    }
    if (record->tunnel != 0 || record->tunnel_id != 0) {
        put_row(encoder, COLUMN_TUNNEL_ROW, row);
        put(encoder, COLUMN_TUNNEL, record->tunnel);
        put(encoder, COLUMN_TUNNEL_ID, record->tunnel_id);
    }
    if (weir_icmp_side_is_set(&record->icmp_orig) || weir_icmp_side_is_set(&record->icmp_resp)) {
        put_row(encoder, COLUMN_ICMP_ROW, row);
        put_icmp_side(encoder, COLUMN_ICMP_ORIG_MESSAGES, &record->icmp_orig, record->start_us);
        put_icmp_side(encoder, COLUMN_ICMP_RESP_MESSAGES, &record->icmp_resp, record->start_us);
    }
    if (memcmp(&record->content, &no_content, sizeof(no_content)) != 0) {
        put_row(encoder, COLUMN_KDD_ROW, row);
        put_content(encoder, &record->content);
    }
    if (record->verdict.model_version != 0 || record->verdict.flagged ||
        bits_of(record->verdict.score) != 0) {
        put_row(encoder, COLUMN_VERDICT_ROW, row);
        put_verdict(encoder, &record->verdict);
    }
    if (memcmp(&record->immediate, &no_counts, sizeof(no_counts)) != 0) {
        put_row(encoder, COLUMN_IMMEDIATE_ROW, row);
        encoder->immediate_rows[encoder->immediate_count++] = (uint32_t)row;
    }
}

/* The windows' counts lie column after column, so that like numbers are neighbours for zstd. */
static void add_immediate(const struct weir_flow_batch_encoder *encoder,
                          const struct weir_flow_batch *batch, struct weir_buffer *out)
{
    const size_t rows = encoder->immediate_count;
    const size_t size = rows * sizeof(struct weir_kdd_counts);
    if (rows == 0) {
        return;
    }
    weir_wire_add_head(out, WEIR_IMMEDIATE_COUNTS_NUMBER, size);
    uint8_t *at = weir_buffer_reserve(out, size);
    if (at == NULL) {
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        uint16_t counts[WEIR_KDD_COUNT_FIELDS];
        memcpy(counts, &batch->records[encoder->immediate_rows[i]].immediate, sizeof(counts));
        for (size_t column = 0; column < WEIR_KDD_COUNT_FIELDS; column++) {
            const uint16_t cell = htole16(counts[column]);
            memcpy(at + 2 * (column * rows + i), &cell, sizeof(cell));
        }
    }
    out->size += size;
}

static void add_dictionary(const struct weir_batch_dictionary *dictionary, struct weir_buffer *out)
{
    if (dictionary->count == 0) {
        return;
    }
    weir_wire_add_head(out, 9, dictionary->count); /* each size is one byte of varint: at most 64 */
    uint8_t *at = weir_buffer_reserve(out, dictionary->count);
    if (at == NULL) {
        return;
    }
    for (size_t i = 0; i < dictionary->count; i++) {
        at[i] = (uint8_t)(dictionary->offsets[i + 1] - dictionary->offsets[i]);
    }
    out->size += dictionary->count;
    weir_wire_add_bytes(out, 10, dictionary->bytes.bytes, dictionary->bytes.size);
}

/* Writes encoder->plain. */
static void add_message(struct weir_flow_batch_encoder *encoder,
                        const struct weir_flow_batch *batch)
{
    struct weir_buffer *out = &encoder->plain;
    weir_wire_add_bytes(out, 1, batch->boot.bytes, sizeof(batch->boot.bytes));
    weir_wire_add_varint(out, 2, batch->sequence);
    weir_wire_add_varint(out, 3, batch->previous_sequence);
    weir_wire_add_varint(out, 4, (uint64_t)batch->low_us);
    weir_wire_add_varint(out, 5, (uint64_t)batch->sent_us);
    weir_wire_add_varint(out, 6, batch->last_record_no);
    weir_wire_add_bytes(out, 7, batch->stream, strlen(batch->stream));
    weir_wire_add_varint(out, 8, batch->count);
    add_dictionary(&encoder->dictionary, out);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const uint8_t *from = encoder->columns + i * COLUMN_ROOM;
        if (encoder->seen[i] != 0) {
            weir_wire_add_bytes(out, column_numbers[i], from, (size_t)(encoder->end[i] - from));
        }
    }
    if (encoder->has_community) {
        weir_wire_add_bytes(out, WEIR_COMMUNITY_ID_NUMBER, encoder->communities.bytes,
                            encoder->communities.size);
    }
    if (encoder->has_tag) {
        weir_wire_add_bytes(out, WEIR_CONN_TAG_NUMBER, encoder->tags.bytes, encoder->tags.size);
    }
    weir_wire_add_bytes(out, WEIR_VERDICT_SCORE_NUMBER, encoder->scores.bytes,
                        encoder->scores.size);
    add_immediate(encoder, batch, out);
    weir_batch_blocks_add(&encoder->blocks, batch, out);
}

/* Compresses straight behind the room left for the header. */
static int add_frame(struct weir_flow_batch_encoder *encoder, enum weir_frame_kind kind,
                     struct weir_buffer *out)
{
    const struct weir_buffer *plain = &encoder->plain;
    const size_t bound = ZSTD_compressBound(plain->size);
    uint8_t *header = weir_buffer_reserve(out, WEIR_FRAME_HEADER_SIZE + bound);
    if (header == NULL) {
        return WEIR_ENOMEM;
    }
    uint8_t *payload = header + WEIR_FRAME_HEADER_SIZE;
    size_t size = plain->size;
    bool compressed = false;
    if (encoder->level != WEIR_ZSTD_LEVEL_NONE) {
        size = ZSTD_compressCCtx(encoder->zstd, payload, bound, plain->bytes, plain->size,
                                 encoder->level);
        compressed = ZSTD_isError(size) == 0 && size < plain->size;
    }
    if (!compressed) {
        memcpy(payload, plain->bytes, plain->size);
        size = plain->size;
    }
    const struct weir_frame frame = {
        .version = WEIR_WIRE_VERSION,
        .kind = kind,
        .compressed = compressed,
        .payload_size = size,
        .plain_size = plain->size,
        .hash = weir_hash(payload, size),
    };
    const int err = weir_frame_header_encode(&frame, header);
    if (err == 0) {
        out->size += WEIR_FRAME_HEADER_SIZE + size;
    }
    return err;
}

/* What is of the batch itself. */
static int check_own(const struct weir_flow_batch *batch, struct weir_error *error)
{
    bool valid =
        batch->event_count <= WEIR_BATCH_EVENTS_MAX && batch->marker_count <= WEIR_MARKERS_MAX;
    for (size_t i = 0; valid && i < batch->event_count; i++) {
        valid = weir_l2_event_valid(&batch->events[i], NULL);
    }
    for (size_t i = 0; valid && i < batch->marker_count; i++) {
        valid = weir_marker_valid(&batch->markers[i]);
    }
    return valid ? 0 : weir_fail(error, WEIR_EINVAL, "batch: an event or a marker is out of range");
}

static int check_batch(const struct weir_flow_batch *batch, struct weir_error *error)
{
    if (batch->count > WEIR_BATCH_RECORDS_MAX) {
        return weir_fail(error, WEIR_EINVAL, "batch: %zu records, at most %d", batch->count,
                         WEIR_BATCH_RECORDS_MAX);
    }
    if (weir_text_field_check(batch->stream, sizeof(batch->stream)) != 0) {
        return weir_fail(error, WEIR_EINVAL, "batch: the stream's name is no printable text");
    }
    for (size_t i = 0; i < batch->count; i++) {
        const char *why = "";
        if (!weir_flow_record_valid(&batch->records[i], &why)) {
            return weir_fail(error, WEIR_EINVAL, "batch: record %zu: %s is out of range", i, why);
        }
    }
    return check_own(batch, error);
}

static int encode(struct weir_flow_batch_encoder *encoder, enum weir_frame_kind kind,
                  const struct weir_flow_batch *batch, struct weir_buffer *frame,
                  struct weir_error *error)
{
    int err = check_batch(batch, error);
    if (err != 0) {
        return err;
    }
    reset(encoder, batch->count);
    /* A batch whose record numbers end at last_record_no without gaps needs no column for them. */
    const struct weir_flow_record first = {.record_no = batch->last_record_no - batch->count};
    const struct weir_flow_record *before = &first;
    for (size_t i = 0; i < batch->count; i++) {
        const struct weir_flow_record *record = &batch->records[i];
        put_sides(encoder, record, before);
        put_dense(encoder, record, before);
        put_fixed(encoder, record);
        put_sparse(encoder, record, i);
        before = record;
    }
    add_message(encoder, batch);
    const bool failed = encoder->plain.failed || encoder->dictionary.failed ||
                        encoder->tags.failed || encoder->communities.failed ||
                        encoder->scores.failed;
    err = failed ? WEIR_ENOMEM : add_frame(encoder, kind, frame);
    return err == 0 ? 0 : weir_fail(error, err, "batch: %s", weir_err_text(err));
}

int weir_flow_batch_encode(struct weir_flow_batch_encoder *encoder,
                           const struct weir_flow_batch *batch, struct weir_buffer *frame,
                           struct weir_error *error)
{
    return encode(encoder, WEIR_FRAME_BATCH, batch, frame, error);
}

int weir_flow_batch_encode_priority(struct weir_flow_batch_encoder *encoder,
                                    const struct weir_flow_batch *batch, struct weir_buffer *frame,
                                    struct weir_error *error)
{
    return encode(encoder, WEIR_FRAME_PRIORITY, batch, frame, error);
}
