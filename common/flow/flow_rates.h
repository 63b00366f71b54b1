/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_rates: what follows from a record's packets, bytes and duration: rates and asymmetries.
 *
 * Units:   a second; IP bytes. All rates are 0 when the duration is 0; an asymmetry is
 *          (orig - resp) / (orig + resp), -1 (all from the responder) .. 1, 0 when both are 0.
 * Source:  specification 3.5.
 */
#ifndef WEIR_COMMON_FLOW_FLOW_RATES_H
#define WEIR_COMMON_FLOW_FLOW_RATES_H

#include "common/flow/flow_record.h"

/* In the order in which they are told. */
#define WEIR_FLOW_RATES(X)                                                                         \
    X(orig_pkt_rate)                                                                               \
    X(resp_pkt_rate)                                                                               \
    X(orig_byte_rate)                                                                              \
    X(resp_byte_rate)                                                                              \
    X(pkt_asym)                                                                                    \
    X(byte_asym)

struct weir_flow_rates {
#define X(name) float name;
    WEIR_FLOW_RATES(X)
#undef X
};

struct weir_flow_rates weir_flow_rates_of(const struct weir_flow_record *record);

#endif
