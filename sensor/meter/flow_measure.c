/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_measure.h"

#include <string.h>

#include "common/base/hash.h"

#include "common/flow/community_id.h"

#include "sensor/meter/entropy.h"
#include "sensor/meter/flow_report.h"

#define ICMP_HEADER 8U /* what of an ICMP message is header */

int flow_measure_init(struct flow_measure *measure, const struct meter_options *options,
                      struct flow_table *table, struct meter_counts *counts)
{
    const size_t most = options->statistics_max;
    const uint32_t flows = (uint32_t)options->flows_max;
    *measure = (struct flow_measure){
        .table = table,
        .counts = counts,
        .hash_key = options->hash_key,
        .community_id_seed = options->community_id_seed,
        .key_vlan = options->key_vlan,
        .payload = options->payload_statistics,
    };
    if (most == 0) {
        return WEIR_OK;
    }
    const int err = statistics_pool_new(most < flows ? (uint32_t)most : flows, &measure->pool);
    return err != WEIR_OK ? err : active_counts_new(flows, options->hash_key, &measure->active);
}

void flow_measure_fini(struct flow_measure *measure)
{
    statistics_pool_free(measure->pool);
    active_counts_free(measure->active);
}

static struct active_ends ends_of(const struct flow *flow)
{
    const bool icmp =
        flow->key.protocol == WEIR_PROTO_ICMP || flow->key.protocol == WEIR_PROTO_ICMPV6;
    return (struct active_ends){
        .orig = flow_report_address(flow, 0),
        .resp = flow_report_address(flow, 1),
        .resp_port = icmp ? 0 : flow->resp_port,
        .protocol = flow->key.protocol,
    };
}

void flow_measure_begin(struct flow_measure *measure, struct flow *flow)
{
    if (measure->active == NULL || measure->level >= WEIR_DETAIL_COUNTERS) {
        return;
    }
    const struct active_ends ends = ends_of(flow);
    flow->active = active_counts_add(measure->active, &ends);
    measure->counts->active_denied += flow->active ? 0 : 1;
}

static void give_back(struct flow_measure *measure, struct flow *flow)
{
    if (flow->statistics != 0) {
        statistics_pool_remove(measure->pool, flow->statistics);
        flow->statistics = 0;
        measure->counts->statistics_used--;
    }
}

void flow_measure_drop(struct flow_measure *measure, struct flow *flow)
{
    flow->unmeasured = true;
    give_back(measure, flow);
}

/* The level is not full: notes it. False when the packet is not to be measured. */
static bool may_measure(struct flow_measure *measure, struct flow *flow)
{
    if (flow->detail < measure->level) {
        flow->detail = measure->level;
    }
    if (measure->level >= WEIR_DETAIL_NO_STATISTICS && !flow->unmeasured) {
        flow_measure_drop(measure, flow);
    }
    return !flow->unmeasured;
}

/* The flow's block, taken with its first packet; NULL when it has none. */
static struct flow_statistics *block_of(struct flow_measure *measure, struct flow *flow)
{
    if (measure->level != WEIR_DETAIL_FULL && !may_measure(measure, flow)) {
        return NULL;
    }
    if (flow->statistics == 0) {
        if (flow->unmeasured || measure->pool == NULL) {
            return NULL;
        }
        flow->statistics = statistics_pool_add(measure->pool);
        if (flow->statistics == 0) {
            flow->unmeasured = true;
            measure->counts->statistics_denied++;
            return NULL;
        }
        measure->counts->statistics_used++;
    }
    return statistics_pool_find(measure->pool, flow->statistics);
}

static bool reads_payload(const struct flow_measure *measure)
{
    return measure->payload && measure->level == WEIR_DETAIL_FULL;
}

static void add_bytes(struct flow_measure *measure, struct flow_statistics *statistics, int end,
                      const uint8_t *bytes, uint32_t size)
{
    if (statistics->payload[end].counted < ENTROPY_BYTES_MAX && size > 0) {
        statistics_pool_add_payload(measure->pool, statistics, end, bytes, size);
    }
}

static uint32_t hash_of(const struct packet *packet)
{
    if (packet->payload == NULL || packet->payload_captured != packet->payload_bytes) {
        return 0;
    }
    const uint32_t hash = (uint32_t)weir_hash(packet->payload, packet->payload_captured);
    return hash == 0 ? 1 : hash;
}

static void add_segment(struct flow_measure *measure, struct flow_statistics *statistics,
                        struct flow *flow, const struct flow_measure_packet *measured)
{
    const struct packet *packet = measured->packet;
    const int end = measured->from_orig ? 0 : 1;
    const bool reads = packet->payload_bytes > 0 && reads_payload(measure);
    const struct tcp_statistics_segment segment = {
        .packet = packet,
        .options = measured->options,
        .step = measured->step,
        .peer_bytes = &flow->side[1 - end].tcp.bytes,
        .hash =
            reads && flow_statistics_follows(statistics, end, measured->step) ? hash_of(packet) : 0,
    };
    flow_statistics_add_tcp(statistics, flow, &segment, measured->from_orig);
    if (reads && packet->payload != NULL && measured->step->fresh == packet->payload_bytes) {
        add_bytes(measure, statistics, end, packet->payload, packet->payload_captured);
    }
}

