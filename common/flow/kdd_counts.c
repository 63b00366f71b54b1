/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_counts.h"

#include <stddef.h>
#include <string.h>

#define CONNS_MAX      511 /* domains of specification 1.1 */
#define HOST_CONNS_MAX 255

/* A f32 quotient has 24 significant bits, so times 100 it is exact in a double, and printf's answer
 * is that product rounded to whole cents, halves to even. cents / 100 in f32 is the float nearest
 * to the decimal, which is what parsing gives. The unit test compares all pairs up to 511 with
 * printf. */
float weir_kdd_rate(uint16_t numerator, uint16_t denominator)
{
    const float quotient = (float)numerator / (float)denominator;
    const double exact = (double)quotient * 100.0;
    uint32_t cents = (uint32_t)exact;
    const double rest = exact - (double)cents;
    if (rest > 0.5 || (rest >= 0.5 && (cents & 1) != 0)) {
        cents++;
    }
    return (float)cents / 100.0F;
}

void weir_kdd_columns(const struct weir_kdd_counts *counts, float columns[WEIR_KDD_COUNT_FIELDS])
{
    const struct weir_kdd_counts *c = counts;
    if (c->count == 0) {
        memset(columns, 0, WEIR_KDD_COUNT_FIELDS * sizeof(columns[0]));
        return;
    }
    const float values[WEIR_KDD_COUNT_FIELDS] = {
        (float)c->count,
        (float)c->srv_count,
        weir_kdd_rate(c->serror, c->count),
        weir_kdd_rate(c->srv_serror, c->srv_count),
        weir_kdd_rate(c->rerror, c->count),
        weir_kdd_rate(c->srv_rerror, c->srv_count),
        weir_kdd_rate(c->same_srv, c->count),
        weir_kdd_rate(c->diff_srv, c->count),
        weir_kdd_rate(c->srv_diff_host, c->srv_count),
        (float)c->dst_host_count,
        (float)c->dst_host_srv_count,
        weir_kdd_rate(c->dst_host_same_srv, c->dst_host_count),
        weir_kdd_rate(c->dst_host_diff_srv, c->dst_host_count),
        weir_kdd_rate(c->dst_host_same_src_port, c->dst_host_count),
        weir_kdd_rate(c->dst_host_srv_diff_host, c->dst_host_srv_count),
        weir_kdd_rate(c->dst_host_serror, c->dst_host_count),
        weir_kdd_rate(c->dst_host_srv_serror, c->dst_host_srv_count),
        weir_kdd_rate(c->dst_host_rerror, c->dst_host_count),
        weir_kdd_rate(c->dst_host_srv_rerror, c->dst_host_srv_count),
    };
    memcpy(columns, values, sizeof(values));
}

static bool all_zero(const struct weir_kdd_counts *counts)
{
    static const struct weir_kdd_counts zero = {0};
    return memcmp(counts, &zero, sizeof(zero)) == 0;
}

/* A number of distinct values: 0 for one, else 2 .. of. */
static bool valid_distinct(uint16_t count, uint16_t of)
{
    return count != 1 && count <= of;
}

bool weir_kdd_counts_valid(const struct weir_kdd_counts *counts)
{
    const struct weir_kdd_counts *c = counts;
    if (c->count == 0) {
        return all_zero(c);
    }
    if (c->count > CONNS_MAX || c->srv_count < 1 || c->srv_count > CONNS_MAX ||
        c->dst_host_count < 1 || c->dst_host_count > HOST_CONNS_MAX || c->dst_host_srv_count < 1 ||
        c->dst_host_srv_count > HOST_CONNS_MAX) {
        return false;
    }
    const uint16_t of_host[] = {c->serror, c->rerror, c->same_srv};
    const uint16_t of_service[] = {c->srv_serror, c->srv_rerror};
    const uint16_t of_own[] = {c->dst_host_same_srv, c->dst_host_same_src_port, c->dst_host_serror,
                               c->dst_host_rerror};
    const uint16_t of_own_service[] = {c->dst_host_srv_serror, c->dst_host_srv_rerror};
    bool valid = true;
    for (size_t i = 0; i < sizeof(of_host) / sizeof(of_host[0]); i++) {
        valid = valid && of_host[i] <= c->count;
    }
    for (size_t i = 0; i < sizeof(of_service) / sizeof(of_service[0]); i++) {
        valid = valid && of_service[i] <= c->srv_count;
    }
    for (size_t i = 0; i < sizeof(of_own) / sizeof(of_own[0]); i++) {
        valid = valid && of_own[i] <= c->dst_host_count;
    }
    for (size_t i = 0; i < sizeof(of_own_service) / sizeof(of_own_service[0]); i++) {
        valid = valid && of_own_service[i] <= c->dst_host_srv_count;
    }
    return valid && valid_distinct(c->diff_srv, c->count) &&
           valid_distinct(c->srv_diff_host, c->srv_count) &&
           valid_distinct(c->dst_host_diff_srv, c->dst_host_count) &&
           valid_distinct(c->dst_host_srv_diff_host, c->dst_host_srv_count);
}
