/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/portmap.h"

#include <string.h>

#include "tests/support/weir_test.h"

/* The 44 bytes of 1.6.1: record mark, xid, CALL, version 2, program 100000 version 2, procedure. */
static const uint8_t dump[44] = {0x80, 0, 0, 40, 0,    0,    0, 7, 0, 0, 0, 0, 0, 0,
                                 0,    2, 0, 1,  0x86, 0xa0, 0, 0, 0, 2, 0, 0, 0, 4};

static void dump_call_is_seen_behind_another_call(void **state)
{
    (void)state;
    uint8_t getport[44];
    struct portmap portmap = {0};
    memcpy(getport, dump, sizeof(getport));
    getport[27] = 3;
    assert_false(portmap_add(&portmap, getport, sizeof(getport)));
    assert_true(portmap_add(&portmap, dump, sizeof(dump)));
}

static void dump_call_is_seen_byte_by_byte(void **state)
{
    (void)state;
    struct portmap portmap = {0};
    bool seen = false;
    for (size_t i = 0; i < sizeof(dump); i++) {
        seen = portmap_add(&portmap, dump + i, 1) || seen;
    }
    assert_true(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dump_call_is_seen_behind_another_call),
        cmocka_unit_test(dump_call_is_seen_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
