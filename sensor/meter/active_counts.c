/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/active_counts.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/pages.h"

#define BUCKETS_FIRST 4096
#define PER_FLOW      4 /* counters that one flow may need */

/* What a counter counts is in its name, so that the four never meet. */
enum role {
    ROLE_ORIG = 1,
    ROLE_RESP = 2,
    ROLE_PAIR = 3,
    ROLE_PORT = 4,
};

struct bucket {
    uint64_t name; /* 0 = empty */
    uint64_t count;
};

/* At most half of the mask + 1 buckets are taken until there are as many as may be. A table of n
 * buckets lies at memory + n, so that one twice as large never overlaps it. */
struct names {
    uint64_t orig, resp, pair, port;
};

#define WAITING_MAX 8

struct active_counts {
    struct names waiting[WAITING_MAX]; /* flows that began, whose counters are on their way */
    unsigned waiting_count;
    struct bucket *memory;
    struct bucket *buckets;
    size_t mask, buckets_max, size;
    uint64_t hash_key;
};

int active_counts_new(uint32_t flows_max, uint64_t hash_key, struct active_counts **out)
{
    struct active_counts *counts = calloc(1, sizeof(*counts));
    if (counts == NULL) {
        return WEIR_ENOMEM;
    }
    size_t buckets = BUCKETS_FIRST;
    while (buckets < (size_t)flows_max * PER_FLOW) { /* most flows share a host with another */
        buckets *= 2;
    }
    void *pages = NULL;
    if (weir_pages_new(buckets * 2 * sizeof(counts->buckets[0]), &pages) != WEIR_OK) {
        free(counts);
        return WEIR_ENOMEM;
    }
    counts->memory = pages;
    counts->buckets = counts->memory + BUCKETS_FIRST;
    counts->buckets_max = buckets;
    counts->mask = BUCKETS_FIRST - 1;
    counts->hash_key = hash_key;
    *out = counts;
    return WEIR_OK;
}

void active_counts_free(struct active_counts *counts)
{
    if (counts != NULL) {
        weir_pages_free(counts->memory, counts->buckets_max * 2 * sizeof(counts->buckets[0]));
        free(counts);
    }
}

/* Spreads every bit of a 64-bit value over all of them (Stafford's mix 13). */
static uint64_t mixed(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return x == 0 ? 1 : x;
}

static struct names names_of(const struct active_counts *counts, const struct active_ends *ends)
{
    const uint64_t orig =
        weir_hash_keyed(ends->orig.bytes, sizeof(ends->orig.bytes), counts->hash_key);
    const uint64_t resp =
        weir_hash_keyed(ends->resp.bytes, sizeof(ends->resp.bytes), counts->hash_key);
    const uint64_t port = ((uint64_t)ends->protocol << 16) | ends->resp_port;
    return (struct names){
        .orig = mixed(orig + ROLE_ORIG),
        .resp = mixed(resp + ROLE_RESP),
        .pair = mixed(mixed(orig + ROLE_PAIR) + resp),
        .port = mixed(mixed(orig + ROLE_PORT) + port),
    };
}

/* Four counters lie in four places: the memory is asked for all of them at once, and a flow that
 * begins is counted when it had time to answer. */
static void expect(const struct active_counts *counts, const struct names *names)
{
    __builtin_prefetch(&counts->buckets[(size_t)names->pair & counts->mask], 1);
    __builtin_prefetch(&counts->buckets[(size_t)names->port & counts->mask], 1);
    __builtin_prefetch(&counts->buckets[(size_t)names->orig & counts->mask], 1);
    __builtin_prefetch(&counts->buckets[(size_t)names->resp & counts->mask], 1);
}

/* Where the counter is, or where it would be. */
static struct bucket *place_of(const struct active_counts *counts, uint64_t name)
{
    size_t i = (size_t)name & counts->mask;
    while (counts->buckets[i].name != 0 && counts->buckets[i].name != name) {
        i = (i + 1) & counts->mask;
    }
    return &counts->buckets[i];
}

/* Twice the buckets, in memory that was never used. */
static void grow(struct active_counts *counts)
{
    const struct bucket *old = counts->buckets;
    const size_t old_count = counts->mask + 1;
    counts->mask = old_count * 2 - 1;
    counts->buckets = counts->memory + old_count * 2;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].name != 0) {
            *place_of(counts, old[i].name) = old[i];
        }
    }
}

