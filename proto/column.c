/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/column.h"

#include "common/flow/flow_statistics.h"
#include "common/flow/l2_event.h"
#include "common/flow/marker.h"

#define LENGTH_OF(array)    (sizeof(array) / sizeof((array)[0]))
#define WIDTH(type, member) ((uint16_t)sizeof(((const type *)0)->member))

/* Fields 1 and 2 of a side are its first and last time: small when counted from the record's. */
#define FORM_COUNT(number)         WEIR_COLUMN_UINT
#define FORM_OPTIONAL(number)      WEIR_COLUMN_OPTIONAL
#define FORM_REAL(number)          WEIR_COLUMN_REAL
#define FORM_OPTIONAL_REAL(number) WEIR_COLUMN_OPTIONAL_REAL
#define SIDE_FORM(kind, number)                                                                    \
    ((number) == 1   ? WEIR_COLUMN_SINCE_START                                                     \
     : (number) == 2 ? WEIR_COLUMN_SINCE_END                                                       \
                     : FORM_##kind(number))

#define STATISTICS_COLUMN(text, member_, number_, form_)                                           \
    {                                                                                              \
        .name = (text), .number = (number_),                                                       \
        .offset = offsetof(struct weir_flow_statistics, member_),                                  \
        .width = WIDTH(struct weir_flow_statistics, member_), .form = (form_)                      \
    }
#define ORIG(member, type, kind, number, unit, source)                                             \
    STATISTICS_COLUMN("orig_" #member, orig.member, 300 + (number), SIDE_FORM(kind, number)),
#define RESP(member, type, kind, number, unit, source)                                             \
    STATISTICS_COLUMN("resp_" #member, resp.member, 400 + (number), SIDE_FORM(kind, number)),
#define CONNECTION(member, type, kind, number, unit, source)                                       \
    STATISTICS_COLUMN(#member, member, 500 + (number), FORM_##kind(number)),
#define RUN(text, member_, number_, form_)                                                         \
    {                                                                                              \
        .name = (text), .number = (number_),                                                       \
        .offset = offsetof(struct weir_flow_statistics, member_),                                  \
        .width = (uint16_t)sizeof(*((const struct weir_flow_statistics *)0)->member_),             \
        .count_offset = offsetof(struct weir_flow_statistics, sequence_count),                     \
        .count_max = WEIR_SEQUENCE_MAX, .form = (form_)                                            \
    }

/* 581 and above are what the tables do not list. */
static const struct weir_column statistics_columns[] = {
    WEIR_SIDE_STATISTICS(ORIG) WEIR_SIDE_STATISTICS(RESP) WEIR_CONNECTION_STATISTICS(CONNECTION)
        STATISTICS_COLUMN("sequence_count", sequence_count, 581, WEIR_COLUMN_UINT),
    RUN("len_seq", len_seq, 582, WEIR_COLUMN_RUN_INT),
    RUN("iat_seq", iat_seq, 583, WEIR_COLUMN_RUN_UINT),
    STATISTICS_COLUMN("stack_count", stack_count, 584, WEIR_COLUMN_UINT),
    STATISTICS_COLUMN("header_stack_1", header_stack[0], 585, WEIR_COLUMN_WORD),
    STATISTICS_COLUMN("header_stack_2", header_stack[1], 586, WEIR_COLUMN_WORD),
    STATISTICS_COLUMN("header_stack_3", header_stack[2], 587, WEIR_COLUMN_WORD),
    STATISTICS_COLUMN("header_stack_4", header_stack[3], 588, WEIR_COLUMN_WORD),
    STATISTICS_COLUMN("orig_ja4t", ja4t, 589, WEIR_COLUMN_TEXT),
    STATISTICS_COLUMN("resp_ja4t", ja4ts, 590, WEIR_COLUMN_TEXT),
    STATISTICS_COLUMN("icmp_parent_community_id", icmp_parent_community_id, 591, WEIR_COLUMN_TEXT),
};
#define STATISTICS_TEXTS 7

_Static_assert(WEIR_STACKS_MAX == 4, "a column for each header stack");

#define FORM_uint64_t WEIR_COLUMN_UINT
#define FORM_int64_t  WEIR_COLUMN_INT
#define MARKER(member_, type, number_)                                                             \
    {.name = #member_,                                                                             \
     .number = (number_),                                                                          \
     .offset = offsetof(struct weir_marker, member_),                                              \
     .width = sizeof(type),                                                                        \
     .form = FORM_##type},

static const struct weir_column marker_columns[] = {WEIR_MARKER_FIELDS(MARKER)};

#define EVENT(member_, number_, form_)                                                             \
    {                                                                                              \
        .name = #member_, .number = (number_), .offset = offsetof(struct weir_l2_event, member_),  \
        .width = WIDTH(struct weir_l2_event, member_), .form = (form_)                             \
    }

static const struct weir_column event_columns[] = {
    EVENT(rule, 1, WEIR_COLUMN_UINT),        EVENT(severity, 2, WEIR_COLUMN_UINT),
    EVENT(vlan, 3, WEIR_COLUMN_UINT),        EVENT(first_us, 4, WEIR_COLUMN_INT),
    EVENT(last_us, 5, WEIR_COLUMN_INT),      EVENT(count, 6, WEIR_COLUMN_UINT),
    EVENT(revision, 7, WEIR_COLUMN_UINT),    EVENT(address, 8, WEIR_COLUMN_ADDRESS),
    EVENT(asker, 9, WEIR_COLUMN_ADDRESS),    EVENT(mac, 10, WEIR_COLUMN_BYTES),
    EVENT(other_mac, 11, WEIR_COLUMN_BYTES),
};
#define EVENT_TEXTS 4

#define DETAIL_FORM_TEXT    WEIR_COLUMN_TEXT
#define DETAIL_FORM_COUNT   WEIR_COLUMN_UINT
#define DETAIL_FORM_NUMBER  WEIR_COLUMN_UINT
#define DETAIL_FORM_MEASURE WEIR_COLUMN_UINT
#define DETAIL_FORM_FLAG    WEIR_COLUMN_FLAG
#define DETAIL_FORM_ADDRESS WEIR_COLUMN_ADDRESS

#define DETAIL(kind, member_, bytes, number_, name_, privacy)                                      \
    {.name = (name_),                                                                              \
     .number = (number_),                                                                          \
     .offset = offsetof(HERE, member_),                                                            \
     .width = WIDTH(HERE, member_),                                                                \
     .form = DETAIL_FORM_##kind},
/* As many letters as there are texts. */
#define TEXTS_TEXT                                               "."
#define TEXTS_COUNT                                              ""
#define TEXTS_NUMBER                                             ""
#define TEXTS_MEASURE                                            ""
#define TEXTS_FLAG                                               ""
#define TEXTS_ADDRESS                                            "."
#define DETAIL_TEXTS(kind, member, bytes, number, name, privacy) TEXTS_##kind

#define HERE struct weir_dns_details
static const struct weir_column dns_columns[] = {WEIR_DNS_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_http_details
static const struct weir_column http_columns[] = {WEIR_HTTP_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_tls_details
static const struct weir_column tls_columns[] = {WEIR_TLS_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_ssh_details
static const struct weir_column ssh_columns[] = {WEIR_SSH_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_ftp_details
static const struct weir_column ftp_columns[] = {WEIR_FTP_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_smtp_details
static const struct weir_column smtp_columns[] = {WEIR_SMTP_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_mail_details
static const struct weir_column mail_columns[] = {WEIR_MAIL_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_login_details
static const struct weir_column login_columns[] = {WEIR_LOGIN_DETAILS(DETAIL)};
#undef HERE
#define HERE struct weir_dhcp_details
static const struct weir_column dhcp_columns[] = {WEIR_DHCP_DETAILS(DETAIL)};
#undef HERE

static const struct weir_block blocks[WEIR_BLOCK_COUNT] = {
    [WEIR_BLOCK_STATISTICS] = {.number = 1,
                               .row_size = sizeof(struct weir_flow_statistics),
                               .column_count = LENGTH_OF(statistics_columns),
                               .text_count = STATISTICS_TEXTS,
                               .columns = statistics_columns},
    [WEIR_BLOCK_MARKER] = {.number = 2,
                           .row_size = sizeof(struct weir_marker),
                           .column_count = LENGTH_OF(marker_columns),
                           .columns = marker_columns},
    [WEIR_BLOCK_L2_EVENT] = {.number = 3,
                             .row_size = sizeof(struct weir_l2_event),
                             .column_count = LENGTH_OF(event_columns),
                             .text_count = EVENT_TEXTS,
                             .columns = event_columns},
#define X(block, BLOCK, number_)                                                                   \
    [WEIR_BLOCK_DETAIL + WEIR_DETAIL_##                                                            \
        BLOCK] = {.number = (number_),                                                             \
                  .row_size = sizeof(struct weir_##block##_details),                               \
                  .column_count = LENGTH_OF(block##_columns),                                      \
                  .text_count = sizeof("" WEIR_##BLOCK##_DETAILS(DETAIL_TEXTS)) - 1,               \
                  .columns = block##_columns},
    WEIR_DETAIL_BLOCKS(X)
#undef X
};

const struct weir_block *weir_block_table(void)
{
    return blocks;
}
