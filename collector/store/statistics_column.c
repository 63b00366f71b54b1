/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/statistics_column.h"

#include <stddef.h>

#include "common/flow/flow_statistics.h"

#define KIND_COUNT(type)                                                                           \
    (sizeof(type) == 1   ? FLOW_COLUMN_U8_I2                                                       \
     : sizeof(type) == 2 ? FLOW_COLUMN_U16_I4                                                      \
     : sizeof(type) == 4 ? FLOW_COLUMN_U32_I8                                                      \
                         : FLOW_COLUMN_U64_I8)
#define KIND_OPTIONAL(type)                                                                        \
    (sizeof(type) == 4 ? FLOW_COLUMN_I32_I4_OPTIONAL : FLOW_COLUMN_I64_I8_OPTIONAL)
#define KIND_REAL(type)          FLOW_COLUMN_REAL
#define KIND_OPTIONAL_REAL(type) FLOW_COLUMN_REAL_OPTIONAL

#define STATISTIC(name, kind, field, size)                                                         \
    {                                                                                              \
        name, kind, FLOW_COLUMN_OF_STATISTICS, FLOW_COLUMN_ALWAYS,                                 \
            offsetof(struct weir_flow_statistics, field), size                                     \
    }
#define ORIG(member, type, kind, number, unit, source)                                             \
    STATISTIC("orig_" #member, KIND_##kind(type), orig.member, 0),
#define RESP(member, type, kind, number, unit, source)                                             \
    STATISTIC("resp_" #member, KIND_##kind(type), resp.member, 0),
#define CONNECTION(member, type, kind, number, unit, source)                                       \
    STATISTIC(#member, KIND_##kind(type), member, 0),
#define ONE(member, type, kind, number, unit, source) 0,

#define NAMING 4 /* columns that name the flow */
/* What models are shown: the tables' columns, and the first packets one by one. */
#define COUNT(table) sizeof((const char[]){table(ONE)})
#define VALUES       (2 * COUNT(WEIR_SIDE_STATISTICS) + COUNT(WEIR_CONNECTION_STATISTICS) + 2)

/* clang-format off */
static const struct flow_column columns[] = {
    {"ts", FLOW_COLUMN_TIME, FLOW_COLUMN_OF_RECORD, FLOW_COLUMN_ALWAYS,
     offsetof(struct weir_flow_record, start_us), 0},
    {"sensor_id", FLOW_COLUMN_U32_I4, FLOW_COLUMN_OF_IDENTITY, FLOW_COLUMN_ALWAYS,
     offsetof(struct stored_flow, sensor_id), 0},
    {"boot", FLOW_COLUMN_UUID, FLOW_COLUMN_OF_IDENTITY, FLOW_COLUMN_ALWAYS,
     offsetof(struct stored_flow, boot), 0},
    {"flow_id", FLOW_COLUMN_U64_I8, FLOW_COLUMN_OF_RECORD, FLOW_COLUMN_ALWAYS,
     offsetof(struct weir_flow_record, flow_id), 0},
    WEIR_SIDE_STATISTICS(ORIG)
    WEIR_SIDE_STATISTICS(RESP)
    WEIR_CONNECTION_STATISTICS(CONNECTION)
    STATISTIC("len_seq", FLOW_COLUMN_LENGTHS, orig, 0),
    STATISTIC("iat_seq", FLOW_COLUMN_GAPS, orig, 0),
    STATISTIC("header_stacks", FLOW_COLUMN_STACKS, orig, 0),
    STATISTIC("ja4t", FLOW_COLUMN_TEXT_OPTIONAL, ja4t, WEIR_JA4T_SIZE),
    STATISTIC("ja4ts", FLOW_COLUMN_TEXT_OPTIONAL, ja4ts, WEIR_JA4T_SIZE),
    STATISTIC("icmp_parent_community_id", FLOW_COLUMN_TEXT_OPTIONAL, icmp_parent_community_id,
              sizeof(((struct weir_flow_statistics *)NULL)->icmp_parent_community_id)),
};
/* clang-format on */

const struct flow_column_list statistics_column_list = {columns,
                                                        sizeof(columns) / sizeof(columns[0])};
const struct flow_column_list statistics_column_values = {columns + NAMING, VALUES};
