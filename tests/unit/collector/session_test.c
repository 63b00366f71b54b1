/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ingest/session.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/weir_test.h"

#define ROSTER 3

static void name_roster(struct session_identity roster[ROSTER])
{
    static const char *const names[ROSTER] = {"one", "two", "three"};
    memset(roster, 0, ROSTER * sizeof(roster[0]));
    for (uint32_t i = 0; i < ROSTER; i++) {
        roster[i] = (struct session_identity){.sensor_id = i + 1, .name = names[i], .branch = "b"};
        (void)snprintf(roster[i].public_z85, sizeof(roster[i].public_z85), "key-%u", i + 1);
    }
}

static void sensors_are_found_by_key_and_by_id(void **state)
{
    struct session_identity roster[ROSTER];
    struct session_table table = {0};
    (void)state;
    name_roster(roster);
    roster[1].is_revoked = true;
    assert_null(session_find_id(&table, 1));
    assert_err(session_table_replace(&table, roster, ROSTER), WEIR_OK);
    assert_string_equal(session_find_key(&table, "key-3")->name, "three");
    assert_true(session_find_id(&table, 2)->is_revoked);
    assert_null(session_find_key(&table, "key-4"));
    assert_null(session_find_id(&table, 4));
    session_table_fini(&table);
}

static void a_new_roster_keeps_who_stays_and_forgets_a_changed_key(void **state)
{
    struct session_identity roster[ROSTER];
    struct session_table table = {0};
    (void)state;
    name_roster(roster);
    assert_err(session_table_replace(&table, roster, ROSTER), WEIR_OK);
    for (uint32_t i = 1; i <= 2; i++) {
        session_find_id(&table, i)->is_up = true;
        session_find_id(&table, i)->batches = 5;
    }
    (void)snprintf(roster[1].public_z85, sizeof(roster[1].public_z85), "key-new");
    roster[0].name = "renamed";
    assert_err(session_table_replace(&table, roster, 2), WEIR_OK);
    assert_true(session_find_id(&table, 1)->is_up);
    assert_int_equal(session_find_id(&table, 1)->batches, 5);
    assert_string_equal(session_find_id(&table, 1)->name, "renamed");
    assert_false(session_find_id(&table, 2)->is_up);
    assert_null(session_find_id(&table, 3));
    session_table_fini(&table);
}

static void a_connection_belongs_to_a_session_only_while_it_is_up(void **state)
{
    struct session_identity roster[ROSTER];
    struct session_table table = {0};
    const struct weir_routing_id mine = {.size = 2, .bytes = {1, 2}};
    const struct weir_routing_id other = {.size = 3, .bytes = {1, 2}};
    (void)state;
    name_roster(roster);
    assert_err(session_table_replace(&table, roster, ROSTER), WEIR_OK);
    struct session *session = session_find_id(&table, 1);
    session->routing = mine;
    assert_false(session_is_of(session, &mine));
    session->is_up = true;
    assert_true(session_is_of(session, &mine));
    assert_false(session_is_of(session, &other));
    assert_null(session_find_candidate(&table, &mine));
    session->is_probing = true;
    assert_ptr_equal(session_find_candidate(&table, &mine), session);
    session_table_fini(&table);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensors_are_found_by_key_and_by_id),
        cmocka_unit_test(a_new_roster_keeps_who_stays_and_forgets_a_changed_key),
        cmocka_unit_test(a_connection_belongs_to_a_session_only_while_it_is_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
