/* SPDX-License-Identifier: Apache-2.0
 *
 * sensor_options: every setting of weir-sensor, in the one table that parses and documents them.
 *
 * Owns:    texts and lists are freed by weir_options_fini().
 */
#ifndef WEIR_SENSOR_SENSOR_OPTIONS_H
#define WEIR_SENSOR_SENSOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/option.h"

#include "sensor/limits.h"
#include "sensor/meter/timeouts.h"

enum sensor_checksums { /* same order as the choices of flow.checksums */
    SENSOR_CHECKSUMS_AUTO,
    SENSOR_CHECKSUMS_VERIFY,
    SENSOR_CHECKSUMS_IGNORE,
};

struct sensor_options {
    struct weir_text_list read, interfaces;
    char *filter;
    uint64_t snaplen, buffer_bytes, threads;
    bool promiscuous;

    double replay_speed; /* 0 = as fast as possible, times untouched */
    char *replay_span;
    uint64_t replay_begin_us;
    bool resume;

    char *output;
    int format; /* enum record_format */

    uint64_t flows_max, community_id_seed, tag_key;
    bool flip, key_vlan, tunnels;
    int checksums; /* enum sensor_checksums */
    struct timeouts timeouts;

    char *collector, *key, *collector_key, *stream;
    int64_t heartbeat_us, drain_us;

    char *spool_folder;
    uint64_t spool_limit_bytes;
    int spool_policy, spool_sync;

    char *model_folder, *model_trusted_key;
    uint64_t model_max_bytes;
    int64_t model_wait_us;

    int log_level;
    char *make_key;
    bool inspect_enabled;
    char *inspect_classes;
    int inspect_names; /* enum policy_names */
    bool kdd_strict_pop;
    uint64_t inspect_names_key, inspect_max_bytes, inspect_flows;

    bool layer2_enabled; /* lists: see sensor_layer2 */
    struct weir_text_list layer2_routers, layer2_proxies, layer2_cluster_macs;
    struct weir_text_list layer2_dhcp_servers, layer2_critical, layer2_prefixes;
    int64_t layer2_learn_us;

    int simulate_overload; /* enum weir_detail; full = what is measured decides */
    int64_t simulate_stall_us;
    char *user;
    int seccomp; /* enum syscall_filter_mode */
    bool list_interfaces;
    int list_format;                    /* enum weir_table_format */
    struct weir_text_list limits_given; /* NAME=VALUE; see limits.h */

    int argc; /* the command line these came from, for a reload; not settings */
    char **argv;
};

extern const struct weir_option_table sensor_options_table;

/* What the table cannot say of one setting alone: WEIR_EINVAL and a sentence. */
WEIR_MUST_CHECK int sensor_options_check(const struct sensor_options *options,
                                         struct weir_error *error);

/* True when segments with a wrong checksum are ignored: files, unless told otherwise. On interfaces
 * the card computes them after we have seen the packets this host sends. */
bool sensor_options_verify(const struct sensor_options *options);

/* A limit as --simulate-limit has it, or the usual one. The options must have been checked. */
uint64_t sensor_options_limit(const struct sensor_options *options, enum limits_name name,
                              uint64_t usual);

/* "live", "replay", or what was given. */
const char *sensor_options_stream(const struct sensor_options *options);

#endif
