/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_traffic office|small FLOWS FILE: a seeded capture to measure on.
 *
 * office: what a branch does all day: name look-ups, encrypted and clear web pages, mail, shells,
 * time, some scanning, and as everywhere a few long downloads among many short flows: 8 to 9
 * packets a flow, 500 to 600 bytes a packet. small: 3 packets a flow of 120 bytes: look-ups and
 * refused connections.
 *
 * Shape:   a flow plays a script; a heap of the flows that are open gives the next packet in order
 *          of time, so memory does not grow with the file.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/rng.h"

#include "sensor/decode/checksum.h"

#define OPEN_MAX   8192
#define FRAME_MAX  1514
#define MSS        1448
#define START_US   INT64_C(1767225600000000) /* 2026-01-01 */
#define SPACING_US 700U                      /* mean between two flows' starts */

#define FIN 0x01U
#define SYN 0x02U
#define RST 0x04U
#define PSH 0x08U
#define ACK 0x10U
#define UDP 0x80U /* no TCP at all */

enum payload {
    NOTHING,
    QUERY,
    ANSWER,
    HELLO,
    GREETING, /* a server's hello, and noise behind it */
    NOISE,    /* as encrypted data looks */
    REQUEST,
    RESPONSE,
    PAGE,
    BANNER,
    LINE,
    STAMP,
};

struct step {
    bool from_client;
    uint8_t flags;
    enum payload payload;
    uint16_t size;   /* of the payload; texts have their own */
    uint8_t repeats; /* more of the same, at most; a chance number of them */
};

/* clang-format off */
#define OPENING                                                                                    \
    {true, SYN, NOTHING, 0, 0}, {false, SYN | ACK, NOTHING, 0, 0}, {true, ACK, NOTHING, 0, 0}
#define CLOSING                                                                                    \
    {true, FIN | ACK, NOTHING, 0, 0}, {false, FIN | ACK, NOTHING, 0, 0},                           \
    {true, ACK, NOTHING, 0, 0}
static const struct step look_up[] = {{true, UDP, QUERY, 0, 0}, {false, UDP, ANSWER, 0, 0}};
static const struct step look_up_again[] = {
    {true, UDP, QUERY, 0, 0}, {true, UDP, QUERY, 0, 0}, {false, UDP, ANSWER, 0, 0}};
static const struct step refused[] = {
    {true, SYN, NOTHING, 0, 0}, {false, RST | ACK, NOTHING, 0, 0}};
static const struct step reset[] = {
    {true, SYN, NOTHING, 0, 0}, {false, SYN | ACK, NOTHING, 0, 0}, {true, RST, NOTHING, 0, 0}};
static const struct step time_of_day[] = {{true, UDP, STAMP, 48, 0}, {false, UDP, STAMP, 48, 0}};
static const struct step game[] = {
    {true, UDP, NOISE, 160, 1}, {false, UDP, NOISE, 200, 1}};
static const struct step encrypted[] = {
    OPENING, {true, ACK | PSH, HELLO, 517, 0}, {false, ACK, NOTHING, 0, 0},
    {false, ACK, GREETING, MSS, 0}, {true, ACK, NOTHING, 0, 0}, {true, ACK | PSH, NOISE, 126, 0},
    {false, ACK | PSH, NOISE, 226, 0}, {true, ACK | PSH, NOISE, 420, 0},
    {false, ACK, NOISE, MSS, 3}, {true, ACK, NOTHING, 0, 1}, CLOSING};
static const struct step download[] = {
    OPENING, {true, ACK | PSH, HELLO, 517, 0}, {false, ACK, NOTHING, 0, 0},
    {false, ACK, GREETING, MSS, 0}, {true, ACK, NOTHING, 0, 0}, {true, ACK | PSH, NOISE, 126, 0},
    {false, ACK | PSH, NOISE, 226, 0}, {true, ACK | PSH, NOISE, 420, 0},
    {false, ACK, NOISE, MSS, 255}, {true, ACK, NOTHING, 0, 120}, CLOSING};
