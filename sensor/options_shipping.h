/* SPDX-License-Identifier: Apache-2.0
 *
 * options_shipping: settings of how records reach a collector, and models come from it: sections
 * collector, spool and model.
 *
 * Shape:   rows of the one table in sensor_options.c, as a list of initializers.
 */
#ifndef WEIR_SENSOR_OPTIONS_SHIPPING_H
#define WEIR_SENSOR_OPTIONS_SHIPPING_H

#include <stddef.h>

#include "common/base/option.h"

#include "sensor/sensor_options.h"

#define OPTIONS_SHIPPING_ROWS                                                                      \
    {.key = "collector.endpoint",                                                                  \
     .flag = "collector",                                                                          \
     .letter = 'c',                                                                                \
     .type = WEIR_OPTION_TEXT,                                                                     \
     .offset = offsetof(struct sensor_options, collector),                                         \
     .value = "tcp://HOST:PORT",                                                                   \
     .help = "ship records to this collector"},                                                    \
        {.key = "collector.key",                                                                   \
         .flag = "key",                                                                            \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, key),                                           \
         .value = "FILE",                                                                          \
         .help = "this sensor's own key (--make-key); mode 0600"},                                 \
        {.key = "collector.server_key",                                                            \
         .flag = "collector-key",                                                                  \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, collector_key),                                 \
         .value = "FILE",                                                                          \
         .help = "the collector's public key"},                                                    \
        {.key = "collector.stream",                                                                \
         .flag = "stream",                                                                         \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, stream),                                        \
         .value = "NAME",                                                                          \
         .help =                                                                                   \
             "live, or the name of a replay that its sensors share; default live for interfaces "  \
             "and paced replays, else replay"},                                                    \
        {.key = "collector.heartbeat",                                                             \
         .type = WEIR_OPTION_SPAN,                                                                 \
         .offset = offsetof(struct sensor_options, heartbeat_us),                                  \
         .initial = "2 s",                                                                         \
         .min = 100e3,                                                                             \
         .max = 60e6,                                                                              \
         .value = "SPAN",                                                                          \
         .help = "how often to say how far this sensor has come"},                                 \
        {.key = "collector.drain",                                                                 \
         .type = WEIR_OPTION_SPAN,                                                                 \
         .offset = offsetof(struct sensor_options, drain_us),                                      \
         .initial = "5 s",                                                                         \
         .min = 0,                                                                                 \
         .max = 3600e6,                                                                            \
         .value = "SPAN",                                                                          \
         .reloadable = true,                                                                       \
         .help = "when stopped, how long to go on delivering; the rest stays in the spool"},       \
        {.key = "spool.folder",                                                                    \
         .flag = "spool",                                                                          \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, spool_folder),                                  \
         .initial = "/var/lib/weir/spool",                                                         \
         .value = "FOLDER",                                                                        \
         .help = "where batches wait for their acknowledgement"},                                  \
        {.key = "spool.limit",                                                                     \
         .type = WEIR_OPTION_SIZE,                                                                 \
         .offset = offsetof(struct sensor_options, spool_limit_bytes),                             \
         .initial = "1 GiB",                                                                       \
         .min = 1048576,                                                                           \
         .max = 1099511627776,                                                                     \
         .value = "SIZE",                                                                          \
         .help = "bytes of batches kept"},                                                         \
        {.key = "spool.policy",                                                                    \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, spool_policy),                                  \
         .initial = "drop_oldest",                                                                 \
         .choices = "drop_oldest|drop_newest|block",                                               \
         .value = "NAME",                                                                          \
         .help = "when the spool is full"},                                                        \
        {.key = "spool.sync",                                                                      \
         .type = WEIR_OPTION_CHOICE,                                                               \
         .offset = offsetof(struct sensor_options, spool_sync),                                    \
         .initial = "batch",                                                                       \
         .choices = "batch|none",                                                                  \
         .value = "NAME",                                                                          \
         .help = "batch: what was spooled survives a loss of power; none: the death of the "       \
                 "process only"},                                                                  \
        {.key = "model.folder",                                                                    \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, model_folder),                                  \
         .initial = "/var/lib/weir/models",                                                        \
         .value = "FOLDER",                                                                        \
         .help = "where the last three models are kept"},                                          \
        {.key = "model.trusted_key",                                                               \
         .flag = "trusted-key",                                                                    \
         .type = WEIR_OPTION_TEXT,                                                                 \
         .offset = offsetof(struct sensor_options, model_trusted_key),                             \
         .value = "FILE",                                                                          \
         .help = "public key that signs models; without it no model is taken"},                    \
        {.key = "model.max_size",                                                                  \
         .type = WEIR_OPTION_SIZE,                                                                 \
         .offset = offsetof(struct sensor_options, model_max_bytes),                               \
         .initial = "16 MiB",                                                                      \
         .min = 1024,                                                                              \
         .max = 67108864,                                                                          \
         .value = "SIZE",                                                                          \
         .help = "larger models are refused"},                                                     \
    {                                                                                              \
        .key = "model.wait", .flag = "wait-model", .type = WEIR_OPTION_SPAN,                       \
        .offset = offsetof(struct sensor_options, model_wait_us), .initial = "0 s", .min = 0,      \
        .max = 3600e6, .value = "SPAN",                                                            \
        .help = "before the first packet, wait so long for a model"                                \
    }

#endif
