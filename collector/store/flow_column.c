/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/flow_column.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN(where, name, kind, holder, field, group, size)                                      \
    {                                                                                              \
        name, FLOW_COLUMN_##kind, FLOW_COLUMN_OF_##where, FLOW_COLUMN_##group,                     \
            offsetof(holder, field), size                                                          \
    }
#define RECORD(name, kind, field, group)                                                           \
    COLUMN(RECORD, name, kind, struct weir_flow_record, field, group, 0)
#define RECORD_TEXT(name, field)                                                                   \
    COLUMN(RECORD, name, TEXT_OPTIONAL, struct weir_flow_record, field, ALWAYS,                    \
           sizeof(((struct weir_flow_record *)NULL)->field))
#define ROW(name, kind, field, group) COLUMN(ROW, name, kind, struct flow_row, field, group, 0)
#define IDENTITY(name, kind, field)                                                                \
    COLUMN(IDENTITY, name, kind, struct stored_flow, field, ALWAYS, 0)
#define IDENTITY_TEXT(name, field)                                                                 \
    COLUMN(IDENTITY, name, TEXT, struct stored_flow, field, ALWAYS,                                \
           sizeof(((struct stored_flow *)NULL)->field))

/* clang-format off */
static const struct flow_column columns_of_flow[] = {
    RECORD("ts", TIME, start_us, ALWAYS),
    RECORD("end_ts", TIME, end_us, ALWAYS),
    ROW("order_ts", TIME, order_us, ALWAYS),
    RECORD("duration_us", U64_I8, duration_us, ALWAYS),
    RECORD("flow_id", U64_I8, flow_id, ALWAYS),
    RECORD("record_no", U64_I8, record_no, ALWAYS),
    IDENTITY("sequence", U64_I8, sequence),
    RECORD("conn_tag", U64_I8, conn_tag, ALWAYS),
    RECORD("orig_bytes", U64_I8, orig.bytes, ALWAYS),
    RECORD("resp_bytes", U64_I8, resp.bytes, ALWAYS),
    RECORD("orig_pkts", U64_I8, orig.packets, ALWAYS),
    RECORD("resp_pkts", U64_I8, resp.packets, ALWAYS),
    RECORD("orig_ip_bytes", U64_I8, orig.ip_bytes, ALWAYS),
    RECORD("resp_ip_bytes", U64_I8, resp.ip_bytes, ALWAYS),
    RECORD("missed_bytes", U64_I8, missed_bytes, ALWAYS),
    RECORD("flow_status", U64_I8, flow_status, ALWAYS),
    IDENTITY("sensor_id", U32_I4, sensor_id),
    RECORD("orig_p", U16_I4, orig.port, ALWAYS),
    RECORD("resp_p", U16_I4, resp.port, ALWAYS),
    RECORD("tcp_anomaly", U32_I4, tcp_anomaly, ALWAYS),
    RECORD("vlan", U16_I4, vlan[0], VLAN),
    RECORD("inner_vlan", U16_I4, vlan[1], INNER_VLAN),
    RECORD("record_type", U8_I2, record_type, ALWAYS),
    RECORD("proto", U8_I2, proto, ALWAYS),
    RECORD("ip_version", U8_I2, ip_version, ALWAYS),
    RECORD("conn_state", U8_I2, conn_state, ALWAYS),
    RECORD("flag", U8_I2, flag, ALWAYS),
    RECORD("early_flag", U8_I2, early_flag, ALWAYS),
    RECORD("end_reason", U8_I2, end_reason, ALWAYS),
    RECORD("service", U8_I2, service, ALWAYS),
    RECORD("has_vector", BOOLEAN, has_vector, ALWAYS),
    RECORD("land", BOOLEAN, land, ALWAYS),
    RECORD("content_truncated", BOOLEAN, content_truncated, ALWAYS),
    RECORD("encrypted_guess", BOOLEAN, encrypted_guess, ALWAYS),
    RECORD("app", U8_I2, app, ALWAYS),
    RECORD("detail", U8_I2, detail, ALWAYS),
    RECORD("measured", PRESENT, statistics, ALWAYS),
    RECORD("tunnel", U8_I2, tunnel, ALWAYS),
    RECORD("tunnel_id", U32_I8, tunnel_id, ALWAYS),
    IDENTITY("boot", UUID, boot),
    RECORD("orig_h", INET, orig.address, ALWAYS),
    RECORD("resp_h", INET, resp.address, ALWAYS),
    RECORD("orig_l2", MAC, orig.mac, ORIG_MAC),
    RECORD("resp_l2", MAC, resp.mac, RESP_MAC),
    RECORD_TEXT("community_id", community_id),
    RECORD_TEXT("history", history),
    IDENTITY_TEXT("stream", stream),
    RECORD("icmp_orig_messages", U64_I8, icmp_orig.messages, ICMP),
    RECORD("icmp_orig_bytes", U64_I8, icmp_orig.bytes, ICMP),
    RECORD("icmp_orig_first", TIME, icmp_orig.first_us, ICMP),
    RECORD("icmp_orig_last", TIME, icmp_orig.last_us, ICMP),
    RECORD("icmp_orig_type", U8_I2, icmp_orig.type, ICMP),
    RECORD("icmp_orig_code", U8_I2, icmp_orig.code, ICMP),
    RECORD("icmp_resp_messages", U64_I8, icmp_resp.messages, ICMP),
    RECORD("icmp_resp_bytes", U64_I8, icmp_resp.bytes, ICMP),
    RECORD("icmp_resp_first", TIME, icmp_resp.first_us, ICMP),
    RECORD("icmp_resp_last", TIME, icmp_resp.last_us, ICMP),
    RECORD("icmp_resp_type", U8_I2, icmp_resp.type, ICMP),
    RECORD("icmp_resp_code", U8_I2, icmp_resp.code, ICMP),
    RECORD("wrong_fragment", U8_I2, content.wrong_fragment, ALWAYS),
    RECORD("urgent", U16_I4, content.urgent, ALWAYS),
    RECORD("hot", U16_I4, content.hot, ALWAYS),
    RECORD("num_failed_logins", U8_I2, content.num_failed_logins, ALWAYS),
    RECORD("logged_in", U8_I2, content.logged_in, ALWAYS),
    RECORD("num_compromised", U32_I8, content.num_compromised, ALWAYS),
    RECORD("root_shell", U8_I2, content.root_shell, ALWAYS),
    RECORD("su_attempted", U8_I2, content.su_attempted, ALWAYS),
    RECORD("num_root", U32_I8, content.num_root, ALWAYS),
    RECORD("num_file_creations", U16_I4, content.num_file_creations, ALWAYS),
    RECORD("num_shells", U8_I2, content.num_shells, ALWAYS),
    RECORD("num_access_files", U16_I4, content.num_access_files, ALWAYS),
    RECORD("is_host_login", U8_I2, content.is_host_login, ALWAYS),
    RECORD("is_guest_login", U8_I2, content.is_guest_login, ALWAYS),
    ROW("reason", REASON, reason, REASONED),
    ROW("count", U16_I2, frozen.count, FROZEN),
    ROW("srv_count", U16_I2, frozen.srv_count, FROZEN),
    ROW("serror", U16_I2, frozen.serror, FROZEN),
    ROW("srv_serror", U16_I2, frozen.srv_serror, FROZEN),
    ROW("rerror", U16_I2, frozen.rerror, FROZEN),
    ROW("srv_rerror", U16_I2, frozen.srv_rerror, FROZEN),
    ROW("same_srv", U16_I2, frozen.same_srv, FROZEN),
    ROW("diff_srv", U16_I2, frozen.diff_srv, FROZEN),
    ROW("srv_diff_host", U16_I2, frozen.srv_diff_host, FROZEN),
    ROW("dst_host_count", U16_I2, frozen.dst_host_count, FROZEN),
    ROW("dst_host_srv_count", U16_I2, frozen.dst_host_srv_count, FROZEN),
    ROW("dst_host_same_srv", U16_I2, frozen.dst_host_same_srv, FROZEN),
    ROW("dst_host_diff_srv", U16_I2, frozen.dst_host_diff_srv, FROZEN),
    ROW("dst_host_same_src_port", U16_I2, frozen.dst_host_same_src_port, FROZEN),
    ROW("dst_host_srv_diff_host", U16_I2, frozen.dst_host_srv_diff_host, FROZEN),
    ROW("dst_host_serror", U16_I2, frozen.dst_host_serror, FROZEN),
    ROW("dst_host_rerror", U16_I2, frozen.dst_host_rerror, FROZEN),
    ROW("dst_host_srv_serror", U16_I2, frozen.dst_host_srv_serror, FROZEN),
    ROW("dst_host_srv_rerror", U16_I2, frozen.dst_host_srv_rerror, FROZEN),
    RECORD("imm_count", U16_I2, immediate.count, IMMEDIATE),
    RECORD("imm_srv_count", U16_I2, immediate.srv_count, IMMEDIATE),
    RECORD("imm_serror", U16_I2, immediate.serror, IMMEDIATE),
    RECORD("imm_srv_serror", U16_I2, immediate.srv_serror, IMMEDIATE),
    RECORD("imm_rerror", U16_I2, immediate.rerror, IMMEDIATE),
    RECORD("imm_srv_rerror", U16_I2, immediate.srv_rerror, IMMEDIATE),
    RECORD("imm_same_srv", U16_I2, immediate.same_srv, IMMEDIATE),
    RECORD("imm_diff_srv", U16_I2, immediate.diff_srv, IMMEDIATE),
    RECORD("imm_srv_diff_host", U16_I2, immediate.srv_diff_host, IMMEDIATE),
    RECORD("imm_dst_host_count", U16_I2, immediate.dst_host_count, IMMEDIATE),
    RECORD("imm_dst_host_srv_count", U16_I2, immediate.dst_host_srv_count, IMMEDIATE),
    RECORD("imm_dst_host_same_srv", U16_I2, immediate.dst_host_same_srv, IMMEDIATE),
    RECORD("imm_dst_host_diff_srv", U16_I2, immediate.dst_host_diff_srv, IMMEDIATE),
    RECORD("imm_dst_host_same_src_port", U16_I2, immediate.dst_host_same_src_port, IMMEDIATE),
    RECORD("imm_dst_host_srv_diff_host", U16_I2, immediate.dst_host_srv_diff_host, IMMEDIATE),
    RECORD("imm_dst_host_serror", U16_I2, immediate.dst_host_serror, IMMEDIATE),
    RECORD("imm_dst_host_rerror", U16_I2, immediate.dst_host_rerror, IMMEDIATE),
    RECORD("imm_dst_host_srv_serror", U16_I2, immediate.dst_host_srv_serror, IMMEDIATE),
    RECORD("imm_dst_host_srv_rerror", U16_I2, immediate.dst_host_srv_rerror, IMMEDIATE),
    RECORD("sensor_model", U64_I8, verdict.model_version, SENSOR),
    RECORD("sensor_score", REAL, verdict.score, SENSOR),
    RECORD("sensor_flagged", BOOLEAN, verdict.flagged, SENSOR),
    ROW("fleet_model", U64_I8, fleet.model_version, FLEET),
    ROW("fleet_score", REAL, fleet.score, FLEET),
    ROW("fleet_flagged", BOOLEAN, fleet.flagged, FLEET),
};
/* clang-format on */
const struct flow_column_list flow_column_flow = {columns_of_flow, sizeof(columns_of_flow) /
                                                                       sizeof(columns_of_flow[0])};

