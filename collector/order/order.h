/* SPDX-License-Identifier: Apache-2.0
 *
 * order: brings the fleet's batches into one order of time, freezes each connection's windows once
 * the watermark has passed its start, and says what may be committed, acknowledged and sent.
 *
 * Shape:   messages of the sensors go in through the on_ calls; ready batches, acknowledgements and
 *          events are popped. No I/O, threads, randomness or clock: the same calls give the same
 *          answers, so a whole fleet can be simulated.
 * Units:   _us microseconds; lows and starts are packet time; bytes of credit are bytes on the
 *          wire, bytes held are memory.
 * Owns:    every batch from order_on_batch() until it is committed.
 * Errors:  WEIR_ENOMEM leaves the order as it was. A batch that is refused is freed; the sensor has
 *          it in its spool and is asked to send it again.
 * Threads: one owner.
 * Source:  architecture 5 to 7; specification 1.9, 1.10.
 */
#ifndef WEIR_COLLECTOR_ORDER_ORDER_H
#define WEIR_COLLECTOR_ORDER_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/err.h"

#include "common/flow/flow_batch.h"
#include "common/flow/kdd_window.h"

#include "collector/window/flow_row.h"

#define ORDER_LIVE_STREAM "live"

struct order;

struct order_options {
    int64_t active_us;       /* a live sensor not heard of for so long is missing: 30 s */
    int64_t max_lag_us;      /* a live sensor so far behind the newest is set aside: 60 s */
    int64_t rejoin_lag_us;   /* and comes back when it is this near: 10 s */
    int64_t trial_us;        /* how long a sensor far behind may show that it catches up: 10 s */
    int64_t future_us;       /* a live start so far ahead of our clock is suspect: 5 s */
    uint32_t expect_sensors; /* a replay waits until so many have joined; 0 = for nobody */
    size_t memory_max;       /* bytes of batches held, ready ones included: 1 GiB */
    size_t wire_batch_max;   /* bytes of the largest batch on the wire: 256 KiB */
    uint64_t hash_key;       /* secret of the tables */
    struct weir_kdd_window_options window;
};

extern const struct order_options order_defaults;

struct order_now { /* what time it is; never goes back */
    struct weir_mono mono;
    int64_t wall_us;
};

struct order_boot_range { /* what a sensor's spool holds of one boot */
    struct weir_boot_id boot;
    uint64_t first_sequence, last_sequence; /* inclusive; both 0 = nothing */
};

struct order_hello { /* a sensor's session begins; also when it comes back after a cut */
    uint32_t sensor_id;
    struct weir_boot_id boot;               /* the current one */
    const char *stream;                     /* of the current boot */
    const struct order_boot_range *spooled; /* oldest boot first, in the order of sending */
    size_t spooled_count;
};

struct order_pulse { /* a heartbeat, or (low_us = WEIR_LOW_END) the end of a stream */
    uint32_t sensor_id;
    struct weir_boot_id boot;
    const char *stream;
    int64_t low_us;
    uint64_t last_sequence; /* counts only once every batch up to this one has arrived */
};

enum order_clock {
    ORDER_CLOCK_TRUSTED, /* no offset worth correcting, or none measured yet */
    ORDER_CLOCK_STABLE,  /* offset_us is subtracted before ordering */
    ORDER_CLOCK_SUSPECT, /* the sensor's rows never enter the order */
};

struct order_ack {
    uint32_t sensor_id;
    struct weir_boot_id boot;
    uint64_t committed_sequence; /* every batch up to it is stored */
    uint64_t received_sequence;  /* every batch up to it is stored or held here */
    uint64_t credit_bytes;       /* the sensor may have so many unacknowledged */
    bool resend;                 /* something was refused: send again from received_sequence + 1 */
};

enum order_event_kind {   /* for the log; the text is the event's name */
    ORDER_EVENT_LAGGARD,  /* set aside; its rows are committed without windows */
    ORDER_EVENT_REJOINED, /* a laggard is near the fleet again */
    ORDER_EVENT_MISSING,  /* a live sensor has not been heard of: the fleet goes on without it */
    ORDER_EVENT_LATE,     /* amount = rows of a batch behind the watermark */
    ORDER_EVENT_GAP,      /* amount = batches the sensor dropped before this sequence */
    ORDER_EVENT_CONFLICT, /* the same sequence with other content: refused */
    ORDER_EVENT_BOOT_DRAINED, /* nothing of this boot comes any more */
    ORDER_EVENT_STREAM_ENDED, /* this sensor has ended its stream */
    ORDER_EVENT_COUNT,
};

