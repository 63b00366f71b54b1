/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_record_copy: a record with all it points at, as a piece of somebody else's memory.
 *
 * Shape:   details are copied up to the end of the last block that is present, because few flows
 *          speak more than one protocol: read a block only when its bit in `present` is set.
 * Owns:    the copy's statistics and details lie in the arena.
 * Errors:  WEIR_ENOMEM when the arena is at its limit; the copy is not made.
 */
#ifndef WEIR_COMMON_FLOW_FLOW_RECORD_COPY_H
#define WEIR_COMMON_FLOW_FLOW_RECORD_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

#include "common/flow/flow_record.h"

/* Bytes of details whose present blocks are these. */
size_t weir_flow_details_size(uint32_t present);

/* What weir_flow_record_copy() takes from the arena for this record. */
size_t weir_flow_record_extra(const struct weir_flow_record *record);

WEIR_MUST_CHECK int weir_flow_record_copy(struct weir_arena *arena,
                                          const struct weir_flow_record *from,
                                          struct weir_flow_record *to);

#endif
