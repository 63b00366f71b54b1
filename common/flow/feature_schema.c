/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/feature_schema.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/hash.h"

#include "common/flow/conn_state.h"
#include "common/flow/model_statistics.h"
#include "common/flow/service.h"

static const char *protocol_category(size_t i)
{
    static const char *const texts[] = {"tcp", "udp", "icmp"};
    return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : NULL;
}

static const char *service_category(size_t i)
{
    return i < WEIR_SERVICE_COUNT ? weir_service_text((uint8_t)i) : NULL;
}

/* A finished connection is never OPEN, so the categories begin after it. */
static const char *flag_category(size_t i)
{
    return i + 1 < WEIR_FLAG_COUNT ? weir_flag_text((enum weir_flag)(i + 1)) : NULL;
}

#define NUMBER(name, unit, source)                                                                 \
    {                                                                                              \
        name, WEIR_FEATURE_NUMBER, unit, NULL, source                                              \
    }
#define CATEGORY(name, category, source)                                                           \
    {                                                                                              \
        name, WEIR_FEATURE_CATEGORY, "", category, source                                          \
    }

/* Columns 1 to 22; weir_feature_vector_fill writes them in this order. */
#define BASIC_COLUMNS                                                                              \
    NUMBER("duration", "s", "1.3"), CATEGORY("protocol_type", protocol_category, "1.2"),           \
        CATEGORY("service", service_category, "1.6"), CATEGORY("flag", flag_category, "1.5"),      \
        NUMBER("src_bytes", "byte", "1.4"), NUMBER("dst_bytes", "byte", "1.4"),                    \
        NUMBER("land", "0/1", "1.7"), NUMBER("wrong_fragment", "fragment", "1.7"),                 \
        NUMBER("urgent", "segment", "1.7"), NUMBER("hot", "event", "1.8"),                         \
        NUMBER("num_failed_logins", "event", "1.8"), NUMBER("logged_in", "0/1", "1.8"),            \
        NUMBER("num_compromised", "event", "1.8"), NUMBER("root_shell", "0/1", "1.8"),             \
        NUMBER("su_attempted", "0/1/2", "1.8"), NUMBER("num_root", "line", "1.8"),                 \
        NUMBER("num_file_creations", "event", "1.8"), NUMBER("num_shells", "event", "1.8"),        \
        NUMBER("num_access_files", "event", "1.8"), NUMBER("num_outbound_cmds", "command", "1.8"), \
        NUMBER("is_host_login", "0/1", "1.8"), NUMBER("is_guest_login", "0/1", "1.8")

/* Columns 23 to 41, in the order of weir_kdd_columns. The sensor's immediate windows see one site
 * and open connections, so they have names of their own: `prefix` keeps the two apart. */
#define TRAFFIC_COLUMNS(prefix)                                                                    \
    NUMBER(prefix "count", "connection", "1.9.3"),                                                 \
        NUMBER(prefix "srv_count", "connection", "1.9.3"),                                         \
        NUMBER(prefix "serror_rate", "ratio", "1.9.3"),                                            \
        NUMBER(prefix "srv_serror_rate", "ratio", "1.9.3"),                                        \
        NUMBER(prefix "rerror_rate", "ratio", "1.9.3"),                                            \
        NUMBER(prefix "srv_rerror_rate", "ratio", "1.9.3"),                                        \
        NUMBER(prefix "same_srv_rate", "ratio", "1.9.3"),                                          \
        NUMBER(prefix "diff_srv_rate", "ratio", "1.9.3"),                                          \
        NUMBER(prefix "srv_diff_host_rate", "ratio", "1.9.3"),                                     \
        NUMBER(prefix "dst_host_count", "connection", "1.9.4"),                                    \
        NUMBER(prefix "dst_host_srv_count", "connection", "1.9.4"),                                \
        NUMBER(prefix "dst_host_same_srv_rate", "ratio", "1.9.4"),                                 \
        NUMBER(prefix "dst_host_diff_srv_rate", "ratio", "1.9.4"),                                 \
        NUMBER(prefix "dst_host_same_src_port_rate", "ratio", "1.9.4"),                            \
        NUMBER(prefix "dst_host_srv_diff_host_rate", "ratio", "1.9.4"),                            \
        NUMBER(prefix "dst_host_serror_rate", "ratio", "1.9.4"),                                   \
        NUMBER(prefix "dst_host_srv_serror_rate", "ratio", "1.9.4"),                               \
        NUMBER(prefix "dst_host_rerror_rate", "ratio", "1.9.4"),                                   \
        NUMBER(prefix "dst_host_srv_rerror_rate", "ratio", "1.9.4")

/* What the record says beside the KDD vector: no address, no ephemeral port, nothing by which a
 * model could learn who rather than what. */
#define RECORD_COLUMNS                                                                             \
    NUMBER("orig_pkts", "packet", "6.2"), NUMBER("resp_pkts", "packet", "6.2"),                    \
        NUMBER("orig_ip_bytes", "byte", "6.2"), NUMBER("resp_ip_bytes", "byte", "6.2"),            \
        NUMBER("duration_s", "s", "6.2 duration_us"), NUMBER("missed_bytes", "byte", "6.2")

