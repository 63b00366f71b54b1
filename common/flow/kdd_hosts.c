/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash.h"

#define HOSTS_MIN 256
#define RING_MIN  4

static uint32_t bucket_of(const struct weir_kdd_hosts *hosts, const struct weir_address *address)
{
    const uint64_t hash = weir_hash_keyed(address, sizeof(*address), hosts->hash_key);
    return (uint32_t)hash & (hosts->capacity - 1);
}
_Static_assert(sizeof(struct weir_address) == 17, "an address is hashed as bytes, without padding");

static int ring_new(uint32_t size, struct weir_kdd_host_ring *out)
{
    const size_t entry = sizeof(int64_t) + sizeof(uint64_t) + 3 * sizeof(uint32_t);
    int64_t *block = malloc(entry * size);
    if (block == NULL) {
        return WEIR_ENOMEM;
    }
    struct weir_kdd_host_ring ring = {.start_us = block, .size = size};
    ring.position = (uint64_t *)(ring.start_us + size);
    ring.service = (uint32_t *)(ring.position + size);
    ring.tag = ring.service + size;
    ring.same_back = (int32_t *)(ring.tag + size);
    *out = ring;
    return WEIR_OK;
}

/* Doubles a full ring; entries keep their indices, so they move to where the larger mask puts them.
 */
static int ring_grow(struct weir_kdd_host *host)
{
    struct weir_kdd_host_ring larger;
    const int err = ring_new(host->ring.size * 2, &larger);
    if (err != WEIR_OK) {
        return err;
    }
    const struct weir_kdd_host_ring *ring = &host->ring;
    for (uint64_t i = weir_kdd_host_first(host); i < host->total; i++) {
        const size_t from = (size_t)(i & (ring->size - 1));
        const size_t to = (size_t)(i & (larger.size - 1));
        larger.start_us[to] = ring->start_us[from];
        larger.position[to] = ring->position[from];
        larger.service[to] = ring->service[from];
        larger.same_back[to] = ring->same_back[from];
        larger.tag[to] = ring->tag[from];
    }
    free(host->ring.start_us);
    host->ring = larger;
    return WEIR_OK;
}

static void put_unused(struct weir_kdd_hosts *hosts, uint32_t from)
{
    for (uint32_t id = hosts->capacity; id > from; id--) {
        hosts->hosts[id - 1].bucket_next = hosts->unused;
        hosts->unused = id - 1;
    }
}

static int grow(struct weir_kdd_hosts *hosts)
{
    const uint32_t larger = hosts->capacity * 2;
    uint32_t *buckets = malloc(larger * sizeof(*buckets));
    struct weir_kdd_host *moved = realloc(hosts->hosts, larger * sizeof(*moved));
    if (moved != NULL) {
        hosts->hosts = moved;
    }
    if (buckets == NULL || moved == NULL) {
        free(buckets);
        return WEIR_ENOMEM;
    }
    const uint32_t filled = hosts->capacity;
    free(hosts->buckets);
    hosts->buckets = buckets;
    hosts->capacity = larger;
    memset(buckets, 0xff, larger * sizeof(*buckets));
    for (uint32_t id = 0; id < filled; id++) { /* grows only when every id is in use */
        const uint32_t bucket = bucket_of(hosts, &moved[id].address);
        moved[id].bucket_next = buckets[bucket];
        buckets[bucket] = id;
    }
    put_unused(hosts, filled);
    return WEIR_OK;
}

int weir_kdd_hosts_init(struct weir_kdd_hosts *hosts, uint32_t ring_max, uint64_t hash_key)
{
    struct weir_kdd_hosts made = {.capacity = HOSTS_MIN,
                                  .unused = WEIR_KDD_HOST_NONE,
                                  .oldest = WEIR_KDD_HOST_NONE,
                                  .newest = WEIR_KDD_HOST_NONE,
                                  .next_serial = 1,
                                  .ring_max = ring_max,
                                  .hash_key = hash_key};
    made.hosts = malloc(HOSTS_MIN * sizeof(*made.hosts));
    made.buckets = malloc(HOSTS_MIN * sizeof(*made.buckets));
    if (made.hosts == NULL || made.buckets == NULL) {
        free(made.hosts);
        free(made.buckets);
        return WEIR_ENOMEM;
    }
    memset(made.buckets, 0xff, HOSTS_MIN * sizeof(*made.buckets));
    put_unused(&made, 0);
    *hosts = made;
    return WEIR_OK;
}

void weir_kdd_hosts_fini(struct weir_kdd_hosts *hosts)
{
    for (uint32_t id = hosts->oldest; id != WEIR_KDD_HOST_NONE; id = hosts->hosts[id].newer) {
        free(hosts->hosts[id].ring.start_us);
    }
    free(hosts->hosts);
    free(hosts->buckets);
}

uint32_t weir_kdd_hosts_find(const struct weir_kdd_hosts *hosts, const struct weir_address *address)
{
    uint32_t id = hosts->buckets[bucket_of(hosts, address)];
    while (id != WEIR_KDD_HOST_NONE && !weir_address_equal(&hosts->hosts[id].address, address)) {
        id = hosts->hosts[id].bucket_next;
    }
    return id;
}