static const struct step clear_web[] = {
    OPENING, {true, ACK | PSH, REQUEST, 0, 0}, {false, ACK, NOTHING, 0, 0},
    {false, ACK, RESPONSE, 0, 0}, {false, ACK, PAGE, MSS, 3}, {true, ACK, NOTHING, 0, 1},
    CLOSING};
static const struct step mail[] = {
    OPENING, {false, ACK | PSH, BANNER, 0, 0}, {true, ACK | PSH, LINE, 60, 3},
    {false, ACK | PSH, LINE, 40, 3}, {true, ACK | PSH, LINE, 900, 2}, {false, ACK, LINE, 30, 0},
    CLOSING};
static const struct step shell[] = {
    OPENING, {false, ACK | PSH, BANNER, 0, 0}, {true, ACK | PSH, BANNER, 0, 0},
    {true, ACK | PSH, NOISE, 1392, 0}, {false, ACK | PSH, NOISE, 1080, 0},
    {true, ACK | PSH, NOISE, 52, 3}, {false, ACK | PSH, NOISE, 84, 3}, CLOSING};
/* clang-format on */

struct script {
    const struct step *steps;
    size_t count;
    uint16_t port;
    unsigned share; /* of the flows, per mille */
};

#define SCRIPT(steps, port, share)                                                                 \
    {                                                                                              \
        steps, sizeof(steps) / sizeof((steps)[0]), port, share                                     \
    }

static const struct script office[] = {
    SCRIPT(look_up, 53, 536),  SCRIPT(encrypted, 443, 190), SCRIPT(download, 443, 12),
    SCRIPT(clear_web, 80, 72), SCRIPT(refused, 445, 80),    SCRIPT(time_of_day, 123, 70),
    SCRIPT(mail, 25, 20),      SCRIPT(shell, 22, 20),
};
static const struct script small[] = {
    SCRIPT(look_up_again, 53, 600),
    SCRIPT(reset, 443, 150),
    SCRIPT(game, 27015, 250),
};

struct play { /* one open flow */
    int64_t time_us;
    const struct script *script;
    size_t step;
    unsigned left; /* repeats of the step to come */
    uint32_t client, server;
    uint16_t port, id;
    uint32_t sequence[2]; /* of the client, of the server */
    uint32_t number;
};

struct studio {
    struct weir_rng rng;
    struct play plays[OPEN_MAX]; /* a heap by time */
    size_t open;
    FILE *file;
    uint8_t frame[FRAME_MAX];
    uint64_t packets, bytes;
};

static uint8_t *put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, value >> 16), value & 0xffffU);
}

static uint8_t *put_text(uint8_t *at, const char *text)
{
    const size_t size = strlen(text);
    memcpy(at, text, size);
    return at + size;
}

static unsigned chance(struct studio *studio, unsigned bound)
{
    return (unsigned)weir_rng_below(&studio->rng, bound);
}

static uint8_t *put_name(uint8_t *at, uint32_t number)
{
    char label[16];
    (void)snprintf(label, sizeof(label), "host-%05u", (unsigned)(number % 100000));
    *at++ = (uint8_t)strlen(label);
    at = put_text(at, label);
    *at++ = 7;
    at = put_text(at, "example");
    *at = 0; /* the root */
    return at + 1;
}

static uint8_t *put_dns(uint8_t *at, const struct play *play, bool is_answer)
{
    at = put16(at, play->id);
    at = put16(at, is_answer ? 0x8180U : 0x0100U);
    at = put16(put16(put16(put16(at, 1), is_answer ? 3 : 0), 0), 0);
    at = put_name(at, play->number);
    at = put16(put16(at, 1), 1);
    for (unsigned i = 0; is_answer && i < 3; i++) {
        at = put16(put16(put16(at, 0xc00c), 1), 1);
        at = put32(put16(put32(at, 300), 4), 0xcb007100U + i);
    }
    return at;
}

