/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_window.h"

#include <stdlib.h>

#include "common/base/hash.h"
#include "common/base/pages.h"

#include "common/flow/kdd_hosts.h"
#include "common/flow/kdd_ring.h"
#include "common/flow/kdd_tally.h"

#define RING_MAX (UINT32_C(1) << 24) /* distances within the ring fit 32 bits with room */

/* Hosts forgotten per connection added: more than one, so that a crowd shrinks again. */
#define FORGET_MAX 2

const struct weir_kdd_window_options weir_kdd_window_defaults = {
    .conns = 511,
    .host_conns = 255,
    .span_us = INT64_C(2000000),
    .host_age_us = INT64_C(14400) * 1000000,
    .ring = 2048,
    .fill_scan = 2048,
    .hosts_max = 200000,
    .hash_key = 0,
};

static size_t bucket_of(const struct weir_kdd_window *window, uint32_t serial, uint32_t service)
{
    const uint32_t pair[2] = {serial, service};
    return (size_t)weir_hash_keyed(pair, sizeof(pair), window->options.hash_key) & window->mask;
}

/* The distance from a position back to another; 0 stands for "no such position". */
static int32_t distance_back(uint64_t from, uint64_t to)
{
    return to == 0 || from - to >= WEIR_KDD_BACK_MAX ? WEIR_KDD_BACK_MAX : (int32_t)(from - to);
}

/* The latest position of (host, service) in the global ring, or 0. A chain descends in position, so
 * it ends where the ring has moved past it and nothing is ever taken out of a bucket. */
static uint64_t find_pair(const struct weir_kdd_window *window, size_t bucket, uint32_t serial,
                          uint32_t service)
{
    const uint64_t oldest = weir_kdd_ring_oldest(window);
    uint64_t p = window->ring.heads[bucket];
    while (p >= oldest) {
        const size_t i = (size_t)p & window->mask;
        const struct weir_kdd_link *link = &window->ring.link[i];
        if (link->host == serial && link->service == service) {
            return p;
        }
        p = link->chain;
    }
    return 0;
}

/* Entries back in the host's ring to the one before of this service. What the global ring still
 * holds was found there (latest, or 0 for none); only older entries are searched here. */
static int32_t same_back_at_host(const struct weir_kdd_window *window,
                                 const struct weir_kdd_host *host, uint64_t latest,
                                 uint32_t service)
{
    if (latest != 0) {
        const uint64_t ordinal = window->ring.link[(size_t)latest & window->mask].ordinal;
        return distance_back(host->total + 1, ordinal + 1);
    }
    const uint64_t oldest = weir_kdd_ring_oldest(window);
    const uint64_t first = weir_kdd_host_first(host);
    if (first == host->total || host->ring.position[first & (host->ring.size - 1)] >= oldest) {
        return WEIR_KDD_BACK_MAX;
    }
    for (uint64_t i = weir_kdd_host_lower_bound(host, oldest); i > first; i--) {
        if (host->ring.service[(i - 1) & (host->ring.size - 1)] == service) {
            return distance_back(host->total + 1, i);
        }
    }
    return WEIR_KDD_BACK_MAX;
}

#define RING_ENTRY (sizeof(struct weir_kdd_link) + 2 * sizeof(uint64_t) + 5 * sizeof(uint32_t))

static int ring_new(struct weir_kdd_ring *ring, size_t size)
{
    void *block = NULL;
    if (weir_pages_new(size * RING_ENTRY, &block) != WEIR_OK) {
        return WEIR_ENOMEM;
    }
    ring->link = block;
    ring->heads = (uint64_t *)(ring->link + size);
    ring->start_us = (int64_t *)(ring->heads + size);
    ring->host = (uint32_t *)(ring->start_us + size);
    ring->service = ring->host + size;
    ring->tag = ring->service + size;
    ring->host_back = ring->tag + size;
    ring->same_back = (int32_t *)(ring->host_back + size);
    return WEIR_OK;
}

static uint32_t power_of_two(size_t least)
{
    uint32_t size = 1;
    while (size < least) {
        size *= 2;
    }
    return size;
}

static bool valid_options(const struct weir_kdd_window_options *o)
{
    return o->conns > 0 && o->host_conns > 0 && o->span_us > 0 && o->host_age_us > 0 &&
           o->ring <= RING_MAX && o->conns <= o->ring && o->fill_scan > 0 &&
           o->fill_scan <= o->ring && o->hosts_max > 0 && o->hosts_max <= RING_MAX;
}

int weir_kdd_window_new(const struct weir_kdd_window_options *options, struct weir_kdd_window **out)
{
    if (!valid_options(options)) {
        return WEIR_EINVAL;
    }
    struct weir_kdd_window *window = calloc(1, sizeof(*window));
    if (window == NULL) {
        return WEIR_ENOMEM;
    }
    const uint32_t size = power_of_two(options->ring);
    window->options = *options;
    window->mask = size - 1;
    int err = ring_new(&window->ring, size);
    if (err == WEIR_OK) {
        err = weir_kdd_hosts_init(&window->hosts, power_of_two(options->host_conns),
                                  options->hash_key);
    }
    if (err != WEIR_OK) {
        weir_pages_free(window->ring.link, size * RING_ENTRY);
        free(window);
        return err;
    }
    *out = window;
    return WEIR_OK;
}

