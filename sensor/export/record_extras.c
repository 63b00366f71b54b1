/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/record_extras.h"

#include <inttypes.h>
#include <string.h>

#include "common/flow/app.h"
#include "common/flow/detail_field.h"
#include "common/flow/feature_schema.h"
#include "common/flow/flow_rates.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/header_stack.h"
#include "common/flow/tunnel.h"

#include "proto/column.h"

#define NUMBER_SIZE 24

/* Digits of a number; printf costs ten times as much, and a line has over a hundred. */
static void add_unsigned(struct weir_buffer *out, uint64_t value)
{
    char digits[NUMBER_SIZE];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    weir_buffer_add(out, digits + at, sizeof(digits) - at);
}

static void add_signed(struct weir_buffer *out, int64_t value)
{
    if (value < 0) {
        weir_buffer_add_text(out, "-");
    }
    add_unsigned(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* Quoted; whatever is not plain ASCII is escaped. */
static void add_quoted(struct weir_buffer *out, const char *text)
{
    weir_buffer_add_text(out, "\"");
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (byte == '"' || byte == '\\') {
            const char escaped[2] = {'\\', (char)byte};
            weir_buffer_add(out, escaped, sizeof(escaped));
        } else if (byte < ' ' || byte > '~') {
            weir_buffer_add_format(out, "\\u%04x", (unsigned)byte);
        } else {
            weir_buffer_add(out, at, 1);
        }
    }
    weir_buffer_add_text(out, "\"");
}

static void add_name(struct weir_buffer *out, const char *name)
{
    weir_buffer_add_text(out, "\"");
    weir_buffer_add_text(out, name);
    weir_buffer_add_text(out, "\":");
}

static uint64_t uint_of(const struct weir_column *column, const uint8_t *at)
{
    uint64_t wide = 0;
    uint32_t four = 0;
    uint16_t two = 0;
    switch (column->width) {
    case 1:
        return *at;
    case 2:
        memcpy(&two, at, sizeof(two));
        return two;
    case 4:
        memcpy(&four, at, sizeof(four));
        return four;
    default:
        memcpy(&wide, at, sizeof(wide));
        return wide;
    }
}

static int64_t int_of(const struct weir_column *column, const uint8_t *at)
{
    int64_t wide = 0;
    int32_t four = 0;
    if (column->width == sizeof(four)) {
        memcpy(&four, at, sizeof(four));
        return four;
    }
    memcpy(&wide, at, sizeof(wide));
    return wide;
}

static float real_of(const uint8_t *at)
{
    float value = 0.0F;
    memcpy(&value, at, sizeof(value));
    return value;
}

/* A statistic that is one number. False when it was not measured, or is no number. */
static bool add_number(struct weir_buffer *out, const struct weir_column *column, const uint8_t *at,
                       const char *name)
{
    const bool is_real =
        column->form == WEIR_COLUMN_REAL || column->form == WEIR_COLUMN_OPTIONAL_REAL;
    const bool is_count = column->form == WEIR_COLUMN_UINT;
    const bool is_integer = column->form == WEIR_COLUMN_OPTIONAL ||
                            column->form == WEIR_COLUMN_SINCE_START ||
                            column->form == WEIR_COLUMN_SINCE_END;
    const bool is_absent = (is_integer && int_of(column, at) == WEIR_ABSENT) ||
                           (column->form == WEIR_COLUMN_OPTIONAL_REAL && real_of(at) < 0.0F);
    if (is_absent || (!is_real && !is_count && !is_integer)) {
        return false;
    }
    if (name != NULL) {
        weir_buffer_add_text(out, ",");
        add_name(out, name);
    }
    if (is_real) {
        weir_buffer_add_format(out, "%.7g", (double)real_of(at));
    } else if (is_count) {
        add_unsigned(out, uint_of(column, at));
    } else {
        add_signed(out, int_of(column, at));
    }
    return true;
}

static void add_sequences(struct weir_buffer *out, const struct weir_flow_statistics *statistics)
{
    weir_buffer_add_text(out, ",\"len_seq\":[");
    for (size_t i = 0; i < statistics->sequence_count; i++) {
        weir_buffer_add_text(out, i == 0 ? "" : ",");
        add_signed(out, statistics->len_seq[i]);
    }
    weir_buffer_add_text(out, "],\"iat_seq\":[");
    for (size_t i = 0; i < statistics->sequence_count; i++) {
        weir_buffer_add_text(out, i == 0 ? "" : ",");
        add_unsigned(out, statistics->iat_seq[i]);
    }
    weir_buffer_add_text(out, "]");
}

static void add_stacks(struct weir_buffer *out, const struct weir_flow_statistics *statistics,
                       const char *quote, const char *separator)
{
    for (size_t i = 0; i < statistics->stack_count; i++) {
        char text[WEIR_HEADER_STACK_TEXT];
        (void)weir_header_stack_text(statistics->header_stack[i], text, sizeof(text));
        weir_buffer_add_format(out, "%s%s%s%s", i == 0 ? "" : separator, quote, text, quote);
    }
}

static void add_text_unless_empty(struct weir_buffer *out, const char *name, const char *text)
{
    if (text[0] != '\0') {
        weir_buffer_add_text(out, ",");
        add_name(out, name);
        add_quoted(out, text);
    }
}

static void add_statistics(struct weir_buffer *out, const struct weir_flow_statistics *statistics)
{
    const struct weir_block *block = &weir_block_table()[WEIR_BLOCK_STATISTICS];
    weir_buffer_add_format(out, ",\"statistics\":{\"stack_count\":%u,\"hdr_stack\":[",
                           (unsigned)statistics->stack_count);
    add_stacks(out, statistics, "\"", ",");
    weir_buffer_add_text(out, "]");
    for (size_t i = 0; i < block->column_count; i++) {
        const struct weir_column *column = &block->columns[i];
        if (column->number < WEIR_COLUMN_UNLISTED) {
            (void)add_number(out, column, (const uint8_t *)statistics + column->offset,
                             column->name);
        }
    }
    add_sequences(out, statistics);
    add_text_unless_empty(out, "orig_ja4t", statistics->ja4t);
    add_text_unless_empty(out, "resp_ja4t", statistics->ja4ts);
    add_text_unless_empty(out, "icmp_parent_community_id", statistics->icmp_parent_community_id);
    weir_buffer_add_text(out, "}");
}

static void add_address(struct weir_buffer *out, const char *name,
                        const struct weir_address *address)
{
    char text[WEIR_ADDRESS_TEXT_SIZE];
    if (address->size != 0) {
        weir_address_text(address, text);
        add_text_unless_empty(out, name, text);
    }
}

static void add_field(struct weir_buffer *out, const struct weir_detail_field *field,
                      const void *block)
{
    uint32_t number = 0;
    if (field->kind == WEIR_FIELD_TEXT) {
        add_text_unless_empty(out, field->name, weir_field_text(field, block));
    } else if (field->kind == WEIR_FIELD_ADDRESS) {
        add_address(out, field->name, weir_field_address(field, block));
    } else if (weir_field_number(field, block, &number)) {
        weir_buffer_add_text(out, ",");
        add_name(out, field->name);
        if (field->kind == WEIR_FIELD_FLAG) {
            weir_buffer_add_text(out, number != 0 ? "true" : "false");
        } else {
            add_unsigned(out, number);
        }
    }
}

/* One object a protocol; it begins with a field that each has, so that the rest may be absent. */
static void add_details(struct weir_buffer *out, const struct weir_flow_details *details)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        if ((details->present >> i & 1U) == 0) {
            continue;
        }
        const void *block = weir_detail_block_in(details, &blocks[i]);
        weir_buffer_add_text(out, ",");
        add_name(out, blocks[i].name);
        const size_t begin = out->size;
        for (size_t field = 0; field < blocks[i].count; field++) {
            add_field(out, &blocks[i].fields[field], block);
        }
        if (out->size == begin) {
            weir_buffer_add_text(out, "{");
        } else if (!out->failed) {
            out->bytes[begin] = '{'; /* in place of the first comma */
        }
        weir_buffer_add_text(out, "}");
    }
}

