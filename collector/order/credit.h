/* SPDX-License-Identifier: Apache-2.0
 *
 * credit: how many bytes each sensor may have unacknowledged, and whether a batch finds room.
 *
 * Two rules keep the fleet moving within bounded memory. While commits succeed, a sensor that holds
 * a watermark back may always send one more batch of the largest size, since only its batches can
 * set free what is held. Everyone else stops when half of the memory is in use, and what they sent
 * before they heard of it is refused when all of it is.
 *
 * Source:  architecture 5; decisions/0002-give-credit-to-whoever-is-waited-for.md.
 */
#ifndef WEIR_COLLECTOR_ORDER_CREDIT_H
#define WEIR_COLLECTOR_ORDER_CREDIT_H

#include "collector/order/order_state.h"

/* Sets every sensor's credit and marks the acknowledgements that must carry it. */
void credit_update(struct order *order);

/* True when a batch of so many bytes of memory may be taken from this sensor. */
bool credit_has_room(const struct order *order, const struct inbox *inbox, size_t bytes);

#endif