/* Index is enum flow_column_kind; the words of format_type(). */
static const char *const type_names[] = {
    "timestamp with time zone",
    "bigint",
    "bigint",
    "integer",
    "integer",
    "smallint",
    "smallint",
    "boolean",
    "real",
    "inet",
    "macaddr",
    "uuid",
    "text",
    "text",
    "bigint",
    "integer",
    "real",
    "text",
    "integer[]",
    "bigint[]",
    "text[]",
    "boolean",
};
_Static_assert(sizeof(type_names) / sizeof(type_names[0]) == FLOW_COLUMN_PRESENT + 1,
               "one SQL type per kind");

unsigned flow_column_groups(const struct weir_flow_record *record, const struct flow_row *row)
{
    static const uint8_t no_mac[6];
    const bool icmp = record->proto == WEIR_PROTO_ICMP || record->proto == WEIR_PROTO_ICMPV6;
    const struct {
        enum flow_column_group group;
        bool present;
    } facts[] = {
        {FLOW_COLUMN_ALWAYS, true},
        {FLOW_COLUMN_ICMP, icmp},
        {FLOW_COLUMN_FROZEN, row->reason == FLOW_ROW_COMPLETE && row->frozen.count != 0},
        {FLOW_COLUMN_REASONED, row->reason != FLOW_ROW_COMPLETE},
        {FLOW_COLUMN_IMMEDIATE, record->immediate.count != 0},
        {FLOW_COLUMN_SENSOR, record->verdict.model_version != 0},
        {FLOW_COLUMN_FLEET, row->fleet.model_version != 0},
        {FLOW_COLUMN_ORIG_MAC, memcmp(record->orig.mac, no_mac, sizeof(no_mac)) != 0},
        {FLOW_COLUMN_RESP_MAC, memcmp(record->resp.mac, no_mac, sizeof(no_mac)) != 0},
        {FLOW_COLUMN_VLAN, record->vlan_count > 0},
        {FLOW_COLUMN_INNER_VLAN, record->vlan_count > 1},
    };
    unsigned groups = 0;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        groups |= facts[i].present ? 1U << facts[i].group : 0U;
    }
    return groups;
}

