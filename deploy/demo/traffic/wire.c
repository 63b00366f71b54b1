/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/demo/traffic/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_SIZE 14U
#define IPV4_SIZE     20U
#define IPV6_SIZE     40U
#define MTU           1500U
#define FRAME_MAX     (ETHERNET_SIZE + 65535U)

struct frame { /* one packet being built; only the first WIRE_SNAPLEN bytes matter to the file */
    uint8_t bytes[FRAME_MAX];
    size_t size;
};

struct fragment { /* where a piece lies in its datagram; all zero for a whole one */
    size_t offset;
    int more;
};

void wire_fini(struct wire *wire)
{
    weir_buffer_fini(&wire->bytes);
    free(wire->packets);
    *wire = (struct wire){0};
}

struct wire_path wire_back(const struct wire_path *path)
{
    return (struct wire_path){.from = path->to,
                              .to = path->from,
                              .from_port = path->to_port,
                              .to_port = path->from_port,
                              .branch = path->branch};
}

static void put_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, value >> 16);
    put_u16(at + 2, value & 0xffffU);
}

static uint32_t sum_words(const uint8_t *bytes, size_t size, uint32_t sum)
{
    for (size_t i = 0; i + 1 < size; i += 2) {
        sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
    }
    if (size % 2 != 0) {
        sum += (uint32_t)bytes[size - 1] << 8;
    }
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16 != 0) {
        sum = (sum & 0xffffU) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void put_mac(uint8_t *at, const struct wire_host *host)
{
    at[0] = 0x02; /* locally administered */
    at[1] = host->branch;
    put_u32(at + 2, host->branch == 0 ? 0xfffffffeU : host->address);
}

static void put_ipv6_address(uint8_t *at, const struct wire_host *host)
{
    memset(at, 0, 16);
    put_u16(at, 0x2001);
    put_u16(at + 2, 0xdb8);
    put_u32(at + 12, host->address);
}

/* Ethernet and IP headers before body bytes that already lie at their place; returns their size. */
static size_t put_headers(struct frame *frame, const struct wire_path *path, uint8_t protocol,
                          size_t body_size, uint16_t ip_id, struct fragment fragment)
{
    uint8_t *at = frame->bytes;
    put_mac(at, &path->to);
    put_mac(at + 6, &path->from);
    uint8_t *ip = at + ETHERNET_SIZE;
    if (path->from.version == 6) {
        put_u16(at + 12, 0x86dd);
        put_u32(ip, 0x60000000U);
        put_u16(ip + 4, body_size);
        ip[6] = protocol;
        ip[7] = 64;
        put_ipv6_address(ip + 8, &path->from);
        put_ipv6_address(ip + 24, &path->to);
        return ETHERNET_SIZE + IPV6_SIZE;
    }
    put_u16(at + 12, 0x0800);
    memset(ip, 0, IPV4_SIZE);
    ip[0] = 0x45;
    put_u16(ip + 2, IPV4_SIZE + body_size);
    put_u16(ip + 4, ip_id);
    put_u16(ip + 6, fragment.offset / 8 | (fragment.more != 0 ? 0x2000U : 0U));
    ip[8] = 64;
    ip[9] = protocol;
    put_u32(ip + 12, path->from.address);
    put_u32(ip + 16, path->to.address);
    put_u16(ip + 10, fold(sum_words(ip, IPV4_SIZE, 0)));
    return ETHERNET_SIZE + IPV4_SIZE;
}

static size_t headers_size(const struct wire_path *path)
{
    return ETHERNET_SIZE + (path->from.version == 6 ? IPV6_SIZE : IPV4_SIZE);
}

/* The transport checksum over its pseudo-header; the headers must be in place. */
static uint16_t transport_checksum(const struct frame *frame, const struct wire_path *path,
                                   uint8_t protocol, size_t body_size)
{
    const uint8_t *ip = frame->bytes + ETHERNET_SIZE;
    const uint8_t *body = frame->bytes + headers_size(path);
    uint32_t sum = protocol + (uint32_t)body_size;
    sum = path->from.version == 6 ? sum_words(ip + 8, 32, sum) : sum_words(ip + 12, 8, sum);
    return fold(sum_words(body, body_size, sum));
}

static void keep(struct wire *wire, int64_t time_us, const struct wire_path *path,
                 const uint8_t *bytes, size_t size)
{
    if (wire->count == wire->capacity) {
        const size_t wanted = wire->capacity == 0 ? 4096 : wire->capacity * 2;
        struct wire_packet *grown =
            (struct wire_packet *)realloc(wire->packets, wanted * sizeof(*grown));
        if (grown == NULL) {
            wire->failed = WEIR_ENOMEM;
            return;
        }
        wire->packets = grown;
        wire->capacity = wanted;
    }
    const size_t captured = size < WIRE_SNAPLEN ? size : WIRE_SNAPLEN;
    wire->packets[wire->count++] = (struct wire_packet){.time_us = time_us,
                                                        .offset = wire->bytes.size,
                                                        .length = (uint32_t)size,
                                                        .captured = (uint32_t)captured,
                                                        .branch = path->branch};
    weir_buffer_add(&wire->bytes, bytes, captured);
    if (wire->bytes.failed) {
        wire->failed = WEIR_ENOMEM;
    }
}

static void put_payload(uint8_t *at, const void *payload, size_t size)
{
    if (payload != NULL) {
        memcpy(at, payload, size);
    } else {
        memset(at, 'x', size);
    }
}

void wire_add_tcp(struct wire *wire, int64_t time_us, const struct wire_path *path,
                  const struct wire_tcp *tcp, const void *payload, size_t size)
{
    struct frame frame;
    uint8_t *body = frame.bytes + headers_size(path);
    memset(body, 0, 20);
    put_u16(body, path->from_port);
    put_u16(body + 2, path->to_port);
    put_u32(body + 4, tcp->sequence);
    put_u32(body + 8, (tcp->flags & WIRE_ACK) != 0 ? tcp->acknowledged : 0);
    body[12] = 0x50;
    body[13] = tcp->flags;
    put_u16(body + 14, 64240);
    put_payload(body + 20, payload, size);
    const size_t before =
        put_headers(&frame, path, 6, 20 + size, wire->ip_id++, (struct fragment){0});
    put_u16(body + 16, transport_checksum(&frame, path, 6, 20 + size));
    keep(wire, time_us, path, frame.bytes, before + 20 + size);
}

/* Sends a datagram's body, which lies after the headers' room, in as many packets as it takes. */
static void add_datagram(struct wire *wire, int64_t time_us, const struct wire_path *path,
                         struct frame *frame, uint8_t protocol, size_t body_size)
{
    const size_t before = headers_size(path);
    const uint16_t ip_id = wire->ip_id++;
    const size_t piece_max = (size_t)(MTU - IPV4_SIZE) / 8 * 8;
    if (path->from.version == 6 || body_size <= piece_max) {
        (void)put_headers(frame, path, protocol, body_size, ip_id, (struct fragment){0});
        keep(wire, time_us, path, frame->bytes, before + body_size);
        return;
    }
    struct frame piece;
    for (size_t offset = 0; offset < body_size; offset += piece_max) {
        const size_t left = body_size - offset;
        const size_t size = left < piece_max ? left : piece_max;
        memcpy(piece.bytes + before, frame->bytes + before + offset, size);
        (void)put_headers(&piece, path, protocol, size, ip_id,
                          (struct fragment){.offset = offset, .more = left > piece_max});
        keep(wire, time_us + (int64_t)(offset / piece_max) * 12, path, piece.bytes, before + size);
    }
}

void wire_add_udp(struct wire *wire, int64_t time_us, const struct wire_path *path,
                  const void *payload, size_t size)
{
    struct frame frame;
    uint8_t *body = frame.bytes + headers_size(path);
    put_u16(body, path->from_port);
    put_u16(body + 2, path->to_port);
    put_u16(body + 4, 8 + size);
    put_u16(body + 6, 0);
    put_payload(body + 8, payload, size);
    (void)put_headers(&frame, path, 17, 8 + size, 0, (struct fragment){0});
    const uint16_t checksum = transport_checksum(&frame, path, 17, 8 + size);
    put_u16(body + 6, checksum == 0 ? 0xffffU : checksum);
    add_datagram(wire, time_us, path, &frame, 17, 8 + size);
}

void wire_add_echo(struct wire *wire, int64_t time_us, const struct wire_path *path, int is_reply,
                   uint32_t id_and_sequence, size_t size)
{
    struct frame frame;
    const int is_v6 = path->from.version == 6;
    const uint8_t protocol = is_v6 ? 58 : 1;
    uint8_t *body = frame.bytes + headers_size(path);
    memset(body, 0, 4);
    if (is_v6) {
        body[0] = is_reply != 0 ? 129 : 128;
    } else {
        body[0] = is_reply != 0 ? 0 : 8;
    }
    put_u32(body + 4, id_and_sequence);
    put_payload(body + 8, NULL, size);
    if (is_v6) {
        (void)put_headers(&frame, path, protocol, 8 + size, 0, (struct fragment){0});
        put_u16(body + 2, transport_checksum(&frame, path, protocol, 8 + size));
    } else {
        put_u16(body + 2, fold(sum_words(body, 8 + size, 0)));
    }
    add_datagram(wire, time_us, path, &frame, protocol, 8 + size);
}

static int by_time(const void *left, const void *right)
{
    const struct wire_packet *a = (const struct wire_packet *)left;
    const struct wire_packet *b = (const struct wire_packet *)right;
    if (a->time_us != b->time_us) {
        return a->time_us < b->time_us ? -1 : 1;
    }
    return a->offset < b->offset ? -1 : a->offset > b->offset; /* as they were added */
}

static void put_le32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static void write_file_header(FILE *file)
{
    uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0};
    put_le32(header + 16, WIRE_SNAPLEN);
    put_le32(header + 20, 1); /* Ethernet */
    (void)fwrite(header, sizeof(header), 1, file);
}