static void add_content(struct weir_buffer *out, const struct weir_kdd_content *content)
{
    weir_buffer_add_format(
        out,
        ",\"hot\":%u,\"num_failed_logins\":%u,\"logged_in\":%u,\"num_compromised\":%" PRIu32
        ",\"root_shell\":%u,\"su_attempted\":%u,\"num_root\":%" PRIu32
        ",\"num_file_creations\":%u,\"num_shells\":%u,\"num_access_files\":%u"
        ",\"is_host_login\":%u,\"is_guest_login\":%u",
        (unsigned)content->hot, (unsigned)content->num_failed_logins, (unsigned)content->logged_in,
        content->num_compromised, (unsigned)content->root_shell, (unsigned)content->su_attempted,
        content->num_root, (unsigned)content->num_file_creations, (unsigned)content->num_shells,
        (unsigned)content->num_access_files, (unsigned)content->is_host_login,
        (unsigned)content->is_guest_login);
}

/* What follows from the record itself, named or as cells. */
static void add_rates(struct weir_buffer *out, const struct weir_flow_record *record, bool named)
{
    const struct weir_flow_rates rates = weir_flow_rates_of(record);
    const struct {
        const char *name;
        float value;
    } rows[] = {
#define X(name) {#name, rates.name},
        WEIR_FLOW_RATES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        weir_buffer_add_text(out, ",");
        if (named) {
            add_name(out, rows[i].name);
        }
        weir_buffer_add_format(out, "%.7g", (double)rows[i].value);
    }
}