static uint8_t *put_noise(struct studio *studio, uint8_t *at, size_t size)
{
    for (size_t i = 0; i + 8 <= size; i += 8) {
        const uint64_t noise = weir_rng_next(&studio->rng);
        memcpy(at + i, &noise, 8);
    }
    return at + size;
}

/* A hello of 517 bytes with a name, as browsers send. */
static uint8_t *put_hello(struct studio *studio, uint8_t *at, const struct play *play)
{
    char name[32];
    uint8_t *const begin = at;
    (void)snprintf(name, sizeof(name), "www-%u.example", (unsigned)(play->number % 5000));
    const unsigned size = (unsigned)strlen(name);
    at = put16(put16(put_text(at, "\x16"), 0x0301), 512);
    at = put16(put32(at, 0x010001fc), 0x0303);
    at = put_noise(studio, at, 32);
    *at++ = 32;
    at = put_noise(studio, at, 32);
    at = put16(at, 16);
    for (unsigned i = 0; i < 8; i++) {
        at = put16(at, i < 3 ? 0x1301 + i : 0xc02b + i);
    }
    at = put16(at, 0x0100);
    uint8_t *const extensions = at;
    at += 2;
    at = put16(put16(at, 0), size + 5);
    at = put16(at, size + 3);
    *at++ = 0;
    at = put_text(put16(at, size), name);
    at = put32(put16(put16(at, 10), 6), 0x0004001d);
    at = put16(at, 0x0017);
    at = put16(put16(at, 16), 14);
    at = put_text(put16(at, 12), "\x02h2\x08http/1.1");
    at = put16(put16(at, 43), 5);
    *at++ = 4;
    at = put32(at, 0x03040303);
    const unsigned pad = (unsigned)(begin + 517 - at) - 4;
    at = put16(put16(at, 21), pad);
    memset(at, 0, pad);
    (void)put16(extensions, (unsigned)(begin + 517 - extensions) - 2);
    return begin + 517;
}

/* TLS 1.3: a hello of 127 bytes, then the head of an encrypted record. */
static uint8_t *put_greeting(struct studio *studio, uint8_t *at, size_t size)
{
    uint8_t *const end = at + size;
    at = put16(put16(put_text(at, "\x16"), 0x0303), 122);
    at = put16(put32(at, 0x02000076), 0x0303);
    at = put_noise(studio, at, 32);
    *at++ = 32;
    at = put_noise(studio, at, 32);
    at = put16(at, 0x1301);
    *at++ = 0;
    at = put16(at, 46);
    at = put16(put16(put16(at, 43), 2), 0x0304);
    at = put32(put16(put16(at, 51), 36), 0x001d0020);
    at = put_noise(studio, at, 32);
    at = put16(put16(put_text(at, "\x17"), 0x0303), (unsigned)(end - at) - 5);
    (void)put_noise(studio, at, (size_t)(end - at));
    return end;
}

static uint8_t *put_page(uint8_t *at, size_t size, uint32_t number)
{
    static const char line[] = "<p>The branch reports that all is well today, as it did before.\n";
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)line[(i + number) % (sizeof(line) - 1)];
    }
    return at + size;
}

static uint8_t *put_payload(struct studio *studio, uint8_t *at, const struct play *play,
                            const struct step *step)
{
    char text[512];
    switch (step->payload) {
    case NOTHING:
        return at;
    case QUERY:
    case ANSWER:
        return put_dns(at, play, step->payload == ANSWER);
    case HELLO:
        return put_hello(studio, at, play);
    case GREETING:
        return put_greeting(studio, at, step->size);
    case NOISE:
        return put_noise(studio, at, step->size);
    case REQUEST:
        (void)snprintf(text, sizeof(text),
                       "GET /news/%u?page=%u HTTP/1.1\r\nHost: intranet-%u.example\r\n"
                       "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
                       "Firefox/128.0\r\nAccept: text/html,application/xml;q=0.9\r\n"
                       "Accept-Language: en\r\nConnection: keep-alive\r\n\r\n",
                       (unsigned)play->number, (unsigned)(play->number % 9),
                       (unsigned)(play->number % 50));
        return put_text(at, text);
    case RESPONSE:
        return put_text(at, "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\n"
                            "Content-Length: 20000\r\nCache-Control: no-cache\r\n\r\n<html>\n");
    case PAGE:
        return put_page(at, step->size, play->number);
    case BANNER:
        return put_text(at, play->script->port == 22 ? "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
                                                     : "220 mail.example ESMTP ready\r\n");
    case LINE:
        return put_text(put_page(at, step->size - 2U, play->number), "\r\n");
    case STAMP:
        memset(at, 0, step->size);
        at[0] = 0x23;
        return at + step->size;
    }
    return at;
}

