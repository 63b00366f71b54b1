/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/decode/fragment_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/hash.h"

#include "common/flow/flow_record.h"

#include "sensor/decode/fragment_pieces.h"

#define NONE UINT32_MAX

#define DATAGRAM_BYTES_MAX 65535U /* largest end of a fragment that an IP datagram can have */

const struct fragment_table_options fragment_table_defaults = {
    .datagrams_max = 4096,
    .pieces_max = 16384,
    .timeout_us = 30 * WEIR_US_PER_S,
    .hash_key = 0,
};

struct fragment_key { /* hashed as bytes: no padding */
    uint8_t source[16], destination[16];
    uint32_t ip_id;
    uint8_t protocol;
    uint8_t address_size;
    uint8_t zero[2];
};
_Static_assert(sizeof(struct fragment_key) == 40, "the key is hashed as bytes");

/* A datagram is in one bucket's chain and in the queue by first fragment, oldest first. The clock
 * never goes back, so the queue is also the order in which datagrams time out. */
struct datagram {
    struct fragment_key key;
    struct fragment_given_up known; /* what is told when it is given up; filled as it is learned */
    struct fragment_pieces pieces;
    int64_t first_us;
    uint64_t payload_told; /* UDP, ICMP, other: payload already given to the flow */
    uint32_t chain;        /* next in the bucket */
    uint32_t older, newer; /* queue */
    uint32_t tcp_sequence; /* of the first payload byte */
    uint16_t header_bytes; /* of the datagram's content that are no payload */
    uint16_t udp_bytes;    /* the UDP length field; 0 = none */
    uint16_t reached;      /* greatest offset that came */
    bool complete;
    bool hopeless; /* it can never be whole: 1.7 (b) was told, or a piece found no room. Then (f) is
                      not told as well: once is enough, and our limits are nobody's fault */
};

struct fragment_table {
    struct fragment_table_options options;
    fragment_sink_fn *sink;
    void *context;
    struct datagram *datagrams;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t free;           /* chained by `chain` */
    uint32_t oldest, newest; /* queue */
    struct fragment_piece_pool pool;
    struct fragment_table_counters counters;
};

static uint32_t *bucket_of(struct fragment_table *table, const struct fragment_key *key)
{
    const uint64_t hash = weir_hash_keyed(key, sizeof(*key), table->options.hash_key);
    return &table->buckets[(uint32_t)hash & table->bucket_mask];
}

static void key_of(const struct packet *packet, struct fragment_key *key)
{
    memset(key, 0, sizeof(*key));
    memcpy(key->source, packet->source.bytes, 16);
    memcpy(key->destination, packet->destination.bytes, 16);
    key->ip_id = packet->ip_id;
    key->protocol = packet->fragment_protocol;
    key->address_size = packet->source.size;
}

static uint32_t find(struct fragment_table *table, const struct fragment_key *key)
{
    uint32_t at = *bucket_of(table, key);
    while (at != NONE && memcmp(&table->datagrams[at].key, key, sizeof(*key)) != 0) {
        at = table->datagrams[at].chain;
    }
    return at;
}

static void forget(struct fragment_table *table, uint32_t at)
{
    struct datagram *datagram = &table->datagrams[at];
    uint32_t *link = bucket_of(table, &datagram->key);
    while (*link != at) {
        weir_check(*link != NONE);
        link = &table->datagrams[*link].chain;
    }
    *link = datagram->chain;
    if (datagram->older != NONE) {
        table->datagrams[datagram->older].newer = datagram->newer;
    } else {
        table->oldest = datagram->newer;
    }
    if (datagram->newer != NONE) {
        table->datagrams[datagram->newer].older = datagram->older;
    } else {
        table->newest = datagram->older;
    }
    fragment_pieces_fini(&datagram->pieces, &table->pool);
    datagram->chain = table->free;
    table->free = at;
    table->counters.known--;
}

/* Payload that has come and belongs to the datagram's transport payload, each byte once. */
static uint64_t payload_present(const struct datagram *datagram)
{
    const uint64_t covered = datagram->pieces.covered_bytes;
    if (!datagram->known.has_first) {
        return covered;
    }
    uint64_t content = covered;
    if (datagram->udp_bytes != 0) {
        const uint64_t limit = (uint64_t)datagram->udp_bytes +
                               (datagram->header_bytes - 8U); /* IPv6 headers before UDP */
        content = covered < limit ? covered : limit;
    }
    return content > datagram->header_bytes ? content - datagram->header_bytes : 0;
}

