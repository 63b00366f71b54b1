/* SPDX-License-Identifier: Apache-2.0
 *
 * syscall_filter: the system calls a running sensor may make; any other ends it.
 *
 * Shape:   a list of what may pass. Some pass only with harmless arguments: sockets of the internet
 *          and local families, no memory that is writable and executable, threads but no processes.
 * Errors:  WEIR_EIO when the kernel takes no filter.
 * Threads: holds for every thread of the process and all made later.
 * Source:  seccomp(2); the list was measured, see decisions/0001-confine-the-sensor.md.
 */
#ifndef WEIR_SENSOR_SYSCALL_FILTER_H
#define WEIR_SENSOR_SYSCALL_FILTER_H

#include <stdbool.h>

#include "common/base/err.h"

enum syscall_filter_mode { /* same order as the choices of run.seccomp */
    SYSCALL_FILTER_KILL,
    SYSCALL_FILTER_LOG, /* lets it pass and has the kernel's audit log name it */
    SYSCALL_FILTER_OFF,
};

/* Puts the filter in force, for good. Does nothing for OFF and in a sanitized build. */
WEIR_MUST_CHECK int syscall_filter_load(enum syscall_filter_mode mode, struct weir_error *error);

/* True in a build with AddressSanitizer or ThreadSanitizer, which make calls of their own. */
bool syscall_filter_is_sanitized(void);

#endif
