/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/copy_decoder.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"

#include "collector/store/copy_encoder.h"
#include "collector/store/flow_column.h"
#include "collector/store/statistics_column.h"

#define EPOCH_2000_US INT64_C(946684800000000)
#define FIELD_NULL    UINT32_MAX
#define TRAILER       UINT16_MAX

static bool take_inet(struct weir_cursor *field, uint8_t *to)
{
    struct weir_address address = {0};
    const uint8_t *bytes = NULL;
    if (!weir_cursor_skip(field, 3) || !weir_cursor_u8(field, &address.size) ||
        (address.size != 4 && address.size != 16) ||
        !weir_cursor_bytes(field, address.size, &bytes)) {
        return false;
    }
    memcpy(address.bytes, bytes, address.size);
    memcpy(to, &address, sizeof(address));
    return true;
}

static bool take_bytes(struct weir_cursor *field, size_t size, uint8_t *to)
{
    const uint8_t *bytes = NULL;
    if (!weir_cursor_bytes(field, size, &bytes)) {
        return false;
    }
    memcpy(to, bytes, size);
    return true;
}

static bool take_text(struct weir_cursor *field, size_t size, uint8_t *to)
{
    const size_t length = field->left;
    return length < size && take_bytes(field, length, to); /* the rest is zero already */
}

static bool take_u64(struct weir_cursor *field, uint64_t plus, uint8_t *to)
{
    uint64_t value = 0;
    if (!weir_cursor_u64(field, &value)) {
        return false;
    }
    value += plus;
    memcpy(to, &value, sizeof(value));
    return true;
}

static bool take_u32(struct weir_cursor *field, uint8_t *to)
{
    uint32_t value = 0;
    if (!weir_cursor_u32(field, &value)) {
        return false;
    }
    memcpy(to, &value, sizeof(value));
    return true;
}

static bool take_u16(struct weir_cursor *field, uint8_t *to)
{
    uint16_t value = 0;
    if (!weir_cursor_u16(field, &value)) {
        return false;
    }
    memcpy(to, &value, sizeof(value));
    return true;
}

static bool take_reason(struct weir_cursor *field, uint8_t *to)
{
    enum flow_row_reason reason = FLOW_ROW_COMPLETE;
    const size_t size = field->left;
    const uint8_t *text = NULL;
    if (!weir_cursor_bytes(field, size, &text) ||
        !flow_row_reason_parse((const char *)text, size, &reason)) {
        return false;
    }
    memcpy(to, &reason, sizeof(reason));
    return true;
}

/* What stands before the elements of an array of at most WEIR_SEQUENCE_MAX elements. */
static bool take_array(struct weir_cursor *field, uint32_t type, uint8_t *count)
{
    uint32_t dimensions = 0;
    uint32_t oid = 0;
    uint32_t elements = 0;
    if (!weir_cursor_u32(field, &dimensions) || !weir_cursor_skip(field, 4) ||
        !weir_cursor_u32(field, &oid) || oid != type || dimensions > 1) {
        return false;
    }
    if (dimensions == 1 && (!weir_cursor_u32(field, &elements) || !weir_cursor_skip(field, 4) ||
                            elements > WEIR_SEQUENCE_MAX)) {
        return false;
    }
    *count = (uint8_t)elements;
    return true;
}

static bool take_lengths(struct weir_cursor *field, struct weir_flow_statistics *to)
{
    if (!take_array(field, COPY_ENCODER_OID_INTEGER, &to->sequence_count)) {
        return false;
    }
    for (size_t i = 0; i < to->sequence_count; i++) {
        if (!weir_cursor_skip(field, 4) || !take_u32(field, (uint8_t *)&to->len_seq[i])) {
            return false;
        }
    }
    return true;
}

/* After the lengths: both are of the same packets. */
static bool take_gaps(struct weir_cursor *field, struct weir_flow_statistics *to)
{
    uint8_t count = 0;
    if (!take_array(field, COPY_ENCODER_OID_BIGINT, &count) || count != to->sequence_count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!weir_cursor_skip(field, 8) || !take_u32(field, (uint8_t *)&to->iat_seq[i])) {
            return false;
        }
    }
    return true;
}