/* Tells the sink of a datagram whose end did not come, unless there is nothing to tell. */
static void give_up(struct fragment_table *table, struct datagram *datagram, int64_t now_us)
{
    struct fragment_given_up *known = &datagram->known;
    if (!known->has_first) {
        table->counters.headless++;
        known->payload_bytes = payload_present(datagram);
    }
    known->time_us = now_us;
    if (table->sink != NULL && (!known->has_first || known->wrong > 0)) {
        table->sink(table->context, known);
    }
}

/* Ends the oldest datagram as timed out. */
static void expire_oldest(struct fragment_table *table)
{
    const uint32_t at = table->oldest;
    struct datagram *datagram = &table->datagrams[at];
    if (!datagram->complete) {
        table->counters.incomplete++;
        if (!datagram->hopeless) {
            datagram->known.wrong++; /* 1.7 (f) */
        }
        give_up(table, datagram, datagram->first_us + table->options.timeout_us);
    }
    forget(table, at);
}

static void evict_oldest(struct fragment_table *table, int64_t now_us)
{
    const uint32_t at = table->oldest;
    struct datagram *datagram = &table->datagrams[at];
    if (!datagram->complete) {
        table->counters.evicted++;
        give_up(table, datagram, now_us);
    }
    forget(table, at);
}

static struct datagram *begin(struct fragment_table *table, const struct fragment_key *key,
                              const struct packet *packet)
{
    if (table->free == NONE) {
        evict_oldest(table, packet->time_us);
    }
    const uint32_t at = table->free;
    struct datagram *datagram = &table->datagrams[at];
    table->free = datagram->chain;
    uint32_t *bucket = bucket_of(table, key);
    *datagram = (struct datagram){
        .key = *key,
        .known = {.source = packet->source,
                  .destination = packet->destination,
                  .ip_version = packet->ip_version,
                  .protocol = packet->fragment_protocol,
                  .vlan_count = packet->vlan_count},
        .first_us = packet->time_us,
        .chain = *bucket,
        .older = table->newest,
        .newer = NONE,
    };
    memcpy(datagram->known.vlan, packet->vlan, sizeof(packet->vlan));
    memcpy(datagram->known.source_mac, packet->source_mac, 6);
    memcpy(datagram->known.destination_mac, packet->destination_mac, 6);
    fragment_pieces_init(&datagram->pieces);
    *bucket = at;
    if (table->newest != NONE) {
        table->datagrams[table->newest].newer = at;
    } else {
        table->oldest = at;
    }
    table->newest = at;
    table->counters.datagrams++;
    table->counters.known++;
    return datagram;
}

static struct fragment_piece piece_of(const struct packet *packet)
{
    /* The datagram's content begins at the fragment header's end, before ip_payload. */
    const uint32_t skip = packet->fragment_skip;
    return (struct fragment_piece){
        .offset = packet->fragment_offset,
        .bytes = packet->ip_payload_bytes + skip,
        .hash = weir_hash(packet->ip_payload - skip, packet->ip_payload_captured + skip),
    };
}

/* The datagram this fragment belongs to. A finished one absorbs exact repeats of its later parts
 * (the same wire seen twice); anything else under its id is a new datagram. */
static struct datagram *datagram_of(struct fragment_table *table, const struct packet *packet,
                                    const struct fragment_piece *piece)
{
    struct fragment_key key;
    key_of(packet, &key);
    const uint32_t at = find(table, &key);
    if (at == NONE) {
        return begin(table, &key, packet);
    }
    struct datagram *datagram = &table->datagrams[at];
    if (datagram->complete &&
        (piece->offset == 0 || !fragment_pieces_has(&datagram->pieces, &table->pool, piece))) {
        forget(table, at);
        return begin(table, &key, packet);
    }
    return datagram;
}

