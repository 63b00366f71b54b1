/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_options.h"

#include "tests/support/weir_test.h"

static struct weir_address address_of(const char *text)
{
    struct weir_address address = {.size = 0};
    assert_int_equal(weir_address_parse(text, &address), WEIR_OK);
    return address;
}

static void outside_is_what_no_prefix_of_the_vlan_holds(void **state)
{
    (void)state;
    const struct layer2_prefix prefixes[] = {
        {.address = address_of("10.1.0.0"), .bits = 16, .vlan = 1},
        {.address = address_of("10.2.2.0"), .bits = 23, .vlan = 2},
        {.address = address_of("2001:db8::"), .bits = 128, .vlan = LAYER2_ANY_VLAN},
        {.address = address_of("2001:db8::"), .bits = 200, .vlan = LAYER2_ANY_VLAN},
    };
    struct layer2_options options = layer2_options_defaults;
    options.prefixes = prefixes;
    options.prefix_count = 4;
    struct weir_address address = address_of("10.1.255.255");
    assert_false(layer2_options_is_outside(&options, 1, &address));
    assert_true(layer2_options_is_outside(&options, 2, &address));
    assert_false(layer2_options_is_outside(&options, 3, &address)); /* no IPv4 prefix there */
    address = address_of("10.2.3.255");
    assert_false(layer2_options_is_outside(&options, 2, &address));
    address = address_of("10.2.4.0");
    assert_true(layer2_options_is_outside(&options, 2, &address));
    address = address_of("2001:db8::1");
    assert_true(layer2_options_is_outside(&options, 9, &address));
}

static void virtual_routers_share_their_macs(void **state)
{
    (void)state;
    const uint8_t shared[][6] = {{0, 0, 0x5e, 0, 1, 9},
                                 {0, 0, 0x5e, 0, 2, 9},
                                 {0, 0, 0x0c, 0x07, 0xac, 1},
                                 {0, 0x07, 0xb4, 1, 2, 3}};
    const uint8_t own[6] = {0, 0, 0x5e, 0, 3, 9};
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
        assert_true(layer2_options_is_shared(&layer2_options_defaults, shared[i]));
    }
    assert_false(layer2_options_is_shared(&layer2_options_defaults, own));
    assert_false(layer2_options_is_router(&layer2_options_defaults, own));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_is_what_no_prefix_of_the_vlan_holds),
        cmocka_unit_test(virtual_routers_share_their_macs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
