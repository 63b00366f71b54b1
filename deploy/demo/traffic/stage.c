/* SPDX-License-Identifier: Apache-2.0 */
#include "deploy/demo/traffic/stage.h"

#include <inttypes.h>
#include <stdio.h>

#define CLIENTS_PER_BRANCH 40
#define VISITORS           UINT32_C(0xc6120000) /* 198.18.0.0 and 4095 more */
#define PORT_FIRST         32768U
#define PORT_COUNT         28232U
#define PORT_STEP          7919U /* prime to PORT_COUNT: every port once before one comes again */

void stage_init(struct stage *stage, uint64_t seed, int branches, int64_t start_us,
                int64_t duration_us)
{
    *stage = (struct stage){.branches = branches, .start_us = start_us, .duration_us = duration_us};
    weir_rng_init(&stage->rng, seed);
    weir_buffer_add_text(&stage->labels,
                         "start_us\tproto\torig_h\torig_p\tresp_h\tresp_p\tbranch\tlabel\n");
}

void stage_fini(struct stage *stage)
{
    wire_fini(&stage->wire);
    weir_buffer_fini(&stage->labels);
}

int64_t stage_between(struct stage *stage, int64_t low, int64_t high)
{
    return low + (int64_t)weir_rng_below(&stage->rng, (uint64_t)(high - low) + 1);
}

size_t stage_size(struct stage *stage, size_t typical, size_t most)
{
    const double share = weir_rng_share(&stage->rng);
    const double tail = 1.0 / (1.001 - share); /* Pareto with exponent 1, cut at a thousand */
    const double size = (double)typical * (0.5 + 0.5 * tail);
    return size > (double)most ? most : (size_t)size;
}

struct wire_host stage_client(struct stage *stage, int branch, uint8_t version)
{
    const uint32_t host = 10 + (uint32_t)weir_rng_below(&stage->rng, CLIENTS_PER_BRANCH);
    return (struct wire_host){.address = UINT32_C(0x0a000000) | (uint32_t)branch << 16 | host,
                              .version = version,
                              .branch = (uint8_t)branch};
}

struct wire_host stage_server(int branch)
{
    return (struct wire_host){.address = UINT32_C(0x0a000002) | (uint32_t)branch << 16,
                              .version = 4,
                              .branch = (uint8_t)branch};
}

struct wire_host stage_outside(uint32_t address, uint8_t version)
{
    return (struct wire_host){.address = address, .version = version};
}

struct wire_host stage_visitor(struct stage *stage)
{
    return stage_outside(VISITORS + (uint32_t)weir_rng_below(&stage->rng, 4096), 4);
}

int stage_any_branch(struct stage *stage)
{
    return 1 + (int)weir_rng_below(&stage->rng, (uint64_t)stage->branches);
}

uint16_t stage_port(struct stage *stage, const struct wire_host *host)
{
    const uint32_t last = host->branch == 0 ? 0 : host->address % STAGE_HOSTS;
    uint16_t *used = &stage->ports_used[host->branch][last];
    *used = (uint16_t)((*used + 1U) % PORT_COUNT);
    return (uint16_t)(PORT_FIRST + (*used + host->address % 997U) * PORT_STEP % PORT_COUNT);
}

static void host_text(const struct wire_host *host, char text[48])
{
    const uint32_t at = host->address;
    if (host->version == 6) {
        (void)snprintf(text, 48, "2001:db8::%x:%x", at >> 16, at & 0xffffU);
    } else {
        (void)snprintf(text, 48, "%u.%u.%u.%u", at >> 24, at >> 16 & 0xffU, at >> 8 & 0xffU,
                       at & 0xffU);
    }
}

void stage_label(struct stage *stage, int64_t time_us, const char *proto,
                 const struct wire_path *path, const char *label)
{
    char from[48];
    char to[48];
    host_text(&path->from, from);
    host_text(&path->to, to);
    weir_buffer_add_format(&stage->labels, "%" PRId64 "\t%s\t%s\t%u\t%s\t%u\t%u\t%s\n", time_us,
                           proto, from, path->from_port, to, path->to_port, path->branch, label);
    stage->connections += 1;
}

struct talk stage_talk(struct stage *stage, int64_t time_us, struct wire_host client,
                       struct wire_host server, uint16_t port, const char *label)
{
    const struct talk talk = {
        .wire = &stage->wire,
        .rng = &stage->rng,
        .path = {.from = client,
                 .to = server,
                 .from_port = stage_port(stage, &client),
                 .to_port = port,
                 .branch = client.branch != 0 ? client.branch : server.branch},
        .now_us = time_us,
        .trip_us = stage_between(stage, 300, 20000),
    };
    stage_label(stage, time_us, "tcp", &talk.path, label);
    return talk;
}