/* Ethernet and IPv4 in front of `size` bytes of transport; gives the frame's length. */
static size_t put_ip(uint8_t *frame, const struct play *play, bool from_client, size_t size)
{
    const bool is_udp = (play->script->steps[0].flags & UDP) != 0;
    uint8_t *at = frame;
    memcpy(at,
           from_client ? "\x02\0\0\0\0\x01\x02\0\0\0\0\x02" : "\x02\0\0\0\0\x02\x02\0\0\0\0\x01",
           12);
    at = put16(at + 12, 0x0800);
    uint8_t *const ip = at;
    at = put16(put16(at, 0x4500), (unsigned)size + 20);
    at = put32(at, ((uint32_t)play->step << 16 | 0x4000U) + play->id * UINT32_C(65536));
    at = put16(put16(at, is_udp ? 0x4011 : 0x4006), 0);
    at = put32(at, from_client ? play->client : play->server);
    (void)put32(at, from_client ? play->server : play->client);
    (void)put16(ip + 10, (uint16_t)~checksum_add(0, ip, 20));
    if (!is_udp) {
        uint8_t pseudo[12] = {0};
        memcpy(pseudo, ip + 12, 8);
        (void)put16(put16(pseudo + 8, 6), (unsigned)size);
        const uint16_t sum = checksum_add(checksum_add(0, pseudo, 12), ip + 20, size);
        (void)put16(ip + 20 + 16, (uint16_t)~sum);
    }
    return size + 34;
}

static size_t put_segment(struct studio *studio, const struct play *play, const struct step *step)
{
    uint8_t *const transport = studio->frame + 34;
    const unsigned ports[2] = {play->port, play->script->port};
    const unsigned from = step->from_client ? 0 : 1;
    uint8_t *at = put16(put16(transport, ports[from]), ports[1 - from]);
    if ((step->flags & UDP) != 0) {
        uint8_t *const end = put_payload(studio, at + 4, play, step);
        (void)put16(put16(at, (unsigned)(end - transport)), 0); /* no checksum: IPv4 allows it */
        return (size_t)(end - transport);
    }
    at = put32(put32(at, play->sequence[from]),
               (step->flags & ACK) != 0 ? play->sequence[1 - from] : 0);
    at = put16(put16(at, 0x8000U | step->flags), 64240);
    at = put32(at, 0);
    at = put32(put32(put32(at, 0x0101080a), (uint32_t)(play->time_us / 1000)), 0);
    return (size_t)(put_payload(studio, at, play, step) - transport);
}

static void write_frame(struct studio *studio, const struct play *play, size_t size)
{
    const uint32_t header[4] = {(uint32_t)(play->time_us / 1000000),
                                (uint32_t)(play->time_us % 1000000), (uint32_t)size,
                                (uint32_t)size};
    weir_check(fwrite(header, sizeof(header), 1, studio->file) == 1);
    weir_check(fwrite(studio->frame, size, 1, studio->file) == 1);
    studio->packets++;
    studio->bytes += size;
}

