/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_hosts.h"
#include "common/flow/kdd_ring.h"
#include "common/flow/kdd_tally.h"
#include "common/flow/kdd_window.h"

/* The connection whose windows are counted, as the rings have it or as the caller has it. */
struct subject {
    struct weir_kdd_probe probe;
    int64_t start_us;
    uint64_t position;
    uint64_t ordinal; /* at its host, when in the ring */
    enum weir_outcome outcome;
    bool in_ring;
};

static uint64_t at_least(uint64_t value, uint64_t least)
{
    return value > least ? value : least;
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
    const struct weir_kdd_ring *ring = &window->ring;
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
    const uint64_t low = first_after(window, at_least(latest, weir_kdd_ring_oldest(window)),
                                     c->position, c->start_us - window->options.span_us);
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
    const struct weir_kdd_ring *ring = &window->ring;
    const uint64_t oldest = weir_kdd_ring_oldest(window);
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
        at_least(weir_kdd_ring_oldest(window), c->position > reach ? c->position - reach + 1 : 1);
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
                            .in_ring = weir_kdd_ring_has(window, position)};
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
