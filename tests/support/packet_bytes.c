/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/packet_bytes.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/base/check.h"

static void add_u8(struct packet_bytes *packet, uint8_t value)
{
    packet_bytes_add(packet, &value, 1);
}

static int is_v6(const struct packet_ends *ends)
{
    return strchr(ends->source, ':') != NULL;
}

static void add_address(struct packet_bytes *packet, const char *text)
{
    uint8_t bytes[16] = {0};
    const int v6 = strchr(text, ':') != NULL;
    weir_check(inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes) == 1);
    packet_bytes_add(packet, bytes, v6 ? 16 : 4);
}

void packet_bytes_add(struct packet_bytes *packet, const void *bytes, size_t count)
{
    weir_check(count <= sizeof(packet->bytes) - packet->size);
    if (count > 0) {
        memcpy(packet->bytes + packet->size, bytes, count);
    }
    packet->size += count;
}

void packet_bytes_add_u16(struct packet_bytes *packet, uint16_t value)
{
    add_u8(packet, (uint8_t)(value >> 8));
    add_u8(packet, (uint8_t)value);
}

void packet_bytes_add_u32(struct packet_bytes *packet, uint32_t value)
{
    packet_bytes_add_u16(packet, (uint16_t)(value >> 16));
    packet_bytes_add_u16(packet, (uint16_t)value);
}

void packet_bytes_add_fill(struct packet_bytes *packet, uint8_t value, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_u8(packet, value);
    }
}

void packet_bytes_add_ethernet(struct packet_bytes *packet, uint16_t ethertype)
{
    packet_bytes_add(packet, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
    packet_bytes_add_u16(packet, ethertype);
}

void packet_bytes_add_vlan(struct packet_bytes *packet, uint16_t id, uint16_t ethertype)
{
    packet_bytes_add_u16(packet, id);
    packet_bytes_add_u16(packet, ethertype);
}

void packet_bytes_add_ip(struct packet_bytes *packet, const struct packet_ends *ends,
                         const struct packet_ip *ip)
{
    if (is_v6(ends)) {
        packet_bytes_add_u32(packet, 0x60000000);
        packet_bytes_add_u16(packet, ip->payload_bytes);
        add_u8(packet, ip->protocol);
        add_u8(packet, 64);
    } else {
        packet_bytes_add_u16(packet, 0x4500);
        packet_bytes_add_u16(packet, (uint16_t)(20 + ip->payload_bytes));
        packet_bytes_add_u16(packet, ip->id);
        packet_bytes_add_u16(packet, ip->fragment);
        add_u8(packet, 64);
        add_u8(packet, ip->protocol);
        packet_bytes_add_u16(packet, 0);
    }
    add_address(packet, ends->source);
    add_address(packet, ends->destination);
}

void packet_bytes_add_tcp(struct packet_bytes *packet, const struct packet_ends *ends,
                          const struct packet_tcp *tcp)
{
    packet_bytes_add_u16(packet, ends->source_port);
    packet_bytes_add_u16(packet, ends->destination_port);
    packet_bytes_add_u32(packet, tcp->sequence);
    packet_bytes_add_u32(packet, tcp->acknowledgement);
    packet_bytes_add_u16(packet, (uint16_t)(0x5000U | tcp->flags));
    packet_bytes_add_u16(packet, tcp->window);
    packet_bytes_add_u16(packet, 0);
    packet_bytes_add_u16(packet, tcp->urgent);
}

void packet_bytes_add_udp(struct packet_bytes *packet, const struct packet_ends *ends,
                          uint16_t udp_bytes)
{
    packet_bytes_add_u16(packet, ends->source_port);
    packet_bytes_add_u16(packet, ends->destination_port);
    packet_bytes_add_u16(packet, udp_bytes);
    packet_bytes_add_u16(packet, 0);
}

void packet_bytes_add_icmp(struct packet_bytes *packet, uint8_t type, uint8_t code, uint16_t id)
{
    add_u8(packet, type);
    add_u8(packet, code);
    packet_bytes_add_u16(packet, 0);
    packet_bytes_add_u16(packet, id);
    packet_bytes_add_u16(packet, 1);
}

/* Ethernet and an IP header that announces what is to follow. */
static struct packet_bytes begin(const struct packet_ends *ends, const struct packet_ip *ip)
{
    struct packet_bytes packet = {0};
    packet_bytes_add_ethernet(&packet, is_v6(ends) ? 0x86dd : 0x0800);
    packet_bytes_add_ip(&packet, ends, ip);
    return packet;
}

struct packet_bytes packet_bytes_tcp(const struct packet_ends *ends, const struct packet_tcp *tcp,
                                     size_t payload_bytes)
{
    struct packet_bytes packet =
        begin(ends,
              &(struct packet_ip){.protocol = 6, .payload_bytes = (uint16_t)(20 + payload_bytes)});
    packet_bytes_add_tcp(&packet, ends, tcp);
    packet_bytes_add_fill(&packet, 'x', payload_bytes);
    return packet;
}

struct packet_bytes packet_bytes_udp(const struct packet_ends *ends, size_t payload_bytes)
{
    const uint16_t udp_bytes = (uint16_t)(8 + payload_bytes);
    struct packet_bytes packet =
        begin(ends, &(struct packet_ip){.protocol = 17, .payload_bytes = udp_bytes});
    packet_bytes_add_udp(&packet, ends, udp_bytes);
    packet_bytes_add_fill(&packet, 'x', payload_bytes);
    return packet;
}

struct packet_bytes packet_bytes_icmp(const struct packet_ends *ends, uint16_t id,
                                      size_t payload_bytes)
{
    struct packet_bytes packet =
        begin(ends, &(struct packet_ip){.protocol = is_v6(ends) ? 58 : 1,
                                        .payload_bytes = (uint16_t)(8 + payload_bytes)});
    packet_bytes_add_icmp(&packet, (uint8_t)ends->source_port, (uint8_t)ends->destination_port, id);
    packet_bytes_add_fill(&packet, 'x', payload_bytes);
    return packet;
}

struct packet_bytes packet_bytes_fragment(const struct packet_ends *ends,
                                          const struct packet_ip *ip, const void *content)
{
    struct packet_bytes packet = begin(ends, ip);
    packet_bytes_add(&packet, content, ip->payload_bytes);
    return packet;
}

struct captured_frame packet_bytes_frame(const struct packet_bytes *packet, int link_type,
                                         int64_t time_us)
{
    return (struct captured_frame){.time_us = time_us,
                                   .bytes = packet->bytes,
                                   .captured_bytes = (uint32_t)packet->size,
                                   .wire_bytes = (uint32_t)packet->size,
                                   .link_type = link_type};
}
