/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_window.h"

#include <stdlib.h>

#include "common/base/hash.h"
#include "common/base/pages.h"

#include "common/flow/kdd_hosts.h"
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

/* Position p lies at p & mask; the entries that count are the latest `ring` of them. Serials tell
 * hosts apart: an id is used again once its host is forgotten, which happens only when none of its
 * connections is left in this ring. */
struct ring_link {    /* what is asked of one connection out of turn, on one cache line */
    uint64_t chain;   /* the position before in the same bucket, 0 = none */
    uint64_t ordinal; /* of the connection at its host */
    uint32_t host;    /* serial */
    uint32_t host_id;
    uint32_t service;
    uint32_t unused; /* two of them are a line */
};
_Static_assert(sizeof(struct ring_link) == 32, "no link lies across two lines");

struct global_ring { /* one block of pages */
    struct ring_link *link;
    uint64_t *heads; /* latest position per bucket of (host, service) */
    int64_t *start_us;
    uint32_t *host;    /* as in the links, for counting */
    uint32_t *service; /* likewise */
    uint32_t *tag;
    uint32_t *host_back; /* distance to the connection before of this host, capped */
    int32_t *same_back;  /* the same of this host and service */
};

struct weir_kdd_window {
    struct weir_kdd_window_options options;
    struct weir_kdd_hosts hosts;
    struct global_ring ring;
    uint64_t total; /* the latest position */
    size_t mask;    /* of ring and heads */
};

/* The connection whose windows are counted, as the rings have it or as the caller has it. */
struct subject {
    struct weir_kdd_probe probe;
    int64_t start_us;
    uint64_t position;
    uint64_t ordinal; /* at its host, when in the ring */
    enum weir_outcome outcome;
    bool in_ring;
};

static uint64_t oldest_position(const struct weir_kdd_window *window)
{
    return window->total > window->options.ring ? window->total - window->options.ring + 1 : 1;
}

static size_t bucket_of(const struct weir_kdd_window *window, uint32_t serial, uint32_t service)
{
    const uint32_t pair[2] = {serial, service};
    return (size_t)weir_hash_keyed(pair, sizeof(pair), window->options.hash_key) & window->mask;
}

