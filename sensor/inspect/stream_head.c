/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/stream_head.h"

#include <string.h>

#include "common/flow/flow_record.h"

void stream_head_init(struct stream_head *head)
{
    memset(head, 0, offsetof(struct stream_head, run));
}

size_t stream_head_add(struct stream_head *head, const struct inspection_flow *flow,
                       const struct inspection_segment *segment)
{
    const int side = segment->from_orig ? 0 : 1;
    const size_t room = APP_HEAD_MAX - (size_t)head->size[side];
    const size_t kept = segment->captured < room ? segment->captured : room;
    if (head->runs == HEAD_RUNS_MAX || kept == 0 || head->datagram[side] != 0) {
        return 0;
    }
    head->run[head->runs++] = (struct head_run){.time_us = segment->time_us,
                                                .size = (uint16_t)kept,
                                                .from_orig = segment->from_orig};
    memcpy(head->bytes[side] + head->size[side], segment->bytes, kept);
    head->size[side] = (uint16_t)(head->size[side] + kept);
    if (flow->protocol != WEIR_PROTO_TCP) {
        head->datagram[side] = (uint16_t)(segment->size < UINT16_MAX ? segment->size : UINT16_MAX);
    }
    return kept;
}

struct app_heads stream_head_view(const struct stream_head *head,
                                  const struct inspection_flow *flow)
{
    struct app_heads heads = {.orig_port = flow->orig_port,
                              .resp_port = flow->resp_port,
                              .proto = flow->protocol};
    if (head != NULL) {
        heads.orig = (struct app_head){.bytes = head->bytes[0],
                                       .size = head->size[0],
                                       .datagram_size = head->datagram[0]};
        heads.resp = (struct app_head){.bytes = head->bytes[1],
                                       .size = head->size[1],
                                       .datagram_size = head->datagram[1]};
    }
    return heads;
}
