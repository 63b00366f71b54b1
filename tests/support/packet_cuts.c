/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/packet_cuts.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/decode/packet.h"

#include "tests/support/weir_test.h"

static void check_same_headers(const struct packet *packet, const struct packet *whole)
{
    assert_int_equal(packet->payload_bytes, whole->payload_bytes);
    assert_int_equal(packet->source_port, whole->source_port);
    assert_int_equal(packet->ip_total_bytes, whole->ip_total_bytes);
    assert_int_equal(packet->tunnel, whole->tunnel);
    assert_true(packet->header_stack == whole->header_stack);
    assert_true(packet->payload_captured <= whole->payload_captured);
}

/* The packet is copied to a block of exactly its size, so that a sanitizer sees any step past it.
 */
void packet_cuts_check(const struct packet_bytes *bytes, int link_type)
{
    const struct packet_decode_options options = {.verify = true, .tunnels = true};
    struct captured_frame frame = packet_bytes_frame(bytes, link_type, 5);
    struct packet whole;
    assert_int_equal(packet_decode(&frame, &options, &whole), PACKET_OK);
    int readable = 0;
    for (uint32_t size = 0; size <= bytes->size; size++) {
        struct packet packet;
        uint8_t *block = malloc(size == 0 ? 1 : size);
        assert_non_null(block);
        memcpy(block, bytes->bytes, size);
        frame.bytes = block;
        frame.captured_bytes = size;
        const enum packet_result result = packet_decode(&frame, &options, &packet);
        if (result == PACKET_OK) {
            readable = 1;
            check_same_headers(&packet, &whole);
        } else {
            assert_int_equal(result, PACKET_SHORT);
            assert_false(readable);
        }
        free(block);
    }
    assert_true(readable);
}