static uint64_t increase(struct active_counts *counts, uint64_t name)
{
    struct bucket *bucket = place_of(counts, name);
    if (bucket->name == 0) {
        bucket->name = name;
        counts->size++;
    }
    return ++bucket->count;
}

static void close_hole(struct active_counts *counts, size_t hole)
{
    struct bucket *buckets = counts->buckets;
    buckets[hole] = (struct bucket){0};
    for (size_t i = (hole + 1) & counts->mask; buckets[i].name != 0; i = (i + 1) & counts->mask) {
        const size_t home = (size_t)buckets[i].name & counts->mask;
        if (((i - home) & counts->mask) >= ((i - hole) & counts->mask)) {
            buckets[hole] = buckets[i];
            buckets[i] = (struct bucket){0};
            hole = i;
        }
    }
    counts->size--;
}

/* The count as it was with the flow. */
static uint64_t decrease(struct active_counts *counts, uint64_t name)
{
    struct bucket *bucket = place_of(counts, name);
    weir_check(bucket->name == name && bucket->count > 0);
    const uint64_t count = bucket->count--;
    if (count == 1) {
        close_hole(counts, (size_t)(bucket - counts->buckets));
    }
    return count;
}

/* Counts the flows that wait, in the order in which they began. */
static void count_waiting(struct active_counts *counts)
{
    for (unsigned i = 0; i < counts->waiting_count; i++) {
        const struct names *names = &counts->waiting[i];
        if (increase(counts, names->pair) == 1) {
            (void)increase(counts, names->orig);
            (void)increase(counts, names->resp);
        }
        (void)increase(counts, names->port);
    }
    counts->waiting_count = 0;
}

static bool has_room(const struct active_counts *counts, size_t buckets)
{
    return counts->size + (size_t)PER_FLOW * (counts->waiting_count + 1) <= buckets;
}

/* False when even the largest table would be too full. */
static bool make_room(struct active_counts *counts)
{
    count_waiting(counts);
    if (has_room(counts, (counts->mask + 1) / 2)) {
        return true;
    }
    if (counts->mask + 1 < counts->buckets_max) {
        grow(counts);
        return true;
    }
    return has_room(counts, counts->mask / 8 * 7);
}

bool active_counts_add(struct active_counts *counts, const struct active_ends *ends)
{
    if ((counts->waiting_count == WAITING_MAX || !has_room(counts, (counts->mask + 1) / 2)) &&
        !make_room(counts)) {
        return false;
    }
    struct names *names = &counts->waiting[counts->waiting_count++];
    *names = names_of(counts, ends);
    expect(counts, names);
    return true;
}

void active_counts_expect(const struct active_counts *counts, const struct active_ends *ends)
{
    const struct names names = names_of(counts, ends);
    expect(counts, &names);
}

static uint64_t count_of(const struct active_counts *counts, uint64_t name)
{
    return place_of(counts, name)->count;
}

void active_counts_fill(struct active_counts *counts, const struct active_ends *ends,
                        struct weir_flow_statistics *out)
{
    count_waiting(counts);
    const struct names names = names_of(counts, ends);
    out->active_peers_src = (uint32_t)count_of(counts, names.orig);
    out->active_peers_dst = (uint32_t)count_of(counts, names.resp);
    out->active_pair_conns = (uint32_t)count_of(counts, names.pair);
    out->active_srcport_conns = (uint32_t)count_of(counts, names.port);
}

void active_counts_remove(struct active_counts *counts, const struct active_ends *ends,
                          struct weir_flow_statistics *out)
{
    count_waiting(counts);
    const struct names names = names_of(counts, ends);
    expect(counts, &names);
    const uint64_t pair = decrease(counts, names.pair);
    out->active_pair_conns = (uint32_t)pair;
    out->active_srcport_conns = (uint32_t)decrease(counts, names.port);
    if (pair == 1) {
        out->active_peers_src = (uint32_t)decrease(counts, names.orig);
        out->active_peers_dst = (uint32_t)decrease(counts, names.resp);
    } else {
        out->active_peers_src = (uint32_t)count_of(counts, names.orig);
        out->active_peers_dst = (uint32_t)count_of(counts, names.resp);
    }
}
