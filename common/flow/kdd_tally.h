/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_tally: the counting loops of a KDD window, over a stretch of parallel arrays.
 *
 * A member is the first of its service on its host within the window when the one before it of the
 * same host and service lies further back than the window reaches; so distinct services of a host,
 * and distinct hosts of a service, are counted without a set.
 *
 * Shape:   branchless loops the compiler turns into vector code, in release builds for x86-64 once
 *          more for AVX2; each adds to its tally.
 * Source:  specification 1.9.2.
 */
#ifndef WEIR_COMMON_FLOW_KDD_TALLY_H
#define WEIR_COMMON_FLOW_KDD_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "common/flow/conn_state.h"

#define WEIR_KDD_BACK_MAX INT32_MAX /* further than any window reaches */

/* Source port below, outcome above: what may be counted of a member beside host and service. */
static inline uint32_t weir_kdd_tag(uint16_t src_port, enum weir_outcome outcome)
{
    return (uint32_t)outcome << 16 | src_port;
}

struct weir_kdd_stretch {
    const uint32_t *host; /* serials; not read by weir_kdd_tally_own */
    const uint32_t *service;
    const uint32_t *tag;
    const int32_t *same_back; /* distance to the one before of the same host and service */
    size_t count;
    int32_t offset; /* of the first member from the window's first */
};

struct weir_kdd_probe { /* the connection whose window it is */
    uint32_t host, service;
    uint16_t src_port;
};

struct weir_kdd_side {
    uint32_t count, serror, rerror;
    uint32_t first; /* distinct services of the host, or hosts of the service */
};

struct weir_kdd_tally {
    struct weir_kdd_side host;    /* members of the probe's host */
    struct weir_kdd_side service; /* members of the probe's service */
    uint32_t both;                /* members of both */
    uint32_t same_port;           /* members of the host with the probe's source port */
};

/* Over all members: host, service, both. */
void weir_kdd_tally_recent(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                           const struct weir_kdd_probe *probe);

/* Over members that are all of the probe's host: host, same_port, and count, serror and rerror of
 * service. */
void weir_kdd_tally_own(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                        const struct weir_kdd_probe *probe);

/* Members of one host that do not lie side by side: entry p of a ring lies at p & mask, and
 * host_back[p & mask] before it is the next. */
struct weir_kdd_links {
    const uint32_t *service;
    const uint32_t *tag;
    const int32_t *same_back;
    const uint32_t *host_back;
    size_t mask;
    uint64_t low, high; /* both are members */
};

/* weir_kdd_tally_own over the members from high back to low. */
void weir_kdd_tally_linked(struct weir_kdd_tally *tally, const struct weir_kdd_links *links,
                           const struct weir_kdd_probe *probe);

/* Over members of other hosts than the probe's: service. */
void weir_kdd_tally_others(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                           const struct weir_kdd_probe *probe);

#endif
