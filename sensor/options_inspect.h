/* SPDX-License-Identifier: Apache-2.0
 *
 * options_inspect: settings of what is read of payload and below IP: sections inspect and layer2.
 *
 * Shape:   rows of the one table in sensor_options.c, as a list of initializers.
 */
#ifndef WEIR_SENSOR_OPTIONS_INSPECT_H
#define WEIR_SENSOR_OPTIONS_INSPECT_H

#include <stddef.h>

#include "common/base/option.h"

#include "sensor/sensor_options.h"

#define OPTIONS_INSPECT_ROWS                                                                       \
    {.key = "inspect.enabled",                                                                     \
     .type = WEIR_OPTION_FLAG,                                                                     \
     .offset = offsetof(struct sensor_options, inspect_enabled),                                   \
     .initial = "yes",                                                                             \
     .help = "read payload at all; no collector can change what this section says"},               \
        {.key = "inspect.classes",                                                                 \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, inspect_classes),                               \
         .initial = "all",                                                                         \
         .value = "NAME,...",                                                                      \
         .help =                                                                                   \
             "streams whose content is read: shell, ftp, ftp_data, smtp, pop, imap, http, text"},  \
        {.key = "inspect.names",                                                                   \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, inspect_names),                                 \
         .initial = "send",                                                                        \
         .choices = "send|hash|drop",                                                              \
         .value = "NAME",                                                                          \
         .help =                                                                                   \
             "names of hosts, paths and users in records: as they are, as a keyed hash, or not"},  \
        {.key = "inspect.names_key",                                                               \
         .type = WEIR_OPTION_COUNT,                                                                \
         .offset = offsetof(struct sensor_options, inspect_names_key),                             \
         .initial = "0",                                                                           \
         .max = 9e15,                                                                              \
         .value = "N",                                                                             \
         .secret = true,                                                                           \
         .help = "key of inspect.names = hash"},                                                   \
        {.key = "inspect.max_bytes",                                                               \
         .type = WEIR_OPTION_SIZE,                                                                 \
         .offset = offsetof(struct sensor_options, inspect_max_bytes),                             \
         .initial = "256 KiB",                                                                     \
         .min = 1024,                                                                              \
         .max = 16777216,                                                                          \
         .value = "SIZE",                                                                          \
         .help = "read of each direction of a connection"},                                        \
        {.key = "inspect.flows",                                                                   \
         .type = WEIR_OPTION_COUNT,                                                                \
         .offset = offsetof(struct sensor_options, inspect_flows),                                 \
         .initial = "0",                                                                           \
         .max = 16777216,                                                                          \
         .value = "N",                                                                             \
         .help = "flow table by which the pools of inspection are sized. 0 = flow.max_flows"},     \
        {.key = "kdd.strict_pop",                                                                  \
         .type = WEIR_OPTION_FLAG,                                                                 \
         .offset = offsetof(struct sensor_options, kdd_strict_pop),                                \
         .initial = "no",                                                                          \
         .help = "logged_in of POP as NSL-KDD has it: 1 also when the password was refused"},      \
        {.key = "layer2.enabled",                                                                  \
         .type = WEIR_OPTION_FLAG,                                                                 \
         .offset = offsetof(struct sensor_options, layer2_enabled),                                \
         .initial = "yes",                                                                         \
         .help = "watch ARP, IPv6 neighbour discovery, DHCP servers and new stations"},            \
        {.key = "layer2.routers",                                                                  \
         .type = WEIR_OPTION_LIST,                                                                 \
         .offset = offsetof(struct sensor_options, layer2_routers),                                \
         .value = "MAC",                                                                           \
         .help = "may send router advertisements and claim many addresses; none = those of the "   \
                 "time of learning"},                                                              \
        {.key = "layer2.proxies",                                                                  \
         .type = WEIR_OPTION_LIST,                                                                 \
         .offset = offsetof(struct sensor_options, layer2_proxies),                                \
         .value = "MAC",                                                                           \
         .help = "may claim many addresses in ARP: proxies, hosts of virtual machines"},           \
        {.key = "layer2.cluster_macs",                                                             \
         .type = WEIR_OPTION_LIST,                                                                 \
         .offset = offsetof(struct sensor_options, layer2_cluster_macs),                           \
         .value = "MAC",                                                                           \
         .help = "may share their addresses, as a cluster does; VRRP, HSRP and GLBP are known"},   \
        {.key = "layer2.dhcp_servers",                                                             \
         .type = WEIR_OPTION_LIST,                                                                 \
         .offset = offsetof(struct sensor_options, layer2_dhcp_servers),                           \
         .value = "ADDRESS",                                                                       \
         .help = "may offer leases; none = those of the time of learning"},                        \
        {.key = "layer2.critical",                                                                 \
         .type = WEIR_OPTION_LIST,                                                                 \
         .offset = offsetof(struct sensor_options, layer2_critical),                               \
         .value = "ADDRESS",                                                                       \
         .help = "gateways and DNS servers: two stations that claim one are critical"},            \
        {.key = "layer2.prefixes",                                                                 \
         .type = WEIR_OPTION_LIST,                                                                 \
         .offset = offsetof(struct sensor_options, layer2_prefixes),                               \
         .value = "[VLAN=]PREFIX",                                                                 \
         .help = "networks of a VLAN, 0 = untagged, without a number of every one; ARP for other " \
                 "addresses is told of"},                                                          \
    {                                                                                              \
        .key = "layer2.learn", .type = WEIR_OPTION_SPAN,                                           \
        .offset = offsetof(struct sensor_options, layer2_learn_us), .initial = "24 h", .min = 0,   \
        .max = 30 * 86400e6, .value = "SPAN",                                                      \
        .help = "from a VLAN's first packet on, so long its stations are no news"                  \
    }

#endif
