/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a frame. First byte: link type; second: bit 0 checksums on, bit 1 tunnels closed;
 * third and fourth: how many bytes are cut off for a second decoding.
 *
 * A packet that decodes keeps its pointers within the frame and captured within announced lengths.
 * Cut shorter, the same frame never promises or holds more, and headers that could be read are the
 * same ones.
 */
#include <string.h>

#include "common/base/check.h"

#include "common/flow/header_stack.h"
#include "common/flow/tunnel.h"

#include "sensor/decode/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(const uint8_t *at, uint32_t count, const struct captured_frame *frame)
{
    if (at != NULL) {
        weir_check(at >= frame->bytes && at <= frame->bytes + frame->captured_bytes);
        weir_check(count <= (size_t)(frame->bytes + frame->captured_bytes - at));
    }
}

static void check_packet(const struct packet *packet, const struct captured_frame *frame)
{
    weir_check(packet->ip_version == 4 || packet->ip_version == 6);
    weir_check(packet->source.size == (packet->ip_version == 4 ? 4 : 16));
    weir_check(packet->ip_payload != NULL && packet->payload != NULL);
    weir_check(packet->payload_captured <= packet->payload_bytes);
    weir_check(packet->ip_payload_captured <= packet->ip_payload_bytes);
    weir_check(packet->payload_bytes <= packet->ip_payload_bytes);
    weir_check(packet->ip_payload_bytes < packet->ip_total_bytes);
    weir_check(packet->tunnel < WEIR_TUNNEL_COUNT && weir_header_stack_valid(packet->header_stack));
    const uint8_t *options = packet->ip_payload;
    check_within(options, packet_tcp_options(packet, &options), frame);
    weir_check(packet->vlan_count <= PACKET_VLAN_MAX);
    weir_check(packet->fragment_offset == 0 || (packet->flags & PACKET_HAS_PORTS) == 0);
    check_within(packet->payload, packet->payload_captured, frame);
    check_within(packet->ip_payload, packet->ip_payload_captured, frame);
    check_within(packet->embedded, packet->embedded_captured, frame);
    check_within(packet->ip_payload - packet->fragment_skip, packet->fragment_skip, frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int links[] = {0,   1,   12,  14,  101, 108, 113, 228, 229, 276,
                                147, 127, 105, 239, 9,   50,  51,  104, 204};
    if (size < 4) {
        return 0;
    }
    struct captured_frame frame = {.bytes = data + 4,
                                   .captured_bytes = (uint32_t)(size - 4),
                                   .wire_bytes = (uint32_t)(size - 4),
                                   .link_type = links[data[0] % (sizeof(links) / sizeof(*links))]};
    const struct packet_decode_options options = {.verify = (data[1] & 1U) != 0,
                                                  .tunnels = (data[1] & 2U) == 0};
    struct packet whole;
    const enum packet_result result = packet_decode(&frame, &options, &whole);
    weir_check(packet_result_name(result) != NULL);
    if (result == PACKET_OK) {
        check_packet(&whole, &frame);
    }
    const uint32_t cut = ((uint32_t)data[2] << 8) | data[3];
    frame.captured_bytes -= cut < frame.captured_bytes ? cut : frame.captured_bytes;
    struct packet shorter;
    if (packet_decode(&frame, &options, &shorter) == PACKET_OK) {
        check_packet(&shorter, &frame);
        weir_check(result == PACKET_OK);
        weir_check(shorter.ip_total_bytes == whole.ip_total_bytes);
        weir_check(shorter.payload_bytes == whole.payload_bytes);
        weir_check(shorter.payload_captured <= whole.payload_captured);
        weir_check(shorter.source_port == whole.source_port);
        weir_check(shorter.tunnel == whole.tunnel && shorter.tunnel_id == whole.tunnel_id);
        weir_check(shorter.header_stack == whole.header_stack);
        weir_check(memcmp(&shorter.source, &whole.source, sizeof(whole.source)) == 0);
    }
    return 0;
}
