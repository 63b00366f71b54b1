/* SPDX-License-Identifier: Apache-2.0
 *
 * hassh: the fingerprint of an SSH implementation by the algorithms it offers.
 *
 * MD5 over four of the ten lists of its KEXINIT, joined by ";": key exchange, encryption, MAC and
 * compression, of the direction the speaker sends in (client: to server).
 *
 * Source:  HASSH and HASSHServer (Salesforce, 2018).
 */
#ifndef WEIR_SENSOR_INSPECT_HASSH_H
#define WEIR_SENSOR_INSPECT_HASSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/inspect/digest.h"

/* A KEXINIT under way, from its first list on; hassh_begin() makes it ready. */
struct hassh {
    struct digest_md5 md5;
    uint32_t list_left;  /* bytes of the list being read */
    uint32_t length;     /* the four bytes before it */
    uint8_t length_size; /* of those, how many came */
    uint8_t list;        /* its number, 0 .. */
    bool from_client;
};

void hassh_begin(struct hassh *hassh, bool from_client);

/* Reads the next bytes of the lists. True when the last list needed has ended; then the text is
 * the fingerprint, and no more bytes must be given. */
bool hassh_add(struct hassh *hassh, const uint8_t *bytes, size_t size, char text[33]);

#endif
