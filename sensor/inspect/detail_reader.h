/* SPDX-License-Identifier: Apache-2.0
 *
 * detail_reader: the reader of whatever protocol a flow was recognised as, behind one face.
 *
 * Shape:   tls, http, ssh and dns over streams: the bytes of each direction in order, from its
 *          first, in any pieces. dns, quic and dhcp as datagrams: one whole payload a call. What
 *          was learnt stands in the details at once, with its bit in `present`.
 * Owns:    its state, of fixed size; detail_reader_begin() makes it ready.
 * Source:  specification 6.2, fields 50 to 58.
 */
#ifndef WEIR_SENSOR_INSPECT_DETAIL_READER_H
#define WEIR_SENSOR_INSPECT_DETAIL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/app.h"
#include "common/flow/flow_details.h"

#include "sensor/inspect/dns_reader.h"
#include "sensor/inspect/dns_stream.h"
#include "sensor/inspect/http_reader.h"
#include "sensor/inspect/quic_reader.h"
#include "sensor/inspect/reading.h"
#include "sensor/inspect/ssh_reader.h"
#include "sensor/inspect/tls_reader.h"

struct dns_over_stream {
    struct dns_reader reader;
    struct dns_stream stream[2]; /* 0 originator, 1 responder */
};

struct detail_reader {
    enum weir_app app;
    bool datagrams;
    union {
        struct tls_reader tls;
        struct http_reader http;
        struct ssh_reader ssh;
        struct quic_reader quic;
        struct dns_over_stream dns; /* datagrams: the reader alone */
    } at;
};

/* One piece of a stream, or one datagram. */
struct detail_piece {
    const uint8_t *bytes;
    size_t size;
    int64_t time_us;
    bool from_orig;
};

/* True when this application is read. */
bool detail_reader_reads(enum weir_app app, bool datagrams);

/* The block of the details that the reader of an application fills; of one that is read. */
enum weir_detail_block_index detail_reader_block(enum weir_app app);

/* True when this application is read, and the reader is then ready. */
bool detail_reader_begin(struct detail_reader *reader, enum weir_app app, bool datagrams);

/* DONE: all was learnt. NOT: it was not this protocol after all. Either way the reader may go. */
enum reading detail_reader_add(struct detail_reader *reader, const struct detail_piece *piece,
                               struct weir_flow_details *details);

/* Bytes of this direction were lost: it is read no further. */
enum reading detail_reader_lose(struct detail_reader *reader, bool from_orig,
                                struct weir_flow_details *details);

/* True when all that was asked has been answered, so that the reader can go until more comes, and
 * detail_reader_begin_again() takes up where it was. */
bool detail_reader_rests(const struct detail_reader *reader);
void detail_reader_begin_again(struct detail_reader *reader, enum weir_app app);

/* The flow is over: what came of an unfinished message is read as far as it goes. */
void detail_reader_end(struct detail_reader *reader, struct weir_flow_details *details);

#endif
