/* SPDX-License-Identifier: Apache-2.0
 *
 * ssh_reader: the banners of an SSH connection and the fingerprints of its key exchange offers.
 *
 * Shape:   takes the first bytes of both directions in order, in any pieces. The lists of the
 *          KEXINIT go straight into the digest, so nothing but the banner is kept.
 * Owns:    its state; zeroed, it is a new connection.
 * Source:  RFC 4253 4.2, 6 and 7.1; hassh.h.
 */
#ifndef WEIR_SENSOR_INSPECT_SSH_READER_H
#define WEIR_SENSOR_INSPECT_SSH_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_details.h"

#include "sensor/inspect/hassh.h"
#include "sensor/inspect/reading.h"

#define SSH_LINE_MAX 255

struct ssh_side {
    uint8_t at;          /* enum of ssh_reader.c */
    uint8_t lines;       /* before the banner */
    uint8_t header_size; /* bytes read of a packet's fixed head */
    uint8_t line_size;
    uint32_t packet_left; /* bytes of the packet behind the fixed head */
    char line[SSH_LINE_MAX];
    struct hassh hassh;
};

struct ssh_reader {
    struct ssh_side side[2]; /* 0 client, 1 server */
};

/* Reads the next bytes of a direction into details. */
enum reading ssh_reader_add(struct ssh_reader *reader, bool from_client, const uint8_t *bytes,
                            size_t size, struct weir_ssh_details *details);

/* Bytes of this direction were lost: it is read no further. */
enum reading ssh_reader_lose(struct ssh_reader *reader, bool from_client);

#endif