static const char *or_unset(const char *text)
{
    return text == NULL ? "-" : text;
}

/* Columns 23 to 41 as the sensor's own windows have them, by the names of the `sensor` schema. */
static const struct weir_feature *immediate_columns(void)
{
    const struct weir_feature_schema *schema = weir_feature_schema_find("sensor");
    return schema->columns + weir_feature_schema_index(schema, "immediate_count");
}

/* A direction that carried payload and of which no byte value was counted. */
static bool is_uncounted(uint64_t bytes, float entropy)
{
    return bytes > 0 && entropy < 0.0F;
}

/* encrypted_guess is answered: payload was read, and if nobody knows what it is, counted too. */
static bool is_guessed(const struct weir_flow_record *record)
{
    const struct weir_flow_statistics *statistics = record->statistics;
    if (record->encrypted_guess || record->app > WEIR_APP_UNKNOWN) {
        return true;
    }
    if (record->app == WEIR_APP_NONE) {
        return record->detail == WEIR_DETAIL_FULL;
    }
    return statistics != NULL &&
           !is_uncounted(record->orig.bytes, statistics->orig.payload_entropy) &&
           !is_uncounted(record->resp.bytes, statistics->resp.payload_entropy);
}

static const char *guess_text(const struct weir_flow_record *record)
{
    return !is_guessed(record) ? "null" : record->encrypted_guess ? "true" : "false";
}

static void add_immediate(struct weir_buffer *out, const struct weir_kdd_counts *counts)
{
    const struct weir_feature *names = immediate_columns();
    float columns[WEIR_KDD_COUNT_FIELDS];
    weir_kdd_columns(counts, columns);
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        weir_buffer_add_text(out, i == 0 ? ",\"immediate\":{" : ",");
        add_name(out, names[i].name);
        weir_buffer_add_format(out, "%.7g", (double)columns[i]);
    }
    weir_buffer_add_text(out, "}");
}

void record_extras_json(struct weir_buffer *out, const struct weir_flow_record *record)
{
    weir_buffer_add_format(out,
                           ",\"app\":\"%s\",\"encrypted_guess\":%s,\"detail\":\"%s\""
                           ",\"measured\":%s,\"record_no\":%" PRIu64
                           ",\"seed_tcp_anomaly\":%s,\"content_truncated\":%s",
                           or_unset(weir_app_text((enum weir_app)record->app)), guess_text(record),
                           or_unset(weir_detail_text((enum weir_detail)record->detail)),
                           record->statistics != NULL ? "true" : "false", record->record_no,
                           weir_seed_tcp_anomaly(record) ? "true" : "false",
                           record->content_truncated ? "true" : "false");
    add_rates(out, record, true);
    if (record->tunnel != WEIR_TUNNEL_NONE) {
        weir_buffer_add_format(out, ",\"tunnel\":\"%s\",\"tunnel_id\":%" PRIu32,
                               or_unset(weir_tunnel_text((enum weir_tunnel)record->tunnel)),
                               record->tunnel_id);
    }
    add_content(out, &record->content);
    if (record->verdict.model_version != 0) {
        weir_buffer_add_format(out, ",\"model_version\":%" PRIu64 ",\"score\":%.7g,\"flagged\":%s",
                               record->verdict.model_version, (double)record->verdict.score,
                               record->verdict.flagged ? "true" : "false");
    }
    if (record->immediate.count != 0) {
        add_immediate(out, &record->immediate);
    }
    if (record->statistics != NULL) {
        add_statistics(out, record->statistics);
    }
    if (record->details != NULL) {
        add_details(out, record->details);
    }
}

