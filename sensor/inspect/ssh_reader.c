/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ssh_reader.h"

#include <string.h>

#include "common/base/cursor.h"

#define BANNER       "SSH-"
#define BANNER_SIZE  4
#define LINES_MAX    50    /* a server may greet before its banner, specification 5.1.1 */
#define PACKET_MAX   35000 /* RFC 4253 6.1 */
#define HEAD_SIZE    22    /* length, padding length, message number, cookie */
#define HEAD_LENGTH  4
#define HEAD_TYPE    5
#define TYPE_KEXINIT 20
#define HEAD_COUNTED 18 /* bytes of the head that the packet's length counts */

enum place { /* what the next bytes of a side are */
    AT_BANNER,
    AT_PACKET_HEAD,
    AT_LISTS,
    AT_CLOSED,  /* a banner was read */
    AT_REFUSED, /* this is not SSH */
};

static enum reading answer(const struct ssh_reader *reader)
{
    const uint8_t client = reader->side[0].at;
    const uint8_t server = reader->side[1].at;
    if (client < AT_CLOSED || server < AT_CLOSED) {
        return READING_MORE;
    }
    return client == AT_CLOSED || server == AT_CLOSED ? READING_DONE : READING_NOT;
}

static void read_banner(struct ssh_side *side, bool from_client, struct weir_ssh_details *details)
{
    size_t size = side->line_size;
    if (size > 0 && side->line[size - 1] == '\r') {
        size--;
    }
    char *text = from_client ? details->client : details->server;
    weir_detail_text_put(text, sizeof(details->client), side->line, size);
    const bool second = (size > 5 && memcmp(side->line, "SSH-2.", 6) == 0) ||
                        (size > 7 && memcmp(side->line, "SSH-1.99", 8) == 0);
    if (details->version != 1) { /* both must speak 2 */
        details->version = second ? 2 : 1;
    }
    side->at = second ? AT_PACKET_HEAD : AT_CLOSED;
    hassh_begin(&side->hassh, from_client);
}

/* One byte of the lines up to the banner. */
static void read_line_byte(struct ssh_side *side, bool from_client, uint8_t byte,
                           struct weir_ssh_details *details)
{
    if (byte != '\n') {
        if (side->line_size < SSH_LINE_MAX) {
            side->line[side->line_size++] = (char)byte;
        }
        if (from_client && side->line_size <= BANNER_SIZE &&
            side->line[side->line_size - 1] != BANNER[side->line_size - 1]) {
            side->at = AT_REFUSED;
        }
        return;
    }
    if (side->line_size >= BANNER_SIZE && memcmp(side->line, BANNER, BANNER_SIZE) == 0) {
        read_banner(side, from_client, details);
    } else if (from_client || ++side->lines >= LINES_MAX) {
        side->at = AT_REFUSED;
    }
    side->line_size = 0;
}

/* One byte of the head of the packet behind the banner, which must be a KEXINIT. */
static void read_head_byte(struct ssh_side *side, uint8_t byte)
{
    if (side->header_size < HEAD_LENGTH) {
        side->packet_left = side->packet_left << 8 | byte;
    }
    if (side->header_size == HEAD_TYPE && byte != TYPE_KEXINIT) {
        side->at = AT_CLOSED;
    }
    side->header_size++;
    if (side->header_size == HEAD_LENGTH &&
        (side->packet_left <= HEAD_COUNTED || side->packet_left > PACKET_MAX)) {
        side->at = AT_CLOSED;
    }
    if (side->header_size == HEAD_SIZE && side->at == AT_PACKET_HEAD) {
        side->packet_left -= HEAD_COUNTED;
        side->at = AT_LISTS;
    }
}

static void read_lists(struct ssh_side *side, bool from_client, struct weir_cursor *stream,
                       struct weir_ssh_details *details)
{
    const size_t count = stream->left < side->packet_left ? stream->left : side->packet_left;
    char *text = from_client ? details->hassh : details->hassh_server;
    const bool done = hassh_add(&side->hassh, stream->next, count, text);
    (void)weir_cursor_skip(stream, count);
    side->packet_left -= (uint32_t)count;
    if (done || side->packet_left == 0) {
        side->at = AT_CLOSED;
    }
}

enum reading ssh_reader_add(struct ssh_reader *reader, bool from_client, const uint8_t *bytes,
                            size_t size, struct weir_ssh_details *details)
{
    struct ssh_side *side = &reader->side[from_client ? 0 : 1];
    struct weir_cursor stream = weir_cursor_over(bytes, size);
    uint8_t byte = 0;
    while (stream.left > 0 && side->at < AT_CLOSED) {
        if (side->at == AT_LISTS) {
            read_lists(side, from_client, &stream, details);
        } else {
            (void)weir_cursor_u8(&stream, &byte);
            if (side->at == AT_BANNER) {
                read_line_byte(side, from_client, byte, details);
            } else {
                read_head_byte(side, byte);
            }
        }
    }
    return answer(reader);
}

enum reading ssh_reader_lose(struct ssh_reader *reader, bool from_client)
{
    struct ssh_side *side = &reader->side[from_client ? 0 : 1];
    side->at = side->at == AT_BANNER ? AT_REFUSED : AT_CLOSED;
    return answer(reader);
}
