/* SPDX-License-Identifier: Apache-2.0
 *
 * packet: one packet after its headers are read; what decode gives to the meter.
 *
 * Shape:   plain data; the pointers look into the bytes that were decoded and are good as long as
 *          those are. Lengths named _bytes come from headers, lengths named _captured say how much
 *          of that is really there; captured is never more than bytes.
 * Units:   time_us is packet time. Numbers are in host order.
 * Errors:  a packet that cannot be metered gives a result other than PACKET_OK, one per reason, so
 *          that the caller counts every packet in exactly one counter.
 * Source:  specification 1.2, 1.4, 1.7, 6.4.
 */
#ifndef WEIR_SENSOR_DECODE_PACKET_H
#define WEIR_SENSOR_DECODE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/address.h"

#include "sensor/capture/captured_frame.h"

#define PACKET_VLAN_MAX 2 /* tags kept, outer first; deeper ones are passed over */

/* result, name of its counter, what it says. PACKET_OK is metered, every other is not. */
#define PACKET_RESULT_TABLE(X)                                                                     \
    X(PACKET_OK, "decoded", "an IP packet")                                                        \
    X(PACKET_ARP, "arp", "an ARP packet")                                                          \
    X(PACKET_NOT_IP, "not_ip", "another network protocol")                                         \
    X(PACKET_SHORT, "truncated_header", "the captured bytes end within a header")                  \
    X(PACKET_BAD_VERSION, "bad_version", "the IP version is neither 4 nor 6")                      \
    X(PACKET_BAD_LENGTH, "bad_length", "a header's length field contradicts the header")           \
    X(PACKET_TOO_DEEP, "too_deep", "more stacked headers than any honest packet has")              \
    X(PACKET_PROTECTED, "protected", "an encrypted wireless frame")                                \
    X(PACKET_BAD_LINK, "unsupported_link", "a link type this program does not read")

enum packet_result {
#define X(result, name, text) result,
    PACKET_RESULT_TABLE(X)
#undef X
    /* how many results there are */
    PACKET_RESULTS
};

/* packet.flags. All but HAS_MAC speak of the headers that are metered, the innermost. */
#define PACKET_HAS_MAC         0x00000001U /* source_mac and destination_mac are the link's */
#define PACKET_HAS_PORTS       0x00000002U /* source_port, destination_port (ICMP: type, code) */
#define PACKET_HAS_TRANSPORT   0x00000004U /* the whole TCP, UDP or ICMP header was read */
#define PACKET_HAS_ICMP_ID     0x00000008U /* icmp_id and icmp_sequence (echo and its kin) */
#define PACKET_IS_FRAGMENT     0x00000010U /* part of a datagram; the fragment table must see it */
#define PACKET_MORE            0x00000020U /* more fragments follow this one */
#define PACKET_TRUNCATED       0x00000040U /* bytes the headers promise were not captured */
#define PACKET_BAD_IP_CHECKSUM 0x00000080U /* checked, whole, and wrong */
#define PACKET_DERIVED_TOTAL                                                                       \
    0x00000100U                            /* length field 0 (offload): ip_total_bytes: the wire's \
                                            */
#define PACKET_BAD_L4_CHECKSUM 0x00000200U /* checked, whole, and wrong */
#define PACKET_IP_OPTIONS      0x00000400U /* IPv4 options or IPv6 extension headers */
#define PACKET_BAD_IP_OPTIONS  0x00000800U /* IPv4 options that do not fit their header */
#define PACKET_DONT_FRAGMENT   0x00001000U /* IPv4 */
#define PACKET_RESERVED_BIT    0x00002000U /* IPv4: the third flag, which must be 0 */
#define PACKET_SHORT_IP_HEADER 0x00004000U /* IPv4: length field below 20; no transport is read */
#define PACKET_PAST_FRAME      0x00008000U /* the IP header promises more than the wire carried */
#define PACKET_UDP_LENGTH                                                                          \
    0x00010000U /* the UDP length field is not that of the IP payload;                             \
                   below 8, the ports alone are read */
#define PACKET_BAD_TCP_OFFSET                                                                      \
    0x00020000U                         /* data offset below 5 or past the segment: the ports      \
                                           alone are read */
#define PACKET_TIME_CLAMPED 0x00040000U /* its stamp went back or jumped */
#define PACKET_LATE         0x00080000U /* a fragment that came after one that lies behind it */
#define PACKET_OFFLOADED    0x00100000U /* its checksum was left for the sender's card to compute */
#define PACKET_BAD_CHECKSUM (PACKET_BAD_IP_CHECKSUM | PACKET_BAD_L4_CHECKSUM)