/* Columns 10 to 22 and what they say of themselves. */
static void add_content_csv(struct weir_buffer *out, const struct weir_flow_record *record)
{
    const struct weir_kdd_content *content = &record->content;
    weir_buffer_add_format(out, ",%d,%u,%u,%u,%" PRIu32 ",%u,%u,%" PRIu32 ",%u,%u,%u,%u,%u",
                           record->content_truncated ? 1 : 0, (unsigned)content->hot,
                           (unsigned)content->num_failed_logins, (unsigned)content->logged_in,
                           content->num_compromised, (unsigned)content->root_shell,
                           (unsigned)content->su_attempted, content->num_root,
                           (unsigned)content->num_file_creations, (unsigned)content->num_shells,
                           (unsigned)content->num_access_files, (unsigned)content->is_host_login,
                           (unsigned)content->is_guest_login);
    if (record->verdict.model_version != 0) {
        weir_buffer_add_format(out, ",%" PRIu64 ",%.7g,%d", record->verdict.model_version,
                               (double)record->verdict.score, record->verdict.flagged ? 1 : 0);
    } else {
        weir_buffer_add_text(out, ",,,");
    }
}

/* What came to the line last, behind everything that readers know by its place. */
static void add_last_csv(struct weir_buffer *out, const struct weir_flow_record *record)
{
    weir_buffer_add_format(out, ",%d,%" PRIu64, record->statistics != NULL ? 1 : 0,
                           record->record_no);
    float columns[WEIR_KDD_COUNT_FIELDS];
    weir_kdd_columns(&record->immediate, columns);
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        weir_buffer_add_text(out, ",");
        if (record->immediate.count != 0) {
            weir_buffer_add_format(out, "%.7g", (double)columns[i]);
        }
    }
}

void record_extras_csv_header(struct weir_buffer *out)
{
    const struct weir_block *block = &weir_block_table()[WEIR_BLOCK_STATISTICS];
    weir_buffer_add_text(out, ",app,encrypted_guess,detail,seed_tcp_anomaly,tunnel,tunnel_id,"
                              "hdr_stack");
    for (size_t i = 0; i < block->column_count; i++) {
        if (block->columns[i].number < WEIR_COLUMN_UNLISTED) {
            weir_buffer_add_text(out, ",");
            weir_buffer_add_text(out, block->columns[i].name);
        }
    }
    weir_buffer_add_text(
        out, ",content_truncated,hot,num_failed_logins,logged_in,num_compromised,root_shell,"
             "su_attempted,num_root,num_file_creations,num_shells,num_access_files,is_host_login,"
             "is_guest_login,model_version,score,flagged,measured,record_no");
    const struct weir_feature *names = immediate_columns();
    for (size_t i = 0; i < WEIR_KDD_COUNT_FIELDS; i++) {
        weir_buffer_add_text(out, ",");
        weir_buffer_add_text(out, names[i].name);
    }
#define X(name) weir_buffer_add_text(out, "," #name);
    WEIR_FLOW_RATES(X)
#undef X
}

void record_extras_csv(struct weir_buffer *out, const struct weir_flow_record *record)
{
    const struct weir_block *block = &weir_block_table()[WEIR_BLOCK_STATISTICS];
    weir_buffer_add_format(out, ",%s,%s,%s,%d,%s,%" PRIu32 ",",
                           or_unset(weir_app_text((enum weir_app)record->app)),
                           !is_guessed(record)       ? ""
                           : record->encrypted_guess ? "1"
                                                     : "0",
                           or_unset(weir_detail_text((enum weir_detail)record->detail)),
                           weir_seed_tcp_anomaly(record) ? 1 : 0,
                           or_unset(weir_tunnel_text((enum weir_tunnel)record->tunnel)),
                           record->tunnel_id);
    if (record->statistics != NULL) {
        add_stacks(out, record->statistics, "", " ");
    }
    for (size_t i = 0; i < block->column_count; i++) {
        const struct weir_column *column = &block->columns[i];
        if (column->number < WEIR_COLUMN_UNLISTED) {
            weir_buffer_add_text(out, ",");
            if (record->statistics != NULL) {
                (void)add_number(out, column, (const uint8_t *)record->statistics + column->offset,
                                 NULL);
            }
        }
    }
    add_content_csv(out, record);
    add_last_csv(out, record);
    add_rates(out, record, false);
}
