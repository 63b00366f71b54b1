/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/demo/traffic/lookalike.h"

#include "deploy/demo/traffic/ordinary.h"

#define MONITOR UINT32_C(0xcb0071a1) /* 203.0.113.161 */
#define BACKUP  UINT32_C(0xcb0071aa) /* 203.0.113.170 */

static void watch(struct stage *stage, int64_t time_us, int branch, uint16_t port)
{
    struct talk talk = stage_talk(stage, time_us, stage_outside(MONITOR, 4),
                                  stage_client(stage, branch, 4), port, "normal");
    if (weir_rng_below(&stage->rng, 4) == 0) {
        talk_refused(&talk);
        return;
    }
    talk_open(&talk);
    talk_say(&talk, true, NULL, 60);
    talk_say(&talk, false, NULL, 240);
    talk_close(&talk, true);
}

void lookalike_monitoring(struct stage *stage, int64_t time_us)
{
    static const uint16_t ports[] = {22, 80, 443, 445, 5666};
    int64_t at_us = time_us;
    for (int i = 0; i < 30 * stage->branches; i++) {
        watch(stage, at_us, 1 + i % stage->branches, ports[i % 5]);
        at_us += stage_between(stage, 20000, 250000);
    }
}

void lookalike_resolver(struct stage *stage, int64_t time_us)
{
    int64_t at_us = time_us;
    for (int i = 0; i < 300; i++) {
        ordinary_dns(stage, at_us, stage_server(1));
        at_us += stage_between(stage, 1000, 25000);
    }
}

void lookalike_backup(struct stage *stage, int64_t time_us)
{
    for (int branch = 1; branch <= stage->branches; branch++) {
        struct talk talk =
            stage_talk(stage, time_us + branch * INT64_C(700000), stage_server(branch),
                       stage_outside(BACKUP, 4), 873, "normal");
        talk_open(&talk);
        talk_say(&talk, true, NULL, 6000000);
        talk_say(&talk, false, NULL, 2000);
        talk_close(&talk, true);
    }
}
