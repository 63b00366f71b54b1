/* SPDX-License-Identifier: Apache-2.0
 *
 * packet_bytes: packets written out byte by byte, for tests.
 *
 * Shape:   headers are added from the outside in; each is told what it announces, so a test can
 *          announce the wrong thing. Checksums are those asked for, else 0.
 * Errors:  a packet that does not fit aborts the test (weir_check).
 */
#ifndef WEIR_TESTS_SUPPORT_PACKET_BYTES_H
#define WEIR_TESTS_SUPPORT_PACKET_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "sensor/capture/captured_frame.h"

struct packet_bytes { /* {0} is an empty one */
    uint8_t bytes[4096];
    size_t size;
};

/* Who talks to whom; addresses as text, both of one family. */
struct packet_ends {
    const char *source, *destination;
    uint16_t source_port, destination_port;
};

struct packet_ip { /* what the IP header says */
    uint8_t protocol;
    uint16_t payload_bytes; /* after the IPv4 or fixed IPv6 header */
    uint16_t id;            /* IPv4 */
    uint16_t fragment;      /* IPv4: flags and offset field, 0x2000 = more */
};

struct packet_tcp {
    uint8_t flags; /* PACKET_TCP_* */
    uint32_t sequence, acknowledgement;
    uint16_t window;
    uint16_t urgent;
};

void packet_bytes_add(struct packet_bytes *packet, const void *bytes, size_t count);
void packet_bytes_add_u16(struct packet_bytes *packet, uint16_t value);
void packet_bytes_add_u32(struct packet_bytes *packet, uint32_t value);
void packet_bytes_add_fill(struct packet_bytes *packet, uint8_t value, size_t count);

/* MACs 02:00:00:00:00:01 -> :02. */
void packet_bytes_add_ethernet(struct packet_bytes *packet, uint16_t ethertype);
void packet_bytes_add_vlan(struct packet_bytes *packet, uint16_t id, uint16_t ethertype);
void packet_bytes_add_ip(struct packet_bytes *packet, const struct packet_ends *ends,
                         const struct packet_ip *ip);
void packet_bytes_add_tcp(struct packet_bytes *packet, const struct packet_ends *ends,
                          const struct packet_tcp *tcp);
void packet_bytes_add_udp(struct packet_bytes *packet, const struct packet_ends *ends,
                          uint16_t udp_bytes);
void packet_bytes_add_icmp(struct packet_bytes *packet, uint8_t type, uint8_t code, uint16_t id);

/* Whole Ethernet packets with payload_bytes of 'x'. */
struct packet_bytes packet_bytes_tcp(const struct packet_ends *ends, const struct packet_tcp *tcp,
                                     size_t payload_bytes);
struct packet_bytes packet_bytes_udp(const struct packet_ends *ends, size_t payload_bytes);
/* Type and code are the ends' ports; ICMPv6 when the addresses are IPv6. */
struct packet_bytes packet_bytes_icmp(const struct packet_ends *ends, uint16_t id,
                                      size_t payload_bytes);
/* One IPv4 fragment: `content` is its part of the datagram. */
struct packet_bytes packet_bytes_fragment(const struct packet_ends *ends,
                                          const struct packet_ip *ip, const void *content);

/* The packet as captured whole at time_us on a link of this type. */
struct captured_frame packet_bytes_frame(const struct packet_bytes *packet, int link_type,
                                         int64_t time_us);

#endif
