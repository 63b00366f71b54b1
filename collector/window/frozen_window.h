/* SPDX-License-Identifier: Apache-2.0
 *
 * frozen_window: the traffic windows of one stream in frozen mode: every connection is counted
 * once, the moment it is put in, with the early flags of all members; later records change nothing.
 *
 * Shape:   connections come in the order of architecture 6; the caller sees to that.
 * Errors:  WEIR_ENOMEM; the connection is then not in the windows and may be put in again.
 * Threads: one owner.
 * Source:  specification 1.9, 1.10; architecture 6.
 */
#ifndef WEIR_COLLECTOR_WINDOW_FROZEN_WINDOW_H
#define WEIR_COLLECTOR_WINDOW_FROZEN_WINDOW_H

#include <stdbool.h>

#include "common/base/err.h"

#include "common/flow/kdd_window.h"

struct frozen_window { /* {0} is a window that is made when the first connection comes */
    struct weir_kdd_window *window;
};

void frozen_window_fini(struct frozen_window *frozen);

/* Puts the next connection in. counts is filled when it is not NULL. */
WEIR_MUST_CHECK int frozen_window_add(struct frozen_window *frozen,
                                      const struct weir_kdd_window_options *options,
                                      const struct weir_kdd_conn *conn,
                                      struct weir_kdd_counts *counts);

#endif
