/* SPDX-License-Identifier: Apache-2.0
 *
 * kdd_window: the traffic windows of KDD-99, columns 23 to 41, over one ordered stream of
 * connections.
 *
 * One operator, three uses. Exact (files) and frozen (collector): connections are added in the
 * order of specification 1.9.1 with their outcome known, and counted as each is added. Immediate
 * (sensor): a connection is added when it starts, its outcome set when it ends, and counted then;
 * members still open count as neither error.
 *
 * Shape:   one global ring of the latest connections, and per responder host a ring of its latest
 *          255. A host that has no connection in the global ring is forgotten when there are more
 *          than hosts_max (the one whose latest connection started first) or its latest is past
 *          age.
 * Units:   start_us in microseconds; positions count connections added, from 1.
 * Owns:    all of its memory; the options' limits bound it.
 * Errors:  new fails for options out of range and for want of memory, add for want of memory.
 * Threads: one owner.
 * Source:  specification 1.9 to 1.11; architecture 6.
 */
#ifndef WEIR_COMMON_FLOW_KDD_WINDOW_H
#define WEIR_COMMON_FLOW_KDD_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#include "common/flow/address.h"
#include "common/flow/conn_state.h"
#include "common/flow/kdd_counts.h"

struct weir_kdd_window;

struct weir_kdd_window_options {
    uint16_t conns;      /* two-second window, all of it: 511 */
    uint16_t host_conns; /* host window: 255 */
    int64_t span_us;     /* 2 s */
    int64_t host_age_us; /* 14,400 s */
    size_t ring;         /* entries of the global ring: 2,048; the sensor takes 65,536 */
    size_t fill_scan;    /* latest entries of the ring searched to fill the host window: 2,048 */
    size_t hosts_max;    /* 200,000 */
    uint64_t hash_key;
};

extern const struct weir_kdd_window_options weir_kdd_window_defaults;

struct weir_kdd_conn {
    int64_t start_us; /* one earlier than the latest added counts as the latest */
    struct weir_address orig, resp;
    uint16_t src_port;  /* ICMP: type */
    uint16_t resp_port; /* ICMP: code; for the order, the windows do not look at it */
    uint8_t proto;      /* for the order */
    uint32_t service_key;
    enum weir_outcome outcome;
};

/* conns and fill_scan must not exceed ring, which is at most 2^24; no limit may be 0. WEIR_EINVAL,
 * WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_kdd_window_new(const struct weir_kdd_window_options *options,
                                        struct weir_kdd_window **out);
void weir_kdd_window_free(struct weir_kdd_window *window);

/* Adds the next connection in order and gives its position. WEIR_ENOMEM. */
WEIR_MUST_CHECK int weir_kdd_window_add(struct weir_kdd_window *window,
                                        const struct weir_kdd_conn *conn, uint64_t *position);

/* Sets the outcome of a connection added before; does nothing once the rings have moved past it. */
void weir_kdd_window_set_outcome(struct weir_kdd_window *window, uint64_t position,
                                 enum weir_outcome outcome);

/* Counts the windows of the connection at position, itself included, members being those up to it
 * in order, each with the outcome it has now. When the rings have moved past it, only what is left
 * is counted, at least itself. */
void weir_kdd_window_count(const struct weir_kdd_window *window, uint64_t position,
                           const struct weir_kdd_conn *conn, struct weir_kdd_counts *out);

/* Tells the processor that the connection at position is counted soon; then, when that had time to
 * be answered, that its host is looked at. */
void weir_kdd_window_expect(const struct weir_kdd_window *window, uint64_t position);
void weir_kdd_window_expect_host(const struct weir_kdd_window *window, uint64_t position);

#endif