static void unlink_age(struct weir_kdd_hosts *hosts, uint32_t id)
{
    const struct weir_kdd_host *host = &hosts->hosts[id];
    if (host->older != WEIR_KDD_HOST_NONE) {
        hosts->hosts[host->older].newer = host->newer;
    } else {
        hosts->oldest = host->newer;
    }
    if (host->newer != WEIR_KDD_HOST_NONE) {
        hosts->hosts[host->newer].older = host->older;
    } else {
        hosts->newest = host->older;
    }
}

static void link_newest(struct weir_kdd_hosts *hosts, uint32_t id)
{
    struct weir_kdd_host *host = &hosts->hosts[id];
    host->older = hosts->newest;
    host->newer = WEIR_KDD_HOST_NONE;
    if (hosts->newest != WEIR_KDD_HOST_NONE) {
        hosts->hosts[hosts->newest].newer = id;
    } else {
        hosts->oldest = id;
    }
    hosts->newest = id;
}

static int add_host(struct weir_kdd_hosts *hosts, const struct weir_address *address, uint32_t *out)
{
    struct weir_kdd_host host = {.address = *address, .serial = hosts->next_serial};
    if (hosts->unused == WEIR_KDD_HOST_NONE) {
        const int err = grow(hosts);
        if (err != WEIR_OK) {
            return err;
        }
    }
    const uint32_t size = hosts->ring_max < RING_MIN ? hosts->ring_max : RING_MIN;
    const int err = ring_new(size, &host.ring);
    if (err != WEIR_OK) {
        return err;
    }
    const uint32_t id = hosts->unused;
    const uint32_t bucket = bucket_of(hosts, address);
    hosts->unused = hosts->hosts[id].bucket_next;
    host.bucket_next = hosts->buckets[bucket];
    hosts->hosts[id] = host;
    hosts->buckets[bucket] = id;
    hosts->count++;
    hosts->next_serial = hosts->next_serial < UINT32_MAX ? hosts->next_serial + 1 : 1;
    link_newest(hosts, id);
    *out = id;
    return WEIR_OK;
}

int weir_kdd_hosts_touch(struct weir_kdd_hosts *hosts, const struct weir_address *address,
                         uint32_t *id)
{
    const uint32_t found = weir_kdd_hosts_find(hosts, address);
    if (found == WEIR_KDD_HOST_NONE) {
        return add_host(hosts, address, id);
    }
    struct weir_kdd_host *host = &hosts->hosts[found];
    if (host->total >= host->ring.size && host->ring.size < hosts->ring_max) {
        const int err = ring_grow(host);
        if (err != WEIR_OK) {
            return err;
        }
    }
    if (hosts->newest != found) {
        unlink_age(hosts, found);
        link_newest(hosts, found);
    }
    *id = found;
    return WEIR_OK;
}

void weir_kdd_hosts_remove_oldest(struct weir_kdd_hosts *hosts)
{
    const uint32_t id = hosts->oldest;
    weir_check(id != WEIR_KDD_HOST_NONE);
    struct weir_kdd_host *host = &hosts->hosts[id];
    uint32_t *at = &hosts->buckets[bucket_of(hosts, &host->address)];
    while (*at != id) {
        at = &hosts->hosts[*at].bucket_next;
    }
    *at = host->bucket_next;
    unlink_age(hosts, id);
    free(host->ring.start_us);
    host->serial = 0;
    host->bucket_next = hosts->unused;
    hosts->unused = id;
    hosts->count--;
}

uint64_t weir_kdd_host_lower_bound(const struct weir_kdd_host *host, uint64_t position)
{
    uint64_t low = weir_kdd_host_first(host);
    uint64_t high = host->total;
    if (low < high && host->latest_position <= position) { /* the usual question: the latest */
        return host->latest_position == position ? high - 1 : high;
    }
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (host->ring.position[middle & (host->ring.size - 1)] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void weir_kdd_host_add(struct weir_kdd_host *host, const struct weir_kdd_conn *conn,
                       uint64_t position, int32_t same_back)
{
    const size_t i = (size_t)(host->total & (host->ring.size - 1));
    host->ring.start_us[i] = conn->start_us;
    host->ring.position[i] = position;
    host->ring.service[i] = conn->service_key;
    host->ring.tag[i] = weir_kdd_tag(conn->src_port, conn->outcome);
    host->ring.same_back[i] = same_back;
    host->total++;
    host->latest_us = conn->start_us;
    host->latest_position = position;
}

void weir_kdd_host_tally(const struct weir_kdd_host *host, uint64_t low, uint64_t high,
                         const struct weir_kdd_probe *probe, struct weir_kdd_tally *tally)
{
    const struct weir_kdd_host_ring *ring = &host->ring;
    for (uint64_t entry = low; entry <= high;) {
        const size_t i = (size_t)(entry & (ring->size - 1));
        const uint64_t to_edge = ring->size - i;
        const uint64_t left = high - entry + 1;
        const struct weir_kdd_stretch stretch = {.service = ring->service + i,
                                                 .tag = ring->tag + i,
                                                 .same_back = ring->same_back + i,
                                                 .count = (size_t)(left < to_edge ? left : to_edge),
                                                 .offset = (int32_t)(entry - low)};
        weir_kdd_tally_own(tally, &stretch, probe);
        entry += stretch.count;
    }
}
