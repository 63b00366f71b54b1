/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_state.h"

#include "sensor/decode/packet.h"

/* The five ways in which 1.5.1 and 1.5.2 read a segment's flags. */
struct segment {
    bool syn, ack, fin, rst, payload;
};

static bool is_quiet(uint8_t end)
{
    return end == TCP_END_INACTIVE || end == TCP_END_PARTIAL;
}

/* Rows of the table with X INACTIVE, but for RST. */
static void leave_inactive(uint8_t *x, uint8_t *y, bool from_orig, struct segment segment)
{
    if (segment.syn && from_orig) {
        *x = segment.ack ? TCP_END_SYN_ACK_SENT : TCP_END_SYN_SENT;
    } else if (segment.syn) {
        *x = TCP_END_ESTABLISHED;
        if (*y == TCP_END_SYN_SENT) {
            *y = TCP_END_ESTABLISHED;
        }
    } else if (segment.fin) {
        *x = TCP_END_CLOSED;
    } else if (!from_orig && !segment.payload && *y == TCP_END_SYN_SENT) {
        return; /* an early bare ACK says nothing yet */
    } else if (segment.ack && *y == TCP_END_ESTABLISHED) {
        *x = TCP_END_ESTABLISHED;
    } else {
        *x = TCP_END_PARTIAL;
    }
}

static void reset(uint8_t *x, bool *was_closed, uint8_t y)
{
    if (*x == TCP_END_RESET || (*x == TCP_END_CLOSED && y == TCP_END_CLOSED)) {
        return;
    }
    *was_closed = *x == TCP_END_CLOSED;
    *x = TCP_END_RESET;
}

/* What row 4 of 1.5.2 must know about the originator's segments. */
static void note_originator(struct tcp_state *state, struct segment segment)
{
    if (segment.rst && state->orig != TCP_END_RESET) {
        state->orig_reset_after_syn = state->orig_only_syn && !segment.fin;
    }
    if (segment.syn && !segment.ack && !segment.rst && !segment.fin) {
        state->orig_only_syn = true;
        return;
    }
    const bool pure_ack = segment.ack && !segment.payload && !segment.rst;
    if (segment.fin || pure_ack) { /* a SYN+ACK is a pure ACK here; FIN+RST is inconsistent */
        state->orig_only_syn = false;
    }
    state->orig_answered = state->orig_answered || !segment.syn;
}

void tcp_state_add(struct tcp_state *state, bool from_orig, uint8_t flags, bool payload)
{
    const struct segment segment = {
        .syn = (flags & PACKET_TCP_SYN) != 0,
        .ack = (flags & PACKET_TCP_ACK) != 0,
        .fin = (flags & PACKET_TCP_FIN) != 0,
        .rst = (flags & PACKET_TCP_RST) != 0,
        .payload = payload,
    };
    uint8_t *x = from_orig ? &state->orig : &state->resp;
    uint8_t *y = from_orig ? &state->resp : &state->orig;
    if (from_orig) {
        note_originator(state, segment);
    }
    state->payload = state->payload || (payload && !segment.rst);
    if (segment.rst) {
        reset(x, from_orig ? &state->orig_was_closed : &state->resp_was_closed, *y);
        return;
    }
    switch ((enum tcp_end) * x) {
    case TCP_END_INACTIVE:
        leave_inactive(x, y, from_orig, segment);
        break;
    case TCP_END_SYN_SENT:
    case TCP_END_SYN_ACK_SENT:
        if (segment.fin) {
            *x = TCP_END_CLOSED;
        }
        break;
    case TCP_END_PARTIAL:
    case TCP_END_ESTABLISHED:
        if (*x == TCP_END_PARTIAL && segment.syn && !segment.ack && *y == TCP_END_INACTIVE) {
            *x = TCP_END_SYN_SENT;
        } else if (segment.fin) {
            *x = TCP_END_CLOSED;
            const bool was_closed = from_orig ? state->resp_was_closed : state->orig_was_closed;
            if (*y == TCP_END_RESET && was_closed) {
                *y = TCP_END_CLOSED;
            }
        }
        break;
    case TCP_END_CLOSED:
    case TCP_END_RESET:
        break;
    }
    state->established = state->established ||
                         (state->orig == TCP_END_ESTABLISHED && state->resp == TCP_END_ESTABLISHED);
}

static enum weir_conn_state reset_by_responder(const struct tcp_state *state)
{
    const bool refused = state->orig == TCP_END_SYN_SENT || state->orig == TCP_END_SYN_ACK_SENT ||
                         (state->orig == TCP_END_RESET && !state->payload);
    if (refused) {
        return WEIR_CONN_REJ;
    }
    return is_quiet(state->orig) ? WEIR_CONN_RSTRH : WEIR_CONN_RSTR;
}

static enum weir_conn_state reset_by_originator(const struct tcp_state *state)
{
    if (!is_quiet(state->resp)) {
        return WEIR_CONN_RSTO;
    }
    return state->orig_reset_after_syn ? WEIR_CONN_RSTOS0 : WEIR_CONN_OTH;
}

enum weir_conn_state tcp_state_conn(const struct tcp_state *state)
{
    const uint8_t orig = state->orig;
    const uint8_t resp = state->resp;
    if (resp == TCP_END_RESET) {
        return reset_by_responder(state);
    }
    if (orig == TCP_END_RESET) {
        return reset_by_originator(state);
    }
    if (orig == TCP_END_CLOSED) {
        if (resp == TCP_END_CLOSED) {
            return WEIR_CONN_SF;
        }
        return is_quiet(resp) ? WEIR_CONN_SH : WEIR_CONN_S2;
    }
    if (resp == TCP_END_CLOSED) {
        return is_quiet(orig) ? WEIR_CONN_SHR : WEIR_CONN_S3;
    }
    if (orig == TCP_END_SYN_SENT && resp == TCP_END_INACTIVE) {
        return WEIR_CONN_S0;
    }
    if (orig == TCP_END_ESTABLISHED && resp == TCP_END_ESTABLISHED) {
        return WEIR_CONN_S1;
    }
    return WEIR_CONN_OTH;
}

bool tcp_state_decided(const struct tcp_state *state)
{
    return state->orig == TCP_END_RESET || state->resp == TCP_END_RESET ||
           (state->orig == TCP_END_CLOSED && state->resp == TCP_END_CLOSED);
}

bool tcp_state_half_closed(const struct tcp_state *state)
{
    return (state->orig == TCP_END_CLOSED) != (state->resp == TCP_END_CLOSED);
}

bool tcp_state_attempt(const struct tcp_state *state)
{
    if (state->resp == TCP_END_INACTIVE) {
        return state->orig == TCP_END_SYN_SENT || state->orig == TCP_END_SYN_ACK_SENT;
    }
    return state->orig == TCP_END_ESTABLISHED && state->resp == TCP_END_ESTABLISHED &&
           !state->orig_answered;
}