void flow_column_add_names(struct weir_buffer *buffer, const struct flow_column_list *columns,
                           const char *prefix)
{
    for (size_t i = 0; i < columns->count; i++) {
        weir_buffer_add_format(buffer, "%s%s%s", i == 0 ? "" : ", ", prefix, columns->at[i].name);
    }
}

static const struct flow_column *find_column(const struct flow_column_list *columns,
                                             const char *name)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->at[i].name, name) == 0) {
            return &columns->at[i];
        }
    }
    return NULL;
}

/* rows: name, type, "t" when a value must be given. */
static int verify_rows(const char *table, const struct flow_column_list *columns,
                       const PGresult *rows, struct weir_error *error)
{
    size_t known = 0;
    for (int row = 0; row < PQntuples(rows); row++) {
        const char *name = PQgetvalue(rows, row, 0);
        const char *type = PQgetvalue(rows, row, 1);
        const struct flow_column *column = find_column(columns, name);
        if (column == NULL) {
            if (PQgetvalue(rows, row, 2)[0] == 't') {
                return weir_fail(error, WEIR_ESCHEMA,
                                 "weir.%s.%s wants a value this program does not know; the "
                                 "database is newer than the program",
                                 table, name);
            }
            continue;
        }
        known++;
        if (strcmp(type, type_names[column->kind]) != 0) {
            return weir_fail(error, WEIR_ESCHEMA,
                             "weir.%s.%s is %s, this program writes %s; run weirctl db migrate, or "
                             "the program that belongs to this database",
                             table, name, type, type_names[column->kind]);
        }
    }
    return known == columns->count ? WEIR_OK : WEIR_ENOENT;
}

static int name_missing(const char *table, const struct flow_column_list *columns,
                        const PGresult *rows, struct weir_error *error)
{
    for (size_t i = 0; i < columns->count; i++) {
        bool found = false;
        for (int row = 0; row < PQntuples(rows) && !found; row++) {
            found = strcmp(PQgetvalue(rows, row, 0), columns->at[i].name) == 0;
        }
        if (!found) {
            return weir_fail(error, WEIR_ESCHEMA,
                             "weir.%s has no column %s; run weirctl db migrate", table,
                             columns->at[i].name);
        }
    }
    return WEIR_OK;
}

int flow_column_verify(struct connection *connection, const char *table,
                       const struct flow_column_list *columns, struct weir_error *error)
{
    const char *const values[] = {table};
    PGresult *rows = NULL;
    int err = connection_query(
        connection,
        "SELECT a.attname, format_type(a.atttypid, NULL), a.attnotnull AND NOT a.atthasdef "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'weir' AND c.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped",
        values, 1, &rows, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = verify_rows(table, columns, rows, error);
    if (err == WEIR_ENOENT) {
        err = name_missing(table, columns, rows, error);
    }
    PQclear(rows);
    return err;
}
