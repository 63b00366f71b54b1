/* SPDX-License-Identifier: Apache-2.0
 *
 * ftp_control: where a line of an FTP control connection says that somebody will listen.
 *
 * Shape:   a pure function of a line. PORT and EPRT come from the client, 227 and 229 from the
 *          server.
 * Source:  RFC 959 (PORT, PASV), RFC 2428 (EPRT, EPSV).
 */
#ifndef WEIR_SENSOR_INSPECT_FTP_CONTROL_H
#define WEIR_SENSOR_INSPECT_FTP_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/address.h"

struct ftp_announcement {
    struct weir_address address; /* size 0: the speaker's own */
    uint16_t port;
};

/* True with the announcement of this line in *out. */
bool ftp_control_read(const char *line, size_t size, bool from_client,
                      struct ftp_announcement *out);

#endif