/* Adds the piece and gives the number of wrong_fragment events it raises. */
static uint32_t check_piece(struct fragment_table *table, struct datagram *datagram,
                            const struct packet *packet, const struct fragment_piece *piece)
{
    const uint32_t end = piece->offset + piece->bytes;
    const bool more = (packet->flags & PACKET_MORE) != 0;
    struct fragment_pieces *pieces = &datagram->pieces;
    uint32_t wrong = 0;
    if (end > DATAGRAM_BYTES_MAX) { /* (b) */
        datagram->hopeless = true;
        return 1;
    }
    if (piece->offset > 0 && piece->bytes == 0) { /* (d) */
        return 1;
    }
    if (fragment_pieces_has(pieces, &table->pool, piece)) {
        return 0;
    }
    if (more && piece->bytes % 8 != 0) { /* (c) */
        wrong++;
    }
    if (pieces->end_known && (end > pieces->end || (!more && end != pieces->end))) { /* (e) */
        pieces->end_known = false;
        pieces->end_denied = true;
        wrong++;
    } else if (!more && end < pieces->highest_end) { /* (e) */
        pieces->end_denied = true;
        wrong++;
    } else if (!more && !pieces->end_denied) {
        pieces->end_known = true;
        pieces->end = end;
    }
    bool overlaps = false;
    if (!fragment_pieces_add(pieces, &table->pool, piece, &overlaps)) {
        table->counters.overflowed++;
        datagram->hopeless = true;
    }
    return wrong + (overlaps ? 1U : 0U); /* (a) */
}

/* Payload the flow has not been told of. ICMP and TCP wait for the whole: specification 1.4. */
static uint64_t payload_new(struct datagram *datagram, const struct packet *packet, bool is_first)
{
    uint64_t present = 0;
    switch (datagram->known.protocol) {
    case WEIR_PROTO_TCP:
        return 0;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        present = datagram->complete ? payload_present(datagram)
                  : is_first         ? packet->payload_bytes
                                     : 0;
        break;
    default:
        present = payload_present(datagram);
        break;
    }
    if (present <= datagram->payload_told) {
        return 0;
    }
    const uint64_t added = present - datagram->payload_told;
    datagram->payload_told = present;
    return added;
}

/* Learns the flow from the fragment with offset 0. */
static void learn_first(struct datagram *datagram, const struct packet *packet)
{
    struct fragment_given_up *known = &datagram->known;
    known->has_first = true;
    known->protocol = packet->protocol;
    known->source_port = packet->source_port;
    known->destination_port = packet->destination_port;
    known->icmp_id = packet->icmp_id;
    known->packet_flags = packet->flags;
    datagram->udp_bytes = packet->udp_bytes;
    datagram->header_bytes =
        (uint16_t)(packet->fragment_skip + (packet->payload - packet->ip_payload));
    if (packet->protocol == WEIR_PROTO_TCP) {
        datagram->tcp_sequence =
            packet->tcp_sequence + ((packet->tcp_flags & PACKET_TCP_SYN) != 0 ? 1U : 0U);
        datagram->header_bytes = (uint16_t)(packet->fragment_skip + packet->tcp_header_bytes);
    }
}

static void fill_later(const struct datagram *datagram, struct packet *packet)
{
    const struct fragment_given_up *known = &datagram->known;
    const unsigned kept = PACKET_HAS_PORTS | PACKET_HAS_ICMP_ID;
    packet->protocol = known->protocol;
    packet->source_port = known->source_port;
    packet->destination_port = known->destination_port;
    packet->icmp_id = known->icmp_id;
    packet->flags |= known->packet_flags & kept;
}

static void hold(struct datagram *datagram, const struct packet *packet, uint32_t wrong)
{
    struct fragment_held *held = &datagram->known.held;
    if (held->packets == 0) {
        held->first_us = packet->time_us;
    }
    held->last_us = packet->time_us;
    held->packets++;
    held->ip_bytes += packet->ip_total_bytes;
    datagram->known.wrong += wrong;
}

/* TCP payload goes by sequence numbers, so the flow's own bookkeeping takes each byte once. */
static void tcp_range(const struct datagram *datagram, const struct packet *packet, bool is_first,
                      struct fragment_result *result)
{
    if (datagram->known.protocol != WEIR_PROTO_TCP ||
        (datagram->known.packet_flags & PACKET_HAS_TRANSPORT) == 0) {
        return;
    }
    result->tcp_sequence = datagram->tcp_sequence;
    if (result->complete) {
        result->tcp_bytes = (uint32_t)payload_present(datagram);
    } else if (is_first) {
        result->tcp_bytes = packet->payload_bytes;
    }
}

