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
    X(PACKET_BAD_LINK, "unsupported_link", "a link type this program does not read")

enum packet_result {
#define X(result, name, text) result,
    PACKET_RESULT_TABLE(X)
#undef X
    /* how many results there are */
    PACKET_RESULTS
};

/* packet.flags */
#define PACKET_HAS_MAC       0x0001U /* source_mac and destination_mac are the link's */
#define PACKET_HAS_PORTS     0x0002U /* source_port and destination_port (ICMP: type, code) */
#define PACKET_HAS_TRANSPORT 0x0004U /* the whole TCP, UDP or ICMP header was read */
#define PACKET_HAS_ICMP_ID   0x0008U /* icmp_id and icmp_sequence (echo and its kin) */
#define PACKET_IS_FRAGMENT   0x0010U /* a part of a datagram; the fragment table must see it */
#define PACKET_MORE          0x0020U /* more fragments follow this one */
#define PACKET_TRUNCATED     0x0040U /* bytes the headers promise were not captured */
#define PACKET_BAD_CHECKSUM  0x0080U /* checked, whole, and wrong */
#define PACKET_DERIVED_TOTAL 0x0100U /* length field 0 (offload): ip_total_bytes from the wire */

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
    uint16_t flags;     /* PACKET_HAS_MAC ... */
    uint8_t ip_version; /* 4, 6 */
    uint8_t protocol;   /* transport protocol, after IPv6 extension headers */
    uint8_t ttl;        /* IPv6: hop limit */
    uint8_t tos;        /* IPv6: traffic class */
    uint8_t vlan_count; /* tags in vlan */
    uint8_t tcp_flags;
    uint16_t vlan[PACKET_VLAN_MAX]; /* 12-bit ids */

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

/* Reads the headers of *frame into *out. verify: also compute IPv4, TCP, UDP, ICMP and ICMPv6
 * checksums of packets that are whole. With another result than PACKET_OK the fields below the
 * failing header are zero, those above it are read (an ARP packet has its MACs). */
enum packet_result packet_decode(const struct captured_frame *frame, bool verify,
                                 struct packet *out);

/* Name of the counter ("truncated_header") and the sentence of a result; NULL for any other value.
 */
const char *packet_result_name(enum packet_result result);
const char *packet_result_text(enum packet_result result);

#endif