/* Derived from counters that every record has. */
#define DERIVED_COLUMNS                                                                            \
    NUMBER("orig_pkt_rate", "packet/s", "3.5"), NUMBER("resp_pkt_rate", "packet/s", "3.5"),        \
        NUMBER("orig_byte_rate", "byte/s", "3.5"), NUMBER("resp_byte_rate", "byte/s", "3.5"),      \
        NUMBER("pkt_asym", "ratio", "3.5"), NUMBER("byte_asym", "ratio", "3.5"),                   \
        NUMBER("seed_tcp_anomaly", "0/1", "3.1")

/* What was measured packet by packet, from the tables of flow_statistics.h. */
#define ORIG(member, unit, source) NUMBER("orig_" #member, unit, source),
#define RESP(member, unit, source) NUMBER("resp_" #member, unit, source),
#define CONN(member, unit, source) NUMBER(#member, unit, source),

#define ORIG_FIELD(member, type, kind, number, unit, source)                                       \
    WEIR_MODEL_FIELD(ORIG, member, unit, source)
#define RESP_FIELD(member, type, kind, number, unit, source)                                       \
    WEIR_MODEL_FIELD(RESP, member, unit, source)
#define CONN_FIELD(member, type, kind, number, unit, source)                                       \
    WEIR_MODEL_FIELD(CONN, member, unit, source)

#define LENGTH(at) NUMBER("len_seq_" #at, "byte", "3.5"),
#define TIME(at)   NUMBER("iat_seq_" #at, "us", "3.5"),

/* clang-format off */
#define STATISTICS_COLUMNS                                                                         \
    WEIR_SIDE_STATISTICS(ORIG_FIELD)                                                               \
    WEIR_SIDE_STATISTICS(RESP_FIELD)                                                               \
    WEIR_CONNECTION_STATISTICS(CONN_FIELD)                                                         \
    WEIR_MODEL_SEQUENCE(LENGTH)                                                                    \
    WEIR_MODEL_SEQUENCE(TIME)
/* clang-format on */

static const struct weir_feature kdd41_columns[] = {BASIC_COLUMNS, TRAFFIC_COLUMNS("")};
static const struct weir_feature sensor_columns[] = {BASIC_COLUMNS, TRAFFIC_COLUMNS("immediate_"),
                                                     RECORD_COLUMNS, DERIVED_COLUMNS,
                                                     STATISTICS_COLUMNS};
static const struct weir_feature fleet_columns[] = {BASIC_COLUMNS, TRAFFIC_COLUMNS(""),
                                                    RECORD_COLUMNS};

_Static_assert(sizeof(kdd41_columns) / sizeof(kdd41_columns[0]) == 41, "NSL-KDD has 41 columns");
_Static_assert(sizeof(fleet_columns) / sizeof(fleet_columns[0]) <= WEIR_FEATURES_MAX &&
                   sizeof(sensor_columns) / sizeof(sensor_columns[0]) <= WEIR_FEATURES_MAX,
               "callers hold vectors of WEIR_FEATURES_MAX");

static const struct weir_feature_schema schemas[] = {
    {"kdd41", kdd41_columns, sizeof(kdd41_columns) / sizeof(kdd41_columns[0])},
    {"sensor", sensor_columns, sizeof(sensor_columns) / sizeof(sensor_columns[0])},
    {"fleet", fleet_columns, sizeof(fleet_columns) / sizeof(fleet_columns[0])},
};

#define HASHED_MAX (16 * 1024) /* all texts of a schema with their separators */

struct hashed {
    char text[HASHED_MAX];
    size_t size;
};

/* With its NUL, so that no two lists of texts give the same bytes. */
static void append(struct hashed *hashed, const char *text)
{
    const size_t size = strlen(text) + 1;
    weir_check(size <= HASHED_MAX - hashed->size);
    memcpy(hashed->text + hashed->size, text, size);
    hashed->size += size;
}

const struct weir_feature_schema *weir_feature_schema_find(const char *name)
{
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        if (strcmp(schemas[i].name, name) == 0) {
            return &schemas[i];
        }
    }
    return NULL;
}

uint64_t weir_feature_schema_hash(const struct weir_feature_schema *schema)
{
    struct hashed hashed = {.size = 0};
    for (size_t i = 0; i < schema->count; i++) {
        const struct weir_feature *feature = &schema->columns[i];
        append(&hashed, feature->name);
        append(&hashed, feature->kind == WEIR_FEATURE_CATEGORY ? "category" : "number");
        for (size_t j = 0; j < weir_feature_categories(feature); j++) {
            append(&hashed, feature->category(j));
        }
        append(&hashed, "");
    }
    return weir_hash(hashed.text, hashed.size);
}

size_t weir_feature_categories(const struct weir_feature *feature)
{
    size_t count = 0;
    while (feature->category != NULL && feature->category(count) != NULL) {
        count++;
    }
    return count;
}

int weir_feature_schema_index(const struct weir_feature_schema *schema, const char *name)
{
    const char *wanted = strcmp(name, "is_hot_login") == 0 ? "is_host_login" : name;
    for (size_t i = 0; i < schema->count; i++) {
        if (strcmp(schema->columns[i].name, wanted) == 0) {
            return (int)i;
        }
    }
    return -1;
}
