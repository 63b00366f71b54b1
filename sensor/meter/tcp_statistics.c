/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_statistics.h"

#include <string.h>

#include "common/base/clock.h"

#include "sensor/meter/tcp_anomaly.h"

#define SHIFT_MAX   14 /* RFC 7323 section 2.3 */
#define SAME_AS_OLD 0.7F
#define JA4T_TAIL   16 /* "_65535_255" and NUL */

/* a - b in sequence space */
static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static void count_flags(struct tcp_statistics *own, uint8_t flags)
{
    own->acks += (flags & PACKET_TCP_ACK) != 0 ? 1 : 0;
    own->pushes += (flags & PACKET_TCP_PSH) != 0 ? 1 : 0;
    if ((flags & ~(unsigned)(PACKET_TCP_ACK | PACKET_TCP_PSH)) != 0) {
        own->fins += (flags & PACKET_TCP_FIN) != 0 ? 1 : 0;
        own->syns += (flags & PACKET_TCP_SYN) != 0 ? 1 : 0;
        own->resets += (flags & PACKET_TCP_RST) != 0 ? 1 : 0;
        own->urgents += (flags & PACKET_TCP_URG) != 0 ? 1 : 0;
        own->echoes += (flags & PACKET_TCP_ECE) != 0 ? 1 : 0;
        own->reductions += (flags & PACKET_TCP_CWR) != 0 ? 1 : 0;
    }
}

static void add_options(struct tcp_statistics *own, const struct tcp_options *options,
                        int64_t time_us)
{
    own->option_count += options->count;
    own->option_kinds |= options->kinds;
    if (options->has_timestamp) {
        if (!own->has_stamp) {
            own->has_stamp = true;
            own->stamp_first = options->timestamp;
            own->stamp_first_us = time_us;
        }
        own->stamp_last = options->timestamp;
        own->stamp_last_us = time_us;
    }
}

/* The first SYN of a direction says what it offers. Both scales count, or none does. */
static void add_syn(struct tcp_statistics *own, struct tcp_statistics *peer,
                    const struct tcp_statistics_segment *segment)
{
    const struct tcp_options *options = segment->options;
    if (own->has_syn) {
        return;
    }
    own->has_syn = true;
    own->mss = options->mss;
    own->scale = options->scale;
    own->syn_window = segment->packet->tcp_window;
    own->syn_kind_count = options->order_count;
    memcpy(own->syn_kinds, options->order, sizeof(own->syn_kinds));
    if (peer->has_syn && own->scale >= 0 && peer->scale >= 0) {
        own->shift = (uint8_t)(own->scale < SHIFT_MAX ? own->scale : SHIFT_MAX);
        peer->shift = (uint8_t)(peer->scale < SHIFT_MAX ? peer->scale : SHIFT_MAX);
    }
}

static void add_window_change(struct tcp_statistics *own, uint32_t window)
{
    const int8_t sign = window < own->window ? -1 : 1;
    own->windows_down += sign < 0 ? 1 : 0;
    own->windows_up += sign > 0 ? 1 : 0;
    own->windows_turned += own->window_sign == -sign ? 1 : 0;
    own->window_sign = sign;
    own->window_min = window < own->window_min ? window : own->window_min;
    own->window_max = window > own->window_max ? window : own->window_max;
    own->window = window;
}

static void add_window(struct tcp_statistics *own, const struct packet *packet)
{
    const unsigned shift = (packet->tcp_flags & PACKET_TCP_SYN) != 0 ? 0U : own->shift;
    const uint32_t window = (uint32_t)packet->tcp_window << shift;
    if (own->segments == 0) {
        own->window_first = window;
        own->window = window;
        own->window_min = window;
        own->window_max = window;
        own->window_avg = (float)window;
    } else {
        own->window_avg = SAME_AS_OLD * own->window_avg + (1.0F - SAME_AS_OLD) * (float)window;
        if (window != own->window) {
            add_window_change(own, window);
        }
    }
    own->windows_zero += window == 0 ? 1 : 0;
    own->segments++;
}

/* Behind the last byte, and behind the FIN if that was seen. */
static uint32_t end_of(const struct tcp_statistics *statistics, const struct tcp_bytes *bytes)
{
    return bytes->next + (statistics->fin ? 1U : 0U);
}

/* Bits 14 and 15, and what the other direction's segments took. Called before the window is added.
 */
