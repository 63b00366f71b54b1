/* SPDX-License-Identifier: Apache-2.0
 *
 * signals: SIGTERM, SIGINT, SIGHUP and SIGUSR1 as a descriptor to wait on, instead of handlers.
 *
 * Errors:  WEIR_EIO when the system gives no descriptor.
 * Threads: open before the first thread is made, so that every thread inherits the blocked set.
 */
#ifndef WEIR_COMMON_BASE_SIGNALS_H
#define WEIR_COMMON_BASE_SIGNALS_H

#include "common/base/err.h"

/* Blocks the four signals, ignores SIGPIPE, and gives a non-blocking descriptor in *fd. */
WEIR_MUST_CHECK int weir_signals_open(int *fd);

/* The next signal that arrived (SIGTERM, ...), or 0 when there is none. */
int weir_signals_next(int fd);

/* Closes fd and does weir_signals_restore(); a signal that waits then takes its usual effect. */
void weir_signals_close(int fd);

/* In a child before exec: the four signals unblocked and SIGPIPE fatal again. */
void weir_signals_restore(void);

#endif
