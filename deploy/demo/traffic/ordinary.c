/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/demo/traffic/ordinary.h"

#include <stdio.h>
#include <string.h>

#define NORMAL   "normal"
#define RESOLVER UINT32_C(0xcb007135) /* 203.0.113.53 */
#define MAIL     UINT32_C(0xcb007119) /* 203.0.113.25 */
#define CLOCK    UINT32_C(0xcb00717b) /* 203.0.113.123 */
#define FILES    UINT32_C(0xcb007115) /* 203.0.113.21 */
#define WEB      UINT32_C(0xc6336401) /* 198.51.100.1 and 200 more */
#define PARTNER  UINT32_C(0xcb00712a) /* 203.0.113.42 */

static size_t put_name(uint8_t *at, struct stage *stage)
{
    static const char *const words[] = {"www", "mail", "cdn", "api", "img", "news", "shop", "docs"};
    char name[32];
    const int size = snprintf(name, sizeof(name), "%s%d", words[weir_rng_below(&stage->rng, 8)],
                              (int)weir_rng_below(&stage->rng, 400));
    size_t used = 0;
    at[used++] = (uint8_t)size;
    memcpy(at + used, name, (size_t)size);
    used += (size_t)size;
    memcpy(at + used, "\7example\3com", 13); /* with the root's zero length */
    return used + 13;
}

static size_t put_query(uint8_t *at, struct stage *stage)
{
    const uint8_t header[12] = {
        (uint8_t)weir_rng_next(&stage->rng), (uint8_t)weir_rng_next(&stage->rng), 1, 0, 0, 1};
    memcpy(at, header, sizeof(header));
    size_t size = sizeof(header);
    size += put_name(at + size, stage);
    const uint8_t question[4] = {0, 1, 0, 1}; /* A, IN */
    memcpy(at + size, question, sizeof(question));
    return size + sizeof(question);
}

void ordinary_dns(struct stage *stage, int64_t time_us, struct wire_host client)
{
    uint8_t message[3000] = {0};
    const size_t query = put_query(message, stage);
    const struct wire_path path = {.from = client,
                                   .to = stage_outside(RESOLVER, client.version),
                                   .from_port = stage_port(stage, &client),
                                   .to_port = 53,
                                   .branch = client.branch};
    stage_label(stage, time_us, "udp", &path, NORMAL);
    wire_add_udp(&stage->wire, time_us, &path, message, query);
    if (weir_rng_below(&stage->rng, 100) == 0) {
        return; /* an answer that never comes */
    }
    message[2] |= 0x80; /* response */
    message[7] = 1;     /* one answer */
    const size_t answer = query + (weir_rng_below(&stage->rng, 150) == 0 ? 1900U : 16U);
    const struct wire_path back = wire_back(&path);
    wire_add_udp(&stage->wire, time_us + stage_between(stage, 400, 60000), &back, message, answer);
}

