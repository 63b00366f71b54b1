/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/feature_schema.h"

#include <string.h>

#include "common/flow/flow_statistics.h"
#include "common/flow/service.h"

#include "tests/support/weir_test.h"

static const char *const kdd_names[41] = {"duration",
                                          "protocol_type",
                                          "service",
                                          "flag",
                                          "src_bytes",
                                          "dst_bytes",
                                          "land",
                                          "wrong_fragment",
                                          "urgent",
                                          "hot",
                                          "num_failed_logins",
                                          "logged_in",
                                          "num_compromised",
                                          "root_shell",
                                          "su_attempted",
                                          "num_root",
                                          "num_file_creations",
                                          "num_shells",
                                          "num_access_files",
                                          "num_outbound_cmds",
                                          "is_host_login",
                                          "is_guest_login",
                                          "count",
                                          "srv_count",
                                          "serror_rate",
                                          "srv_serror_rate",
                                          "rerror_rate",
                                          "srv_rerror_rate",
                                          "same_srv_rate",
                                          "diff_srv_rate",
                                          "srv_diff_host_rate",
                                          "dst_host_count",
                                          "dst_host_srv_count",
                                          "dst_host_same_srv_rate",
                                          "dst_host_diff_srv_rate",
                                          "dst_host_same_src_port_rate",
                                          "dst_host_srv_diff_host_rate",
                                          "dst_host_serror_rate",
                                          "dst_host_srv_serror_rate",
                                          "dst_host_rerror_rate",
                                          "dst_host_srv_rerror_rate"};

static const struct weir_feature_schema *find(const char *name)
{
    const struct weir_feature_schema *schema = weir_feature_schema_find(name);
    assert_non_null(schema);
    return schema;
}

static void kdd41_has_the_names_of_nsl_kdd_in_order(void **state)
{
    (void)state;
    const struct weir_feature_schema *schema = find("kdd41");
    assert_int_equal(schema->count, 41);
    for (size_t i = 0; i < 41; i++) {
        assert_string_equal(schema->columns[i].name, kdd_names[i]);
        assert_int_equal(weir_feature_schema_index(schema, kdd_names[i]), i);
    }
    assert_int_equal(weir_feature_schema_index(schema, "is_hot_login"), 20);
    assert_int_equal(weir_feature_schema_index(schema, "immediate_count"), -1);
    assert_null(weir_feature_schema_find("kdd42"));
}

/* A schema that changes makes every stored model useless: change it on purpose, with this. */
static void hashes_are_what_models_were_trained_with(void **state)
{
    (void)state;
    assert_true(weir_feature_schema_hash(find("kdd41")) == UINT64_C(0xfe72dc845a04e2ec));
    assert_true(weir_feature_schema_hash(find("sensor")) == UINT64_C(0x32fd001303d380bc));
    assert_true(weir_feature_schema_hash(find("fleet")) == UINT64_C(0x5ab1ab671fae4b1e));
}

static void the_hash_follows_names_kinds_and_order(void **state)
{
    (void)state;
    const struct weir_feature_schema *kdd41 = find("kdd41");
    struct weir_feature columns[41];
    const struct weir_feature_schema changed = {"kdd41", columns, 41};
    memcpy(columns, kdd41->columns, sizeof(columns));
    assert_true(weir_feature_schema_hash(&changed) == weir_feature_schema_hash(kdd41));
    columns[5].name = "dst_byte";
    assert_true(weir_feature_schema_hash(&changed) != weir_feature_schema_hash(kdd41));
    memcpy(columns, kdd41->columns, sizeof(columns));
    columns[0] = kdd41->columns[4];
    columns[4] = kdd41->columns[0];
    assert_true(weir_feature_schema_hash(&changed) != weir_feature_schema_hash(kdd41));
    memcpy(columns, kdd41->columns, sizeof(columns));
    columns[1].category = columns[3].category;
    assert_true(weir_feature_schema_hash(&changed) != weir_feature_schema_hash(kdd41));
}

static void categories_are_three_seventy_and_eleven(void **state)
{
    (void)state;
    const struct weir_feature *columns = find("kdd41")->columns;
    assert_int_equal(weir_feature_categories(&columns[0]), 0);
    assert_int_equal(weir_feature_categories(&columns[1]), 3);
    assert_int_equal(weir_feature_categories(&columns[2]), 70);
    assert_int_equal(weir_feature_categories(&columns[3]), 11);
    assert_string_equal(columns[3].category(0), "SF");
    assert_string_equal(columns[3].category(10), "OTH");
    assert_null(columns[3].category(11));
}

