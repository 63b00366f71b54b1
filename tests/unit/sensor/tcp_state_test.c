/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/tcp_state.h"

#include <stddef.h>

#include "sensor/decode/packet.h"

#include "tests/support/weir_test.h"

#define S PACKET_TCP_SYN
#define A PACKET_TCP_ACK
#define F PACKET_TCP_FIN
#define R PACKET_TCP_RST

#define I  TCP_END_INACTIVE
#define SS TCP_END_SYN_SENT
#define SA TCP_END_SYN_ACK_SENT
#define P  TCP_END_PARTIAL
#define E  TCP_END_ESTABLISHED
#define C  TCP_END_CLOSED
#define X  TCP_END_RESET

struct step_row {
    const char *name;
    uint8_t orig, resp; /* before */
    bool from_orig;
    uint8_t flags;
    bool payload;
    uint8_t want_orig, want_resp;
};

/* 1.5.1, row by row, and the rows that must not fire. */
static const struct step_row step_rows[] = {
    {"orig SYN", I, I, true, S, false, SS, I},
    {"orig SYN+ACK", I, I, true, S | A, false, SA, I},
    {"resp SYN+ACK answers", SS, I, false, S | A, false, E, E},
    {"resp SYN answers (simultaneous open)", SS, I, false, S, false, E, E},
    {"resp SYN+ACK first", I, I, false, S | A, false, I, E},
    {"inactive FIN", I, I, true, F | A, false, C, I},
    {"inactive resp FIN", SS, I, false, F | A, false, SS, C},
    {"inactive RST", I, I, true, R, false, X, I},
    {"inactive resp RST", SS, I, false, R | A, false, SS, X},
    {"early bare ACK", SS, I, false, A, false, SS, I},
    {"resp payload before any SYN of its own", SS, I, false, A, true, SS, P},
    {"ACK to an established end", I, E, true, A, false, E, E},
    {"inactive payload", I, I, true, A, true, P, I},
    {"null segment", I, I, true, 0, false, P, I},
    {"SYN_SENT FIN", SS, I, true, F, false, C, I},
    {"SYN_ACK_SENT FIN", SA, I, true, F, false, C, I},
    {"SYN_SENT RST", SS, I, true, R, false, X, I},
    {"SYN_SENT ACK stays", SS, I, true, A, false, SS, I},
    {"PARTIAL SYN, other silent", P, I, true, S, false, SS, I},
    {"PARTIAL SYN, other spoke", P, P, true, S, false, P, P},
    {"ESTABLISHED FIN", E, E, true, F | A, false, C, E},
    {"PARTIAL FIN", P, P, false, F | A, false, P, C},
    {"ESTABLISHED RST", E, E, false, R, false, E, X},
    {"FIN+RST is a RST", E, E, true, F | R, false, X, E},
    {"CLOSED RST, other open", C, E, true, R, false, X, E},
    {"CLOSED RST, other closed", C, C, true, R, false, C, C},
    {"both CLOSED, payload", C, C, false, A, true, C, C},
    {"RESET SYN", X, E, true, S, false, X, E},
    {"SYN+FIN is a SYN first", I, I, true, S | F, false, SS, I},
    {"SYN+RST is a RST", I, I, true, S | R, false, X, I},
};

static void every_row_of_the_endpoint_table_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(step_rows) / sizeof(step_rows[0]); i++) {
        const struct step_row *row = &step_rows[i];
        struct tcp_state tcp = {.orig = row->orig, .resp = row->resp};
        tcp_state_add(&tcp, row->from_orig, row->flags, row->payload);
        if (tcp.orig != row->want_orig || tcp.resp != row->want_resp) {
            fail_msg("%s: got %d/%d, want %d/%d", row->name, tcp.orig, tcp.resp, row->want_orig,
                     row->want_resp);
        }
    }
}

static void fin_after_the_peers_closing_reset_closes_both(void **state)
{
    (void)state;
    struct tcp_state tcp = {.orig = E, .resp = E};
    tcp_state_add(&tcp, true, F | A, false);
    tcp_state_add(&tcp, true, R, false);
    assert_int_equal(tcp.orig, X);
    tcp_state_add(&tcp, false, F | A, false);
    assert_int_equal(tcp_state_conn(&tcp), WEIR_CONN_SF);
}

struct conn_row {
    const char *name;
    struct tcp_state tcp;
    enum weir_conn_state want;
};

