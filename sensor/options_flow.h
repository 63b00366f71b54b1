/* SPDX-License-Identifier: Apache-2.0
 *
 * options_flow: settings of what is made of packets: sections output, flow and decode.
 *
 * Shape:   rows of the one table in sensor_options.c, as a list of initializers.
 */
#ifndef WEIR_SENSOR_OPTIONS_FLOW_H
#define WEIR_SENSOR_OPTIONS_FLOW_H

#include <stddef.h>

#include "common/base/option.h"

#include "sensor/sensor_options.h"

/* How long a flow may be silent; a reload takes it. */
#define OPTIONS_FLOW_TIMEOUT(name, field, usual, least, most, text)                                \
    {                                                                                              \
        .key = "flow." name, .type = WEIR_OPTION_SPAN,                                             \
        .offset = offsetof(struct sensor_options, timeouts.field), .initial = (usual),             \
        .min = (least), .max = (most), .value = "SPAN", .reloadable = true, .help = (text)         \
    }

#define OPTIONS_FLOW_ROWS                                                                          \
    {.key = "output.file",                                                                         \
     .flag = "output",                                                                             \
     .letter = 'o',                                                                                \
     .type = WEIR_OPTION_TEXT,                                                                     \
     .offset = offsetof(struct sensor_options, output),                                            \
     .value = "FILE",                                                                              \
     .help = "write records here, - for standard output"},                                         \
        {.key = "output.format",                                                                   \
         .flag = "format",                                                                         \
         .letter = 'F',                                                                            \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, format),                                        \
         .initial = "csv",                                                                         \
         .choices = "csv|jsonl|zeek-conn|kdd|none",                                                \
         .value = "NAME",                                                                          \
         .help = "how records are written; none meters and prints only the closing counts"},       \
        {.key = "flow.max_flows",                                                                  \
         .type = WEIR_OPTION_COUNT,                                                                \
         .offset = offsetof(struct sensor_options, flows_max),                                     \
         .initial = "1000000",                                                                     \
         .min = 16,                                                                                \
         .max = 16777216,                                                                          \
         .value = "N",                                                                             \
         .help = "live flows; beyond them the one idle longest is ended"},                         \
        {.key = "flow.start_delay",                                                                \
         .type = WEIR_OPTION_SPAN,                                                                 \
         .offset = offsetof(struct sensor_options, timeouts.start_delay_us),                       \
         .initial = "5 s",                                                                         \
         .min = 1e6,                                                                               \
         .max = 60e6,                                                                              \
         .value = "SPAN",                                                                          \
         .help = "a flow still open then is announced by a START record"},                         \
        OPTIONS_FLOW_TIMEOUT("active", interim_us, "60 s", 1e6, 86400e6,                           \
                             "period of INTERIM records"),                                         \
        OPTIONS_FLOW_TIMEOUT("tcp_attempt", tcp_attempt_us, "30 s", 1e6, 3600e6,                   \
                             "idle timeout of a connection that was never established"),           \
        OPTIONS_FLOW_TIMEOUT("tcp_idle", tcp_idle_us, "300 s", 1e6, 86400e6,                       \
                             "idle timeout of an established connection"),                         \
        OPTIONS_FLOW_TIMEOUT("tcp_idle_interactive", tcp_idle_interactive_us, "3600 s", 1e6,       \
                             86400e6, "the same for ports 21, 22, 23 and 513"),                    \
        OPTIONS_FLOW_TIMEOUT("tcp_halfclose", tcp_halfclose_us, "120 s", 1e6, 86400e6,             \
                             "idle timeout after one FIN"),                                        \
        OPTIONS_FLOW_TIMEOUT("tcp_close_linger", tcp_close_linger_us, "5 s", 0, 600e6,             \
                             "stray packets are counted so long after both FINs"),                 \
        OPTIONS_FLOW_TIMEOUT("tcp_reset_linger", tcp_reset_linger_us, "5 s", 0, 600e6,             \
                             "and after a RST"),                                                   \
        OPTIONS_FLOW_TIMEOUT("udp_idle", udp_idle_us, "60 s", 1e6, 86400e6,                        \
                             "idle timeout of UDP"),                                               \
        OPTIONS_FLOW_TIMEOUT("udp_dns_done", udp_dns_done_us, "5 s", 0, 600e6,                     \
                             "idle timeout after a matched DNS answer"),                           \
        OPTIONS_FLOW_TIMEOUT("other_idle", other_idle_us, "60 s", 1e6, 86400e6,                    \
                             "idle timeout of other protocols"),                                   \
        {.key = "flow.flip",                                                                       \
         .type = WEIR_OPTION_FLAG,                                                                 \
         .offset = offsetof(struct sensor_options, flip),                                          \
         .initial = "yes",                                                                         \
         .help = "take a likely server port as the responder when the beginning was not seen"},    \
        {.key = "flow.key_vlan",                                                                   \
         .type = WEIR_OPTION_FLAG,                                                                 \
         .offset = offsetof(struct sensor_options, key_vlan),                                      \
         .initial = "no",                                                                          \
         .help = "VLAN ids are part of the flow key"},                                             \
        {.key = "decode.tunnels",                                                                  \
         .type = WEIR_OPTION_FLAG,                                                                 \
         .offset = offsetof(struct sensor_options, tunnels),                                       \
         .initial = "yes",                                                                         \
         .help = "meter what GRE, ERSPAN, IP in IP, VXLAN, GENEVE, Teredo and GTP-U carry; VLAN, " \
                 "MPLS "                                                                           \
                 "and PPPoE are always opened"},                                                   \
        {.key = "flow.checksums",                                                                  \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, checksums),                                     \
         .initial = "auto",                                                                        \
         .choices = "auto|verify|ignore",                                                          \
         .value = "NAME",                                                                          \
         .help =                                                                                   \
             "ignore segments with a wrong checksum: auto = in files, but not what a sender's "    \
             "card was to compute; verify = that too, and on interfaces"},                         \
        {.key = "flow.community_id_seed",                                                          \
         .type = WEIR_OPTION_COUNT,                                                                \
         .offset = offsetof(struct sensor_options, community_id_seed),                             \
         .initial = "0",                                                                           \
         .min = 0,                                                                                 \
         .max = 65535,                                                                             \
         .value = "N",                                                                             \
         .help = "seed of the Community ID, the same for all tools of an organisation"},           \
    {                                                                                              \
        .key = "flow.tag_key", .type = WEIR_OPTION_COUNT,                                          \
        .offset = offsetof(struct sensor_options, tag_key), .initial = "0", .min = 0, .max = 9e15, \
        .value = "N", .secret = true,                                                              \
        .help = "key of the tag by which one connection is known at several sensors; the fleet "   \
                "shares it"                                                                        \
    }

#endif