static void write_packet(FILE *file, const struct wire *wire, const struct wire_packet *packet)
{
    uint8_t header[16];
    put_le32(header, (uint32_t)(packet->time_us / 1000000));
    put_le32(header + 4, (uint32_t)(packet->time_us % 1000000));
    put_le32(header + 8, packet->captured);
    put_le32(header + 12, packet->length);
    (void)fwrite(header, sizeof(header), 1, file);
    (void)fwrite(wire->bytes.bytes + packet->offset, packet->captured, 1, file);
}

int wire_write(struct wire *wire, uint8_t branch, const char *path, size_t *written,
               struct weir_error *error)
{
    if (wire->failed != 0) {
        return weir_fail(error, wire->failed, "%s: out of memory for the packets", path);
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
    }
    if (wire->count > 0) {
        qsort(wire->packets, wire->count, sizeof(wire->packets[0]), by_time);
    }
    size_t packets = 0;
    write_file_header(file);
    for (size_t i = 0; i < wire->count; i++) {
        if (branch == 0 || wire->packets[i].branch == branch) {
            write_packet(file, wire, &wire->packets[i]);
            packets += 1;
        }
    }
    const int is_bad = ferror(file);
    if (fclose(file) != 0 || is_bad != 0) {
        return weir_fail(error, WEIR_EIO, "%s: could not write all of it", path);
    }
    *written = packets;
    return WEIR_OK;
}
