/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/history.h"

#include <string.h>

#include "sensor/decode/packet.h"

static const char once_letters[] = "adiq";
static const char sequence_letters[] = "fhrs";
static const char counted_letters[] = "cgtw";

static void append(struct history *history, bool from_orig, char letter)
{
    if (history->size < sizeof(history->text)) {
        history->text[history->size++] = from_orig ? (char)(letter - 'a' + 'A') : letter;
    }
}

static void add_once(struct history *history, struct history_side *side, bool from_orig,
                     char letter)
{
    const unsigned bit = 1U << (strchr(once_letters, letter) - once_letters);
    if ((side->once & bit) == 0) {
        side->once = (uint8_t)(side->once | bit);
        append(history, from_orig, letter);
    }
}

static void add_sequence(struct history *history, struct history_side *side, bool from_orig,
                         char letter, uint32_t sequence)
{
    const size_t i = (size_t)(strchr(sequence_letters, letter) - sequence_letters);
    const unsigned bit = 1U << i;
    if ((side->sequences & bit) != 0 && side->sequence[i] == sequence) {
        return;
    }
    side->sequences = (uint8_t)(side->sequences | bit);
    side->sequence[i] = sequence;
    append(history, from_orig, letter);
}

static void add_counted(struct history *history, struct history_side *side, bool from_orig,
                        char letter)
{
    const size_t i = (size_t)(strchr(counted_letters, letter) - counted_letters);
    if (side->times[i] == UINT16_MAX) {
        return;
    }
    const uint16_t times = ++side->times[i];
    if (times == 1 || times == 10 || times == 100 || times == 1000 || times == 10000) {
        append(history, from_orig, letter);
    }
}

void history_add(struct history *history, struct history_side *side, bool from_orig, char letter)
{
    if (strchr(once_letters, letter) != NULL) {
        add_once(history, side, from_orig, letter);
    } else {
        add_counted(history, side, from_orig, letter);
    }
}

void history_add_segment(struct history *history, struct history_side *side, bool from_orig,
                         uint8_t flags, uint32_t sequence, bool payload)
{
    const bool syn = (flags & PACKET_TCP_SYN) != 0;
    const bool fin = (flags & PACKET_TCP_FIN) != 0;
    const bool rst = (flags & PACKET_TCP_RST) != 0;
    const bool ack = (flags & PACKET_TCP_ACK) != 0;
    if (!syn && !fin && !rst) { /* nearly every segment */
        if (payload) {
            if ((side->once & 2) == 0) {
                add_once(history, side, from_orig, 'd');
            }
        } else if (ack && (side->once & 1) == 0) {
            add_once(history, side, from_orig, 'a');
        }
        return;
    }
    if (syn && (fin || rst)) {
        add_once(history, side, from_orig, 'q');
    } else if (fin && rst) {
        add_once(history, side, from_orig, 'i');
    }
    if (syn) {
        add_sequence(history, side, from_orig, ack ? 'h' : 's', sequence);
    }
    if (payload && !rst) {
        add_once(history, side, from_orig, 'd');
    }
    if (fin) {
        add_sequence(history, side, from_orig, 'f', sequence);
    }
    if (rst) {
        add_sequence(history, side, from_orig, 'r', sequence);
    }
}

void history_add_flip(struct history *history)
{
    if (history->size < sizeof(history->text)) {
        memmove(history->text + 1, history->text, history->size);
        history->text[0] = '^';
        history->size++;
    }
}
