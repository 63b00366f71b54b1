/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_row.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/base/check.h"

#include "common/flow/service.h"

#define US_PER_S INT64_C(1000000)

static bool is_icmp(const struct weir_flow_record *record)
{
    return record->proto == WEIR_PROTO_ICMP || record->proto == WEIR_PROTO_ICMPV6;
}

uint32_t weir_kdd_duration(const struct weir_flow_record *record)
{
    if (is_icmp(record)) {
        return 0;
    }
    switch (record->flag) {
    case WEIR_FLAG_OPEN:
    case WEIR_FLAG_S0:
    case WEIR_FLAG_S1:
    case WEIR_FLAG_SH:
    case WEIR_FLAG_OTH:
        return 0;
    default:
        break;
    }
    const int64_t seconds = record->duration_us / US_PER_S;
    return seconds < (int64_t)UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

const char *weir_kdd_protocol(const struct weir_flow_record *record)
{
    switch (record->proto) {
    case WEIR_PROTO_TCP:
        return "tcp";
    case WEIR_PROTO_UDP:
        return "udp";
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        return "icmp";
    default:
        return "other";
    }
}

uint64_t weir_kdd_src_bytes(const struct weir_flow_record *record)
{
    if (!is_icmp(record)) {
        return record->orig.bytes;
    }
    const struct weir_icmp_side *side = &record->icmp_orig;
    return side->messages > 0 ? side->bytes / side->messages : 0;
}

uint64_t weir_kdd_dst_bytes(const struct weir_flow_record *record)
{
    return is_icmp(record) ? 0 : record->resp.bytes;
}

static const char *text_or_other(const char *text, const char *other)
{
    return text != NULL ? text : other;
}

/* Columns 1 to 22. */
static int format_basic(const struct weir_flow_record *r, char *row, size_t size)
{
    const struct weir_kdd_content *c = &r->content;
    return snprintf(row, size,
                    "%" PRIu32 ",%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%d,%d,%d,%d,%d,%d,%" PRIu32
                    ",%d,%d,%" PRIu32 ",%d,%d,%d,0,%d,%d",
                    weir_kdd_duration(r), weir_kdd_protocol(r),
                    text_or_other(weir_service_text(r->service), "other"),
                    text_or_other(weir_flag_text((enum weir_flag)r->flag), "OTH"),
                    weir_kdd_src_bytes(r), weir_kdd_dst_bytes(r), r->land ? 1 : 0,
                    c->wrong_fragment, c->urgent, c->hot, c->num_failed_logins, c->logged_in,
                    c->num_compromised, c->root_shell, c->su_attempted, c->num_root,
                    c->num_file_creations, c->num_shells, c->num_access_files, c->is_host_login,
                    c->is_guest_login);
}

/* Columns 23 to 41. */
static int format_traffic(const struct weir_kdd_counts *counts, char *row, size_t size)
{
    float f[WEIR_KDD_COUNT_FIELDS];
    weir_kdd_columns(counts, f);
    return snprintf(row, size,
                    ",%d,%d,%.2f,%.2f,%.2f,%.2f,%.2f,%.2f,%.2f,%d,%d,%.2f,%.2f,%.2f,%.2f,%.2f,"
                    "%.2f,%.2f,%.2f",
                    counts->count, counts->srv_count, (double)f[2], (double)f[3], (double)f[4],
                    (double)f[5], (double)f[6], (double)f[7], (double)f[8], counts->dst_host_count,
                    counts->dst_host_srv_count, (double)f[11], (double)f[12], (double)f[13],
                    (double)f[14], (double)f[15], (double)f[16], (double)f[17], (double)f[18]);
}

size_t weir_kdd_row_format(const struct weir_flow_record *record,
                           const struct weir_kdd_counts *counts, char row[WEIR_KDD_ROW_SIZE])
{
    const int basic = format_basic(record, row, WEIR_KDD_ROW_SIZE);
    weir_check(basic > 0 && basic < WEIR_KDD_ROW_SIZE);
    const size_t at = (size_t)basic;
    const int traffic = format_traffic(counts, row + at, WEIR_KDD_ROW_SIZE - at);
    weir_check(traffic > 0 && (size_t)traffic < WEIR_KDD_ROW_SIZE - at);
    return at + (size_t)traffic;
}
