/* SPDX-License-Identifier: Apache-2.0
 *
 * portmap: sees the DUMP call in a TCP connection to the portmapper.
 *
 * Shape:   reads the head of every ONC-RPC record the originator sends, however it is split, and
 *          passes over the rest. Zeroed, it is a new connection.
 * Source:  specification 1.6.1 (pm_dump); RFC 5531 sections 9 and 11; RFC 1833.
 */
#ifndef WEIR_SENSOR_INSPECT_PORTMAP_H
#define WEIR_SENSOR_INSPECT_PORTMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORTMAP_HEAD_SIZE                                                                          \
    28 /* record mark, xid, CALL, RPC version, program, version, procedure                         \
        */

struct portmap {
    uint8_t head[PORTMAP_HEAD_SIZE];
    uint8_t have;  /* bytes of head read */
    uint32_t skip; /* bytes left of the present record */
    bool lost;     /* no such stream: records cannot be told apart */
};

/* Takes the originator's next bytes; true when they complete a call of program 100000, procedure 4.
 */
bool portmap_add(struct portmap *portmap, const uint8_t *bytes, size_t size);

#endif
