/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/demo/traffic/attack.h"

#define SCANNER UINT32_C(0xc0000242) /* 192.0.2.66 */
#define GUESSER UINT32_C(0xc000024d) /* 192.0.2.77 */
#define SWEEPER UINT32_C(0xc0000258) /* 192.0.2.88 */
#define SPOOFED UINT32_C(0x64400000) /* 100.64.0.0/10 */

static int64_t gap(struct stage *stage, struct attack_episode episode, int64_t low, int64_t high)
{
    return (int64_t)((double)stage_between(stage, low, high) * episode.pace);
}

void attack_port_scan(struct stage *stage, struct attack_episode episode)
{
    const int64_t tries = (int64_t)(400.0 * episode.strength);
    int64_t at_us = episode.time_us;
    for (int64_t i = 0; i < tries; i++) {
        const int branch = 1 + (int)(i % stage->branches);
        const struct wire_host target =
            i % 5 == 0 ? stage_server(branch) : stage_client(stage, branch, 4);
        const uint16_t port = (uint16_t)stage_between(stage, 1, 10000);
        struct talk talk =
            stage_talk(stage, at_us, stage_outside(SCANNER, 4), target, port, "portscan");
        if (weir_rng_below(&stage->rng, 4) == 0) {
            talk_unanswered(&talk, 0);
        } else {
            talk_refused(&talk);
        }
        at_us += gap(stage, episode, 5000, 90000);
    }
}

/* While the flood lasts, the server has no room for an honest visitor, who tries three times. */
static void victim(struct stage *stage, int64_t time_us, int branch)
{
    const struct wire_host client = stage_visitor(stage);
    struct talk talk = stage_talk(stage, time_us, client, stage_server(branch), 80, "normal");
    talk_unanswered(&talk, 2);
}

void attack_syn_flood(struct stage *stage, struct attack_episode episode)
{
    const int64_t packets = (int64_t)(1500.0 * episode.strength);
    int64_t at_us = episode.time_us;
    for (int64_t i = 0; i < packets; i++) {
        const uint32_t source = SPOOFED + (uint32_t)weir_rng_below(&stage->rng, 1U << 22);
        const int branch = 1 + (int)(i % stage->branches);
        struct talk talk = stage_talk(stage, at_us, stage_outside(source, 4), stage_server(branch),
                                      80, "synflood");
        talk_unanswered(&talk, 0);
        if (weir_rng_below(&stage->rng, 40) == 0) {
            victim(stage, at_us + 300, branch);
        }
        at_us += gap(stage, episode, 500, 6000);
    }
}

static void guess(struct stage *stage, int64_t time_us, int branch)
{
    struct talk talk = stage_talk(stage, time_us, stage_outside(GUESSER, 4), stage_server(branch),
                                  21, "ftp_guess");
    talk_open(&talk);
    talk_line(&talk, false, "220 branch files\r\n");
    const int guesses = (int)stage_between(stage, 1, 3); /* a partner mistypes as well */
    for (int i = 0; i < guesses; i++) {
        talk_login(&talk, false, stage_between(stage, 20000, 900000));
    }
    talk_close(&talk, false);
}

void attack_ftp_guess(struct stage *stage, struct attack_episode episode)
{
    const int tries = (int)(120.0 * episode.strength);
    int64_t at_us = episode.time_us;
    for (int i = 0; i < tries; i++) {
        guess(stage, at_us, 1 + i % stage->branches);
        at_us += gap(stage, episode, 100000, 600000);
    }
}

void attack_ping_sweep(struct stage *stage, struct attack_episode episode)
{
    const int addresses = (int)(250.0 * episode.strength);
    int64_t at_us = episode.time_us;
    for (int i = 0; i < addresses; i++) {
        struct wire_host target = stage_server(1 + i % stage->branches);
        target.address += (uint32_t)(i / stage->branches);
        const struct wire_path path = {.from = stage_outside(SWEEPER, 4),
                                       .to = target,
                                       .from_port = 8,
                                       .branch = target.branch};
        stage_label(stage, at_us, "icmp", &path, "pingsweep");
        wire_add_echo(&stage->wire, at_us, &path, 0, (uint32_t)i << 16, 8);
        if (weir_rng_below(&stage->rng, 3) == 0) {
            const struct wire_path back = wire_back(&path);
            wire_add_echo(&stage->wire, at_us + 4000, &back, 1, (uint32_t)i << 16, 8);
        }
        at_us += gap(stage, episode, 2000, 30000);
    }
}
