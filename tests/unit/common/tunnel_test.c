/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/tunnel.h"

#include <stdint.h>

#include "tests/support/weir_test.h"

static void every_tunnel_has_a_text_that_parses_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WEIR_TUNNEL_COUNT; i++) {
        enum weir_tunnel back = WEIR_TUNNEL_NONE;
        const char *text = weir_tunnel_text((enum weir_tunnel)i);
        assert_non_null(text);
        assert_true(weir_tunnel_parse(text, &back));
        assert_int_equal(back, i);
    }
    assert_int_equal(WEIR_TUNNEL_PSEUDOWIRE + 1, WEIR_TUNNEL_COUNT);
    assert_true(WEIR_TUNNEL_COUNT <= UINT8_MAX);
}

static void a_value_or_text_out_of_the_table_is_none(void **state)
{
    (void)state;
    enum weir_tunnel tunnel = WEIR_TUNNEL_VXLAN;
    assert_null(weir_tunnel_text(WEIR_TUNNEL_COUNT));
    assert_false(weir_tunnel_parse("l2tp", &tunnel));
    assert_int_equal(tunnel, WEIR_TUNNEL_VXLAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tunnel_has_a_text_that_parses_back),
        cmocka_unit_test(a_value_or_text_out_of_the_table_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
