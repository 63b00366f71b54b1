/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_counts: columns 23 to 41 of the KDD vector as whole numbers, before they become rates.
 *
 * Shape:   nine counts over the two-second window, ten over the host window. A rate is
 *          R(numerator, |H|) or R(numerator, |S|), H = same host, S = same service.
 * Units:   connections; diff_* are distinct services or hosts, 0 where there is only one.
 * Source:  specification 1.9.2 to 1.9.4.
 */
#ifndef WEIR_COMMON_FLOW_KDD_COUNTS_H
#define WEIR_COMMON_FLOW_KDD_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct weir_kdd_counts {
    uint16_t count;     /* |H| of the two-second window, 1 .. 511; 0 = not computed */
    uint16_t srv_count; /* |S| */
    uint16_t serror, srv_serror, rerror, srv_rerror;
    uint16_t same_srv, diff_srv; /* over H */
    uint16_t srv_diff_host;      /* over S */

    uint16_t dst_host_count;     /* |H| of the host window, 1 .. 255 */
    uint16_t dst_host_srv_count; /* |S| */
    uint16_t dst_host_same_srv, dst_host_diff_srv, dst_host_same_src_port; /* over H */
    uint16_t dst_host_srv_diff_host;                                       /* over S */
    uint16_t dst_host_serror, dst_host_rerror;                             /* over H */
    uint16_t dst_host_srv_serror, dst_host_srv_rerror;                     /* over S */
};

#define WEIR_KDD_COUNT_FIELDS 19
_Static_assert(sizeof(struct weir_kdd_counts) == WEIR_KDD_COUNT_FIELDS * sizeof(uint16_t),
               "codecs copy kdd_counts as an array of uint16_t in this order");

/* R(k, n) of 1.9.2: printf("%.2f") of the f32 quotient, parsed back. n > 0. */
float weir_kdd_rate(uint16_t numerator, uint16_t denominator);

/* True when no count exceeds its window and no distinct count is 1; count 0 wants all zero. */
bool weir_kdd_counts_valid(const struct weir_kdd_counts *counts);

/* The nineteen columns 23 .. 41 in order: counts as they are, rates rounded by weir_kdd_rate. All
 * zero when count is 0. */
void weir_kdd_columns(const struct weir_kdd_counts *counts, float columns[WEIR_KDD_COUNT_FIELDS]);

#endif
