/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "common/base/log.h"
#include "common/base/option.h"
#include "common/base/sysexit.h"

#include "proto/keys.h"

#include "sensor/capture/interface_list.h"
#include "sensor/confinement.h"
#include "sensor/sensor.h"
#include "sensor/sensor_layer2.h"
#include "sensor/sensor_options.h"
#include "sensor/sensor_policy.h"
#include "sensor/shipping.h"

static int make_key(const char *path, struct weir_error *error)
{
    struct weir_curve_key key = {0};
    char fingerprint[WEIR_FINGERPRINT_SIZE];
    int code = weir_curve_key_init(&key);
    code = code != WEIR_OK ? weir_fail(error, code, "the system gives no key")
                           : weir_curve_key_save(&key, path, false, error);
    if (code == WEIR_OK && weir_curve_fingerprint(key.public_z85, fingerprint)) {
        (void)printf("%s\n", key.public_z85);
        (void)fprintf(stderr, "weir-sensor: wrote %s; fingerprint %s; enrol the public key above\n",
                      path, fingerprint);
    }
    weir_curve_key_fini(&key);
    return code;
}

/* "--read *.pcap": what the shell made of it belongs to --read. */
static int take_files(struct sensor_options *options, const struct weir_command_line *line,
                      struct weir_error *error)
{
    if (line->operand_count > 0 && options->read.count == 0) {
        return weir_fail(error, WEIR_EINVAL, "%s: what is it? Files are named by --read",
                         line->operands[0]);
    }
    return weir_options_take_operands(&sensor_options_table, "read", line, options, error);
}

/* What can be told without opening a capture: the settings, the user, the keys. */
static int check(const struct sensor_options *options, struct weir_error *error)
{
    struct shipping_keys keys = {0};
    struct policy policy;
    int code = sensor_policy_of(options, &policy, error);
    code = code != WEIR_OK ? code : sensor_layer2_check(options, error);
    code = code != WEIR_OK ? code : confinement_check(options, error);
    if (code == WEIR_OK && options->collector != NULL) {
        code = shipping_load_keys(options, &keys, error);
        shipping_keys_fini(&keys);
    }
    return code;
}

static int run(struct sensor_options *options, const struct weir_command_line *line,
               struct weir_error *error)
{
    struct sensor *sensor = NULL;
    weir_log_set_level((enum weir_log_level)options->log_level);
    if (options->make_key != NULL) {
        return make_key(options->make_key, error);
    }
    if (options->list_interfaces) {
        return interface_list_print((enum weir_table_format)options->list_format, stdout, error);
    }
    int code = take_files(options, line, error);
    code = code != WEIR_OK ? code : sensor_options_check(options, error);
    if (code != WEIR_OK || line->check_config) {
        return code != WEIR_OK ? code : check(options, error);
    }
    code = sensor_new(options, &sensor, error);
    code = code != WEIR_OK ? code : sensor_run(sensor, error);
    sensor_free(sensor);
    weir_log_flush();
    return code;
}

int main(int argc, char **argv)
{
    struct sensor_options options = {0};
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    int code =
        weir_options_from_arguments(&sensor_options_table, argc, argv, &options, &line, &error);
    const bool is_usage = code != WEIR_OK;
    if (code == WEIR_OK && line.help) {
        weir_options_print_help(&sensor_options_table, stdout);
    } else if (code == WEIR_OK && line.version) {
        (void)printf("weir-sensor %s\n", WEIR_VERSION);
    } else if (code == WEIR_OK && line.print_config) {
        weir_options_print_config(&sensor_options_table, &options, stdout);
    } else if (code == WEIR_OK) {
        options.argc = argc;
        options.argv = argv;
        code = run(&options, &line, &error);
    }
    if (code != WEIR_OK) {
        (void)fprintf(stderr, "weir-sensor: %s\n", error.text);
    }
    weir_options_fini(&sensor_options_table, &options);
    return is_usage ? weir_options_exit_code(code) : weir_exit_code(code);
}