struct order_event {
    enum order_event_kind kind;
    uint32_t sensor_id;
    struct weir_boot_id boot; /* LATE, GAP, CONFLICT, BOOT_DRAINED */
    uint64_t sequence;        /* LATE, GAP, CONFLICT */
    uint64_t amount;
    char stream[WEIR_STREAM_NAME_SIZE];
};

struct order_gauges {      /* what is held now */
    size_t held_bytes;     /* memory of all batches here, ready ones included */
    size_t ready_bytes;    /* of those that wait for their commit */
    size_t entries;        /* connections that wait for the watermark */
    size_t open_flows;     /* connections whose START was seen and FINAL was not */
    uint64_t released;     /* connections put into windows since the start */
    uint64_t refused;      /* batches refused: held already, out of sequence, no room */
    uint64_t restore_late; /* restored connections that came out of order: a fault of the caller */
};

WEIR_MUST_CHECK int order_new(const struct order_options *options, struct order **out);
void order_free(struct order *order);

/* Begins or continues a sensor's session and queues an acknowledgement for every boot it named.
 * WEIR_ENOMEM, WEIR_EINVAL for a stream name that is empty or too long. */
WEIR_MUST_CHECK int order_on_join(struct order *order, const struct order_hello *hello,
                                  struct order_now now);

/* Takes *batch (decoded: sensor_id, batch, content_hash, wire_bytes) and sets it to NULL, whatever
 * the result. WEIR_OK also for one held or stored before; WEIR_EAGAIN refused, will be asked for
 * again; WEIR_ECONFLICT; WEIR_ENOENT no session; WEIR_EINVAL no such stream name; WEIR_ENOMEM. */
WEIR_MUST_CHECK int order_on_batch(struct order *order, struct ready_batch **batch,
                                   struct order_now now);

/* A heartbeat or an end of stream. WEIR_ENOENT no session. */
WEIR_MUST_CHECK int order_on_pulse(struct order *order, const struct order_pulse *pulse,
                                   struct order_now now);

/* The session ended. A live sensor counts as active until it has been silent for active_us. */
void order_on_gone(struct order *order, uint32_t sensor_id, struct order_now now);

/* What is known of a sensor's clock; say it before its first batch, also after a restart. */
WEIR_MUST_CHECK int order_set_clock(struct order *order, uint32_t sensor_id, enum order_clock clock,
                                    int64_t offset_us);

/* Lets time pass: missing sensors, laggards, credit. Call at least once a second. */
void order_advance(struct order *order, struct order_now now);

/* The next batch to commit, or NULL; lent until one of the commit calls. Within a sensor they come
 * in the order of sequence, and must be answered in it. */
struct ready_batch *order_pop_ready(struct order *order);

/* Committed, or found in the ledger with the same hash. Frees *batch, sets it to NULL. */
void order_commit_done(struct order *order, struct ready_batch **batch);

/* Nothing was committed: the batch will be popped again. Until something is committed, nobody has
 * credit. Pop nothing more of this order before every batch popped has been answered. */
void order_commit_failed(struct order *order, struct ready_batch **batch);

/* The ledger holds this sequence with other content: the batch and what follows of its boot are
 * dropped unacknowledged; the sensor keeps them and sends them under another boot. */
void order_commit_conflict(struct order *order, struct ready_batch **batch);

/* False when there is none left. */
bool order_pop_ack(struct order *order, struct order_ack *out);
bool order_pop_event(struct order *order, struct order_event *out);

const char *order_event_text(enum order_event_kind kind);

/* Bytes this sensor may have unacknowledged now; 0 for an unknown one. */
uint64_t order_credit(const struct order *order, uint32_t sensor_id);

/* The stream's watermark; INT64_MIN while it waits, WEIR_LOW_END when it has ended. */
int64_t order_watermark(const struct order *order, const char *stream);

struct order_gauges order_read_gauges(const struct order *order);

#endif