/* One to four pages over one connection. */
static void browse(struct stage *stage, struct talk *talk, bool is_tls)
{
    talk_open(talk);
    const int64_t requests = stage_between(stage, 1, 4);
    for (int64_t i = 0; i < requests; i++) {
        if (is_tls) {
            talk_say(talk, true, NULL, stage_size(stage, 350, 4000));
        } else {
            talk_line(talk, true, "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
        }
        talk_wait(talk, stage_between(stage, 2000, 90000));
        talk_say(talk, false, is_tls ? NULL : "HTTP/1.1 200 OK\r\n\r\n", is_tls ? 900 : 19);
        talk_say(talk, false, NULL, stage_size(stage, 3000, 60000));
        talk_wait(talk, stage_between(stage, 20000, 2500000));
    }
    if (weir_rng_below(&stage->rng, 12) == 0) {
        talk_reset(talk, true);
    } else {
        talk_close(talk, weir_rng_below(&stage->rng, 2) == 0);
    }
}

static void web(struct stage *stage, int64_t time_us, int branch)
{
    const uint8_t version = weir_rng_below(&stage->rng, 8) == 0 ? 6 : 4;
    const struct wire_host client = stage_client(stage, branch, version);
    const struct wire_host site =
        stage_outside(WEB + (uint32_t)weir_rng_below(&stage->rng, 200), version);
    const bool is_tls = weir_rng_below(&stage->rng, 100) < 70;
    ordinary_dns(stage, time_us - 80000, client);
    struct talk talk = stage_talk(stage, time_us, client, site, is_tls ? 443 : 80, NORMAL);
    const uint64_t fate = weir_rng_below(&stage->rng, 120);
    if (fate < 2) {
        talk_unanswered(&talk, 2);
    } else if (fate == 2) {
        talk_refused(&talk);
    } else {
        browse(stage, &talk, is_tls);
    }
}

/* Somebody outside reads the branch's own pages: what a flood of its server hides among. */
static void visitor(struct stage *stage, int64_t time_us, int branch)
{
    const struct wire_host client = stage_visitor(stage);
    struct talk talk = stage_talk(stage, time_us, client, stage_server(branch), 80, NORMAL);
    browse(stage, &talk, false);
}

/* A partner looks into the branch's file server, and mistypes the password at times. */
static void partner(struct stage *stage, int64_t time_us, int branch)
{
    struct talk talk =
        stage_talk(stage, time_us, stage_outside(PARTNER, 4), stage_server(branch), 21, NORMAL);
    talk_open(&talk);
    talk_line(&talk, false, "220 branch files\r\n");
    bool is_in = false;
    while (!is_in) {
        is_in = weir_rng_below(&stage->rng, 4) != 0;
        talk_login(&talk, is_in, stage_between(stage, 20000, 900000));
    }
    talk_line(&talk, true, "CWD orders\r\n");
    talk_line(&talk, false, "250 done\r\n");
    talk_wait(&talk, stage_between(stage, 200000, 4000000));
    talk_line(&talk, true, "QUIT\r\n");
    talk_line(&talk, false, "221 bye\r\n");
    talk_close(&talk, true);
}

static void mail(struct stage *stage, int64_t time_us, int branch)
{
    static const char *const lines[] = {"EHLO branch.example\r\n",
                                        "250 OK\r\n",
                                        "MAIL FROM:<a@branch.example>\r\n",
                                        "250 OK\r\n",
                                        "RCPT TO:<b@example.com>\r\n",
                                        "250 OK\r\n",
                                        "DATA\r\n",
                                        "354 go on\r\n"};
    struct talk talk = stage_talk(stage, time_us, stage_client(stage, branch, 4),
                                  stage_outside(MAIL, 4), 25, NORMAL);
    talk_open(&talk);
    talk_line(&talk, false, "220 mail.example.com ESMTP\r\n");
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        talk_line(&talk, i % 2 == 0, lines[i]);
    }
    talk_say(&talk, true, NULL, stage_size(stage, 1500, 40000));
    talk_line(&talk, true, "\r\n.\r\n");
    talk_line(&talk, false, "250 queued\r\n");
    talk_line(&talk, true, "QUIT\r\n");
    talk_line(&talk, false, "221 bye\r\n");
    talk_close(&talk, true);
}

static void terminal(struct stage *stage, int64_t time_us, int branch)
{
    struct talk talk = stage_talk(stage, time_us, stage_client(stage, branch, 4),
                                  stage_outside(WEB + 210, 4), 22, NORMAL);
    talk_open(&talk);
    talk_line(&talk, true, "SSH-2.0-OpenSSH_9.2\r\n");
    talk_line(&talk, false, "SSH-2.0-OpenSSH_9.2\r\n");
    talk_say(&talk, true, NULL, 1500);
    talk_say(&talk, false, NULL, 1100);
    const int64_t keys = stage_between(stage, 5, 40);
    for (int64_t i = 0; i < keys; i++) {
        talk_wait(&talk, stage_between(stage, 80000, 3000000));
        talk_say(&talk, true, NULL, 36);
        talk_say(&talk, false, NULL, stage_size(stage, 60, 3000));
    }
    talk_close(&talk, true);
}

