/* SPDX-License-Identifier: Apache-2.0
 *
 * statistics_column: the columns of weir.flow_statistics, made from the tables of
 * common/flow/flow_statistics.h.
 *
 * Shape:   the columns that name the flow, then orig_..., resp_..., the connection's, and what is
 *          told packet by packet.
 */
#ifndef WEIR_COLLECTOR_STORE_STATISTICS_COLUMN_H
#define WEIR_COLLECTOR_STORE_STATISTICS_COLUMN_H

#include "collector/store/flow_column.h"

extern const struct flow_column_list statistics_column_list;

/* The same without the columns that name the flow and those that are not read back. */
extern const struct flow_column_list statistics_column_values;

#endif