static bool take_field(const struct flow_column *column, struct weir_cursor *field, uint8_t *to)
{
    switch (column->kind) {
    case FLOW_COLUMN_TIME:
        return take_u64(field, (uint64_t)EPOCH_2000_US, to);
    case FLOW_COLUMN_U64_I8:
        return take_u64(field, 0, to);
    case FLOW_COLUMN_U32_I8:
        return weir_cursor_skip(field, 4) && take_u32(field, to);
    case FLOW_COLUMN_U32_I4:
    case FLOW_COLUMN_REAL:
        return take_u32(field, to);
    case FLOW_COLUMN_U16_I4:
        return weir_cursor_skip(field, 2) && take_u16(field, to);
    case FLOW_COLUMN_U16_I2:
        return take_u16(field, to);
    case FLOW_COLUMN_U8_I2:
        return weir_cursor_skip(field, 1) && take_bytes(field, 1, to);
    case FLOW_COLUMN_BOOLEAN:
        return field->left == 1 && field->next[0] <= 1 && take_bytes(field, 1, to);
    case FLOW_COLUMN_INET:
        return take_inet(field, to);
    case FLOW_COLUMN_MAC:
        return take_bytes(field, 6, to);
    case FLOW_COLUMN_UUID:
        return take_bytes(field, sizeof(struct weir_boot_id), to);
    case FLOW_COLUMN_TEXT:
        return take_text(field, column->size, to);
    case FLOW_COLUMN_REASON:
        return take_reason(field, to);
    case FLOW_COLUMN_I64_I8_OPTIONAL:
        return take_u64(field, 0, to);
    case FLOW_COLUMN_I32_I4_OPTIONAL:
    case FLOW_COLUMN_REAL_OPTIONAL:
        return take_u32(field, to);
    case FLOW_COLUMN_TEXT_OPTIONAL:
        return take_text(field, column->size, to);
    case FLOW_COLUMN_LENGTHS:
        return take_lengths(field, (struct weir_flow_statistics *)(void *)to);
    case FLOW_COLUMN_GAPS:
        return take_gaps(field, (struct weir_flow_statistics *)(void *)to);
    case FLOW_COLUMN_STACKS:
    case FLOW_COLUMN_PRESENT:
        return weir_cursor_skip(field, field->left);
    }
    return false;
}

/* The next field's bytes; *null when it has none. */
static bool next_field(struct weir_cursor *cursor, struct weir_cursor *field, bool *null)
{
    uint32_t size = 0;
    const uint8_t *bytes = NULL;
    if (!weir_cursor_u32(cursor, &size)) {
        return false;
    }
    *null = size == FIELD_NULL;
    if (*null) {
        return true;
    }
    if (!weir_cursor_bytes(cursor, size, &bytes)) {
        return false;
    }
    *field = weir_cursor_over(bytes, size);
    return true;
}

static bool take_column(const struct flow_column *column, struct weir_cursor *cursor,
                        struct stored_flow *out)
{
    uint8_t *const bases[FLOW_COLUMN_BASES] = {
        [FLOW_COLUMN_OF_IDENTITY] = (uint8_t *)out,
        [FLOW_COLUMN_OF_RECORD] = (uint8_t *)&out->record,
        [FLOW_COLUMN_OF_ROW] = (uint8_t *)&out->row,
        [FLOW_COLUMN_OF_STATISTICS] = (uint8_t *)&out->statistics,
    };
    struct weir_cursor field = {0};
    bool null = false;
    if (!next_field(cursor, &field, &null)) {
        return false;
    }
    if (null) {
        return true;
    }
    if (column->group == FLOW_COLUMN_VLAN || column->group == FLOW_COLUMN_INNER_VLAN) {
        out->record.vlan_count++;
    }
    return take_field(column, &field, bases[column->base] + column->offset) && field.left == 0;
}

int copy_decoder_begin(struct weir_cursor *cursor)
{
    static const uint8_t magic[11] = "PGCOPY\n\377\r\n";
    const uint8_t *bytes = NULL;
    uint32_t extension = 0;
    if (!weir_cursor_bytes(cursor, sizeof(magic), &bytes) ||
        memcmp(bytes, magic, sizeof(magic)) != 0 || !weir_cursor_skip(cursor, 4) ||
        !weir_cursor_u32(cursor, &extension) || !weir_cursor_skip(cursor, extension)) {
        return WEIR_EFORMAT;
    }
    return WEIR_OK;
}

static int take_columns(const struct flow_column_list *columns, struct weir_cursor *cursor,
                        struct stored_flow *out)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (!take_column(&columns->at[i], cursor, out)) {
            return WEIR_EFORMAT;
        }
    }
    return WEIR_OK;
}

/* A flow without statistics has null in each of these columns. */
static int take_statistics(struct weir_cursor *cursor, struct stored_flow *out)
{
    uint32_t size = 0;
    struct weir_cursor copy = *cursor;
    bool is_there = false;
    for (size_t i = 0; i < statistics_column_values.count; i++) {
        if (!weir_cursor_u32(&copy, &size) ||
            (size != FIELD_NULL && !weir_cursor_skip(&copy, size))) {
            return WEIR_EFORMAT;
        }
        is_there = is_there || size != FIELD_NULL;
    }
    out->record.statistics = is_there ? &out->statistics : NULL;
    return take_columns(&statistics_column_values, cursor, out);
}

