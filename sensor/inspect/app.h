/* SPDX-License-Identifier: Apache-2.0
 *
 * app: recognises the application of a connection by the first bytes of both directions.
 *
 * Shape:   a pure function of the heads, so the verdict is that of the moment: NONE while bytes to
 *          come may still complete a signature or too few are there. Of TCP a head is the first
 *          bytes of the stream up to the first gap; of UDP it is the direction's first datagram.
 *          A connection whose start was not seen has no heads: do not ask.
 * Source:  specification 5.1.1; decisions/0002-weigh-both-directions.md.
 */
#ifndef WEIR_SENSOR_INSPECT_APP_H
#define WEIR_SENSOR_INSPECT_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/app.h"

#define APP_HEAD_MAX 1024 /* bytes of a direction that are looked at */

struct app_head {
    const uint8_t *bytes; /* may be NULL when size is 0 */
    size_t size;          /* what lies beyond APP_HEAD_MAX is not looked at */
    size_t datagram_size; /* UDP: payload length of the datagram, 0 for `size`. TCP: not read */
};

struct app_heads {
    struct app_head orig, resp;
    uint16_t orig_port, resp_port;
    uint8_t proto; /* 6 or 17: any other gives NONE */
    bool ended;    /* no more bytes will come */
};

/* NONE: not enough bytes; UNKNOWN: enough, and no signature fits; or the application. */
enum weir_app app_recognise(const struct app_heads *heads);

/* The same, and whether bytes to come can change it: when *settled is true they cannot, and the
 * heads may be given up. */
enum weir_app app_judge(const struct app_heads *heads, bool *settled);

/* True when nothing was recognised and both directions look encrypted; entropy in bits a byte. */
bool app_encrypted_guess(enum weir_app app, const uint64_t bytes[2], const double entropy[2]);

#endif
