/* SPDX-License-Identifier: Apache-2.0
 *
 * options_run: settings of how the program runs: sections log and run.
 *
 * Shape:   rows of the one table in sensor_options.c, as a list of initializers.
 */
#ifndef WEIR_SENSOR_OPTIONS_RUN_H
#define WEIR_SENSOR_OPTIONS_RUN_H

#include <stddef.h>

#include "common/base/option.h"
#include "common/base/table_writer.h"

#include "sensor/sensor_options.h"

#define OPTIONS_RUN_ROWS                                                                           \
    {.key = "log.level",                                                                           \
     .type = WEIR_OPTION_CHOICE,                                                                   \
     .offset = offsetof(struct sensor_options, log_level),                                         \
     .initial = "info",                                                                            \
     .choices = "error|warn|info|debug",                                                           \
     .value = "NAME",                                                                              \
     .reloadable = true,                                                                           \
     .help = "what goes to standard error"},                                                       \
        {.key = "run.make_key",                                                                    \
         .flag = "make-key",                                                                       \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, make_key),                                      \
         .value = "FILE",                                                                          \
         .help = "make this sensor's key pair, print its public half, and stop"},                  \
        {.key = "run.simulate_overload",                                                           \
         .flag = "simulate-overload",                                                              \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, simulate_overload),                             \
         .initial = "full",                                                                        \
         .choices = "full|no_inspection|no_statistics|counters",                                   \
         .value = "LEVEL",                                                                         \
         .help = "for tests: do no more than this with each packet, whatever the load. full = "    \
                 "the load "                                                                       \
                 "decides"},                                                                       \
        {.key = "run.simulate_stall",                                                              \
         .flag = "simulate-stall",                                                                 \
         .type = WEIR_OPTION_SPAN,                                                                 \
         .offset = offsetof(struct sensor_options, simulate_stall_us),                             \
         .initial = "0 s",                                                                         \
         .min = 0,                                                                                 \
         .max = 60e6,                                                                              \
         .value = "SPAN",                                                                          \
         .help = "for tests: stand still so long after every 1024 packets"},                       \
        {.key = "run.user",                                                                        \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, user),                                          \
         .value = "NAME",                                                                          \
         .help = "who to become once everything is open, when started as root: without it weir, "  \
                 "or for "                                                                         \
                 "files alone nobody; root stays"},                                                \
        {.key = "run.seccomp",                                                                     \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, seccomp),                                       \
         .initial = "kill",                                                                        \
         .choices = "kill|log|off",                                                                \
         .value = "NAME",                                                                          \
         .help =                                                                                   \
             "what a system call that a sensor does not need does: kill ends it, log tells the "   \
             "audit log"},                                                                         \
        {.key = "run.list_interfaces",                                                             \
         .flag = "list-interfaces",                                                                \
         .type = WEIR_OPTION_FLAG,                                                                 \
         .offset = offsetof(struct sensor_options, list_interfaces),                               \
         .help = "print what can be captured on, and stop"},                                       \
        {.key = "run.list_format",                                                                 \
         .flag = "list-format",                                                                    \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, list_format),                                   \
         .initial = "table",                                                                       \
         .choices = WEIR_TABLE_FORMATS,                                                            \
         .value = "NAME",                                                                          \
         .help = "how --list-interfaces prints"},                                                  \
    {                                                                                              \
        .key = "run.simulate_limit", .flag = "simulate-limit", .type = WEIR_OPTION_LIST,           \
        .offset = offsetof(struct sensor_options, limits_given), .value = "NAME=VALUE",            \
        .help = "for tests: a limit is this small, so that what happens at it can be seen"         \
    }

#endif
