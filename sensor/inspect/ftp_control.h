/* SPDX-License-Identifier: Apache-2.0
 *
 * ftp_control: reads the data endpoints out of a cleartext FTP control connection.
 *
 * Shape:   one bounded line per direction, so commands split over segments are still read; a longer
 *          line is passed over. PORT and EPRT come from the client, 227 and 229 from the server.
 * Owns:    nothing; zeroed, it is a new session.
 * Source:  RFC 959 (PORT, PASV), RFC 2428 (EPRT, EPSV).
 */
#ifndef WEIR_SENSOR_INSPECT_FTP_CONTROL_H
#define WEIR_SENSOR_INSPECT_FTP_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cursor.h"

#include "common/flow/address.h"

#define FTP_CONTROL_LINE_MAX 119

struct ftp_line {
    char text[FTP_CONTROL_LINE_MAX];
    uint8_t size : 7;
    uint8_t skipping : 1; /* the rest of this line is not read */
};

struct ftp_control {
    struct ftp_line line[2]; /* 0 client, 1 server */
};

struct ftp_announcement {
    struct weir_address address; /* size 0: the speaker's own */
    uint16_t port;
};

/* Reads payload until the next announcement, true with it in *out; false when all is read. */
bool ftp_control_next(struct ftp_control *control, bool from_client, struct weir_cursor *payload,
                      struct ftp_announcement *out);

/* Bytes were lost in this direction: the line being read is not to be trusted. */
void ftp_control_skip(struct ftp_control *control, bool from_client);

#endif
