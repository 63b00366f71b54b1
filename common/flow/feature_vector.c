/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/base/check.h"

#include "common/flow/feature_schema.h"
#include "common/flow/flow_rates.h"
#include "common/flow/kdd_row.h"
#include "common/flow/model_statistics.h"
#include "common/flow/service.h"

#define BASIC_COUNT   22
#define CONTENT_FIRST 9 /* columns 10 to 22, what payload says */
#define RECORD_COUNT  6
#define DERIVED_COUNT 7

static float protocol_index(uint8_t proto)
{
    switch (proto) {
    case WEIR_PROTO_TCP:
        return 0.0F;
    case WEIR_PROTO_UDP:
        return 1.0F;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        return 2.0F;
    default:
        return -1.0F;
    }
}

/* OPEN, which no finished connection has, is -1: not a category. */
static float flag_index(uint8_t flag)
{
    return flag < WEIR_FLAG_COUNT ? (float)flag - 1.0F : -1.0F;
}

static float service_index(uint8_t service)
{
    return service < WEIR_SERVICE_COUNT ? (float)service : -1.0F;
}

static void fill_basic(const struct weir_flow_record *record, float *vector)
{
    const struct weir_kdd_content *c = &record->content;
    const float values[BASIC_COUNT] = {
        (float)weir_kdd_duration(record),
        protocol_index(record->proto),
        service_index(record->service),
        flag_index(record->flag),
        (float)weir_kdd_src_bytes(record),
        (float)weir_kdd_dst_bytes(record),
        record->land ? 1.0F : 0.0F,
        (float)c->wrong_fragment,
        (float)c->urgent,
        (float)c->hot,
        (float)c->num_failed_logins,
        (float)c->logged_in,
        (float)c->num_compromised,
        (float)c->root_shell,
        (float)c->su_attempted,
        (float)c->num_root,
        (float)c->num_file_creations,
        (float)c->num_shells,
        (float)c->num_access_files,
        0.0F, /* num_outbound_cmds is 0 in every row of the data */
        (float)c->is_host_login,
        (float)c->is_guest_login,
    };
    memcpy(vector, values, sizeof(values));
}

/* Of TCP alone columns 10 to 22 are more than 0 by definition. */
static bool is_unread(const struct weir_flow_record *record)
{
    return record->proto == WEIR_PROTO_TCP && record->detail >= WEIR_DETAIL_NO_INSPECTION;
}

/* What nobody looked at is no measured zero. The KDD schemas have no such value; theirs stay 0. */
static void mark_unread(float *vector)
{
    for (size_t i = CONTENT_FIRST; i < BASIC_COUNT; i++) {
        vector[i] = (float)WEIR_ABSENT;
    }
}

static void fill_record(const struct weir_flow_record *record, float *vector)
{
    const float values[RECORD_COUNT] = {
        (float)record->orig.packets,
        (float)record->resp.packets,
        (float)record->orig.ip_bytes,
        (float)record->resp.ip_bytes,
        (float)((double)record->duration_us / 1e6),
        (float)record->missed_bytes,
    };
    memcpy(vector, values, sizeof(values));
}

static void fill_derived(const struct weir_flow_record *record, float *vector)
{
    const struct weir_flow_rates rates = weir_flow_rates_of(record);
    const float values[DERIVED_COUNT] = {
        rates.orig_pkt_rate,
        rates.resp_pkt_rate,
        rates.orig_byte_rate,
        rates.resp_byte_rate,
        rates.pkt_asym,
        rates.byte_asym,
        weir_seed_tcp_anomaly(record) ? 1.0F : 0.0F,
    };
    memcpy(vector, values, sizeof(values));
}

#define TAKE(member, unit, source) *vector++ = (float)of->member;
#define TAKE_FIELD(member, type, kind, number, unit, source)                                       \
    WEIR_MODEL_FIELD(TAKE, member, unit, source)

static float *fill_side(const struct weir_side_statistics *of, float *vector)
{
    WEIR_SIDE_STATISTICS(TAKE_FIELD)
    return vector;
}

static float *fill_connection(const struct weir_flow_statistics *of, float *vector)
{
    WEIR_CONNECTION_STATISTICS(TAKE_FIELD)
    return vector;
}

/* The statistics' columns; there are `count`. */
static void fill_statistics(const struct weir_flow_statistics *statistics, size_t count,
                            float *vector)
{
    if (statistics == NULL) {
        for (size_t i = 0; i < count; i++) {
            vector[i] = (float)WEIR_ABSENT;
        }
        return;
    }
    float *at = fill_side(&statistics->orig, vector);
    at = fill_side(&statistics->resp, at);
    at = fill_connection(statistics, at);
    for (size_t i = 0; i < WEIR_SEQUENCE_MAX; i++) {
        const bool there = i < statistics->sequence_count;
        at[i] = there ? (float)statistics->len_seq[i] : 0.0F;
        at[WEIR_SEQUENCE_MAX + i] = there ? (float)statistics->iat_seq[i] : (float)WEIR_ABSENT;
    }
    weir_check((size_t)(at - vector) + 2 * WEIR_SEQUENCE_MAX == count);
}

void weir_feature_vector_fill(const struct weir_feature_schema *schema,
                              const struct weir_flow_record *record,
                              const struct weir_kdd_counts *counts, float *vector)
{
    static const struct weir_kdd_counts none = {0};
    const size_t kdd = BASIC_COUNT + WEIR_KDD_COUNT_FIELDS;
    const size_t measured = kdd + RECORD_COUNT + DERIVED_COUNT;
    weir_check(schema->count == kdd || schema->count == kdd + RECORD_COUNT ||
               schema->count > measured);
    fill_basic(record, vector);
    weir_kdd_columns(counts != NULL ? counts : &none, vector + BASIC_COUNT);
    if (schema->count > kdd) {
        fill_record(record, vector + kdd);
    }
    if (schema->count > measured) {
        if (is_unread(record)) {
            mark_unread(vector);
        }
        fill_derived(record, vector + kdd + RECORD_COUNT);
        fill_statistics(record->statistics, schema->count - measured, vector + measured);
    }
}
