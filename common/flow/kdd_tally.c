/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_tally.h"

#include <stdbool.h>

#define GATHER_MAX 64 /* members side by side on the stack */

/* 1 where the condition holds. */
#define ONE(condition) ((uint32_t)(condition))

void weir_kdd_tally_recent(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                           const struct weir_kdd_probe *probe)
{
    const struct weir_kdd_stretch s = *stretch;
    const uint32_t probe_host = probe->host;
    const uint32_t probe_service = probe->service;
    struct weir_kdd_side h = {0};
    struct weir_kdd_side v = {0};
    uint32_t both = 0;
    for (size_t i = 0; i < s.count; i++) {
        const uint32_t host = ONE(s.host[i] == probe_host);
        const uint32_t service = ONE(s.service[i] == probe_service);
        const uint32_t outcome = s.tag[i] >> 16;
        const uint32_t serror = ONE(outcome == WEIR_OUTCOME_SERROR);
        const uint32_t rerror = ONE(outcome == WEIR_OUTCOME_RERROR);
        const uint32_t first = ONE(s.same_back[i] > s.offset + (int32_t)i);
        h.count += host;
        h.serror += host & serror;
        h.rerror += host & rerror;
        h.first += host & first;
        v.count += service;
        v.serror += service & serror;
        v.rerror += service & rerror;
        v.first += service & first;
        both += host & service;
    }
    tally->host.count += h.count;
    tally->host.serror += h.serror;
    tally->host.rerror += h.rerror;
    tally->host.first += h.first;
    tally->service.count += v.count;
    tally->service.serror += v.serror;
    tally->service.rerror += v.rerror;
    tally->service.first += v.first;
    tally->both += both;
}

void weir_kdd_tally_own(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                        const struct weir_kdd_probe *probe)
{
    const struct weir_kdd_stretch s = *stretch;
    const uint32_t probe_service = probe->service;
    const uint32_t probe_port = probe->src_port;
    struct weir_kdd_side h = {0};
    struct weir_kdd_side v = {0};
    uint32_t same_port = 0;
    for (size_t i = 0; i < s.count; i++) {
        const uint32_t service = ONE(s.service[i] == probe_service);
        const uint32_t outcome = s.tag[i] >> 16;
        const uint32_t serror = ONE(outcome == WEIR_OUTCOME_SERROR);
        const uint32_t rerror = ONE(outcome == WEIR_OUTCOME_RERROR);
        h.serror += serror;
        h.rerror += rerror;
        h.first += ONE(s.same_back[i] > s.offset + (int32_t)i);
        v.count += service;
        v.serror += service & serror;
        v.rerror += service & rerror;
        same_port += ONE((s.tag[i] & UINT16_MAX) == probe_port);
    }
    tally->host.count += (uint32_t)s.count;
    tally->host.serror += h.serror;
    tally->host.rerror += h.rerror;
    tally->host.first += h.first;
    tally->service.count += v.count;
    tally->service.serror += v.serror;
    tally->service.rerror += v.rerror;
    tally->both += v.count;
    tally->same_port += same_port;
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

void weir_kdd_tally_others(struct weir_kdd_tally *tally, const struct weir_kdd_stretch *stretch,
                           const struct weir_kdd_probe *probe)
{
    const struct weir_kdd_stretch s = *stretch;
    const uint32_t probe_host = probe->host;
    const uint32_t probe_service = probe->service;
    struct weir_kdd_side v = {0};
    for (size_t i = 0; i < s.count; i++) {
        const uint32_t counts = ONE(s.host[i] != probe_host) & ONE(s.service[i] == probe_service);
        const uint32_t outcome = s.tag[i] >> 16;
        v.count += counts;
        v.serror += counts & ONE(outcome == WEIR_OUTCOME_SERROR);
        v.rerror += counts & ONE(outcome == WEIR_OUTCOME_RERROR);
        v.first += counts & ONE(s.same_back[i] > s.offset + (int32_t)i);
    }
    tally->service.count += v.count;
    tally->service.serror += v.serror;
    tally->service.rerror += v.rerror;
    tally->service.first += v.first;
}
