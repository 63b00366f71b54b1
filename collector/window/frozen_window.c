/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/window/frozen_window.h"

void frozen_window_fini(struct frozen_window *frozen)
{
    weir_kdd_window_free(frozen->window);
    frozen->window = NULL;
}

int frozen_window_add(struct frozen_window *frozen, const struct weir_kdd_window_options *options,
                      const struct weir_kdd_conn *conn, struct weir_kdd_counts *counts)
{
    if (frozen->window == NULL) {
        const int made = weir_kdd_window_new(options, &frozen->window);
        if (made != WEIR_OK) {
            return made;
        }
    }
    uint64_t position = 0;
    const int added = weir_kdd_window_add(frozen->window, conn, &position);
    if (added == WEIR_OK && counts != NULL) {
        weir_kdd_window_count(frozen->window, position, conn, counts);
    }
    return added;
}
