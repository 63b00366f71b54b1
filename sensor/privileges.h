/* SPDX-License-Identifier: Apache-2.0
 *
 * privileges: who the sensor is once everything that needs rights is open, and what it can no
 * longer do then.
 *
 * Shape:   find, make folders, drop. After the drop the process has the user's ids, no capability
 *          in any set, no way to gain one (no-new-privs), no core file, and few descriptors.
 * Errors:  WEIR_EPERM, WEIR_EINVAL, WEIR_EIO and a sentence that says what the operator must do.
 * Threads: before the first thread is made: capabilities and no-new-privs are a thread's own, and
 *          later threads inherit them.
 * Source:  capabilities(7), prctl(2), getrlimit(2).
 */
#ifndef WEIR_SENSOR_PRIVILEGES_H
#define WEIR_SENSOR_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/base/err.h"

#define PRIVILEGES_NAME_SIZE 64

struct privileges_user {
    char name[PRIVILEGES_NAME_SIZE];
    uid_t uid;
    gid_t gid;
    bool is_change; /* false: the process is this user already */
};

/* Who to become. NULL: as root "weir", or "nobody" when there is no weir and `keeps_files` is
 * false; else who started the process. "root" means stay who we are. */
WEIR_MUST_CHECK int privileges_find(const char *user, bool keeps_files, struct privileges_user *out,
                                    struct weir_error *error);

/* Makes a folder and those above it, and gives it and the plain files in it to the user. WEIR_EPERM
 * for a folder that others write to or that holds more than plain files: it is not ours to give. */
WEIR_MUST_CHECK int privileges_make_folder(const struct privileges_user *user, const char *path,
                                           struct weir_error *error);

/* Becomes the user for good. `descriptors` are the files this process may have open at once. */
WEIR_MUST_CHECK int privileges_drop(const struct privileges_user *user, size_t descriptors,
                                    struct weir_error *error);

#endif
