/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_tally.h"

#include <stdbool.h>

#define GATHER_MAX 64 /* members side by side on the stack */

/* Where the linker can choose among them at start, one copy of each loop per width of vectors: the
 * sums are whole numbers, so all copies count the same. */
#ifdef WEIR_TALLY_CLONES
#define WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define WIDEST
#endif

/* 1 where the condition holds; all ones where it does. */
#define ONE(condition)  ((uint32_t)(condition))
#define MASK(condition) (0U - ONE(condition))

/* A member's share in count, serror and rerror, ten bits each, so that one sum gives all three. The
 * sums of PART_MAX members fit. */
#define SHARE(tag) (1U | ((tag) >> 6 & UINT32_C(0x400)) | ((tag) << 3 & UINT32_C(0x100000)))
#define PART_MAX   1023

_Static_assert(WEIR_OUTCOME_SERROR == 1 && WEIR_OUTCOME_RERROR == 2,
               "the outcomes are bits 16 and 17 of a tag");

static void add_shares(struct weir_kdd_side *side, uint32_t shares)
{
    side->count += shares & 0x3ffU;
    side->serror += shares >> 10 & 0x3ffU;
    side->rerror += shares >> 20;
}

typedef void tally_part_fn(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *part,
                           const struct weir_kdd_probe *probe);

static void tally_parts(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                        const struct weir_kdd_probe *probe, tally_part_fn *tally_part)
{
    struct weir_kdd_stretch part = *stretch;
    size_t left = stretch->count;
    while (left > PART_MAX) {
        part.count = PART_MAX;
        tally_part(tally, &part, probe);
        part.host = part.host == NULL ? NULL : part.host + PART_MAX;
        part.service += PART_MAX;
        part.tag += PART_MAX;
        part.same_back += PART_MAX;
        part.offset += PART_MAX;
        left -= PART_MAX;
    }
    part.count = left;
    tally_part(tally, &part, probe);
}

WIDEST static void tally_recent(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *part,
                                const struct weir_kdd_probe *probe)
{
    const struct weir_kdd_stretch s = *part;
    const int32_t count = (int32_t)s.count;
    const uint32_t probe_host = probe->host;
    const uint32_t probe_service = probe->service;
    uint32_t host_shares = 0;
    uint32_t service_shares = 0;
    uint32_t host_first = 0;
    uint32_t service_first = 0;
    uint32_t both = 0;
    for (int32_t i = 0; i < count; i++) {
        const uint32_t host = MASK(s.host[i] == probe_host);
        const uint32_t service = MASK(s.service[i] == probe_service);
        const uint32_t share = SHARE(s.tag[i]);
        const uint32_t first = ONE(s.same_back[i] > s.offset + i);
        host_shares += host & share;
        service_shares += service & share;
        host_first += host & first;
        service_first += service & first;
        both += host & service & 1U;
    }
    add_shares(&tally->host, host_shares);
    add_shares(&tally->service, service_shares);
    tally->host.first += host_first;
    tally->service.first += service_first;
    tally->both += both;
}

void weir_kdd_tally_recent(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                           const struct weir_kdd_probe *probe)
{
    tally_parts(tally, stretch, probe, tally_recent);
}

WIDEST static void tally_own(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *part,
                             const struct weir_kdd_probe *probe)
{
    const struct weir_kdd_stretch s = *part;
    const int32_t count = (int32_t)s.count;
    const uint32_t probe_service = probe->service;
    const uint32_t probe_port = probe->src_port;
    uint32_t host_shares = 0;
    uint32_t service_shares = 0;
    uint32_t host_first = 0;
    uint32_t same_port = 0;
    for (int32_t i = 0; i < count; i++) {
        const uint32_t share = SHARE(s.tag[i]);
        host_shares += share;
        service_shares += MASK(s.service[i] == probe_service) & share;
        host_first += ONE(s.same_back[i] > s.offset + i);
        same_port += ONE((s.tag[i] & UINT16_MAX) == probe_port);
    }
    add_shares(&tally->host, host_shares);
    add_shares(&tally->service, service_shares);
    tally->host.first += host_first;
    tally->both += service_shares & 0x3ffU;
    tally->same_port += same_port;
}

void weir_kdd_tally_own(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                        const struct weir_kdd_probe *probe)
{
    tally_parts(tally, stretch, probe, tally_own);
}

void weir_kdd_tally_linked(struct weir_kdd_tally *tally, const struct weir_kdd_links *links,
                           const struct weir_kdd_probe *probe)
{
    uint32_t service[GATHER_MAX];
    uint32_t tag[GATHER_MAX];
    int32_t same_back[GATHER_MAX];
    const struct weir_kdd_stretch gathered = {.service = service,
                                              .tag = tag,
                                              .same_back = same_back};
    uint64_t p = links->high;
    bool last = false;
    while (!last) {
        struct weir_kdd_stretch part = gathered;
        while (!last && part.count < GATHER_MAX) {
            const size_t i = (size_t)p & links->mask;
            const bool first = links->same_back[i] > (int32_t)(p - links->low);
            service[part.count] = links->service[i];
            tag[part.count] = links->tag[i];
            same_back[part.count] = first ? WEIR_KDD_BACK_MAX : 0;
            part.count++;
            last = p == links->low;
            p -= links->host_back[i];
        }
        weir_kdd_tally_own(tally, &part, probe);
    }
}

WIDEST static void tally_others(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *part,
                                const struct weir_kdd_probe *probe)
{
    const struct weir_kdd_stretch s = *part;
    const int32_t count = (int32_t)s.count;
    const uint32_t probe_host = probe->host;
    const uint32_t probe_service = probe->service;
    uint32_t shares = 0;
    uint32_t first = 0;
    for (int32_t i = 0; i < count; i++) {
        const uint32_t counts = MASK(s.host[i] != probe_host) & MASK(s.service[i] == probe_service);
        shares += counts & SHARE(s.tag[i]);
        first += counts & ONE(s.same_back[i] > s.offset + i);
    }
    add_shares(&tally->service, shares);
    tally->service.first += first;
}

void weir_kdd_tally_others(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                           const struct weir_kdd_probe *probe)
{
    tally_parts(tally, stretch, probe, tally_others);
}
