/* SPDX-License-Identifier: Apache-2.0
 *
 * fragment_table: which flow a fragment belongs to, how much of its datagram has come, and what is
 * wrong with it.
 *
 * The meter shows it every packet with PACKET_IS_FRAGMENT before it looks for the flow. Fragments
 * that come before the one with offset 0 are held as counts and handed over when that one comes;
 * if it never does, they are given up, after 30 s, to a flow with both ports 0.
 *
 * Shape:   fixed capacity, keyed by (source, destination, protocol, IP id). No payload is kept: the
 *          place, length and hash of each fragment tell duplicates from overlaps.
 * Units:   packet time. A datagram lives 30 s from its first fragment, exactly: a later fragment
 *          starts a new one whether or not advance() ran in between.
 * Owns:    all of its memory, taken by new(). What is given up is lent to the sink, which must not
 *          call the table.
 * Errors:  only new() can fail. A full table gives up its oldest datagram and counts it.
 * Threads: one owner.
 * Source:  specification 1.4, 1.7; architecture 6 (fragments); decisions/0001.
 */
#ifndef WEIR_SENSOR_DECODE_FRAGMENT_TABLE_H
#define WEIR_SENSOR_DECODE_FRAGMENT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/address.h"

#include "sensor/decode/packet.h"

#define FRAGMENT_TABLE_NEVER INT64_MAX

struct fragment_table;

struct fragment_table_options {
    size_t datagrams_max; /* 4,096: known at a time, finished ones included */
    size_t pieces_max;    /* 16,384: fragments remembered over all datagrams */
    int64_t timeout_us;   /* 30 s (ip.frag_timeout) */
    uint64_t hash_key;
};

extern const struct fragment_table_options fragment_table_defaults;

struct fragment_table_counters { /* totals since new() */
    uint64_t fragments;
    uint64_t datagrams;  /* begun */
    uint64_t completed;  /* every byte came */
    uint64_t incomplete; /* given up after the timeout */
    uint64_t evicted;    /* given up early, the table was full */
    uint64_t headless;   /* of the given up: the fragment with offset 0 never came */
    uint64_t known;      /* now, finished ones included */
    uint64_t overflowed; /* fragments not remembered: too many in one datagram */
};

enum fragment_place {
    FRAGMENT_FIRST, /* offset 0: find or make its flow, count the packet, then add `held` */
    FRAGMENT_LATER, /* protocol, ports and ICMP id were filled in: count the packet in that flow */
    FRAGMENT_HELD,  /* count nothing now, the table does */
};

/* Fragments counted while the one with offset 0 was missing. */
struct fragment_held {
    uint64_t packets; /* 0 = none */
    uint64_t ip_bytes;
    int64_t first_us, last_us;
};

struct fragment_result {
    enum fragment_place place;
    uint32_t wrong;            /* events of 1.7 to add to the flow now, held fragments' included */
    uint64_t payload_bytes;    /* to add to the flow now, in place of packet->payload_bytes. TCP: 0,
                                  see tcp_bytes. ICMP: first fragment, the rest once complete */
    struct fragment_held held; /* FIRST: the flow starts at held.first_us when packets > 0 */
    bool complete;             /* this fragment completed the datagram */
    uint32_t tcp_sequence; /* TCP: payload is [tcp_sequence, tcp_sequence + tcp_bytes). FIRST: */
    uint32_t tcp_bytes;    /* its own; complete: the whole datagram's; else 0 bytes */
};

/* A datagram the table stops waiting for. */
struct fragment_given_up {
    struct weir_address source, destination;
    uint16_t source_port, destination_port; /* 0 without first fragment; ICMP: type, code */
    uint16_t icmp_id;
    uint32_t packet_flags; /* of the first fragment (PACKET_HAS_ICMP_ID); 0 without one */
    uint8_t ip_version;
    uint8_t protocol;
    uint8_t vlan_count;
    uint16_t vlan[PACKET_VLAN_MAX];
    uint8_t source_mac[6], destination_mac[6];
    bool has_first;            /* false: make a flow with both ports 0 from `held` */
    struct fragment_held held; /* zero when has_first */
    uint64_t payload_bytes;    /* not has_first: bytes that came, each once */
    uint32_t wrong;            /* events not yet told: "incomplete", and those of held fragments */
    int64_t time_us;           /* when it was given up: first fragment + timeout, or eviction */
};

typedef void fragment_sink_fn(void *context, const struct fragment_given_up *datagram);

/* Gives a new table in *out; sink (may be NULL) learns what is given up. WEIR_EINVAL, WEIR_ENOMEM.
 */
WEIR_MUST_CHECK int fragment_table_new(const struct fragment_table_options *options,
                                       fragment_sink_fn *sink, void *context,
                                       struct fragment_table **out);
void fragment_table_free(struct fragment_table *table);

/* Adds a fragment (PACKET_IS_FRAGMENT is set) at packet->time_us. May call the sink first, for
 * datagrams that end before this packet. LATER: fills protocol, ports, icmp_id of *packet. A
 * fragment that begins before one that came sooner gets PACKET_LATE. */
void fragment_table_add(struct fragment_table *table, struct packet *packet,
                        struct fragment_result *result);

/* Gives up every datagram whose time is over at now_us. */
void fragment_table_advance(struct fragment_table *table, int64_t now_us);

/* End of input: gives up all that wait, in order of their first fragment, as if their time were
 * over: what will never come must not depend on how long the input went on for others. */
void fragment_table_drain(struct fragment_table *table);

/* Start of the oldest flow that held fragments can still make, for low_us; or
 * FRAGMENT_TABLE_NEVER. */
int64_t fragment_table_oldest_held_us(const struct fragment_table *table);

void fragment_table_counters(const struct fragment_table *table,
                             struct fragment_table_counters *out);

#endif
