/* SPDX-License-Identifier: Apache-2.0
 *
 * inbox: what has come from one sensor: its boots in the order they are sent, the sequences that
 * may come next, and the batches held until they are committed.
 *
 * A batch is taken only when nothing before it is missing: its previous_sequence has arrived, and
 * so has all that the sensor's spool held of older boots. So a boot's batches are held, and
 * committed, in the order of sequence without any sorting.
 *
 * Owns:    its boots and held batches.
 * Source:  architecture 5 (sequence, acknowledgement), 7 (exactly once).
 */
#ifndef WEIR_COLLECTOR_ORDER_INBOX_H
#define WEIR_COLLECTOR_ORDER_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"

#include "collector/order/open_flows.h"
#include "collector/order/order.h"

struct boot;
struct member;
struct stream;

enum held_state {
    HELD_WAITING, /* for the watermark */
    HELD_READY,   /* in the queue of ready batches */
    HELD_LENT,    /* popped, being committed */
};

struct held_batch {
    struct ready_batch *ready; /* its arena also holds entries and joins */
    struct boot *boot;
    struct stream *stream;
    struct open_flow **joins; /* a row: the flow whose START came earlier, or that it opens */
    struct entry *entries;    /* of the rows that open a connection */
    size_t bytes;             /* memory, all told */
    uint64_t ordinal;         /* when it became ready */
    uint32_t pending;         /* entries the watermark has not passed */
    enum held_state state;
    struct held_batch *next;       /* of the boot, by sequence */
    struct held_batch *next_ready; /* of the ready queue */
};

struct boot {
    struct weir_boot_id id;
    struct inbox *inbox;
    struct member *member; /* of the stream its latest batch or pulse named */
    uint64_t received;     /* every batch up to it is held or committed, or was dropped unsent */
    uint64_t committed;    /* last one committed */
    uint64_t last_hash;    /* content of `committed`, 0 = not known */
    uint64_t spooled_last; /* of the latest HELLO: a newer boot waits for it */
    bool named;            /* in the latest HELLO */
    bool refused;          /* its ledger conflicts: nothing of it is committed any more */
    bool drained;          /* a newer boot is committed: nothing of this one is open any more */
    bool ack_due, resend;  /* to be said */
    bool pulse_due;        /* pulse waits for its last_sequence */
    struct member *pulse_member;
    int64_t pulse_low_us;
    uint64_t pulse_last;
    struct open_flows open;
    struct held_batch *first, *last; /* held, by sequence */
    struct held_batch *waiting;      /* the first in HELD_WAITING */
    struct boot *next;               /* the next newer one */
};

enum inbox_resend {
    INBOX_IN_STEP,    /* nothing was refused since the last batch taken */
    INBOX_WANTS_ROOM, /* refused for want of room: ask again when there is some */
    INBOX_ASKED,      /* the sensor was asked to send again */
};

struct inbox {
    uint32_t sensor_id;
    struct boot *boots;     /* oldest first */
    struct boot *current;   /* of the session */
    struct weir_mono heard; /* last join, batch or pulse */
    struct weir_mono asked; /* when INBOX_ASKED began */
    bool joined;            /* has a session */
    bool waited_for;        /* holds a watermark back */
    enum order_clock clock;
    int64_t offset_us;
    enum inbox_resend resend;
    size_t held_wire; /* wire bytes held */
    uint64_t credit, credit_said;
};

enum inbox_verdict {
    INBOX_TAKE,
    INBOX_DUPLICATE,
    INBOX_HOLE,
    INBOX_CONFLICT,
};

void inbox_init(struct inbox *inbox, uint32_t sensor_id, struct weir_mono now);

/* Frees boots and held batches. The ready queue must not be used any more. */
void inbox_fini(struct inbox *inbox);

struct boot *inbox_find_boot(const struct inbox *inbox, const struct weir_boot_id *id);

/* The boot, made as the newest one when it is not known. NULL when out of memory. */
struct boot *inbox_touch_boot(struct inbox *inbox, const struct weir_boot_id *id,
                              uint64_t hash_key);

/* True when everything the spool held of the boots before this one has arrived. */
bool inbox_older_arrived(const struct boot *boot);

/* What to do with a batch of this boot. */
enum inbox_verdict inbox_judge(const struct boot *boot, const struct ready_batch *batch);

/* Appends a batch that may be taken. */
void inbox_push(struct boot *boot, struct held_batch *held);

/* Removes the first batch of the boot, and frees it. */
void inbox_remove_first(struct boot *boot);

/* Forgets boots older than the newest that have nothing held, are not in the spool any more and
 * were committed or never sent anything. */
void inbox_forget_boots(struct inbox *inbox);

/* The batch and everything in it. */
void inbox_free_held(struct held_batch *held);

#endif
