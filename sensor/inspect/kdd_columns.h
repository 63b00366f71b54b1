/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_columns: columns 10 to 22 of a TCP flow, from what its content said or from nothing.
 *
 * Source:  specification 1.8.1 (classes), 1.8.2 (logged_in) and 1.8.4 (kdd.strict_pop).
 */
#ifndef WEIR_SENSOR_INSPECT_KDD_COLUMNS_H
#define WEIR_SENSOR_INSPECT_KDD_COLUMNS_H

#include "sensor/inspect/content.h"

/* content: NULL when it was not read. `urgent` and `wrong_fragment` are left as they are. */
void kdd_columns_fill(const struct policy *policy, const struct inspection_flow *flow,
                      enum weir_app app, const struct content *content,
                      struct weir_kdd_content *columns);

#endif