static void no_schema_holds_an_address_or_an_originator_port(void **state)
{
    (void)state;
    static const char *const names[] = {"sensor", "fleet", "kdd41"};
    static const char *const forbidden[] = {"orig_h",
                                            "resp_h",
                                            "orig_p",
                                            "orig_l2",
                                            "resp_l2",
                                            "orig_first_us",
                                            "resp_last_us",
                                            "orig_tcp_uptime_s",
                                            "icmp_parent_flow_id"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < sizeof(forbidden) / sizeof(forbidden[0]); j++) {
            assert_int_equal(weir_feature_schema_index(find(names[i]), forbidden[j]), -1);
        }
    }
}

static struct weir_flow_record example(void)
{
    struct weir_flow_record r = {.start_us = 0,
                                 .end_us = 3999999,
                                 .duration_us = 3999999,
                                 .missed_bytes = 9,
                                 .proto = 6,
                                 .flag = WEIR_FLAG_SF,
                                 .service = 21,
                                 .land = true};
    r.orig.bytes = 181;
    r.resp.bytes = 5450;
    r.orig.packets = 7;
    r.resp.packets = 8;
    r.orig.ip_bytes = 500;
    r.resp.ip_bytes = 6000;
    r.content = (struct weir_kdd_content){.hot = 2, .num_compromised = 3, .is_guest_login = 1};
    return r;
}

static float column(const char *schema_name, const struct weir_flow_record *record,
                    const struct weir_kdd_counts *counts, const char *name)
{
    const struct weir_feature_schema *schema = find(schema_name);
    float vector[WEIR_FEATURES_MAX];
    weir_feature_vector_fill(schema, record, counts, vector);
    const int at = weir_feature_schema_index(schema, name);
    assert_true(at >= 0);
    return vector[at];
}

#define assert_column(schema, record, counts, name, want)                                          \
    assert_close((double)column(schema, record, counts, name), (double)(want),                     \
                 ((struct tolerance){0.0, 0.0}))

static void each_value_lands_in_the_column_of_its_name(void **state)
{
    (void)state;
    const struct weir_flow_record r = example();
    const struct weir_kdd_counts counts = {.count = 4,
                                           .srv_count = 3,
                                           .serror = 1,
                                           .same_srv = 2,
                                           .dst_host_count = 8,
                                           .dst_host_srv_count = 5,
                                           .dst_host_srv_rerror = 5};
    uint8_t http = 0;
    assert_true(weir_service_parse("http", &http));
    assert_column("kdd41", &r, &counts, "duration", 3);
    assert_column("kdd41", &r, &counts, "protocol_type", 0);
    assert_column("kdd41", &r, &counts, "service", http);
    assert_column("kdd41", &r, &counts, "flag", 0);
    assert_column("kdd41", &r, &counts, "src_bytes", 181);
    assert_column("kdd41", &r, &counts, "dst_bytes", 5450);
    assert_column("kdd41", &r, &counts, "land", 1);
    assert_column("kdd41", &r, &counts, "hot", 2);
    assert_column("kdd41", &r, &counts, "num_compromised", 3);
    assert_column("kdd41", &r, &counts, "is_guest_login", 1);
    assert_column("kdd41", &r, &counts, "count", 4);
    assert_column("kdd41", &r, &counts, "serror_rate", 0.25F);
    assert_column("kdd41", &r, &counts, "dst_host_srv_rerror_rate", 1);
    assert_column("sensor", &r, &counts, "immediate_same_srv_rate", 0.5F);
    assert_column("sensor", &r, &counts, "orig_pkts", 7);
    assert_column("sensor", &r, &counts, "resp_ip_bytes", 6000);
    assert_column("sensor", &r, &counts, "duration_s", 3.999999F);
    assert_column("fleet", &r, &counts, "dst_host_count", 8);
    assert_column("fleet", &r, NULL, "dst_host_count", 0);
    assert_column("fleet", &r, NULL, "missed_bytes", 9);
}

static void rates_and_asymmetries_follow_from_the_counters(void **state)
{
    (void)state;
    struct weir_flow_record r = example();
    r.duration_us = 2000000;
    assert_column("sensor", &r, NULL, "orig_pkt_rate", 3.5F);
    assert_column("sensor", &r, NULL, "resp_byte_rate", 3000);
    assert_column("sensor", &r, NULL, "pkt_asym", -1.0F / 15.0F);
    assert_column("sensor", &r, NULL, "byte_asym", -5500.0F / 6500.0F);
    assert_column("sensor", &r, NULL, "seed_tcp_anomaly", 0);
    r.duration_us = 0;
    r.orig.packets = 0;
    r.resp.packets = 0;
    r.tcp_anomaly = 5;
    assert_column("sensor", &r, NULL, "orig_byte_rate", 0);
    assert_column("sensor", &r, NULL, "pkt_asym", 0);
    assert_column("sensor", &r, NULL, "seed_tcp_anomaly", 1);
    r.tcp_anomaly = UINT32_C(0x00100004); /* the high word does not count */
    assert_column("sensor", &r, NULL, "seed_tcp_anomaly", 0);
}

