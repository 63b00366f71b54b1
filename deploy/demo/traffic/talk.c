/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/demo/traffic/talk.h"

#include <string.h>

#define SEGMENT_MAX 1448U

static void step(struct talk *talk)
{
    const int64_t jitter_us = (int64_t)weir_rng_below(talk->rng, (uint64_t)talk->trip_us / 4 + 1);
    talk->now_us += talk->trip_us + jitter_us;
}

static void emit(struct talk *talk, bool from_client, uint8_t flags, const char *text, size_t size)
{
    const struct wire_path path = from_client ? talk->path : wire_back(&talk->path);
    const struct wire_tcp tcp = {
        .sequence = from_client ? talk->client_sequence : talk->server_sequence,
        .acknowledged = from_client ? talk->server_sequence : talk->client_sequence,
        .flags = flags,
    };
    wire_add_tcp(talk->wire, talk->now_us, &path, &tcp, text, size);
    const uint32_t taken =
        (uint32_t)size + ((flags & (WIRE_SYN | WIRE_FIN)) != 0 ? UINT32_C(1) : UINT32_C(0));
    if (from_client) {
        talk->client_sequence += taken;
    } else {
        talk->server_sequence += taken;
    }
}

static void begin(struct talk *talk)
{
    talk->client_sequence = (uint32_t)weir_rng_next(talk->rng);
    talk->server_sequence = (uint32_t)weir_rng_next(talk->rng);
}

void talk_open(struct talk *talk)
{
    begin(talk);
    emit(talk, true, WIRE_SYN, NULL, 0);
    step(talk);
    emit(talk, false, WIRE_SYN | WIRE_ACK, NULL, 0);
    step(talk);
    emit(talk, true, WIRE_ACK, NULL, 0);
}

void talk_say(struct talk *talk, bool from_client, const char *text, size_t size)
{
    size_t said = 0;
    size_t unacknowledged = 0;
    while (said < size) {
        const size_t left = size - said;
        const size_t part = left < SEGMENT_MAX ? left : SEGMENT_MAX;
        emit(talk, from_client, WIRE_ACK | WIRE_PSH, text == NULL ? NULL : text + said, part);
        said += part;
        talk->now_us += 20 + (int64_t)(part / 12); /* about 100 Mbit/s */
        unacknowledged += 1;
        if (unacknowledged == 8 || said == size) {
            step(talk);
            emit(talk, !from_client, WIRE_ACK, NULL, 0);
            unacknowledged = 0;
        }
    }
}

void talk_line(struct talk *talk, bool from_client, const char *text)
{
    talk_say(talk, from_client, text, strlen(text));
}

/* "WORD xxxxx\r\n" with 3 to 14 letters. */
static void say_word(struct talk *talk, const char *command)
{
    char line[32];
    const size_t letters = 3 + (size_t)weir_rng_below(talk->rng, 12);
    size_t size = strlen(command);
    memcpy(line, command, size);
    for (size_t i = 0; i < letters; i++) {
        line[size++] = (char)('a' + (char)weir_rng_below(talk->rng, 26));
    }
    memcpy(line + size, "\r\n", 3);
    talk_line(talk, true, line);
}

void talk_login(struct talk *talk, bool is_right, int64_t wait_us)
{
    say_word(talk, "USER ");
    talk_line(talk, false, "331 password?\r\n");
    say_word(talk, "PASS ");
    talk_wait(talk, wait_us);
    talk_line(talk, false, is_right ? "230 welcome\r\n" : "530 login incorrect\r\n");
}

void talk_wait(struct talk *talk, int64_t span_us)
{
    talk->now_us += span_us;
}

void talk_close(struct talk *talk, bool client_first)
{
    emit(talk, client_first, WIRE_FIN | WIRE_ACK, NULL, 0);
    step(talk);
    emit(talk, !client_first, WIRE_FIN | WIRE_ACK, NULL, 0);
    step(talk);
    emit(talk, client_first, WIRE_ACK, NULL, 0);
}

void talk_reset(struct talk *talk, bool from_client)
{
    step(talk);
    emit(talk, from_client, WIRE_RST | WIRE_ACK, NULL, 0);
}

void talk_refused(struct talk *talk)
{
    begin(talk);
    emit(talk, true, WIRE_SYN, NULL, 0);
    step(talk);
    talk->server_sequence = 0;
    emit(talk, false, WIRE_RST | WIRE_ACK, NULL, 0);
}

void talk_unanswered(struct talk *talk, int repeats)
{
    begin(talk);
    const uint32_t first = talk->client_sequence;
    int64_t pause_us = 1000000;
    emit(talk, true, WIRE_SYN, NULL, 0);
    for (int i = 0; i < repeats; i++) {
        talk->now_us += pause_us;
        talk->client_sequence = first;
        emit(talk, true, WIRE_SYN, NULL, 0);
        pause_us *= 2;
    }
}
