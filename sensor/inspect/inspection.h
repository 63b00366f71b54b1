/* SPDX-License-Identifier: Apache-2.0
 *
 * inspection: what the payload of one flow says: application, KDD columns 10 to 22, details.
 *
 * This is the one seam between the meter and everything that reads payload. The meter names a flow
 * by the number of its inspection and shows it TCP segments and UDP datagrams; nothing here knows
 * what a flow table is.
 *
 * Shape:   RECOGNISING keeps the head of both directions, in order of arrival, until a signature
 *          decides (app_*); then READING shows the stream to the class it belongs to (content_*),
 *          beginning with the head; and at last nothing more is wanted. Streams recognised as tls,
 *          ssh or as nothing that is read go from recognising to the end at once.
 *          A parser of a protocol's details sees the contiguous head of a direction, from its
 *          first byte, each time it has grown, up to INSPECTION_HEAD_MAX bytes (a datagram whole).
 * Units:   time_us is packet time.
 * Owns:    blocks of the inspector's pools, until inspection_free().
 * Errors:  none. What could not be read is counted and marked content_truncated.
 * Source:  specification 1.8, 5.1.1, 1.6.1.
 */
#ifndef WEIR_SENSOR_INSPECT_INSPECTION_H
#define WEIR_SENSOR_INSPECT_INSPECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/address.h"
#include "common/flow/flow_record.h"

#include "sensor/inspect/inspector.h"

#define INSPECTION_HEAD_MAX 8192 /* of each direction, for what must be parsed in one piece */

/* What inspection_add() says of the flow. */
#define INSPECTION_WANTS_ORIG 0x01U /* more of what the originator sends */
#define INSPECTION_WANTS_RESP 0x02U
#define INSPECTION_PM_DUMP    0x04U /* the portmapper was asked for its list: service pm_dump */

/* What the meter knows of the flow when its first payload arrives. */
struct inspection_flow {
    struct weir_address orig, resp;
    uint16_t orig_port, resp_port;
    uint8_t protocol;  /* WEIR_PROTO_TCP, WEIR_PROTO_UDP */
    uint8_t service;   /* label 0 .. 69 */
    bool is_ftp_data;  /* specification 1.6.1 says so */
    bool established;  /* TCP: both ends ESTABLISHED at some time */
    bool orig_payload; /* the originator sent at least one byte */
};

struct inspection_segment {
    int64_t time_us;
    const uint8_t *bytes;
    uint32_t captured; /* of `size` */
    uint32_t size;
    uint32_t sequence; /* TCP: of the first byte */
    uint32_t begin;    /* TCP: the direction's first byte; valid with has_begin */
    bool has_begin;    /* its SYN was seen */
    bool from_orig;
};

/* Number of a new inspection, 0 when it may not be or the pool is empty (the flow is then not
 * inspected). */
uint32_t inspection_new(struct inspector *inspector, const struct inspection_flow *flow,
                        int64_t now_us);

/* Takes payload that is not a pure repetition. Gives INSPECTION_ bits; when neither direction is
 * wanted any more the meter need not call again. */
unsigned inspection_add(struct inspector *inspector, uint32_t number,
                        const struct inspection_flow *flow,
                        const struct inspection_segment *segment);

/* The flow is over: what waited for more (a prompt, a short head) is judged as it stands. */
void inspection_end(struct inspector *inspector, uint32_t number,
                    const struct inspection_flow *flow);

/* Fills app, the columns 10 to 22, content_truncated (only ever set) and details of *record. With
 * number 0 these are what is true of a flow whose content was not read. The details stay the
 * inspector's, until inspection_free(). */
void inspection_report(struct inspector *inspector, uint32_t number,
                       const struct inspection_flow *flow, struct weir_flow_record *record);

/* Gives all blocks back; does nothing with 0. */
void inspection_free(struct inspector *inspector, uint32_t number);

#endif
