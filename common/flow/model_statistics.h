/* SPDX-License-Identifier: Apache-2.0
 *
 * model_statistics: which statistics of a connection a model may see.
 *
 * Shape:   the tables of flow_statistics.h without the fields that are withheld: absolute times and
 *          uptimes would name a capture or a machine, masks of more than 24 bits are no numbers,
 *          and a flow id is only a name. Whatever is added to those tables is seen, unless it is
 *          withheld here.
 * Source:  specification 3; architecture 8.
 */
#ifndef WEIR_COMMON_FLOW_MODEL_STATISTICS_H
#define WEIR_COMMON_FLOW_MODEL_STATISTICS_H

#include "common/flow/flow_statistics.h"

/* A withheld field's name expands to two macro arguments, any other field's to one: so the second
 * argument is LEAVE for the one and SEE for the other. */
#define WEIR_WITHHELD_first_us            yes, WEIR_MODEL_LEAVE
#define WEIR_WITHHELD_last_us             yes, WEIR_MODEL_LEAVE
#define WEIR_WITHHELD_tcp_uptime_s        yes, WEIR_MODEL_LEAVE
#define WEIR_WITHHELD_tcp_opt_mask        yes, WEIR_MODEL_LEAVE
#define WEIR_WITHHELD_icmp_type_mask      yes, WEIR_MODEL_LEAVE
#define WEIR_WITHHELD_icmp_type_mask_high yes, WEIR_MODEL_LEAVE
#define WEIR_WITHHELD_icmp_code_mask      yes, WEIR_MODEL_LEAVE
#define WEIR_WITHHELD_icmp_parent_flow_id yes, WEIR_MODEL_LEAVE

#define WEIR_MODEL_LEAVE(X, member, unit, source)
#define WEIR_MODEL_SEE(X, member, unit, source) X(member, unit, source)
#define WEIR_MODEL_SECOND(first, second, ...)   second
#define WEIR_MODEL_PICK(...)                    WEIR_MODEL_SECOND(__VA_ARGS__, none)

/* X(member, unit, source) if a model may see the field, else nothing. */
#define WEIR_MODEL_FIELD(X, member, unit, source)                                                  \
    WEIR_MODEL_PICK(WEIR_WITHHELD_##member, WEIR_MODEL_SEE)(X, member, unit, source)

/* X(number of the packet, from 0) of the first packets that are told one by one. */
#define WEIR_MODEL_SEQUENCE(X)                                                                     \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

#endif
