/* SPDX-License-Identifier: Apache-2.0
 *
 * reply_code: the three digits a server of SMTP or FTP answers with.
 *
 * Source:  RFC 959 4.2, RFC 5321 4.2.
 */
#ifndef WEIR_SENSOR_INSPECT_REPLY_CODE_H
#define WEIR_SENSOR_INSPECT_REPLY_CODE_H

#include <stddef.h>

/* 100 .. 599 of the last line of a reply; 0 for a line that continues ("220-") or is none. */
static inline unsigned reply_code_of(const char *line, size_t size)
{
    if (size < 3 || line[0] < '1' || line[0] > '5' || line[1] < '0' || line[1] > '9' ||
        line[2] < '0' || line[2] > '9' || (size > 3 && line[3] != ' ')) {
        return 0;
    }
    return (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
           (unsigned)(line[2] - '0');
}

#endif
