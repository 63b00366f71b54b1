/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/copy_encoder.h"

#include <string.h>

#include "common/flow/flow_statistics.h"
#include "common/flow/header_stack.h"

/* Microseconds from 1970 to 2000, where PostgreSQL counts from. */
#define EPOCH_2000_US INT64_C(946684800000000)
#define FIELDS_MAX    200
/* No field but an array is wider than the stream's name. */
#define FIELD_SIZE_MAX (4 + WEIR_STREAM_NAME_SIZE + 1)
#define ARRAYS_SIZE    2048
#define AF_INET4       2
#define AF_INET6_PG    3

static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    return put_u16(put_u16(at, (uint16_t)(value >> 16)), (uint16_t)value);
}

static uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    return put_u32(put_u32(at, (uint32_t)(value >> 32)), (uint32_t)value);
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size)
{
    at = put_u32(at, (uint32_t)size);
    memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_i2(uint8_t *at, uint16_t value)
{
    return put_u16(put_u32(at, 2), value);
}

static uint8_t *put_i4(uint8_t *at, uint32_t value)
{
    return put_u32(put_u32(at, 4), value);
}

static uint8_t *put_i4_bytes(uint8_t *at, const uint8_t *from)
{
    uint32_t value = 0;
    memcpy(&value, from, sizeof(value));
    return put_i4(at, value);
}

static uint8_t *put_i8(uint8_t *at, uint64_t value)
{
    return put_u64(put_u32(at, 8), value);
}

static uint8_t *put_inet(uint8_t *at, const struct weir_address *address)
{
    at = put_u32(at, 4U + address->size);
    at[0] = address->size == 4 ? AF_INET4 : AF_INET6_PG;
    at[1] = (uint8_t)(address->size * 8);
    at[2] = 0; /* not a cidr */
    at[3] = address->size;
    memcpy(at + 4, address->bytes, address->size);
    return at + 4 + address->size;
}

/* What stands before the elements of an array of one dimension, or the whole of an empty one. */
static uint8_t *put_array(uint8_t *at, uint32_t type, uint32_t count)
{
    at = put_u32(at, count > 0 ? 1 : 0);
    at = put_u32(at, 0); /* no nulls */
    at = put_u32(at, type);
    return count > 0 ? put_u32(put_u32(at, count), 1) : at;
}

static uint8_t *put_elements(uint8_t *at, enum flow_column_kind kind,
                             const struct weir_flow_statistics *statistics)
{
    char text[WEIR_HEADER_STACK_TEXT];
    if (kind == FLOW_COLUMN_LENGTHS) {
        at = put_array(at, COPY_ENCODER_OID_INTEGER, statistics->sequence_count);
        for (size_t i = 0; i < statistics->sequence_count; i++) {
            at = put_i4(at, (uint32_t)statistics->len_seq[i]);
        }
    } else if (kind == FLOW_COLUMN_GAPS) {
        at = put_array(at, COPY_ENCODER_OID_BIGINT, statistics->sequence_count);
        for (size_t i = 0; i < statistics->sequence_count; i++) {
            at = put_i8(at, statistics->iat_seq[i]);
        }
    } else {
        at = put_array(at, COPY_ENCODER_OID_TEXT, statistics->stack_count);
        for (size_t i = 0; i < statistics->stack_count; i++) {
            const size_t size =
                weir_header_stack_text(statistics->header_stack[i], text, sizeof(text));
            at = put_bytes(at, text, size);
        }
    }
    return at;
}

static uint8_t *put_null(uint8_t *at)
{
    return put_u32(at, UINT32_MAX);
}

static uint8_t *put_array_field(uint8_t *at, enum flow_column_kind kind, const uint8_t *from)
{
    const struct weir_flow_statistics *statistics =
        (const struct weir_flow_statistics *)(const void *)from;
    uint8_t *const end = put_elements(at + 4, kind, statistics);
    (void)put_u32(at, (uint32_t)(end - at - 4));
    return end;
}

static uint8_t *put_i8_unless_absent(uint8_t *at, const uint8_t *from)
{
    int64_t value = 0;
    memcpy(&value, from, sizeof(value));
    return value == WEIR_ABSENT ? put_null(at) : put_i8(at, (uint64_t)value);
}

static uint8_t *put_i4_unless_absent(uint8_t *at, const uint8_t *from)
{
    int32_t value = 0;
    memcpy(&value, from, sizeof(value));
    return value == WEIR_ABSENT ? put_null(at) : put_i4(at, (uint32_t)value);
}

static uint8_t *put_real_unless_absent(uint8_t *at, const uint8_t *from)
{
    float value = 0.0F;
    memcpy(&value, from, sizeof(value));
    return value < 0.0F ? put_null(at) : put_i4_bytes(at, from);
}

static uint8_t *put_text(uint8_t *at, const struct flow_column *column, const uint8_t *from)
{
    return put_bytes(at, from, strnlen((const char *)from, column->size - 1));
}

static uint8_t *put_reason(uint8_t *at, const uint8_t *from)
{
    enum flow_row_reason reason = FLOW_ROW_COMPLETE;
    memcpy(&reason, from, sizeof(reason));
    const char *text = flow_row_reason_text(reason);
    return put_bytes(at, text, strlen(text));
}

static uint8_t *put_present(uint8_t *at, const uint8_t *from)
{
    const void *pointer = NULL;
    memcpy(&pointer, from, sizeof(pointer));
    const uint8_t present = pointer != NULL ? 1 : 0;
    return put_bytes(at, &present, 1);
}

/* The field of one column. memcpy, because the offset table knows no types. */
static uint8_t *put_field(uint8_t *at, const struct flow_column *column, const uint8_t *from)
{
    uint64_t u64 = 0;
    uint32_t u32 = 0;
    uint16_t u16 = 0;
    struct weir_address address = {0};
    switch (column->kind) {
    case FLOW_COLUMN_TIME:
        memcpy(&u64, from, sizeof(u64));
        return put_i8(at, u64 - (uint64_t)EPOCH_2000_US);
    case FLOW_COLUMN_U64_I8:
        memcpy(&u64, from, sizeof(u64));
        return put_i8(at, u64);
    case FLOW_COLUMN_U32_I8:
        memcpy(&u32, from, sizeof(u32));
        return put_i8(at, u32);
    case FLOW_COLUMN_U32_I4:
    case FLOW_COLUMN_REAL:
        return put_i4_bytes(at, from);
    case FLOW_COLUMN_U16_I4:
        memcpy(&u16, from, sizeof(u16));
        return put_i4(at, u16);
    case FLOW_COLUMN_U16_I2:
        memcpy(&u16, from, sizeof(u16));
        return put_i2(at, u16);
    case FLOW_COLUMN_U8_I2:
        return put_i2(at, from[0]);
    case FLOW_COLUMN_BOOLEAN:
        return put_bytes(at, from, 1);
    case FLOW_COLUMN_INET:
        memcpy(&address, from, sizeof(address));
        return put_inet(at, &address);
    case FLOW_COLUMN_MAC:
        return put_bytes(at, from, 6);
    case FLOW_COLUMN_UUID:
        return put_bytes(at, from, sizeof(struct weir_boot_id));
    case FLOW_COLUMN_TEXT:
        return put_text(at, column, from);
    case FLOW_COLUMN_REASON:
        return put_reason(at, from);
    case FLOW_COLUMN_I64_I8_OPTIONAL:
        return put_i8_unless_absent(at, from);
    case FLOW_COLUMN_I32_I4_OPTIONAL:
        return put_i4_unless_absent(at, from);
    case FLOW_COLUMN_REAL_OPTIONAL:
        return put_real_unless_absent(at, from);
    case FLOW_COLUMN_TEXT_OPTIONAL:
        return from[0] == '\0' ? put_null(at) : put_text(at, column, from);
    case FLOW_COLUMN_LENGTHS:
    case FLOW_COLUMN_GAPS:
    case FLOW_COLUMN_STACKS:
        return put_array_field(at, column->kind, from);
    case FLOW_COLUMN_PRESENT:
        return put_present(at, from);
    }
    return at;
}

void copy_encoder_begin(struct weir_buffer *buffer)
{
    static const uint8_t header[19] = "PGCOPY\n\377\r\n"; /* NUL, flags, extension: all zero */
    weir_buffer_add(buffer, header, sizeof(header));
}

void copy_encoder_end(struct weir_buffer *buffer)
{
    weir_buffer_add_u16(buffer, UINT16_MAX);
}

void copy_encoder_add(struct weir_buffer *buffer, const struct flow_column_list *columns,
                      const struct stored_flow *identity, const struct flow_row *row)
{
    const uint8_t *const bases[FLOW_COLUMN_BASES] = {
        [FLOW_COLUMN_OF_IDENTITY] = (const uint8_t *)identity,
        [FLOW_COLUMN_OF_RECORD] = (const uint8_t *)row->record,
        [FLOW_COLUMN_OF_ROW] = (const uint8_t *)row,
        [FLOW_COLUMN_OF_STATISTICS] = (const uint8_t *)row->record->statistics,
    };
    uint8_t *const start = weir_buffer_reserve(buffer, FIELDS_MAX * FIELD_SIZE_MAX + ARRAYS_SIZE);
    if (start == NULL) {
        return;
    }
    const unsigned groups = flow_column_groups(row->record, row);
    uint8_t *at = put_u16(start, (uint16_t)columns->count);
    for (size_t i = 0; i < columns->count; i++) {
        const struct flow_column *column = &columns->at[i];
        if ((groups & (1U << column->group)) == 0) {
            at = put_null(at);
        } else {
            at = put_field(at, column, bases[column->base] + column->offset);
        }
    }
    buffer->size += (size_t)(at - start);
}

static bool time_fit(int64_t at_us)
{
    return at_us >= 0 && at_us < COPY_ENCODER_TIME_MAX_US;
}

static bool counts_fit(const struct weir_kdd_counts *counts)
{
    uint16_t values[WEIR_KDD_COUNT_FIELDS];
    memcpy(values, counts, sizeof(values));
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        if (values[i] > INT16_MAX) {
            return false;
        }
    }
    return true;
}