static uint64_t at_least(uint64_t value, uint64_t least)
{
    return value > least ? value : least;
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
    const uint64_t oldest = oldest_position(window);
    uint64_t p = window->ring.heads[bucket];
    while (p >= oldest) {
        const size_t i = (size_t)p & window->mask;
        const struct ring_link *link = &window->ring.link[i];
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
    const uint64_t oldest = oldest_position(window);
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

#define RING_ENTRY (sizeof(struct ring_link) + 2 * sizeof(uint64_t) + 5 * sizeof(uint32_t))

static int ring_new(struct global_ring *ring, size_t size)
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
            oldest->latest_position >= oldest_position(window)) {
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

    struct global_ring *ring = &window->ring;
    /* A pair at the head of its bucket is replaced, so a flood of one pair stays one link long. */
    const uint64_t head = window->ring.heads[bucket];
    const bool replaces = same != 0 && head == same;
    ring->link[i] = (struct ring_link){
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

static bool in_ring(const struct weir_kdd_window *window, uint64_t position)
{
    return position >= oldest_position(window) && position <= window->total;
}

void weir_kdd_window_set_outcome(struct weir_kdd_window *window, uint64_t position,
                                 enum weir_outcome outcome)
{
    if (!in_ring(window, position)) {
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

/* The first position of [low, high] that started after since_us; high did. */
static uint64_t first_after(const struct weir_kdd_window *window, uint64_t low, uint64_t high,
                            int64_t since_us)
{
    const int64_t *start_us = window->ring.start_us;
    if (start_us[(size_t)low & window->mask] > since_us) {
        return low;
    }
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (start_us[(size_t)middle & window->mask] > since_us) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

typedef void tally_fn(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                      const struct weir_kdd_probe *probe);

/* Tallies the positions [low, high] of the global ring, which may wrap. */
static void tally_global(const struct weir_kdd_window *window, uint64_t low, uint64_t high,
                         tally_fn *tally_stretch, const struct weir_kdd_probe *probe,
                         struct weir_kdd_tally *tally)
{
    const struct global_ring *ring = &window->ring;
    for (uint64_t p = low; p <= high;) {
        const size_t i = (size_t)p & window->mask;
        const uint64_t to_edge = window->mask + 1 - i;
        const uint64_t left = high - p + 1;
        const struct weir_kdd_stretch stretch = {.host = ring->host + i,
                                                 .service = ring->service + i,
                                                 .tag = ring->tag + i,
                                                 .same_back = ring->same_back + i,
                                                 .count = (size_t)(left < to_edge ? left : to_edge),
                                                 .offset = (int32_t)(p - low)};
        tally_stretch(tally, &stretch, probe);
        p += stretch.count;
    }
}

static void count_recent(const struct weir_kdd_window *window, const struct subject *c,
                         struct weir_kdd_tally *tally)
{
    const uint64_t reach = window->options.conns;
    const uint64_t latest = c->position > reach ? c->position - reach + 1 : 1;
    const uint64_t low = first_after(window, at_least(latest, oldest_position(window)), c->position,
                                     c->start_us - window->options.span_us);
    tally_global(window, low, c->position, weir_kdd_tally_recent, &c->probe, tally);
}

/* Own connections by the host's ring, when it still holds the subject. False when it may lack some
 * that the window should have. */
static bool count_own_in_host(const struct weir_kdd_window *window, const struct subject *c,
                              const struct weir_kdd_host *host, struct weir_kdd_tally *tally)
{
    const struct weir_kdd_host_ring *ring = &host->ring;
    const uint64_t first = weir_kdd_host_first(host);
    const uint64_t high = c->in_ring ? c->ordinal : weir_kdd_host_lower_bound(host, c->position);
    if (high < first || high >= host->total ||
        ring->position[high & (ring->size - 1)] != c->position) {
        return false;
    }
    const uint64_t reach = window->options.host_conns;
    const int64_t since_us = c->start_us - window->options.host_age_us;
    uint64_t low = at_least(first, high + 1 > reach ? high + 1 - reach : 0);
    const bool whole =
        low == 0 || high - low + 1 == reach || ring->start_us[low & (ring->size - 1)] <= since_us;
    while (low < high && ring->start_us[low & (ring->size - 1)] <= since_us) {
        low++;
    }
    weir_kdd_host_tally(host, low, high, &c->probe, tally);
    return whole;
}

/* Own connections by the links of the global ring, for a subject that many have followed. */
static void count_own_in_ring(const struct weir_kdd_window *window, const struct subject *c,
                              struct weir_kdd_tally *tally)
{
    const struct global_ring *ring = &window->ring;
    const uint64_t oldest = oldest_position(window);
    const uint64_t young =
        first_after(window, oldest, c->position, c->start_us - window->options.host_age_us);
    uint64_t low = c->position;
    for (uint32_t count = 1; count < window->options.host_conns; count++) {
        const uint64_t back = ring->host_back[(size_t)low & window->mask];
        if (back > low - young) {
            break;
        }
        low -= back;
    }
    const struct weir_kdd_links links = {.service = ring->service,
                                         .tag = ring->tag,
                                         .same_back = ring->same_back,
                                         .host_back = ring->host_back,
                                         .mask = window->mask,
                                         .low = low,
                                         .high = c->position};
    weir_kdd_tally_linked(tally, &links, &c->probe);
}

/* The subject alone, for windows that have moved past it. */
static void count_alone(const struct subject *c, struct weir_kdd_tally *tally)
{
    const uint32_t tag = weir_kdd_tag(c->probe.src_port, c->outcome);
    const int32_t same_back = WEIR_KDD_BACK_MAX;
    const struct weir_kdd_stretch one = {.host = &c->probe.host,
                                         .service = &c->probe.service,
                                         .tag = &tag,
                                         .same_back = &same_back,
                                         .count = 1};
    struct weir_kdd_tally own = {0};
    weir_kdd_tally_recent(tally, &one, &c->probe);
    weir_kdd_tally_own(&own, &one, &c->probe);
    tally->same_port = own.same_port;
}

static void count_own(const struct weir_kdd_window *window, const struct subject *c,
                      const struct weir_kdd_host *host, struct weir_kdd_tally *out)
{
    struct weir_kdd_tally by_host = {0};
    struct weir_kdd_tally by_ring = {0};
    const bool whole = host != NULL && count_own_in_host(window, c, host, &by_host);
    if (!whole && c->in_ring) {
        count_own_in_ring(window, c, &by_ring);
    }
    *out = by_ring.host.count > by_host.host.count ? by_ring : by_host;
    if (out->host.count == 0) {
        count_alone(c, out);
    }
}

/* The latest `need` connections to other hosts before the subject. Its own connections among them
 * push the beginning of that stretch back by one each. */
static void count_fill(const struct weir_kdd_window *window, const struct subject *c, uint32_t need,
                       struct weir_kdd_tally *tally)
{
    const uint64_t reach = window->options.fill_scan;
    const uint64_t floor =
        at_least(oldest_position(window), c->position > reach ? c->position - reach + 1 : 1);
    uint64_t low = c->position + 1 > need ? c->position + 1 - need : 1;
    uint64_t own = c->position;
    while (low > floor && own >= low) {
        low--;
        const uint64_t back = window->ring.host_back[(size_t)own & window->mask];
        own = back < own ? own - back : 0;
    }
    low = first_after(window, at_least(low, floor), c->position,
                      c->start_us - window->options.host_age_us);
    tally_global(window, low, c->position, weir_kdd_tally_others, &c->probe, tally);
}

static void find_subject(const struct weir_kdd_window *window, uint64_t position,
                         const struct weir_kdd_conn *conn, struct subject *out)
{
    *out = (struct subject){.probe = {.service = conn->service_key, .src_port = conn->src_port},
                            .start_us = conn->start_us,
                            .position = position,
                            .outcome = conn->outcome,
                            .in_ring = in_ring(window, position)};
    if (out->in_ring) {
        const size_t i = (size_t)position & window->mask;
        out->probe.host = window->ring.link[i].host;
        out->ordinal = window->ring.link[i].ordinal;
        out->start_us = window->ring.start_us[i];
    }
}

static uint16_t distinct(uint32_t count)
{
    return (uint16_t)(count == 1 ? 0 : count);
}

void weir_kdd_window_count(const struct weir_kdd_window *window, uint64_t position,
                           const struct weir_kdd_conn *conn, struct weir_kdd_counts *out)
{
    struct subject c;
    find_subject(window, position, conn, &c);
    const uint32_t id = c.in_ring ? window->ring.link[(size_t)position & window->mask].host_id
                                  : weir_kdd_hosts_find(&window->hosts, &conn->resp);
    struct weir_kdd_tally recent = {0};
    struct weir_kdd_tally own = {0};
    struct weir_kdd_tally fill = {0};
    count_own(window, &c, id != WEIR_KDD_HOST_NONE ? &window->hosts.hosts[id] : NULL, &own);
    if (c.in_ring) {
        count_recent(window, &c, &recent);
        if (own.host.count < window->options.host_conns) {
            count_fill(window, &c, window->options.host_conns - own.host.count, &fill);
        }
    } else {
        count_alone(&c, &recent);
    }
    *out = (struct weir_kdd_counts){
        .count = (uint16_t)recent.host.count,
        .srv_count = (uint16_t)recent.service.count,
        .serror = (uint16_t)recent.host.serror,
        .srv_serror = (uint16_t)recent.service.serror,
        .rerror = (uint16_t)recent.host.rerror,
        .srv_rerror = (uint16_t)recent.service.rerror,
        .same_srv = (uint16_t)recent.both,
        .diff_srv = distinct(recent.host.first),
        .srv_diff_host = distinct(recent.service.first),
        .dst_host_count = (uint16_t)own.host.count,
        .dst_host_srv_count = (uint16_t)(own.service.count + fill.service.count),
        .dst_host_same_srv = (uint16_t)own.both,
        .dst_host_diff_srv = distinct(own.host.first),
        .dst_host_same_src_port = (uint16_t)own.same_port,
        .dst_host_srv_diff_host = distinct(1 + fill.service.first),
        .dst_host_serror = (uint16_t)own.host.serror,
        .dst_host_rerror = (uint16_t)own.host.rerror,
        .dst_host_srv_serror = (uint16_t)(own.service.serror + fill.service.serror),
        .dst_host_srv_rerror = (uint16_t)(own.service.rerror + fill.service.rerror),
    };
}
