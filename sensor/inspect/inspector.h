/* SPDX-License-Identifier: Apache-2.0
 *
 * inspector: what all inspections of one meter share: pools, policy, announced FTP endpoints.
 *
 * Shape:   every pool has a fixed number of blocks, taken at start and touched as it is used. What
 *          happens when one is empty:
 *            inspections  the flow is not inspected; counted as `refused`, content_truncated,
 *                         detail no_inspection
 *            heads        the first segment alone decides what the flow is taken for; `headless`
 *            contents     the flow is recognised, its columns stay 0; `unread`, content_truncated,
 *                         detail no_inspection
 *            lines        reading of that direction ends; `cut`, content_truncated
 *            segments     a hole cannot be waited for: reading of that direction ends; `cut`,
 *                         content_truncated
 *            details      the flow is recognised without its protocol's block; `undetailed`
 *            readers      likewise; DNS gives its reader back while no question waits
 * Owns:    all of its memory, taken by inspector_new(); nothing is allocated per packet.
 * Errors:  only inspector_new() can fail.
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_INSPECT_INSPECTOR_H
#define WEIR_SENSOR_INSPECT_INSPECTOR_H

#include <stdint.h>

#include "common/base/block_pool.h"
#include "common/base/err.h"

#include "common/flow/flow_details.h"

#include "sensor/inspect/ftp_endpoints.h"
#include "sensor/inspect/pattern.h"
#include "sensor/inspect/policy.h"

struct inspector_counts {
    uint64_t opened;     /* flows that got an inspection */
    uint64_t refused;    /* flows that got none: the pool was empty */
    uint64_t headless;   /* flows judged by one segment for want of a head */
    uint64_t unread;     /* flows recognised and not read: no block for their content */
    uint64_t undetailed; /* flows recognised without the block of their protocol */
    uint64_t cut;        /* directions that ended at a gap or for want of a block */
    uint64_t full;       /* directions that ended at max_bytes */
};

struct inspector {
    struct policy policy;
    struct weir_block_pool *inspections; /* struct inspection */
    struct weir_block_pool *heads;       /* struct stream_head */
    struct weir_block_pool *contents;    /* struct content */
    struct weir_block_pool *lines;       /* LINE_MAX bytes: a line that is not complete */
    struct weir_block_pool *segments;    /* struct stream_segment: bytes behind a hole */
    struct weir_block_pool *readers;     /* struct detail_reader */
    struct weir_block_pool *details;     /* struct weir_flow_details */
    struct ftp_endpoints *ftp;
    struct pattern_set patterns;
    struct weir_flow_details spare;   /* where details go that have no block */
    struct weir_flow_details leaving; /* details with their names hashed or dropped */
    struct inspector_counts counts;
};

/* flows: capacity of the flow table, from which pools are sized. WEIR_ENOMEM. */
WEIR_MUST_CHECK int inspector_new(const struct policy *policy, uint32_t flows, uint64_t hash_key,
                                  struct inspector **out);
void inspector_free(struct inspector *inspector);

#endif