/* packet.tcp_flags, as on the wire */
#define PACKET_TCP_FIN 0x01U
#define PACKET_TCP_SYN 0x02U
#define PACKET_TCP_RST 0x04U
#define PACKET_TCP_PSH 0x08U
#define PACKET_TCP_ACK 0x10U
#define PACKET_TCP_URG 0x20U
#define PACKET_TCP_ECE 0x40U
#define PACKET_TCP_CWR 0x80U

struct packet {
    int64_t time_us;
    uint32_t captured_bytes; /* of the frame */
    uint32_t wire_bytes;     /* of the frame */

    struct weir_address source, destination;
    uint8_t source_mac[6], destination_mac[6];
    uint32_t flags;     /* PACKET_HAS_MAC ... */
    uint8_t ip_version; /* 4, 6 */
    uint8_t protocol;   /* transport protocol, after IPv6 extension headers */
    uint8_t ttl;        /* IPv6: hop limit */
    uint8_t tos;        /* IPv6: traffic class */
    uint8_t vlan_count; /* tags in vlan */
    uint8_t tcp_flags;
    uint16_t vlan[PACKET_VLAN_MAX]; /* 12-bit ids */
    uint8_t link_trailer_bytes;     /* behind the network packet: 802.11's check sequence */
    uint8_t tunnel;                 /* enum weir_tunnel: the outermost that was opened */
    uint32_t tunnel_id;             /* see common/flow/tunnel.h; 0 = none */
    uint64_t header_stack;          /* see common/flow/header_stack.h */

    uint32_t ip_id;            /* IPv4: identification; IPv6: of the fragment header, else 0 */
    uint16_t fragment_offset;  /* bytes */
    uint16_t fragment_skip;    /* IPv6: bytes of extension headers between the fragment header and
                                  ip_payload; they count as content of the datagram */
    uint8_t fragment_protocol; /* what the fragment header names; protocol may lie deeper */
    uint8_t tcp_header_bytes;  /* with options; 0 = not read */
    uint16_t udp_bytes;        /* the UDP length field */
    uint16_t source_port;      /* ICMP: type */
    uint16_t destination_port; /* ICMP: code */
    uint16_t tcp_window;
    uint16_t tcp_urgent;
    uint16_t icmp_id, icmp_sequence;
    uint32_t tcp_sequence, tcp_acknowledgement;

    uint32_t ip_total_bytes;      /* IPv4: total length; IPv6: 40 + payload length */
    uint32_t ip_payload_bytes;    /* after IPv4 options and IPv6 extension headers */
    uint32_t ip_payload_captured; /* the transport header begins at ip_payload */
    uint32_t payload_bytes;       /* specification 1.4 sums it. TCP, UDP: after their header; ICMP:
                                     the whole message; fragment past the first, other protocols:
                                     ip_payload_bytes */
    uint32_t payload_captured;
    uint32_t embedded_captured;
    const uint8_t *ip_payload;
    const uint8_t *payload;
    const uint8_t *embedded; /* ICMP errors: the IP packet they quote; else NULL */
};

struct packet_decode_options {
    bool verify;  /* compute IPv4, TCP, UDP, ICMP and ICMPv6 checksums of packets that are whole */
    bool strict;  /* what the card was to compute counts as wrong too */
    bool tunnels; /* decode.tunnels: meter what GRE, VXLAN and their like carry */
};

extern const struct packet_decode_options packet_decode_defaults; /* no checksums, tunnels */

/* Reads the headers of *frame into *out. With another result than PACKET_OK the fields below the
 * failing header are zero, those above it are read. Of an ARP packet, payload is the ARP packet. */
enum packet_result packet_decode(const struct captured_frame *frame,
                                 const struct packet_decode_options *options, struct packet *out);

/* Points *out at the TCP options that were captured and gives their bytes; 0 = there are none. */
static inline uint32_t packet_tcp_options(const struct packet *packet, const uint8_t **out)
{
    const uint32_t there = packet->tcp_header_bytes < packet->ip_payload_captured
                               ? packet->tcp_header_bytes
                               : packet->ip_payload_captured;
    if (there <= 20) {
        return 0;
    }
    *out = packet->ip_payload + 20;
    return there - 20;
}

/* Name of the counter ("truncated_header") and the sentence of a result; NULL for any other value.
 */
const char *packet_result_name(enum packet_result result);
const char *packet_result_text(enum packet_result result);

#endif