void ordinary_ftp(struct stage *stage, int64_t time_us, int branch)
{
    const struct wire_host client = stage_client(stage, branch, 4);
    const struct wire_host server = stage_outside(FILES, 4);
    struct talk talk = stage_talk(stage, time_us, client, server, 21, NORMAL);
    const uint16_t port = (uint16_t)stage_between(stage, 50000, 59999);
    char passive[80];
    (void)snprintf(passive, sizeof(passive), "227 Entering Passive Mode (203,0,113,21,%d,%d)\r\n",
                   port >> 8, port & 255);
    talk_open(&talk);
    talk_line(&talk, false, "220 files.example.com\r\n");
    talk_login(&talk, true, stage_between(stage, 20000, 200000));
    talk_line(&talk, true, "PASV\r\n");
    talk_line(&talk, false, passive);
    talk_line(&talk, true, "RETR report.pdf\r\n");
    struct talk channel = stage_talk(stage, talk.now_us + 500, client, server, port, NORMAL);
    talk_open(&channel);
    talk_line(&talk, false, "150 here it comes\r\n");
    talk_say(&channel, false, NULL, stage_size(stage, 8000, 200000));
    talk_close(&channel, false);
    talk.now_us = channel.now_us + 1000;
    talk_line(&talk, false, "226 done\r\n");
    talk_line(&talk, true, "QUIT\r\n");
    talk_line(&talk, false, "221 bye\r\n");
    talk_close(&talk, true);
}

static void clock_exchange(struct stage *stage, int64_t time_us, int branch)
{
    const struct wire_host client = stage_client(stage, branch, 4);
    const struct wire_path path = {.from = client,
                                   .to = stage_outside(CLOCK, 4),
                                   .from_port = stage_port(stage, &client),
                                   .to_port = 123,
                                   .branch = (uint8_t)branch};
    const struct wire_path back = wire_back(&path);
    stage_label(stage, time_us, "udp", &path, NORMAL);
    wire_add_udp(&stage->wire, time_us, &path, NULL, 48);
    wire_add_udp(&stage->wire, time_us + 25000, &back, NULL, 48);
}

static void ping(struct stage *stage, int64_t time_us, int branch)
{
    const struct wire_path path = {.from = stage_client(stage, branch, 4),
                                   .to = stage_outside(WEB, 4),
                                   .from_port = 8,
                                   .branch = (uint8_t)branch};
    const struct wire_path back = wire_back(&path);
    const uint32_t id = (uint32_t)stage_port(stage, &path.from) << 16;
    const size_t size = weir_rng_below(&stage->rng, 20) == 0 ? 4000 : 56;
    stage_label(stage, time_us, "icmp", &path, NORMAL);
    for (uint32_t i = 0; i < 4; i++) {
        const int64_t at_us = time_us + (int64_t)i * 1000000;
        wire_add_echo(&stage->wire, at_us, &path, 0, id | i, size);
        wire_add_echo(&stage->wire, at_us + 9000, &back, 1, id | i, size);
    }
}

static void one(struct stage *stage, int64_t time_us, int branch)
{
    const uint64_t drawn = weir_rng_below(&stage->rng, 100);
    if (drawn < 40) {
        web(stage, time_us, branch);
    } else if (drawn < 78) {
        ordinary_dns(stage, time_us, stage_client(stage, branch, 4));
    } else if (drawn < 83) {
        mail(stage, time_us, branch);
    } else if (drawn < 85) {
        terminal(stage, time_us, branch);
    } else if (drawn < 87) {
        ordinary_ftp(stage, time_us, branch);
    } else if (drawn < 91) {
        visitor(stage, time_us, branch);
    } else if (drawn < 92) {
        partner(stage, time_us, branch);
    } else if (drawn < 96) {
        clock_exchange(stage, time_us, branch);
    } else {
        ping(stage, time_us, branch);
    }
}

void ordinary_play(struct stage *stage, size_t connections)
{
    const size_t wanted = stage->connections + connections;
    while (stage->connections < wanted && stage->wire.failed == 0) {
        const int64_t at_us = stage->start_us + stage_between(stage, 100000, stage->duration_us);
        one(stage, at_us, stage_any_branch(stage));
    }
}
