/* SPDX-License-Identifier: Apache-2.0
 *
 * inspection_flow: what a meter tells of the flow whose payload is inspected.
 *
 * Shape:   plain data, made anew for each call.
 * Units:   time_us is packet time.
 */
#ifndef WEIR_SENSOR_INSPECT_INSPECTION_FLOW_H
#define WEIR_SENSOR_INSPECT_INSPECTION_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/address.h"

struct inspection_flow {
    struct weir_address orig, resp;
    uint16_t orig_port, resp_port;
    uint8_t protocol;  /* WEIR_PROTO_TCP, WEIR_PROTO_UDP */
    bool is_ftp_data;  /* specification 1.6.1 says so */
    bool established;  /* TCP: both ends ESTABLISHED at some time */
    bool orig_payload; /* the originator sent at least one byte */
};

struct inspection_segment { /* of TCP, or a datagram of UDP */
    int64_t time_us;
    const uint8_t *bytes;
    uint32_t captured; /* of `size` */
    uint32_t size;
    uint32_t sequence; /* TCP: of the first byte */
    uint32_t begin;    /* TCP: the direction's first byte; valid with has_begin */
    bool has_begin;    /* its SYN was seen */
    bool from_orig;
};

#endif