void weir_kdd_window_free(struct weir_kdd_window *window)
{
    if (window == NULL) {
        return;
    }
    weir_kdd_hosts_fini(&window->hosts);
    weir_pages_free(window->ring.link, (window->mask + 1) * RING_ENTRY);
    free(window);
}

static void forget_hosts(struct weir_kdd_window *window, int64_t now_us)
{
    struct weir_kdd_hosts *hosts = &window->hosts;
    for (int i = 0; i < FORGET_MAX; i++) {
        const struct weir_kdd_host *oldest = &hosts->hosts[hosts->oldest];
        const bool aged = oldest->latest_us <= now_us - window->options.host_age_us;
        if ((hosts->count <= window->options.hosts_max && !aged) ||
            oldest->latest_position >= weir_kdd_ring_oldest(window)) {
            return;
        }
        weir_kdd_hosts_remove_oldest(hosts);
    }
}

int weir_kdd_window_add(struct weir_kdd_window *window, const struct weir_kdd_conn *conn,
                        uint64_t *position)
{
    uint32_t id = 0;
    const int err = weir_kdd_hosts_touch(&window->hosts, &conn->resp, &id);
    if (err != WEIR_OK) {
        return err;
    }
    struct weir_kdd_host *host = &window->hosts.hosts[id];
    struct weir_kdd_conn ordered = *conn;
    if (window->total > 0) {
        const int64_t latest_us = window->ring.start_us[(size_t)window->total & window->mask];
        ordered.start_us = conn->start_us > latest_us ? conn->start_us : latest_us;
    }
    const uint64_t p = window->total + 1;
    const size_t i = (size_t)p & window->mask;
    const size_t bucket = bucket_of(window, host->serial, conn->service_key);
    const uint64_t same = find_pair(window, bucket, host->serial, conn->service_key);
    const int32_t same_at_host = same_back_at_host(window, host, same, conn->service_key);

    struct weir_kdd_ring *ring = &window->ring;
    /* A pair at the head of its bucket is replaced, so a flood of one pair stays one link long. */
    const uint64_t head = window->ring.heads[bucket];
    const bool replaces = same != 0 && head == same;
    ring->link[i] = (struct weir_kdd_link){
        .chain = replaces ? ring->link[(size_t)same & window->mask].chain : head,
        .ordinal = host->total,
        .host = host->serial,
        .host_id = id,
        .service = conn->service_key,
    };
    ring->start_us[i] = ordered.start_us;
    ring->host[i] = host->serial;
    ring->service[i] = conn->service_key;
    ring->tag[i] = weir_kdd_tag(conn->src_port, conn->outcome);
    ring->host_back[i] = (uint32_t)distance_back(p, host->latest_position);
    ring->same_back[i] = distance_back(p, same);
    window->ring.heads[bucket] = p;
    window->total = p;
    weir_kdd_host_add(host, &ordered, p, same_at_host);
    forget_hosts(window, ordered.start_us);
    *position = p;
    return WEIR_OK;
}

void weir_kdd_window_set_outcome(struct weir_kdd_window *window, uint64_t position,
                                 enum weir_outcome outcome)
{
    if (!weir_kdd_ring_has(window, position)) {
        return;
    }
    const size_t i = (size_t)position & window->mask;
    const uint32_t tag = weir_kdd_tag((uint16_t)window->ring.tag[i], outcome);
    window->ring.tag[i] = tag;
    /* Its host is still there: one with a connection in the ring is never forgotten. */
    struct weir_kdd_host *host = &window->hosts.hosts[window->ring.link[i].host_id];
    const uint64_t ordinal = window->ring.link[i].ordinal;
    if (ordinal >= weir_kdd_host_first(host)) {
        host->ring.tag[ordinal & (host->ring.size - 1)] = tag;
    }
}

void weir_kdd_window_expect(const struct weir_kdd_window *window, uint64_t position)
{
    const size_t i = (size_t)position & window->mask;
    __builtin_prefetch(&window->ring.link[i]);
    __builtin_prefetch(&window->ring.tag[i], 1);
}

void weir_kdd_window_expect_host(const struct weir_kdd_window *window, uint64_t position)
{
    const uint32_t id = window->ring.link[(size_t)position & window->mask].host_id;
    const struct weir_kdd_host *host = &window->hosts.hosts[id];
    if (weir_kdd_ring_has(window, position)) {
        __builtin_prefetch(host);
        __builtin_prefetch(&host->total);
        __builtin_prefetch(&host->ring.size);
    }
}
