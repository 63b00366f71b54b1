/* SPDX-License-Identifier: Apache-2.0
 *
 * sysexit: exit codes that scripts can trust, and the code that fits an error.
 *
 * Source:  sysexits.h of 4.3BSD.
 */
#ifndef WEIR_COMMON_BASE_SYSEXIT_H
#define WEIR_COMMON_BASE_SYSEXIT_H

enum weir_exit {
    WEIR_EXIT_OK = 0,
    WEIR_EXIT_USAGE = 64,
    WEIR_EXIT_DATA = 65,
    WEIR_EXIT_UNAVAILABLE = 69,
    WEIR_EXIT_IO = 74,
    WEIR_EXIT_TRY_AGAIN = 75,
    WEIR_EXIT_PERMISSION = 77,
    WEIR_EXIT_CONFIG = 78,
};

/* The exit code for a WEIR_E* code; WEIR_EXIT_OK for WEIR_OK. */
int weir_exit_code(int err);

#endif
