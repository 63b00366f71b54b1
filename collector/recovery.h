/* SPDX-License-Identifier: Apache-2.0
 *
 * recovery: tells a new order what was committed before a restart.
 *
 * Errors:  WEIR_EPEER when the database cannot be reached: try again.
 * Source:  architecture 7 (restart).
 */
#ifndef WEIR_COLLECTOR_RECOVERY_H
#define WEIR_COLLECTOR_RECOVERY_H

#include "common/base/err.h"

#include "collector/order/order.h"
#include "collector/store/connection.h"

WEIR_MUST_CHECK int recovery_run(const struct connection_options *options, struct order *order,
                                 struct order_now now, struct weir_error *error);

#endif
