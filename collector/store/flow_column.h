/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_column: the columns of a table as a list, for writing and for reading back; that of
 * weir.flow is here, others have files of their own.
 *
 * Shape:   each column says where it lies in a stored_flow's identity, its record, its flow_row or
 *          its statistics, how it travels in COPY BINARY, and when it is null.
 */
#ifndef WEIR_COLLECTOR_STORE_FLOW_COLUMN_H
#define WEIR_COLLECTOR_STORE_FLOW_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#include "collector/store/connection.h"
#include "collector/store/stored_flow.h"

enum flow_column_base {        /* the struct its offset counts in */
    FLOW_COLUMN_OF_IDENTITY,   /* struct stored_flow: sensor_id, boot, sequence, stream */
    FLOW_COLUMN_OF_RECORD,     /* struct weir_flow_record */
    FLOW_COLUMN_OF_ROW,        /* struct flow_row */
    FLOW_COLUMN_OF_STATISTICS, /* struct weir_flow_statistics of the record */
    FLOW_COLUMN_BASES,
};

enum flow_column_kind {          /* type in C, type in SQL */
    FLOW_COLUMN_TIME,            /* int64_t microseconds, timestamptz */
    FLOW_COLUMN_U64_I8,          /* uint64_t or int64_t bit for bit, bigint */
    FLOW_COLUMN_U32_I8,          /* uint32_t, bigint */
    FLOW_COLUMN_U32_I4,          /* uint32_t bit for bit, integer */
    FLOW_COLUMN_U16_I4,          /* uint16_t, integer */
    FLOW_COLUMN_U16_I2,          /* uint16_t up to 32,767, smallint */
    FLOW_COLUMN_U8_I2,           /* uint8_t, smallint */
    FLOW_COLUMN_BOOLEAN,         /* bool, boolean */
    FLOW_COLUMN_REAL,            /* float, real */
    FLOW_COLUMN_INET,            /* struct weir_address, inet */
    FLOW_COLUMN_MAC,             /* uint8_t[6], macaddr */
    FLOW_COLUMN_UUID,            /* struct weir_boot_id, uuid */
    FLOW_COLUMN_TEXT,            /* char[size], text */
    FLOW_COLUMN_REASON,          /* enum flow_row_reason, text */
    FLOW_COLUMN_I64_I8_OPTIONAL, /* int64_t, bigint, null when WEIR_ABSENT; so the next two */
    FLOW_COLUMN_I32_I4_OPTIONAL, /* int32_t, integer */
    FLOW_COLUMN_REAL_OPTIONAL,   /* float, real */
    FLOW_COLUMN_TEXT_OPTIONAL,   /* char[size], text, null when empty */
    FLOW_COLUMN_LENGTHS,         /* struct weir_flow_statistics: len_seq, integer[] */
    FLOW_COLUMN_GAPS,            /* the same: iat_seq, bigint[], behind the lengths */
    FLOW_COLUMN_STACKS,          /* the same: header_stack, text[]; not read back */
    FLOW_COLUMN_PRESENT,         /* a pointer, boolean: it is not NULL; not read back */
};

enum flow_column_group { /* null unless ... */
    FLOW_COLUMN_ALWAYS,
    FLOW_COLUMN_ICMP,      /* the flow is ICMP or ICMPv6 */
    FLOW_COLUMN_FROZEN,    /* it has frozen counts */
    FLOW_COLUMN_REASONED,  /* it has a reason to have none */
    FLOW_COLUMN_IMMEDIATE, /* it has immediate counts */
    FLOW_COLUMN_SENSOR,    /* a sensor's model scored it */
    FLOW_COLUMN_FLEET,     /* the collector's model scored it */
    FLOW_COLUMN_ORIG_MAC,
    FLOW_COLUMN_RESP_MAC,
    FLOW_COLUMN_VLAN,
    FLOW_COLUMN_INNER_VLAN,
};

struct flow_column {
    const char *name;
    enum flow_column_kind kind;
    enum flow_column_base base;
    enum flow_column_group group;
    size_t offset;
    size_t size; /* TEXT: bytes of the array, NUL included */
};

struct flow_column_list {
    const struct flow_column *at;
    size_t count;
};

/* Of weir.flow, weir.flow_open and weir.flow_late. */
extern const struct flow_column_list flow_column_flow;

/* Bit (1 << group) is set for every group that this flow has. */
unsigned flow_column_groups(const struct weir_flow_record *record, const struct flow_row *row);

/* Appends "ts, end_ts, ..." with prefix ("f." or "") before each name. */
void flow_column_add_names(struct weir_buffer *buffer, const struct flow_column_list *columns,
                           const char *prefix);

/* Holds a table's columns in the catalogue against ours. WEIR_ESCHEMA names the first that is
 * missing, of another type, or wanted by the table and unknown here. */
WEIR_MUST_CHECK int flow_column_verify(struct connection *connection, const char *table,
                                       const struct flow_column_list *columns,
                                       struct weir_error *error);

#endif
