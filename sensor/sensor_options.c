/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor_options.h"

#include <stddef.h>

#include "common/flow/flow_batch.h"

#include "sensor/export/record_writer.h"
#include "sensor/limits.h"
#include "sensor/options_capture.h"
#include "sensor/options_flow.h"
#include "sensor/options_inspect.h"
#include "sensor/options_run.h"
#include "sensor/options_shipping.h"

static const struct weir_option rows[] = {
    OPTIONS_CAPTURE_ROWS, OPTIONS_FLOW_ROWS, OPTIONS_SHIPPING_ROWS,
    OPTIONS_INSPECT_ROWS, OPTIONS_RUN_ROWS,
};

const struct weir_option_table sensor_options_table = {
    .program = "weir-sensor",
    .summary = "Turns packets into flow records, scores them, and ships them to a collector.",
    .usage = "--read FILE... | --interface NAME... [OPTION...]",
    .default_path = "/etc/weir/sensor.conf",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue = "Examples:\n"
                "  weir-sensor --read day.pcap --output - --format zeek-conn\n"
                "  weir-sensor --read day.pcap --output flows.csv\n"
                "  weir-sensor --interface eth0 --collector tcp://collector.example:7707 \\\n"
                "      --key /etc/weir/sensor.key --collector-key /etc/weir/collector.pub\n",
};

bool sensor_options_verify(const struct sensor_options *options)
{
    return options->checksums == SENSOR_CHECKSUMS_AUTO
               ? options->interfaces.count == 0
               : options->checksums == SENSOR_CHECKSUMS_VERIFY;
}

uint64_t sensor_options_limit(const struct sensor_options *options, enum limits_name name,
                              uint64_t usual)
{
    struct limits limits = {0};
    const bool is_known = limits_parse(&options->limits_given, &limits, NULL) == WEIR_OK;
    return is_known ? limits_or(&limits, name, usual) : usual;
}

const char *sensor_options_stream(const struct sensor_options *options)
{
    if (options->stream != NULL) {
        return options->stream;
    }
    return options->read.count > 0 && options->replay_speed <= 0.0 ? "replay" : "live";
}

static int check_source(const struct sensor_options *options, struct weir_error *error)
{
    if (options->read.count == 0 && options->interfaces.count == 0) {
        return weir_fail(error, WEIR_EINVAL,
                         "say where packets come from: --read FILE or --interface NAME");
    }
    if (options->read.count > 0 && options->interfaces.count > 0) {
        return weir_fail(error, WEIR_EINVAL, "--read and --interface cannot be used together");
    }
    if (options->resume && (options->read.count == 0 || options->replay_speed > 0.0)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--resume needs --read at full speed: it meters the files again");
    }
    return WEIR_OK;
}

int sensor_options_check(const struct sensor_options *options, struct weir_error *error)
{
    const int code = check_source(options, error);
    if (code != WEIR_OK) {
        return code;
    }
    if (options->interfaces.count > 0 && options->format == RECORD_FORMAT_KDD) {
        return weir_fail(error, WEIR_EINVAL,
                         "--format kdd counts over the whole input at its end, and an interface "
                         "has none: capture to a file first, or ask the collector's view weir.kdd");
    }
    struct limits limits;
    const int parsed = limits_parse(&options->limits_given, &limits, error);
    if (parsed != WEIR_OK) {
        return parsed;
    }
    if (options->output == NULL && options->collector == NULL) {
        return weir_fail(
            error, WEIR_EINVAL,
            "say where records go: --output FILE (- for standard output) or --collector ENDPOINT");
    }
    if (options->collector != NULL && (options->key == NULL || options->collector_key == NULL)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--collector needs --key FILE (made by --make-key) and --collector-key "
                         "FILE (the collector's public key)");
    }
    if (!weir_stream_name_valid(sensor_options_stream(options))) {
        return weir_fail(error, WEIR_EINVAL,
                         "--stream: want 1 to 63 printable ASCII characters without blanks");
    }
    return WEIR_OK;
}