static uint32_t add_acknowledgement(const struct tcp_statistics_pair *pair,
                                    const struct tcp_statistics_segment *segment)
{
    const struct packet *packet = segment->packet;
    struct tcp_statistics *own = pair->own;
    const uint32_t number = packet->tcp_acknowledgement;
    const uint32_t end = end_of(pair->peer, segment->peer_bytes);
    const int32_t ahead = own->has_ack ? distance(number, own->ack_max) : 1;
    const bool beyond = segment->peer_bytes->known && distance(number, end) > 0;
    uint32_t bits = 0;
    if (ahead < 0 || beyond) {
        own->ack_fault++;
    } else {
        own->ack_ok++;
    }
    if (ahead < 0) {
        return TCP_ANOMALY_ACK_BACK;
    }
    if (ahead > 0) {
        own->has_ack = true;
        own->ack_max = number;
        own->repeated_ack = 0;
        if (pair->peer_trip->count > 0) {
            round_trip_acknowledge(pair->peer_trip, number, (uint32_t)packet->time_us);
        }
    } else if (packet->payload_bytes == 0 && own->segments > 0 &&
               (packet->tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_FIN)) == 0 &&
               (uint32_t)packet->tcp_window << own->shift == own->window &&
               segment->peer_bytes->known && distance(end, number) > 0) {
        bits = TCP_ANOMALY_ACK_REPEATED;
        own->repeated_ack =
            own->repeated_ack < UINT8_MAX ? (uint8_t)(own->repeated_ack + 1) : UINT8_MAX;
    }
    return bits;
}

/* Bits 13, 16 and 26. */
static uint32_t add_payload(const struct tcp_statistics_pair *pair,
                            const struct tcp_statistics_segment *segment)
{
    const struct packet *packet = segment->packet;
    const struct tcp_bytes_step *step = segment->step;
    const struct tcp_statistics *peer = pair->peer;
    const bool syn = (packet->tcp_flags & PACKET_TCP_SYN) != 0;
    const uint32_t sequence = packet->tcp_sequence + (syn ? 1U : 0U);
    const struct round_trip_segment sent = {
        .end = sequence + packet->payload_bytes,
        .time_us = (uint32_t)packet->time_us,
        .size = packet->payload_bytes,
        .hash = segment->hash,
    };
    uint32_t bits = 0;
    if (step->in_order) {
        pair->own->seq_ok++;
        if (!syn && (packet->tcp_flags & PACKET_TCP_FIN) == 0) {
            round_trip_add(pair->own_trip, &sent);
        }
        return 0;
    }
    pair->own->seq_fault++;
    if (peer->segments > 0 && step->ahead > peer->window) {
        bits |= TCP_ANOMALY_PAST_WINDOW;
    }
    if (step->repeated || step->filled) {
        if (peer->has_ack && peer->repeated_ack >= 3 && sequence == peer->ack_max) {
            bits |= TCP_ANOMALY_FAST_RETRANSMIT;
        }
        if (!round_trip_repeat(pair->own_trip, &sent)) {
            bits |= TCP_ANOMALY_OTHER_CONTENT;
        }
    }
    return bits;
}

/* Bit 27. Before the receiver has acknowledged anything its window is not known. */
static uint32_t of_reset(const struct tcp_statistics *peer, uint32_t sequence)
{
    const uint32_t window = peer->window > 0 ? peer->window : 1;
    return peer->has_ack && sequence - peer->ack_max >= window ? TCP_ANOMALY_RST_OUTSIDE : 0;
}

uint32_t tcp_statistics_add(const struct tcp_statistics_pair *pair,
                            const struct tcp_statistics_segment *segment)
{
    const struct packet *packet = segment->packet;
    struct tcp_statistics *own = pair->own;
    const uint8_t flags = packet->tcp_flags;
    uint32_t bits = 0;
    count_flags(own, flags);
    if (segment->options->count > 0) {
        add_options(own, segment->options, packet->time_us);
    }
    if ((flags & PACKET_TCP_RST) != 0) {
        return of_reset(pair->peer, packet->tcp_sequence);
    }
    if ((flags & PACKET_TCP_SYN) != 0) {
        add_syn(own, pair->peer, segment);
    }
    if (packet->payload_bytes > 0) {
        bits |= add_payload(pair, segment);
    }
    own->fin = own->fin || (flags & PACKET_TCP_FIN) != 0;
    if ((flags & PACKET_TCP_ACK) != 0) {
        bits |= add_acknowledgement(pair, segment);
    }
    add_window(own, packet);
    return bits;
}

