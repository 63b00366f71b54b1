/* SPDX-License-Identifier: Apache-2.0
 *
 * ftp_endpoints: where FTP sessions have said that a data connection will arrive.
 *
 * Shape:   fixed capacity, sets of four; a full set forgets its oldest announcement.
 * Units:   microseconds of packet time; an announcement is good for 300 s.
 * Owns:    all of its memory, taken by ftp_endpoints_new().
 * Source:  specification 1.6.1: between the same two hosts only, so a PORT that names a third host
 *          (the FTP bounce) matches nothing.
 */
#ifndef WEIR_SENSOR_INSPECT_FTP_ENDPOINTS_H
#define WEIR_SENSOR_INSPECT_FTP_ENDPOINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/address.h"

#define FTP_ENDPOINTS_VALID_US INT64_C(300000000)

struct ftp_endpoints;

struct ftp_endpoint {
    struct weir_address listener, peer;
    uint16_t port;
    bool logged_in; /* of the session, when it announced; not looked at to find it */
};

/* sets: a power of two. WEIR_EINVAL, WEIR_ENOMEM. */
WEIR_MUST_CHECK int ftp_endpoints_new(uint32_t sets, uint64_t hash_key, struct ftp_endpoints **out);
void ftp_endpoints_free(struct ftp_endpoints *endpoints);

/* The listener told the peer that it waits at its port. */
void ftp_endpoints_add(struct ftp_endpoints *endpoints, const struct ftp_endpoint *endpoint,
                       int64_t now_us);

/* True when a connection from peer to listener's port was announced and is still good. logged_in
 * may be NULL; else it says whether the session that announced it had logged in. */
bool ftp_endpoints_find(const struct ftp_endpoints *endpoints, const struct ftp_endpoint *endpoint,
                        int64_t now_us, bool *logged_in);

#endif