static void statistics_not_measured_are_minus_one(void **state)
{
    (void)state;
    struct weir_flow_record r = example();
    assert_column("sensor", &r, NULL, "orig_ttl_min", -1);
    assert_column("sensor", &r, NULL, "len_seq_0", -1);
    assert_column("sensor", &r, NULL, "iat_seq_15", -1);
    struct weir_flow_statistics statistics;
    weir_flow_statistics_init(&statistics);
    statistics.orig.ttl_min = 64;
    statistics.resp.pkt_len_mean = 99.5F;
    statistics.active_peers_src = 3;
    statistics.sequence_count = 2;
    statistics.len_seq[1] = -52;
    statistics.iat_seq[1] = 70;
    r.statistics = &statistics;
    assert_column("sensor", &r, NULL, "orig_ttl_min", 64);
    assert_column("sensor", &r, NULL, "resp_pkt_len_mean", 99.5F);
    assert_column("sensor", &r, NULL, "active_peers_src", 3);
    assert_column("sensor", &r, NULL, "resp_mss", -1);
    assert_column("sensor", &r, NULL, "len_seq_1", -52);
    assert_column("sensor", &r, NULL, "iat_seq_1", 70);
    assert_column("sensor", &r, NULL, "len_seq_2", 0);
    assert_column("sensor", &r, NULL, "iat_seq_2", -1);
    assert_column("fleet", &r, NULL, "missed_bytes", 9);
}

static void payload_that_was_not_read_is_no_measured_zero(void **state)
{
    (void)state;
    struct weir_flow_record r = example();
    r.content_truncated = true; /* read in part: what was read counts */
    assert_column("sensor", &r, NULL, "hot", 2);
    assert_column("sensor", &r, NULL, "is_host_login", 0);
    for (int detail = WEIR_DETAIL_NO_INSPECTION; detail < WEIR_DETAIL_COUNT; detail++) {
        r.detail = (uint8_t)detail;
        assert_column("sensor", &r, NULL, "hot", -1);
        assert_column("sensor", &r, NULL, "logged_in", -1);
        assert_column("sensor", &r, NULL, "is_guest_login", -1);
        assert_column("sensor", &r, NULL, "urgent", 0); /* a header says it */
        assert_column("sensor", &r, NULL, "immediate_count", 0);
        assert_column("kdd41", &r, NULL, "hot", 2); /* these have no such value */
        assert_column("fleet", &r, NULL, "num_compromised", 3);
    }
    r.proto = WEIR_PROTO_UDP; /* 0 by definition, read or not */
    r.content = (struct weir_kdd_content){0};
    assert_column("sensor", &r, NULL, "hot", 0);
}

static void values_outside_the_schema_are_minus_one(void **state)
{
    (void)state;
    struct weir_flow_record r = example();
    r.proto = 47;
    r.flag = WEIR_FLAG_OPEN;
    r.service = 200;
    assert_column("kdd41", &r, NULL, "protocol_type", -1);
    assert_column("kdd41", &r, NULL, "flag", -1);
    assert_column("kdd41", &r, NULL, "service", -1);
    r.proto = 58;
    r.icmp_orig = (struct weir_icmp_side){.messages = 3, .bytes = 200};
    assert_column("kdd41", &r, NULL, "protocol_type", 2);
    assert_column("kdd41", &r, NULL, "duration", 0);
    assert_column("kdd41", &r, NULL, "src_bytes", 66);
    assert_column("kdd41", &r, NULL, "dst_bytes", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kdd41_has_the_names_of_nsl_kdd_in_order),
        cmocka_unit_test(hashes_are_what_models_were_trained_with),
        cmocka_unit_test(the_hash_follows_names_kinds_and_order),
        cmocka_unit_test(categories_are_three_seventy_and_eleven),
        cmocka_unit_test(no_schema_holds_an_address_or_an_originator_port),
        cmocka_unit_test(each_value_lands_in_the_column_of_its_name),
        cmocka_unit_test(rates_and_asymmetries_follow_from_the_counters),
        cmocka_unit_test(statistics_not_measured_are_minus_one),
        cmocka_unit_test(payload_that_was_not_read_is_no_measured_zero),
        cmocka_unit_test(values_outside_the_schema_are_minus_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
