/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/community_id.h"

#include "tests/support/weir_test.h"

#define V6_A "fe80:1:203:405:607:809:a0b:c0d"
#define V6_B "fe80:1011:1213:1415:1617:1819:1a1b:1c1d"

/* Specification 2.3: the public baseline. */
struct vector {
    uint16_t seed;
    uint8_t proto;
    const char *orig;
    uint16_t orig_port;
    const char *resp;
    uint16_t resp_port;
    const char *id;
};

static const struct vector vectors[] = {
    {0, 6, "1.2.3.4", 1122, "5.6.7.8", 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
    {0, 6, "5.6.7.8", 3344, "1.2.3.4", 1122, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
    {0, 17, "1.2.3.4", 1122, "5.6.7.8", 3344, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg="},
    {0, 132, "1.2.3.4", 1122, "5.6.7.8", 3344, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8="},
    {0, 1, "1.2.3.4", 8, "5.6.7.8", 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0="},
    {0, 1, "5.6.7.8", 0, "1.2.3.4", 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0="},
    {0, 1, "1.2.3.4", 11, "5.6.7.8", 0, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk="},
    {0, 58, V6_A, 128, V6_B, 0, "1:0bf7hyMJUwt3fMED7z8LIfRpBeo="},
    {0, 58, V6_B, 129, V6_A, 0, "1:0bf7hyMJUwt3fMED7z8LIfRpBeo="},
    {0, 58, V6_A, 146, V6_B, 0, "1:fYC8+pz24E+EhANP1EZhpX0Dw10="},
    {0, 46, "1.2.3.4", 7, "5.6.7.8", 9, "1:ikv3kmf89luf73WPz1jOs49S768="},
    {0, 46, "5.6.7.8", 1, "1.2.3.4", 0, "1:ikv3kmf89luf73WPz1jOs49S768="},
    {0, 46, V6_A, 0, V6_B, 0, "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0="},
    {1, 6, "1.2.3.4", 1122, "5.6.7.8", 3344, "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk="},
};

static void every_vector_of_the_baseline_is_reproduced(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *v = &vectors[i];
        struct weir_flow_side orig = {.port = v->orig_port};
        struct weir_flow_side resp = {.port = v->resp_port};
        assert_err(weir_address_parse(v->orig, &orig.address), WEIR_OK);
        assert_err(weir_address_parse(v->resp, &resp.address), WEIR_OK);
        char id[WEIR_COMMUNITY_ID_SIZE];
        weir_community_id(v->seed, v->proto, &orig, &resp, id);
        assert_string_equal(id, v->id);
    }
}

static void equal_addresses_are_ordered_by_port(void **state)
{
    (void)state;
    struct weir_flow_side client = {.port = 40000};
    struct weir_flow_side server = {.port = 80};
    assert_err(weir_address_parse("127.0.0.1", &client.address), WEIR_OK);
    server.address = client.address;
    char there[WEIR_COMMUNITY_ID_SIZE];
    char back[WEIR_COMMUNITY_ID_SIZE];
    weir_community_id(0, 6, &client, &server, there);
    weir_community_id(0, 6, &server, &client, back);
    assert_string_equal(there, back);
}

static void a_record_is_named_once(void **state)
{
    (void)state;
    struct weir_flow_record record = {.proto = 6, .orig.port = 40000, .resp.port = 80};
    char id[WEIR_COMMUNITY_ID_SIZE];
    assert_err(weir_address_parse("192.0.2.1", &record.orig.address), WEIR_OK);
    assert_err(weir_address_parse("192.0.2.2", &record.resp.address), WEIR_OK);
    weir_community_id(5, 6, &record.orig, &record.resp, id);
    weir_community_id_fill(5, &record);
    assert_string_equal(record.community_id, id);
    weir_community_id_fill(6, &record);
    assert_string_equal(record.community_id, id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_of_the_baseline_is_reproduced),
        cmocka_unit_test(equal_addresses_are_ordered_by_port),
        cmocka_unit_test(a_record_is_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
