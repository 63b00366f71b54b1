/* SPDX-License-Identifier: Apache-2.0
 *
 * control: what sensor and collector say to each other besides batches.
 *
 * Shape:   plain records; texts are NUL-terminated within their arrays. Zeroed is empty.
 * Units:   _us are microseconds since 1970; sizes and credit are bytes.
 * Owns:    nothing; model_chunk.bytes is borrowed (after decode it lies in the decoder's arena).
 * Source:  architecture 5, 6 and 8.
 */
#ifndef WEIR_PROTO_CONTROL_H
#define WEIR_PROTO_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_batch.h"

#include "proto/frame.h"

#define WEIR_PROGRAM_VERSION_SIZE 32
#define WEIR_SENTENCE_SIZE        240
#define WEIR_MODEL_NAME_SIZE      64
#define WEIR_MODEL_KIND_SIZE      32
#define WEIR_SCHEMA_NAME_SIZE     32
#define WEIR_COUNTER_NAME_SIZE    48
#define WEIR_CONTROL_BOOTS_MAX    64 /* boots one spool may hold */
#define WEIR_CONTROL_SCHEMAS_MAX  8
#define WEIR_CONTROL_COUNTERS_MAX 128
#define WEIR_MODEL_HASH_SIZE      32             /* SHA-256 of the whole artefact file */
#define WEIR_MODEL_CHUNK_MAX      (256U * 1024U) /* bytes of one MODEL_CHUNK */
#define WEIR_MODEL_FILE_MAX       (64U * 1024U * 1024U)

/* What a program can do beyond what its wire version says: a bit each. What one side sends only
 * when the other has said that it understands. */
#define WEIR_CAPABILITY_PRIORITY UINT64_C(1) /* PRIORITY frames */

struct weir_boot_range { /* what the spool holds of one boot */
    struct weir_boot_id boot;
    uint64_t first_sequence, last_sequence; /* inclusive; both 0 = nothing */
};

struct weir_boot_commit {
    struct weir_boot_id boot;
    uint64_t committed_sequence; /* last one in PostgreSQL; 0 = none */
};

struct weir_schema_id {
    char name[WEIR_SCHEMA_NAME_SIZE];
    uint64_t hash;
};

struct weir_counter {
    char name[WEIR_COUNTER_NAME_SIZE]; /* stable; "packets.seen" */
    uint64_t value;
};

struct weir_hello { /* sensor: first message of every connection */
    uint32_t wire_oldest, wire_newest;
    char program_version[WEIR_PROGRAM_VERSION_SIZE];
    struct weir_boot_id boot; /* the current one */
    char stream[WEIR_STREAM_NAME_SIZE];
    int64_t wall_us;
    uint64_t model_version; /* active model; 0 = none */
    struct weir_boot_range boots[WEIR_CONTROL_BOOTS_MAX];
    size_t boot_count;
    struct weir_schema_id schemas[WEIR_CONTROL_SCHEMAS_MAX];
    size_t schema_count;
    uint64_t capabilities; /* WEIR_CAPABILITY_*; unknown bits are passed over */
};

struct weir_welcome {      /* collector: answers HELLO; sending may begin */
    uint32_t wire_version; /* the one to speak */
    uint64_t credit_bytes; /* may be unacknowledged in flight */
    int64_t heartbeat_us;  /* interval */
    int64_t wall_us;
    char stream[WEIR_STREAM_NAME_SIZE];                    /* the ordered stream joined */
    int64_t max_lag_us;                                    /* behind this a sensor is set aside */
    uint32_t expect_sensors;                               /* 0 = the stream waits for nobody */
    struct weir_boot_commit boots[WEIR_CONTROL_BOOTS_MAX]; /* of the boots that HELLO named */
    size_t boot_count;
    uint64_t capabilities;
};

enum weir_refuse_code {       /* append, never renumber */
    WEIR_REFUSE_VERSION = 1,  /* no wire version in common */
    WEIR_REFUSE_CLONE = 2,    /* a live session of the same key exists */
    WEIR_REFUSE_STREAM = 3,   /* the stream is not open to this sensor */
    WEIR_REFUSE_CONFLICT = 4, /* a sequence arrived with other content than is stored */
    WEIR_REFUSE_PROTOCOL = 5, /* a message that does not belong here, or is malformed */
    WEIR_REFUSE_SHUTDOWN = 6, /* the collector stops; come back */
    WEIR_REFUSE_RESTATE = 7,  /* unknown session (the collector restarted): say HELLO again */
};

struct weir_refuse {
    uint32_t code; /* enum weir_refuse_code; others are possible from a newer peer */
    char sentence[WEIR_SENTENCE_SIZE];
};

struct weir_ack {
    struct weir_boot_id boot;
    uint64_t committed_sequence; /* every batch up to it is in PostgreSQL: delete from the spool */
    uint64_t received_sequence;  /* every batch up to it has arrived: send again from the next */
    uint64_t credit_bytes;       /* replaces the credit granted before */
};

struct weir_heartbeat {       /* either way; the four stamps of NTP */
    int64_t sent_us;          /* sender's wall clock now */
    int64_t echo_sent_us;     /* sent_us of the last heartbeat received from the peer; 0 = none */
    int64_t echo_received_us; /* sender's wall clock when that one arrived */
    struct weir_boot_id boot; /* sensor only, as all below */
    char stream[WEIR_STREAM_NAME_SIZE];
    int64_t low_us;         /* counts once every batch up to last_sequence has arrived */
    uint64_t last_sequence; /* newest batch closed in this boot */
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    size_t counter_count;
};

struct weir_end_of_stream { /* sensor: after the last batch of a stream */
    struct weir_boot_id boot;
    char stream[WEIR_STREAM_NAME_SIZE];
    uint64_t last_sequence;
};

struct weir_model_offer {
    char name[WEIR_MODEL_NAME_SIZE];
    uint64_t version;
    char kind[WEIR_MODEL_KIND_SIZE];
    struct weir_schema_id schema;
    uint64_t size; /* of the artefact file */
    uint8_t hash[WEIR_MODEL_HASH_SIZE];
};

struct weir_model_pull {
    uint64_t version;
    uint64_t offset;
    uint32_t length; /* wanted; 1 .. WEIR_MODEL_CHUNK_MAX */
};

struct weir_model_chunk {
    uint64_t version;
    uint64_t offset;
    const uint8_t *bytes; /* borrowed */
    size_t size;
};

enum weir_model_state { /* append, never renumber */
    WEIR_MODEL_OFFERED = 1,
    WEIR_MODEL_PULLING = 2,
    WEIR_MODEL_ACTIVE = 3,
    WEIR_MODEL_REFUSED = 4,
};

struct weir_model_status {
    uint64_t version;
    uint32_t state; /* enum weir_model_state */
    char sentence[WEIR_SENTENCE_SIZE];
};

struct weir_control {
    enum weir_frame_kind kind; /* which member of the union; never BATCH, PRIORITY or MODEL_FILE */
    union {
        struct weir_hello hello;
        struct weir_welcome welcome;
        struct weir_refuse refuse;
        struct weir_ack ack;
        struct weir_heartbeat heartbeat;
        struct weir_end_of_stream end_of_stream;
        struct weir_model_offer model_offer;
        struct weir_model_pull model_pull;
        struct weir_model_chunk model_chunk;
        struct weir_model_status model_status;
    } as;
};

#endif
