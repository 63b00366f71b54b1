/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_options.h"

enum {
    KIND_END = 0,
    KIND_NOTHING = 1,
    KIND_MSS = 2,
    KIND_SCALE = 3,
    KIND_TIMESTAMP = 8,
    KIND_FAST_OPEN = 34,
    KIND_EXPERIMENT = 254, /* Fast Open before it had a number: magic f9 89 */
    KIND_LAST_BIT = 31,
};

static void note_kind(struct tcp_options *options, uint8_t kind)
{
    options->count++;
    options->kinds |= UINT32_C(1) << (kind < KIND_LAST_BIT ? kind : KIND_LAST_BIT);
    if (options->order_count < TCP_OPTIONS_KINDS_MAX) {
        options->order[options->order_count++] = kind;
    }
}

static void read_value(struct tcp_options *options, uint8_t kind, const uint8_t *at, uint32_t size)
{
    if (kind == KIND_MSS && size == 4) {
        options->mss = (at[2] << 8) | at[3];
    } else if (kind == KIND_SCALE && size == 3) {
        options->scale = at[2];
    } else if (kind == KIND_TIMESTAMP && size == 10) {
        options->has_timestamp = true;
        options->timestamp = ((uint32_t)at[2] << 24) | ((uint32_t)at[3] << 16) |
                             ((uint32_t)at[4] << 8) | (uint32_t)at[5];
    } else if (kind == KIND_FAST_OPEN ||
               (kind == KIND_EXPERIMENT && size >= 4 && at[2] == 0xf9 && at[3] == 0x89)) {
        options->has_fast_open = true;
    }
}

void tcp_options_read(const uint8_t *bytes, uint32_t size, uint32_t header_bytes,
                      struct tcp_options *out)
{
    *out = (struct tcp_options){.mss = -1, .scale = -1};
    uint32_t at = 0;
    while (at < size) {
        const uint8_t kind = bytes[at];
        note_kind(out, kind);
        if (kind == KIND_END) {
            for (at++; at < size && out->order_count < TCP_OPTIONS_KINDS_MAX; at++) {
                out->order[out->order_count++] = KIND_END;
            }
            return;
        }
        if (kind == KIND_NOTHING) {
            at++;
            continue;
        }
        if (size - at < 2) {
            out->corrupt = size == header_bytes;
            return;
        }
        const uint32_t length = bytes[at + 1];
        if (length < 2 || length > header_bytes - at) {
            out->corrupt = true;
            return;
        }
        if (length > size - at) {
            return;
        }
        read_value(out, kind, bytes + at, length);
        at += length;
    }
}
