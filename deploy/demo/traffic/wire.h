/* SPDX-License-Identifier: Apache-2.0
 *
 * wire: the packets of a made-up capture, and how they become pcap files.
 *
 * Shape:   packets are added in any order of time; wire_write() puts them in order.
 * Units:   _us since 1970; lengths in bytes on the wire. At most WIRE_SNAPLEN of each are kept.
 * Owns:    all bytes, until wire_fini().
 * Errors:  running out of memory is remembered and told by wire_write().
 * Source:  the pcap file format (magic a1b2c3d4, microseconds, Ethernet).
 */
#ifndef WEIR_DEPLOY_DEMO_TRAFFIC_WIRE_H
#define WEIR_DEPLOY_DEMO_TRAFFIC_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/base/err.h"

#define WIRE_SNAPLEN 512U

#define WIRE_FIN 0x01U
#define WIRE_SYN 0x02U
#define WIRE_RST 0x04U
#define WIRE_PSH 0x08U
#define WIRE_ACK 0x10U

struct wire_host { /* IPv4 when version is 4; IPv6 addresses are made of the same 32 bits */
    uint32_t address;
    uint8_t version; /* 4, 6 */
    uint8_t branch;  /* whose sensor sees it; 0 = outside */
};

struct wire_packet {
    int64_t time_us;
    size_t offset;     /* of the kept bytes in wire.bytes */
    uint32_t length;   /* on the wire */
    uint32_t captured; /* kept */
    uint8_t branch;    /* whose sensor sees it, 1 .. */
};

struct wire {
    struct weir_buffer bytes;
    struct wire_packet *packets;
    size_t count, capacity;
    uint16_t ip_id;
    int failed; /* WEIR_ENOMEM once memory ran out */
};

/* One direction of a conversation: who sends to whom. */
struct wire_path {
    struct wire_host from, to;
    uint16_t from_port, to_port; /* ICMP: unused */
    uint8_t branch;              /* whose sensor sees the pair */
};

struct wire_tcp {
    uint32_t sequence, acknowledged;
    uint8_t flags;
};

void wire_fini(struct wire *wire);

/* The same path the other way round. */
struct wire_path wire_back(const struct wire_path *path);

/* payload may be NULL: then size bytes of filler are sent. */
void wire_add_tcp(struct wire *wire, int64_t time_us, const struct wire_path *path,
                  const struct wire_tcp *tcp, const void *payload, size_t size);
void wire_add_udp(struct wire *wire, int64_t time_us, const struct wire_path *path,
                  const void *payload, size_t size);

/* An ICMP echo request (or reply), in fragments when it is larger than a packet (IPv4). */
void wire_add_echo(struct wire *wire, int64_t time_us, const struct wire_path *path, int is_reply,
                   uint32_t id_and_sequence, size_t size);

/* Writes the packets of one branch (0 = all) in order of time. *written says how many. */
WEIR_MUST_CHECK int wire_write(struct wire *wire, uint8_t branch, const char *path, size_t *written,
                               struct weir_error *error);

#endif
