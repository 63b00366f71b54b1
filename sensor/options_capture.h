/* SPDX-License-Identifier: Apache-2.0
 *
 * options_capture: settings of where packets come from: sections capture and replay.
 *
 * Shape:   rows of the one table in sensor_options.c, as a list of initializers.
 */
#ifndef WEIR_SENSOR_OPTIONS_CAPTURE_H
#define WEIR_SENSOR_OPTIONS_CAPTURE_H

#include <stddef.h>

#include "common/base/option.h"

#include "sensor/export/junction.h"
#include "sensor/sensor_options.h"

#define OPTIONS_CAPTURE_ROWS                                                                       \
    {.key = "capture.read",                                                                        \
     .flag = "read",                                                                               \
     .letter = 'r',                                                                                \
     .type = WEIR_OPTION_LIST,                                                                     \
     .offset = offsetof(struct sensor_options, read),                                              \
     .value = "FILE",                                                                              \
     .help = "read a capture file, - for standard input; several are merged by time"},             \
        {.key = "capture.interface",                                                               \
         .flag = "interface",                                                                      \
         .letter = 'i',                                                                            \
         .type = WEIR_OPTION_LIST,                                                                 \
         .offset = offsetof(struct sensor_options, interfaces),                                    \
         .value = "NAME",                                                                          \
         .help = "capture on an interface; several make one observation point"},                   \
        {.key = "capture.filter",                                                                  \
         .flag = "filter",                                                                         \
         .letter = 'f',                                                                            \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, filter),                                        \
         .value = "EXPRESSION",                                                                    \
         .help = "capture filter, as of pcap-filter(7)"},                                          \
        {.key = "capture.snaplen",                                                                 \
         .flag = "snaplen",                                                                        \
         .type = WEIR_OPTION_COUNT,                                                                \
         .offset = offsetof(struct sensor_options, snaplen),                                       \
         .initial = "262144",                                                                      \
         .min = 64,                                                                                \
         .max = 262144,                                                                            \
         .value = "BYTES",                                                                         \
         .help = "bytes kept of a packet on interfaces"},                                          \
        {.key = "capture.buffer",                                                                  \
         .type = WEIR_OPTION_SIZE,                                                                 \
         .offset = offsetof(struct sensor_options, buffer_bytes),                                  \
         .initial = "16 MiB",                                                                      \
         .min = 65536,                                                                             \
         .max = 1073741824,                                                                        \
         .value = "SIZE",                                                                          \
         .help = "kernel buffer per interface"},                                                   \
        {.key = "capture.promiscuous",                                                             \
         .type = WEIR_OPTION_FLAG,                                                                 \
         .offset = offsetof(struct sensor_options, promiscuous),                                   \
         .initial = "yes",                                                                         \
         .help = "see packets for other hosts too"},                                               \
        {.key = "capture.threads",                                                                 \
         .type = WEIR_OPTION_COUNT,                                                                \
         .offset = offsetof(struct sensor_options, threads),                                       \
         .initial = "1",                                                                           \
         .min = 1,                                                                                 \
         .max = JUNCTION_LANES_MAX,                                                                \
         .value = "N",                                                                             \
         .help = "threads that share the packets of interfaces, by connection; IPv4 fragments "    \
                 "are then "                                                                       \
                 "put together before they are seen. Files are read by one"},                      \
        {.key = "replay.speed",                                                                    \
         .flag = "replay-speed",                                                                   \
         .type = WEIR_OPTION_REAL,                                                                 \
         .offset = offsetof(struct sensor_options, replay_speed),                                  \
         .initial = "0",                                                                           \
         .min = 0,                                                                                 \
         .max = 1e6,                                                                               \
         .value = "FACTOR",                                                                        \
         .help =                                                                                   \
             "1 = real time, 10 = ten times; times are moved so that the replay ends now. 0 = as " \
             "fast as possible, times untouched"},                                                 \
        {.key = "replay.span",                                                                     \
         .flag = "replay-span",                                                                    \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, replay_span),                                   \
         .value = "FIRST_US:LAST_US",                                                              \
         .help = "span of the whole capture of which these files are a part"},                     \
        {.key = "replay.begin",                                                                    \
         .flag = "replay-begin",                                                                   \
         .type = WEIR_OPTION_COUNT,                                                                \
         .offset = offsetof(struct sensor_options, replay_begin_us),                               \
         .initial = "0",                                                                           \
         .min = 0,                                                                                 \
         .max = 9e15,                                                                              \
         .value = "WALL_US",                                                                       \
         .help = "when the replay begins; the same for sensors that share a capture. 0 = now"},    \
    {                                                                                              \
        .key = "replay.resume", .flag = "resume", .type = WEIR_OPTION_FLAG,                        \
        .offset = offsetof(struct sensor_options, resume),                                         \
        .help = "go on with the replay of these files that the spool remembers"                    \
    }

#endif
