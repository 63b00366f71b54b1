/* SPDX-License-Identifier: Apache-2.0
 *
 * block_pool: the meter's short names for common/base/block_pool.
 *
 * Shape:   names only; what they mean is said there.
 */
#ifndef WEIR_SENSOR_METER_BLOCK_POOL_H
#define WEIR_SENSOR_METER_BLOCK_POOL_H

#include "common/base/block_pool.h"

#define block_pool        weir_block_pool
#define block_pool_new    weir_block_pool_new
#define block_pool_free   weir_block_pool_free
#define block_pool_add    weir_block_pool_add
#define block_pool_remove weir_block_pool_remove
#define block_pool_find   weir_block_pool_find
#define block_pool_used   weir_block_pool_used
#define block_pool_denied weir_block_pool_denied

#endif
