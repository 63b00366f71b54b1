/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/reload.h"

#include <unistd.h>

#include "common/base/log.h"

#include "sensor/sensor_layer2.h"
#include "sensor/sensor_policy.h"

void reload_init(struct reload *reload, const struct sensor_options *started)
{
    *reload = (struct reload){.started = started};
}

void reload_fini(struct reload *reload)
{
    if (reload->has_latest) {
        weir_options_fini(&sensor_options_table, &reload->latest);
        reload->has_latest = false;
    }
}

static void say_waiting(void *context, const struct weir_option *option)
{
    (void)context;
    if (!option->reloadable) {
        weir_log(WEIR_LOG_WARN, "reload.waits", "setting=%s for=\"a restart\"", option->key);
    }
}

static void say_taken(void *context, const struct weir_option *option)
{
    (void)context;
    if (option->reloadable) {
        weir_log(WEIR_LOG_INFO, "reload.taken", "setting=%s", option->key);
    }
}

int reload_read(struct reload *reload)
{
    const struct sensor_options *started = reload->started;
    struct sensor_options next = {.argc = started->argc, .argv = started->argv};
    struct weir_command_line line = {0};
    struct policy policy;
    struct weir_error error = {0};
    int code = weir_options_from_arguments(&sensor_options_table, started->argc, started->argv,
                                           &next, &line, &error);
    code = code != WEIR_OK
               ? code
               : weir_options_take_operands(&sensor_options_table, "read", &line, &next, &error);
    code = code != WEIR_OK ? code : sensor_options_check(&next, &error);
    code = code != WEIR_OK ? code : sensor_policy_of(&next, &policy, &error);
    code = code != WEIR_OK ? code : sensor_layer2_check(&next, &error);
    if (code != WEIR_OK) {
        char quoted[WEIR_LOG_VALUE_BYTES];
        weir_log(WEIR_LOG_ERROR, "reload.refused", "reason=%s so=\"the old settings stay\"",
                 weir_log_value(error.text, quoted));
        weir_options_fini(&sensor_options_table, &next);
        return code;
    }
    weir_options_compare(&sensor_options_table, started, &next, say_waiting, NULL);
    weir_options_compare(&sensor_options_table, reload_now(reload), &next, say_taken, NULL);
    reload_fini(reload);
    reload->latest = next;
    reload->has_latest = true;
    weir_log(WEIR_LOG_INFO, "reload.done", "file=%s",
             line.config_path != NULL ? line.config_path
             : access(sensor_options_table.default_path, R_OK) == 0
                 ? sensor_options_table.default_path
                 : "-");
    return WEIR_OK;
}

const struct sensor_options *reload_now(const struct reload *reload)
{
    return reload->has_latest ? &reload->latest : reload->started;
}
