/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_reader.h"

#include <string.h>

#include "common/base/cursor.h"

#include "sensor/inspect/tls_certificate.h"
#include "sensor/inspect/tls_details.h"
#include "sensor/inspect/tls_hello.h"

#define RECORD_HEADER    5
#define RECORD_MAX       16640 /* 2^14 and what encryption of TLS 1.2 may add */
#define RECORD_HANDSHAKE 22
#define RECORD_ALERT     21
#define MESSAGE_HEADER   4
#define MESSAGE_CLIENT   1
#define MESSAGE_SERVER   2
#define MESSAGE_CERT     11
#define MESSAGE_DONE     14

enum side_index {
    CLIENT = 0,
    SERVER = 1,
};

static enum reading answer(const struct tls_reader *reader)
{
    if (!reader->side[CLIENT].closed || !reader->side[SERVER].closed) {
        return READING_MORE;
    }
    return reader->any ? READING_DONE : READING_NOT;
}

/* The message under way has ended, or no more of it will come. */
static void read_message(struct tls_reader *reader, struct weir_tls_details *details)
{
    struct tls_side *side = &reader->side[reader->speaker];
    struct weir_cursor body = weir_cursor_over(reader->bytes, reader->size);
    uint8_t type = 0;
    bool known = weir_cursor_u8(&body, &type) && weir_cursor_skip(&body, MESSAGE_HEADER - 1);
    if (known && reader->speaker == CLIENT) {
        known = type == MESSAGE_CLIENT && tls_details_add_client(details, body, 't');
        side->closed = true;
    } else if (known && type == MESSAGE_SERVER) {
        known = tls_details_add_server(details, body);
        struct tls_server_hello hello;
        if (!known || !tls_hello_read_server(body, &hello) || hello.supported != 0) {
            side->closed = true; /* from TLS 1.3 on the rest is encrypted */
        }
    } else if (known && type == MESSAGE_CERT) {
        known = tls_certificate_read(body, details);
        side->closed = true;
    } else if (!known || type == MESSAGE_DONE) {
        side->closed = true;
    }
    reader->any = reader->any || known;
    reader->size = 0;
    reader->message_left = 0;
}

/* A side's message gives way to the other's: what came of it is read. */
static void take_floor(struct tls_reader *reader, uint8_t speaker, struct weir_tls_details *details)
{
    if (reader->speaker != speaker && reader->size > 0) {
        reader->side[reader->speaker].closed = true;
        read_message(reader, details);
    }
    reader->speaker = speaker;
}

/* The first message decides whether it is TLS at all. */
static bool is_expected(const struct tls_reader *reader, uint8_t type)
{
    if (reader->speaker == CLIENT) {
        return type == MESSAGE_CLIENT;
    }
    return type < 25 && (type == MESSAGE_SERVER || reader->any);
}

/* Moves handshake bytes of one record into the message; a message may span records, and a record
 * hold several. */
static void read_handshake(struct tls_reader *reader, struct weir_cursor part,
                           struct weir_tls_details *details)
{
    struct tls_side *side = &reader->side[reader->speaker];
    while (part.left > 0 && !side->closed) {
        if (reader->size < MESSAGE_HEADER) {
            (void)weir_cursor_u8(&part, &reader->bytes[reader->size]);
            reader->size++;
            if (reader->size == 1 && !is_expected(reader, reader->bytes[0])) {
                side->closed = true;
                reader->size = 0;
                return;
            }
            if (reader->size == MESSAGE_HEADER) {
                reader->message_left = (uint32_t)reader->bytes[1] << 16 |
                                       (uint32_t)reader->bytes[2] << 8 | reader->bytes[3];
            }
        } else {
            const size_t count =
                part.left < reader->message_left ? part.left : reader->message_left;
            const size_t room = sizeof(reader->bytes) - reader->size;
            const size_t kept = count < room ? count : room;
            memcpy(reader->bytes + reader->size, part.next, kept);
            reader->size = (uint16_t)(reader->size + kept);
            reader->message_left -= (uint32_t)count;
            (void)weir_cursor_skip(&part, count);
        }
        if (reader->size >= MESSAGE_HEADER && reader->message_left == 0) {
            read_message(reader, details);
        }
    }
}

/* Whether five bytes can head a record that is still to be read. */
static bool begin_record(struct tls_reader *reader, struct tls_side *side)
{
    const unsigned length = (unsigned)side->header[3] << 8 | side->header[4];
    const uint8_t type = side->header[0];
    if (type == RECORD_ALERT && side == &reader->side[SERVER]) {
        reader->any = reader->any || (side->header[1] == 3 && length == 2);
    }
    if (type != RECORD_HANDSHAKE || side->header[1] != 3 || length == 0 || length > RECORD_MAX) {
        return false;
    }
    side->record_left = (uint16_t)length;
    return true;
}

enum reading tls_reader_add(struct tls_reader *reader, bool from_client, const uint8_t *bytes,
                            size_t size, struct weir_tls_details *details)
{
    const uint8_t speaker = from_client ? CLIENT : SERVER;
    struct tls_side *side = &reader->side[speaker];
    struct weir_cursor stream = weir_cursor_over(bytes, size);
    while (stream.left > 0 && !side->closed) {
        if (side->record_left > 0) {
            const size_t count = stream.left < side->record_left ? stream.left : side->record_left;
            take_floor(reader, speaker, details);
            read_handshake(reader, weir_cursor_over(stream.next, count), details);
            (void)weir_cursor_skip(&stream, count);
            side->record_left = (uint16_t)(side->record_left - count);
        } else {
            (void)weir_cursor_u8(&stream, &side->header[side->header_size++]);
            if (side->header_size == 1 && side->header[0] != RECORD_HANDSHAKE &&
                side->header[0] != RECORD_ALERT) {
                side->closed = true; /* what follows is encrypted, or was never TLS */
            } else if (side->header_size == RECORD_HEADER) {
                side->closed = !begin_record(reader, side);
                side->header_size = 0;
            }
        }
    }
    return answer(reader);
}

enum reading tls_reader_lose(struct tls_reader *reader, bool from_client,
                             struct weir_tls_details *details)
{
    const uint8_t speaker = from_client ? CLIENT : SERVER;
    reader->side[speaker].closed = true;
    if (reader->speaker == speaker && reader->size > 0) {
        read_message(reader, details);
    }
    return answer(reader);
}
