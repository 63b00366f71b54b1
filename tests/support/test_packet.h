/* SPDX-License-Identifier: Apache-2.0
 *
 * test_packet: packets as the decoder would give them, made from a few numbers.
 *
 * Units:   time_us as given; sizes are payload bytes. Host h is 10.x.y.z, h in the last 24 bits.
 */
#ifndef WEIR_TESTS_SUPPORT_TEST_PACKET_H
#define WEIR_TESTS_SUPPORT_TEST_PACKET_H

#include <stdint.h>

#include "sensor/decode/packet.h"

struct test_ends {     /* who sends to whom */
    unsigned from, to; /* host numbers */
    uint16_t from_port, to_port;
};

struct test_segment {
    uint8_t flags; /* PACKET_TCP_* */
    uint32_t sequence, acknowledgement;
    uint32_t size;
};

struct weir_address test_host(unsigned host);

/* The same ends the other way. */
struct test_ends test_reverse(struct test_ends ends);

struct packet test_packet_tcp(int64_t time_us, struct test_ends ends, struct test_segment segment);
struct packet test_packet_udp(int64_t time_us, struct test_ends ends, uint32_t size);

/* ports of ends are type and code; id of an echo. size: the whole message. */
struct packet test_packet_icmp(int64_t time_us, struct test_ends ends, uint16_t id, uint32_t size);

#endif
