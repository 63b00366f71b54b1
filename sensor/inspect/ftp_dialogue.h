/* SPDX-License-Identifier: Apache-2.0
 *
 * ftp_dialogue: who logs in and how much is done over an FTP control connection, line by line.
 *
 * Shape:   lines without their end, of both directions in the order they came. After an accepted
 *          AUTH nothing more is readable.
 * Owns:    its state; zeroed, it is a new connection.
 * Source:  RFC 959 5, RFC 2228 (AUTH), RFC 3659 (MLSD).
 */
#ifndef WEIR_SENSOR_INSPECT_FTP_DIALOGUE_H
#define WEIR_SENSOR_INSPECT_FTP_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/flow/flow_details.h"

struct ftp_dialogue {
    bool asked_transfer; /* RETR, STOR, LIST and the like wait for their first answer */
    bool asked_tls;
};

void ftp_dialogue_add(struct ftp_dialogue *dialogue, bool from_client, const char *line,
                      size_t size, struct weir_ftp_details *details);

#endif
