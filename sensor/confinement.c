/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/confinement.h"

#include "common/base/log.h"

#include "sensor/privileges.h"
#include "sensor/syscall_filter.h"

/* Spool, model, state, log, sockets of the connection, and what the resolver opens. */
#define OWN_DESCRIPTORS 256U
#define PER_SOURCE      8U /* a file or interface, on several threads, with its counters */

static int make_folders(const struct sensor_options *options, const struct privileges_user *user,
                        struct weir_error *error)
{
    if (options->collector == NULL) {
        return WEIR_OK;
    }
    const int code = privileges_make_folder(user, options->spool_folder, error);
    return code != WEIR_OK || options->model_trusted_key == NULL
               ? code
               : privileges_make_folder(user, options->model_folder, error);
}

int confinement_check(const struct sensor_options *options, struct weir_error *error)
{
    struct privileges_user user;
    return privileges_find(options->user, options->collector != NULL, &user, error);
}

int confinement_begin(const struct sensor_options *options, struct weir_error *error)
{
    struct privileges_user user;
    const size_t sources =
        options->read.count + options->interfaces.count * (size_t)options->threads;
    int code = privileges_find(options->user, options->collector != NULL, &user, error);
    code = code != WEIR_OK ? code : make_folders(options, &user, error);
    code = code != WEIR_OK ? code
                           : privileges_drop(&user, OWN_DESCRIPTORS + PER_SOURCE * sources, error);
    code = code != WEIR_OK ? code
                           : syscall_filter_load((enum syscall_filter_mode)options->seccomp, error);
    if (code == WEIR_OK) {
        char quoted[WEIR_LOG_VALUE_BYTES];
        weir_log(options->interfaces.count > 0 ? WEIR_LOG_INFO : WEIR_LOG_DEBUG, "sensor.confined",
                 "user=%s", weir_log_value(user.name, quoted));
    }
    return code;
}
