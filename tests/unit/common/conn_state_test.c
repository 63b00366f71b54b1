/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/conn_state.h"

#include "tests/support/weir_test.h"

static void texts_parse_back(void **state)
{
    (void)state;
    for (int i = 0; i < WEIR_CONN_STATE_COUNT; i++) {
        enum weir_conn_state back = WEIR_CONN_STATE_COUNT;
        assert_true(weir_conn_state_parse(weir_conn_state_text((enum weir_conn_state)i), &back));
        assert_int_equal(back, i);
    }
    for (int i = 0; i < WEIR_FLAG_COUNT; i++) {
        enum weir_flag back = WEIR_FLAG_COUNT;
        assert_true(weir_flag_parse(weir_flag_text((enum weir_flag)i), &back));
        assert_int_equal(back, i);
    }
}

static void unknown_values_have_no_text(void **state)
{
    (void)state;
    enum weir_flag flag = WEIR_FLAG_SF;
    enum weir_conn_state conn_state = WEIR_CONN_SF;
    assert_null(weir_conn_state_text(WEIR_CONN_STATE_COUNT));
    assert_null(weir_flag_text(WEIR_FLAG_COUNT));
    assert_false(weir_flag_parse("RSTRH", &flag));
    assert_false(weir_conn_state_parse("sf", &conn_state));
    assert_int_equal(flag, WEIR_FLAG_SF);
    assert_int_equal(conn_state, WEIR_CONN_SF);
}

/* Specification 1.5.3. */
static void states_fold_into_flags_and_outcomes(void **state)
{
    (void)state;
    static const struct {
        const char *state, *flag;
        enum weir_outcome outcome;
    } rows[] = {
        {"SF", "SF", WEIR_OUTCOME_NEITHER},        {"S0", "S0", WEIR_OUTCOME_SERROR},
        {"S1", "S1", WEIR_OUTCOME_SERROR},         {"S2", "S2", WEIR_OUTCOME_SERROR},
        {"S3", "S3", WEIR_OUTCOME_SERROR},         {"SH", "SH", WEIR_OUTCOME_SERROR},
        {"SHR", "SH", WEIR_OUTCOME_SERROR},        {"REJ", "REJ", WEIR_OUTCOME_RERROR},
        {"RSTO", "RSTO", WEIR_OUTCOME_RERROR},     {"RSTR", "RSTR", WEIR_OUTCOME_RERROR},
        {"RSTOS0", "RSTOS0", WEIR_OUTCOME_RERROR}, {"RSTRH", "RSTR", WEIR_OUTCOME_RERROR},
        {"OTH", "OTH", WEIR_OUTCOME_NEITHER},      {"OPEN", "OPEN", WEIR_OUTCOME_NEITHER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum weir_conn_state conn_state = WEIR_CONN_STATE_COUNT;
        assert_true(weir_conn_state_parse(rows[i].state, &conn_state));
        const enum weir_flag flag = weir_flag_of(conn_state);
        assert_string_equal(weir_flag_text(flag), rows[i].flag);
        assert_int_equal(weir_outcome_of(flag), rows[i].outcome);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_parse_back),
        cmocka_unit_test(unknown_values_have_no_text),
        cmocka_unit_test(states_fold_into_flags_and_outcomes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
