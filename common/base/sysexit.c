/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/sysexit.h"

#include "common/base/err.h"

int weir_exit_code(int err)
{
    switch (err) {
    case WEIR_OK:
        return WEIR_EXIT_OK;
    case WEIR_EINVAL:
        return WEIR_EXIT_USAGE;
    case WEIR_ENOMEM:
    case WEIR_EFULL:
    case WEIR_EAGAIN:
        return WEIR_EXIT_TRY_AGAIN;
    case WEIR_EPEER:
    case WEIR_EDB:
        return WEIR_EXIT_UNAVAILABLE;
    case WEIR_EIO:
    case WEIR_ENOENT:
        return WEIR_EXIT_IO;
    case WEIR_EPERM:
        return WEIR_EXIT_PERMISSION;
    default: /* truncated, malformed, wrong version or schema, beyond a limit, contradicting */
        return WEIR_EXIT_DATA;
    }
}