void fragment_table_add(struct fragment_table *table, struct packet *packet,
                        struct fragment_result *result)
{
    fragment_table_advance(table, packet->time_us);
    table->counters.fragments++;
    const struct fragment_piece piece = piece_of(packet);
    struct datagram *datagram = datagram_of(table, packet, &piece);
    const bool was_complete = datagram->complete;
    const uint32_t wrong = check_piece(table, datagram, packet, &piece);
    *result = (struct fragment_result){.wrong = wrong};
    datagram->complete = was_complete || fragment_pieces_whole(&datagram->pieces);
    result->complete = datagram->complete && !was_complete;
    table->counters.completed += result->complete ? 1U : 0U;

    if (packet->fragment_offset < datagram->reached) {
        packet->flags |= PACKET_LATE;
    } else {
        datagram->reached = packet->fragment_offset;
    }
    const bool is_first = packet->fragment_offset == 0;
    if (is_first && !datagram->known.has_first) {
        learn_first(datagram, packet);
        result->held = datagram->known.held;
        result->wrong += datagram->known.wrong;
        datagram->known.held = (struct fragment_held){0};
        datagram->known.wrong = 0;
    } else if (is_first || datagram->known.has_first) {
        fill_later(datagram, packet);
    } else {
        result->place = FRAGMENT_HELD;
        hold(datagram, packet, wrong);
        result->wrong = 0;
        return;
    }
    result->place = is_first ? FRAGMENT_FIRST : FRAGMENT_LATER;
    result->payload_bytes = payload_new(datagram, packet, is_first);
    tcp_range(datagram, packet, is_first, result);
}

void fragment_table_advance(struct fragment_table *table, int64_t now_us)
{
    while (table->oldest != NONE &&
           now_us - table->datagrams[table->oldest].first_us >= table->options.timeout_us) {
        expire_oldest(table);
    }
}

void fragment_table_drain(struct fragment_table *table)
{
    while (table->oldest != NONE) {
        expire_oldest(table);
    }
}

int64_t fragment_table_oldest_held_us(const struct fragment_table *table)
{
    for (uint32_t at = table->oldest; at != NONE; at = table->datagrams[at].newer) {
        if (!table->datagrams[at].known.has_first) {
            return table->datagrams[at].first_us;
        }
    }
    return FRAGMENT_TABLE_NEVER;
}

void fragment_table_counters(const struct fragment_table *table,
                             struct fragment_table_counters *out)
{
    *out = table->counters;
}

int fragment_table_new(const struct fragment_table_options *options, fragment_sink_fn *sink,
                       void *context, struct fragment_table **out)
{
    if (options->datagrams_max == 0 || options->datagrams_max > UINT32_MAX / 4 ||
        options->pieces_max == 0 || options->pieces_max >= UINT32_MAX || options->timeout_us <= 0) {
        return WEIR_EINVAL;
    }
    uint32_t buckets = 1;
    while (buckets < options->datagrams_max) {
        buckets *= 2;
    }
    struct fragment_table *table = calloc(1, sizeof(*table));
    if (table == NULL) {
        return WEIR_ENOMEM;
    }
    table->options = *options;
    table->sink = sink;
    table->context = context;
    table->bucket_mask = buckets - 1;
    table->oldest = NONE;
    table->newest = NONE;
    table->datagrams = calloc(options->datagrams_max, sizeof(*table->datagrams));
    table->buckets = malloc(buckets * sizeof(*table->buckets));
    if (table->datagrams == NULL || table->buckets == NULL ||
        fragment_pieces_pool_new(options->pieces_max, &table->pool) != WEIR_OK) {
        fragment_table_free(table);
        return WEIR_ENOMEM;
    }
    memset(table->buckets, 0xff, buckets * sizeof(*table->buckets)); /* NONE */
    for (size_t i = 0; i < options->datagrams_max; i++) {
        table->datagrams[i].chain = i + 1 < options->datagrams_max ? (uint32_t)(i + 1) : NONE;
    }
    *out = table;
    return WEIR_OK;
}

void fragment_table_free(struct fragment_table *table)
{
    if (table == NULL) {
        return;
    }
    fragment_pieces_pool_free(&table->pool);
    free(table->datagrams);
    free(table->buckets);
    free(table);
}