bool tcp_statistics_lost(const struct tcp_statistics *own, const struct tcp_statistics *peer,
                         const struct tcp_bytes *peer_bytes, struct weir_block_pool *holes)
{
    if (!own->has_ack || !peer_bytes->known) {
        return false;
    }
    return distance(own->ack_max, end_of(peer, peer_bytes)) > 0 ||
           tcp_bytes_hole_below(peer_bytes, holes, own->ack_max);
}

static uint8_t flags_seen(const struct tcp_statistics *s)
{
    unsigned flags = s->fins > 0 ? PACKET_TCP_FIN : 0U;
    flags |= s->syns > 0 ? PACKET_TCP_SYN : 0U;
    flags |= s->resets > 0 ? PACKET_TCP_RST : 0U;
    flags |= s->pushes > 0 ? PACKET_TCP_PSH : 0U;
    flags |= s->acks > 0 ? PACKET_TCP_ACK : 0U;
    flags |= s->urgents > 0 ? PACKET_TCP_URG : 0U;
    flags |= s->echoes > 0 ? PACKET_TCP_ECE : 0U;
    flags |= s->reductions > 0 ? PACKET_TCP_CWR : 0U;
    return (uint8_t)flags;
}

/* The latest timestamp in seconds of the clock that the stamps themselves show. */
static int64_t uptime_s(const struct tcp_statistics *s)
{
    const int64_t span_us = s->stamp_last_us - s->stamp_first_us;
    const int32_t ticks = distance(s->stamp_last, s->stamp_first);
    if (!s->has_stamp || span_us < WEIR_US_PER_S || ticks <= 0) {
        return WEIR_ABSENT;
    }
    __extension__ unsigned __int128 product = s->stamp_last;
    __extension__ unsigned __int128 divisor = (uint32_t)ticks;
    product *= (uint64_t)span_us;
    divisor *= (uint64_t)WEIR_US_PER_S;
    return (int64_t)(product / divisor);
}

void tcp_statistics_fill(const struct tcp_statistics *s, struct weir_side_statistics *out)
{
    out->tcp_flags_or = flags_seen(s);
    out->tcp_fin = s->fins;
    out->tcp_syn = s->syns;
    out->tcp_rst = s->resets;
    out->tcp_psh = s->pushes;
    out->tcp_ack = s->acks;
    out->tcp_urg = s->urgents;
    out->tcp_ece = s->echoes;
    out->tcp_cwr = s->reductions;
    out->seq_ok = s->seq_ok;
    out->seq_fault = s->seq_fault;
    out->ack_ok = s->ack_ok;
    out->ack_fault = s->ack_fault;
    if (s->segments > 0) {
        out->win_init = s->window_first;
        out->win_avg = s->window_avg;
        out->win_min = s->window_min;
        out->win_max = s->window_max;
        out->win_low_ratio = (float)s->windows_zero / (float)s->segments;
    }
    out->win_down = s->windows_down;
    out->win_up = s->windows_up;
    out->win_dir_changes = s->windows_turned;
    out->tcp_opt_count = s->option_count;
    out->tcp_opt_mask = s->option_kinds;
    out->mss = s->has_syn ? s->mss : WEIR_ABSENT;
    out->wscale = s->has_syn ? s->scale : WEIR_ABSENT;
    out->tcp_uptime_s = uptime_s(s);
}

/* Writes the decimal digits of a number below 2^16 and gives what stands behind them. */
static char *write_number(char *out, unsigned number)
{
    char digits[5];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && count < sizeof(digits));
    while (count > 0) {
        *out++ = digits[--count];
    }
    return out;
}

/* A value that was not offered, or is 0, is written 00. */
static char *write_offer(char *out, int32_t value)
{
    *out++ = '_';
    if (value > 0) {
        return write_number(out, (unsigned)value & 0xffffU);
    }
    *out++ = '0';
    *out++ = '0';
    return out;
}

void tcp_statistics_ja4t(const struct tcp_statistics *s, char out[WEIR_JA4T_SIZE])
{
    if (!s->has_syn) {
        return;
    }
    char *at = write_number(out, s->syn_window);
    *at++ = '_';
    for (unsigned i = 0; i < s->syn_kind_count && at < out + WEIR_JA4T_SIZE - JA4T_TAIL; i++) {
        if (i > 0) {
            *at++ = '-';
        }
        at = write_number(at, s->syn_kinds[i]);
    }
    if (s->syn_kind_count == 0) {
        *at++ = '0';
        *at++ = '0';
    }
    at = write_offer(at, s->mss);
    at = write_offer(at, s->scale);
    *at = '\0';
}
