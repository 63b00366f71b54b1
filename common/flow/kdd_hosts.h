/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_hosts: the responder hosts of a KDD window, each with a ring of its latest connections.
 *
 * Shape:   hosts by keyed hash of their address, in order of their latest connection; a ring grows
 *          from four entries to the host window's size. Ids are indices and are used again; serials
 *          are not.
 * Owns:    the hosts and their rings.
 * Errors:  want of memory leaves everything as it was.
 */
#ifndef WEIR_COMMON_FLOW_KDD_HOSTS_H
#define WEIR_COMMON_FLOW_KDD_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/address.h"
#include "common/flow/kdd_tally.h"
#include "common/flow/kdd_window.h"

#define WEIR_KDD_HOST_NONE UINT32_MAX

/* Parallel arrays in one block, so that counting runs over bare numbers. */
struct weir_kdd_host_ring {
    int64_t *start_us;
    uint64_t *position;
    uint32_t *service;
    int32_t *same_back; /* entries back to the one before of the same service, capped */
    uint32_t *tag;      /* source port, outcome in the upper half */
    uint32_t size;      /* a power of two */
};

struct weir_kdd_host {
    struct weir_address address;
    uint32_t serial; /* never 0 */
    uint32_t bucket_next;
    uint32_t older, newer; /* neighbours in order of latest connection */
    uint64_t total;        /* connections ever added; entry i lies at i & (size - 1) */
    int64_t latest_us;
    uint64_t latest_position;
    struct weir_kdd_host_ring ring;
};

struct weir_kdd_hosts {
    struct weir_kdd_host *hosts;
    uint32_t *buckets;
    uint32_t capacity; /* of hosts and of buckets; a power of two */
    uint32_t count;
    uint32_t unused;         /* chain of ids through bucket_next */
    uint32_t oldest, newest; /* by latest connection */
    uint32_t next_serial;
    uint32_t ring_max; /* a power of two */
    uint64_t hash_key;
};

WEIR_MUST_CHECK int weir_kdd_hosts_init(struct weir_kdd_hosts *hosts, uint32_t ring_max,
                                        uint64_t hash_key);
void weir_kdd_hosts_fini(struct weir_kdd_hosts *hosts);

/* The id of a host, or WEIR_KDD_HOST_NONE. */
uint32_t weir_kdd_hosts_find(const struct weir_kdd_hosts *hosts,
                             const struct weir_address *address);

/* The id of a host with room for one more connection, made if there is none; it becomes the newest.
 * WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_kdd_hosts_touch(struct weir_kdd_hosts *hosts,
                                         const struct weir_address *address, uint32_t *id);

/* Forgets the host whose latest connection is the oldest; count > 0. */
void weir_kdd_hosts_remove_oldest(struct weir_kdd_hosts *hosts);

/* Entries of the host's ring that are still there: [first, total). */
static inline uint64_t weir_kdd_host_first(const struct weir_kdd_host *host)
{
    return host->total > host->ring.size ? host->total - host->ring.size : 0;
}

/* The index of the first entry whose position is not below; total when there is none. */
uint64_t weir_kdd_host_lower_bound(const struct weir_kdd_host *host, uint64_t position);

/* Appends to the ring of a host that was just touched. */
void weir_kdd_host_add(struct weir_kdd_host *host, const struct weir_kdd_conn *conn,
                       uint64_t position, int32_t same_back);

/* Tallies the entries [low, high], all still there. */
void weir_kdd_host_tally(const struct weir_kdd_host *host, uint64_t low, uint64_t high,
                         const struct weir_kdd_probe *probe, struct weir_kdd_tally *tally);

#endif