/* Plays one step. False when that was the last. */
static bool play_on(struct studio *studio, struct play *play)
{
    const struct step *step = &play->script->steps[play->step];
    const size_t size = put_segment(studio, play, step);
    write_frame(studio, play, put_ip(studio->frame, play, step->from_client, size));
    if ((step->flags & UDP) == 0) {
        const uint32_t taken = (step->flags & (SYN | FIN)) != 0 ? 1 : 0;
        play->sequence[step->from_client ? 0 : 1] += (uint32_t)size - 32 + taken;
    }
    play->time_us += 200 + chance(studio, 40000);
    if (play->left > 0) {
        play->left--;
        return true;
    }
    play->step++;
    if (play->step == play->script->count) {
        return false;
    }
    play->left = chance(studio, play->script->steps[play->step].repeats + 1U);
    return true;
}

static const struct script *choose(struct studio *studio, const struct script *scripts)
{
    unsigned at = chance(studio, 1000);
    while (at >= scripts->share) {
        at -= scripts->share;
        scripts++;
    }
    return scripts;
}

static void sink_down(struct studio *studio, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < studio->open; child++) {
            least = studio->plays[child].time_us < studio->plays[least].time_us ? child : least;
        }
        if (least == at) {
            return;
        }
        const struct play play = studio->plays[at];
        studio->plays[at] = studio->plays[least];
        studio->plays[least] = play;
        at = least;
    }
}

static void begin(struct studio *studio, const struct script *scripts, int64_t time_us,
                  uint32_t number)
{
    weir_check(studio->open < OPEN_MAX);
    size_t at = studio->open++;
    studio->plays[at] = (struct play){
        .time_us = time_us,
        .script = choose(studio, scripts),
        .client = 0x0a010000U + 10 + chance(studio, 200),
        .server = 0xc6120000U + chance(studio, 3000),
        .port = (uint16_t)(1024 + number % 64000),
        .id = (uint16_t)chance(studio, 65536),
        .sequence = {(uint32_t)weir_rng_next(&studio->rng), (uint32_t)weir_rng_next(&studio->rng)},
        .number = number,
    };
    while (at > 0 && studio->plays[(at - 1) / 2].time_us > studio->plays[at].time_us) {
        const struct play play = studio->plays[at];
        studio->plays[at] = studio->plays[(at - 1) / 2];
        studio->plays[(at - 1) / 2] = play;
        at = (at - 1) / 2;
    }
}

static void perform(struct studio *studio, const struct script *scripts, uint32_t flows)
{
    int64_t next_us = START_US;
    uint32_t number = 0;
    while (number < flows || studio->open > 0) {
        if (number < flows && (studio->open == 0 || next_us < studio->plays[0].time_us)) {
            begin(studio, scripts, next_us, number++);
            next_us += 1 + chance(studio, 2 * SPACING_US);
            continue;
        }
        if (!play_on(studio, &studio->plays[0])) {
            studio->plays[0] = studio->plays[--studio->open];
        }
        sink_down(studio, 0);
    }
}

int main(int argc, char **argv)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    const bool is_office = argc == 4 && strcmp(argv[1], "office") == 0;
    if (!is_office && !(argc == 4 && strcmp(argv[1], "small") == 0)) {
        (void)fprintf(stderr, "usage: bench_traffic office|small FLOWS FILE\n");
        return 64;
    }
    struct studio *studio = calloc(1, sizeof(*studio));
    weir_check(studio != NULL);
    studio->file = fopen(argv[3], "wb");
    if (studio->file == NULL) {
        perror(argv[3]);
        free(studio);
        return 73;
    }
    weir_rng_init(&studio->rng, 1);
    weir_check(fwrite(header, sizeof(header), 1, studio->file) == 1);
    const uint32_t flows = (uint32_t)strtoul(argv[2], NULL, 10);
    perform(studio, is_office ? office : small, flows);
    (void)printf("%s: %" PRIu32 " flows, %" PRIu64
                 " packets, mean %.0f bytes, %.1f packets a flow\n",
                 argv[3], flows, studio->packets, (double)studio->bytes / (double)studio->packets,
                 (double)studio->packets / (double)flows);
    const bool is_whole = fclose(studio->file) == 0;
    free(studio);
    return is_whole ? 0 : 74;
}