/* Bytes of a text that any database encoding takes, with its NUL inside size. */
static bool text_fit(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);
    for (const char *at = text; end != NULL && at < end; at++) {
        if (*at < ' ' || *at > '~') {
            return false;
        }
    }
    return end != NULL;
}

static bool side_fit(const struct weir_flow_side *side)
{
    return (side->address.size == 4 || side->address.size == 16) && side->bytes <= INT64_MAX &&
           side->packets <= INT64_MAX && side->ip_bytes <= INT64_MAX;
}

static bool icmp_fit(const struct weir_icmp_side *side)
{
    return time_fit(side->first_us) && time_fit(side->last_us) && side->messages <= INT64_MAX &&
           side->bytes <= INT64_MAX;
}

static bool statistics_fit(const struct weir_flow_statistics *statistics)
{
    return statistics == NULL ||
           (text_fit(statistics->ja4t, sizeof(statistics->ja4t)) &&
            text_fit(statistics->ja4ts, sizeof(statistics->ja4ts)) &&
            text_fit(statistics->icmp_parent_community_id,
                     sizeof(statistics->icmp_parent_community_id)) &&
            statistics->orig.iat_max_us <= INT64_MAX && statistics->resp.iat_max_us <= INT64_MAX);
}

bool copy_encoder_fit(const struct flow_row *row, const char **why)
{
    const struct weir_flow_record *record = row->record;
    const struct {
        bool fit;
        const char *why;
    } checks[] = {
        {time_fit(record->start_us), "start is not within 1970 to 2100"},
        {time_fit(record->end_us), "end is not within 1970 to 2100"},
        {time_fit(row->order_us), "corrected start is not within 1970 to 2100"},
        {side_fit(&record->orig), "originator: address or counters out of range"},
        {side_fit(&record->resp), "responder: address or counters out of range"},
        {icmp_fit(&record->icmp_orig), "ICMP times or counters of the originator out of range"},
        {icmp_fit(&record->icmp_resp), "ICMP times or counters of the responder out of range"},
        {record->missed_bytes <= INT64_MAX, "missed_bytes out of range"},
        {record->record_no <= INT64_MAX, "record_no out of range"},
        {counts_fit(&row->frozen), "a frozen count is above 32767"},
        {counts_fit(&record->immediate), "an immediate count is above 32767"},
        {flow_row_reason_text(row->reason) != NULL, "unknown reason"},
        {text_fit(record->community_id, sizeof(record->community_id)), "community_id is no text"},
        {text_fit(record->history, sizeof(record->history)), "history is no text"},
        {statistics_fit(record->statistics), "a text or time of the statistics is out of range"},
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i].fit) {
            if (why != NULL) {
                *why = checks[i].why;
            }
            return false;
        }
    }
    return weir_flow_record_valid(record, why);
}