int copy_decoder_next(struct weir_cursor *cursor, struct stored_flow *out)
{
    uint16_t fields = 0;
    if (!weir_cursor_u16(cursor, &fields)) {
        return WEIR_EFORMAT;
    }
    if (fields == TRAILER) {
        return WEIR_ENOENT;
    }
    const size_t plain = flow_column_flow.count;
    const bool measured = fields == plain + statistics_column_values.count + 1;
    const bool labelled = measured || fields == plain + 1;
    if (!labelled && fields != plain) {
        return WEIR_EFORMAT;
    }
    memset(out, 0, sizeof(*out));
    out->row.record = &out->record;
    weir_flow_statistics_init(&out->statistics);
    int err = take_columns(&flow_column_flow, cursor, out);
    if (err == WEIR_OK && measured) {
        err = take_statistics(cursor, out);
    }
    struct weir_cursor label = {0};
    bool null = false;
    if (err == WEIR_OK && labelled &&
        (!next_field(cursor, &label, &null) ||
         (!null && !take_text(&label, sizeof(out->label), (uint8_t *)out->label)))) {
        return WEIR_EFORMAT;
    }
    return err;
}

struct run { /* one COPY on its way */
    struct stored_flow flow;
    stored_flow_fn *each;
    void *context;
    bool begun;   /* the header is behind us */
    bool stopped; /* each said so */
};

/* One message of the stream: the header may stand before its rows. */
static int take_message(struct run *run, const char *bytes, size_t size)
{
    struct weir_cursor cursor = weir_cursor_over(bytes, size);
    int err = run->begun ? WEIR_OK : copy_decoder_begin(&cursor);
    run->begun = true;
    while (err == WEIR_OK && cursor.left > 0 && !run->stopped) {
        err = copy_decoder_next(&cursor, &run->flow);
        if (err == WEIR_OK) {
            run->stopped = !run->each(&run->flow, run->context);
        }
    }
    return err == WEIR_ENOENT ? WEIR_OK : err;
}

static void cancel(PGconn *pq)
{
    char ignored[256];
    PGcancel *handle = PQgetCancel(pq);
    (void)PQcancel(handle, ignored, sizeof(ignored));
    PQfreeCancel(handle);
}

/* Reads the stream to its end, so that the session is usable again whatever happened. */
static int drain(struct connection *connection, struct run *run, struct weir_error *error)
{
    PGconn *pq = connection_pq(connection);
    int err = WEIR_OK;
    bool cancelled = false;
    char *bytes = NULL;
    int size = 0;
    while ((size = PQgetCopyData(pq, &bytes, 0)) > 0) {
        if (err == WEIR_OK && !run->stopped) {
            err = take_message(run, bytes, (size_t)size);
        }
        PQfreemem(bytes);
        if ((err != WEIR_OK || run->stopped) && !cancelled) {
            cancel(pq);
            cancelled = true;
        }
    }
    for (PGresult *result = PQgetResult(pq); result != NULL; result = PQgetResult(pq)) {
        const int ended = connection_check(connection, result, "reading flows",
                                           err == WEIR_OK && !cancelled ? error : NULL);
        if (ended == WEIR_OK) {
            PQclear(result);
        } else if (err == WEIR_OK && !cancelled) {
            err = ended;
        }
    }
    if (err == WEIR_EFORMAT) {
        return weir_fail(error, err, "a stored flow cannot be read: unexpected COPY row");
    }
    return err;
}

int copy_decoder_run(struct connection *connection, const struct copy_decoder_query *query,
                     stored_flow_fn *each, void *context, struct weir_error *error)
{
    struct weir_buffer sql = {0};
    struct run *run = calloc(1, sizeof(*run));
    weir_buffer_add_text(&sql, "COPY (SELECT ");
    flow_column_add_names(&sql, &flow_column_flow, "f.");
    if (query->with_statistics) {
        weir_buffer_add_text(&sql, ", ");
        flow_column_add_names(&sql, &statistics_column_values, "s.");
    }
    weir_buffer_add_format(&sql, ", %s %s) TO STDOUT (FORMAT binary)",
                           query->label != NULL ? query->label : "NULL::text", query->tail);
    weir_buffer_add_u8(&sql, 0);
    int err = WEIR_OK;
    if (sql.failed || run == NULL) {
        err = weir_fail(error, WEIR_ENOMEM, "out of memory");
    } else {
        run->each = each;
        run->context = context;
        PGresult *result = PQexec(connection_pq(connection), (const char *)sql.bytes);
        err = connection_check(connection, result, "reading flows", error);
        if (err == WEIR_OK) {
            PQclear(result);
            err = drain(connection, run, error);
        }
    }
    weir_buffer_fini(&sql);
    free(run);
    return err;
}
