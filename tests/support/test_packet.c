/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test_packet.h"

struct weir_address test_host(unsigned host)
{
    return (struct weir_address){.bytes = {10, (uint8_t)(host >> 16), (uint8_t)(host >> 8),
                                           (uint8_t)host},
                                 .size = 4};
}

struct test_ends test_reverse(struct test_ends ends)
{
    return (struct test_ends){.from = ends.to,
                              .to = ends.from,
                              .from_port = ends.to_port,
                              .to_port = ends.from_port};
}

static struct packet ip_packet(int64_t time_us, struct test_ends ends, uint8_t protocol,
                               uint32_t header_bytes, uint32_t size)
{
    return (struct packet){
        .time_us = time_us,
        .source = test_host(ends.from),
        .destination = test_host(ends.to),
        .source_mac = {2, 0, 0, 0, 0, (uint8_t)ends.from},
        .destination_mac = {2, 0, 0, 0, 0, (uint8_t)ends.to},
        .flags = PACKET_HAS_MAC | PACKET_HAS_PORTS | PACKET_HAS_TRANSPORT,
        .ip_version = 4,
        .protocol = protocol,
        .source_port = ends.from_port,
        .destination_port = ends.to_port,
        .ip_total_bytes = 20 + header_bytes + size,
        .ip_payload_bytes = header_bytes + size,
        .payload_bytes = size,
    };
}

struct packet test_packet_tcp(int64_t time_us, struct test_ends ends, struct test_segment segment)
{
    struct packet packet = ip_packet(time_us, ends, 6, 20, segment.size);
    packet.tcp_flags = segment.flags;
    packet.tcp_sequence = segment.sequence;
    packet.tcp_acknowledgement = segment.acknowledgement;
    packet.tcp_window = 8192;
    return packet;
}

struct packet test_packet_udp(int64_t time_us, struct test_ends ends, uint32_t size)
{
    return ip_packet(time_us, ends, 17, 8, size);
}

struct packet test_packet_icmp(int64_t time_us, struct test_ends ends, uint16_t id, uint32_t size)
{
    struct packet packet = ip_packet(time_us, ends, 1, 0, size);
    packet.flags |= PACKET_HAS_ICMP_ID;
    packet.icmp_id = id;
    return packet;
}