/* 1.5.2, numbers of its rows. */
static const struct conn_row conn_rows[] = {
    {"1 SYN_SENT", {.orig = SS, .resp = X}, WEIR_CONN_REJ},
    {"1 SYN_ACK_SENT", {.orig = SA, .resp = X}, WEIR_CONN_REJ},
    {"1 both reset, no payload", {.orig = X, .resp = X}, WEIR_CONN_REJ},
    {"2 inactive", {.orig = I, .resp = X}, WEIR_CONN_RSTRH},
    {"2 partial", {.orig = P, .resp = X}, WEIR_CONN_RSTRH},
    {"3 established", {.orig = E, .resp = X}, WEIR_CONN_RSTR},
    {"3 both reset after payload", {.orig = X, .resp = X, .payload = true}, WEIR_CONN_RSTR},
    {"3 closed", {.orig = C, .resp = X}, WEIR_CONN_RSTR},
    {"4", {.orig = X, .resp = I, .orig_reset_after_syn = true}, WEIR_CONN_RSTOS0},
    {"4 partial", {.orig = X, .resp = P, .orig_reset_after_syn = true}, WEIR_CONN_RSTOS0},
    {"5", {.orig = X, .resp = I}, WEIR_CONN_OTH},
    {"6", {.orig = X, .resp = E}, WEIR_CONN_RSTO},
    {"6 closed", {.orig = X, .resp = C}, WEIR_CONN_RSTO},
    {"7", {.orig = C, .resp = C}, WEIR_CONN_SF},
    {"8", {.orig = C, .resp = I}, WEIR_CONN_SH},
    {"8 partial", {.orig = C, .resp = P}, WEIR_CONN_SH},
    {"9", {.orig = C, .resp = E}, WEIR_CONN_S2},
    {"10", {.orig = I, .resp = C}, WEIR_CONN_SHR},
    {"10 partial", {.orig = P, .resp = C}, WEIR_CONN_SHR},
    {"11", {.orig = E, .resp = C}, WEIR_CONN_S3},
    {"11 SYN_SENT", {.orig = SS, .resp = C}, WEIR_CONN_S3},
    {"12", {.orig = SS, .resp = I}, WEIR_CONN_S0},
    {"13", {.orig = E, .resp = E}, WEIR_CONN_S1},
    {"14 partial", {.orig = P, .resp = P}, WEIR_CONN_OTH},
    {"14 SYN_SENT and payload", {.orig = SS, .resp = P}, WEIR_CONN_OTH},
    {"14 nothing", {.orig = I, .resp = I}, WEIR_CONN_OTH},
};

static void every_row_of_the_conn_state_table_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(conn_rows) / sizeof(conn_rows[0]); i++) {
        const enum weir_conn_state got = tcp_state_conn(&conn_rows[i].tcp);
        if (got != conn_rows[i].want) {
            fail_msg("%s: got %s, want %s", conn_rows[i].name, weir_conn_state_text(got),
                     weir_conn_state_text(conn_rows[i].want));
        }
    }
}

static enum weir_conn_state after(const uint8_t *flags, size_t count)
{
    struct tcp_state tcp = {0};
    for (size_t i = 0; i < count; i++) {
        tcp_state_add(&tcp, true, flags[i], false);
    }
    return tcp_state_conn(&tcp);
}

static void rstos0_wants_nothing_between_syn_and_rst(void **state)
{
    (void)state;
    assert_int_equal(after((const uint8_t[]){S, R}, 2), WEIR_CONN_RSTOS0);
    assert_int_equal(after((const uint8_t[]){S, S, R | A}, 3), WEIR_CONN_RSTOS0);
    assert_int_equal(after((const uint8_t[]){S, A, R}, 3), WEIR_CONN_OTH);
    assert_int_equal(after((const uint8_t[]){S, F, R}, 3), WEIR_CONN_OTH);
    assert_int_equal(after((const uint8_t[]){S, F | R}, 2), WEIR_CONN_OTH);
    assert_int_equal(after((const uint8_t[]){R}, 1), WEIR_CONN_OTH);
}

static void outcome_is_decided_by_two_fins_or_one_reset(void **state)
{
    (void)state;
    assert_false(tcp_state_decided(&(struct tcp_state){.orig = C, .resp = E}));
    assert_true(tcp_state_half_closed(&(struct tcp_state){.orig = C, .resp = E}));
    assert_true(tcp_state_decided(&(struct tcp_state){.orig = C, .resp = C}));
    assert_false(tcp_state_half_closed(&(struct tcp_state){.orig = C, .resp = C}));
    assert_true(tcp_state_decided(&(struct tcp_state){.orig = SS, .resp = X}));
    assert_true(tcp_state_decided(&(struct tcp_state){.orig = X, .resp = I}));
}

static void handshake_is_an_attempt_until_the_originator_answers(void **state)
{
    (void)state;
    struct tcp_state tcp = {0};
    tcp_state_add(&tcp, true, S, false);
    assert_true(tcp_state_attempt(&tcp));
    tcp_state_add(&tcp, false, S | A, false);
    assert_true(tcp_state_attempt(&tcp));
    tcp_state_add(&tcp, true, A, false);
    assert_false(tcp_state_attempt(&tcp));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_endpoint_table_holds),
        cmocka_unit_test(fin_after_the_peers_closing_reset_closes_both),
        cmocka_unit_test(every_row_of_the_conn_state_table_holds),
        cmocka_unit_test(rstos0_wants_nothing_between_syn_and_rst),
        cmocka_unit_test(outcome_is_decided_by_two_fins_or_one_reset),
        cmocka_unit_test(handshake_is_an_attempt_until_the_originator_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