/* The flow an ICMP error complains about, and the name everybody has for it. */
static void find_parent(const struct flow_measure *measure, struct icmp_statistics *icmp,
                        const struct packet *error)
{
    struct packet quoted;
    if (!icmp_statistics_quoted(error, &quoted)) {
        return;
    }
    if (error->vlan_count > 0) {
        quoted.vlan_count = error->vlan_count;
        memcpy(quoted.vlan, error->vlan, sizeof(quoted.vlan));
    }
    const struct weir_flow_side from = {.address = quoted.source, .port = quoted.source_port};
    const struct weir_flow_side to = {.address = quoted.destination,
                                      .port = quoted.destination_port};
    weir_community_id(measure->community_id_seed, quoted.protocol, &from, &to,
                      icmp->parent_community_id);
    struct flow_key key;
    bool from_low = false;
    flow_key_init(&key, &quoted, measure->key_vlan, &from_low);
    const struct flow *parent =
        flow_table_find(measure->table, &key, flow_key_hash(&key, measure->hash_key));
    icmp->parent_flow_id = parent == NULL ? 0 : parent->flow_id;
}

static void add_message(struct flow_measure *measure, struct flow_statistics *statistics,
                        const struct packet *packet, bool from_orig)
{
    icmp_statistics_add(&statistics->icmp, packet);
    if (packet->embedded != NULL && statistics->icmp.parent_community_id[0] == '\0') {
        find_parent(measure, &statistics->icmp, packet);
    }
    if (packet->payload != NULL && packet->payload_captured > ICMP_HEADER &&
        reads_payload(measure)) {
        add_bytes(measure, statistics, from_orig ? 0 : 1, packet->payload + ICMP_HEADER,
                  packet->payload_captured - ICMP_HEADER);
    }
}

void flow_measure_add(struct flow_measure *measure, struct flow *flow,
                      const struct flow_measure_packet *measured)
{
    const struct packet *packet = measured->packet;
    struct flow_statistics *statistics = block_of(measure, flow);
    if (statistics == NULL) {
        return;
    }
    flow_statistics_add(statistics, flow, packet, measured->from_orig);
    if (!measured->has_header) {
        return;
    }
    switch (packet->protocol) {
    case WEIR_PROTO_TCP:
        add_segment(measure, statistics, flow, measured);
        break;
    case WEIR_PROTO_UDP:
        if (packet->payload != NULL && reads_payload(measure)) {
            add_bytes(measure, statistics, measured->from_orig ? 0 : 1, packet->payload,
                      packet->payload_captured);
        }
        break;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        add_message(measure, statistics, packet, measured->from_orig);
        break;
    default:
        break;
    }
}

void flow_measure_add_fragments(struct flow_measure *measure, struct flow *flow, uint32_t waited,
                                uint32_t wrong)
{
    if (flow->statistics != 0) {
        struct flow_statistics *statistics = statistics_pool_find(measure->pool, flow->statistics);
        statistics->frag_count += waited;
        statistics->frag_errors += wrong;
    }
}

void flow_measure_report(struct flow_measure *measure, struct flow *flow,
                         struct weir_block_pool *holes, struct weir_flow_record *record)
{
    if (flow->statistics == 0 || record->record_type == WEIR_RECORD_START) {
        return;
    }
    const struct flow_statistics *statistics =
        statistics_pool_find(measure->pool, flow->statistics);
    statistics_pool_expect_entropy(measure->pool, statistics);
    flow_statistics_fill(statistics, flow, &measure->record);
    measure->record.orig.payload_entropy = statistics_pool_entropy(measure->pool, statistics, 0);
    measure->record.resp.payload_entropy = statistics_pool_entropy(measure->pool, statistics, 1);
    if (flow->active) {
        const struct active_ends ends = ends_of(flow);
        if (record->record_type == WEIR_RECORD_FINAL) {
            active_counts_remove(measure->active, &ends, &measure->record);
            flow->active = false;
        } else {
            active_counts_fill(measure->active, &ends, &measure->record);
        }
    }
    if (record->record_type == WEIR_RECORD_FINAL) {
        record->tcp_anomaly |= flow_statistics_lost(statistics, flow, holes);
    }
    record->statistics = &measure->record;
}

void flow_measure_expect_end(const struct flow_measure *measure, const struct flow *flow)
{
    if (flow->statistics != 0) {
        statistics_pool_expect_all(measure->pool, flow->statistics,
                                   flow->key.protocol == WEIR_PROTO_TCP);
    }
    if (flow->active) {
        const struct active_ends ends = ends_of(flow);
        active_counts_expect(measure->active, &ends);
    }
}

void flow_measure_end(struct flow_measure *measure, struct flow *flow)
{
    if (flow->active) {
        const struct active_ends ends = ends_of(flow);
        active_counts_remove(measure->active, &ends, &measure->record);
    }
    give_back(measure, flow);
}
