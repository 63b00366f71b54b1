/* SPDX-License-Identifier: Apache-2.0
 *
 * What a connection costs in the KDD windows: added, and counted at once.
 * Prints `name ns_per_op ops_per_s`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/rng.h"

#include "common/flow/kdd_window.h"

#define CONNS 1000000
#define LAG   5000 /* connections between the start and the end of one, for the sensor's use */

struct load {
    const char *name;
    uint64_t hosts, services;
    int64_t gap_us; /* between connections */
    size_t ring;
    uint64_t lag; /* counted when this many have followed */
};

static const struct load loads[] = {
    {"flood_one_host_one_port", 1, 1, 100, 2048, 0},
    {"flood_one_host_many_ports", 1, 60000, 100, 2048, 0},
    {"sweep_many_hosts_one_port", 60000, 1, 100, 2048, 0},
    {"busy_10000_per_s", 5000, 200, 100, 2048, 0},
    {"busy_10000_per_s_200_hosts", 200, 200, 100, 2048, 0},
    {"ordinary_200_per_s", 5000, 200, 5000, 2048, 0},
    {"quiet_5_per_s", 500, 50, 200000, 2048, 0},
    {"immediate_flood_one_host", 1, 60000, 100, 65536, LAG},
    {"immediate_ordinary", 5000, 200, 5000, 65536, LAG},
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t skewed(struct weir_rng *rng, uint64_t bound)
{
    const uint64_t a = weir_rng_below(rng, bound);
    const uint64_t b = weir_rng_below(rng, bound);
    return a * b / bound; /* some values are far more common than others */
}

static void fill(const struct load *load, struct weir_kdd_conn *conns)
{
    struct weir_rng rng;
    weir_rng_init(&rng, 1);
    for (size_t i = 0; i < CONNS; i++) {
        const uint64_t number = skewed(&rng, load->hosts);
        conns[i] = (struct weir_kdd_conn){.start_us = (int64_t)i * load->gap_us,
                                          .src_port = (uint16_t)weir_rng_next(&rng),
                                          .service_key = (uint32_t)skewed(&rng, load->services)};
        conns[i].resp.size = 4;
        conns[i].resp.bytes[2] = (uint8_t)(number >> 8);
        conns[i].resp.bytes[3] = (uint8_t)number;
    }
}

static uint64_t run(const struct load *load, const struct weir_kdd_conn *conns,
                    struct weir_kdd_window *window)
{
    uint64_t sum = 0; /* so that no count can be left out */
    for (size_t i = 0; i < CONNS; i++) {
        uint64_t position = 0;
        if (weir_kdd_window_add(window, &conns[i], &position) != WEIR_OK) {
            exit(1);
        }
        if (position > load->lag) {
            struct weir_kdd_counts counts;
            const uint64_t at = position - load->lag;
            weir_kdd_window_set_outcome(window, at, WEIR_OUTCOME_SERROR);
            weir_kdd_window_count(window, at, &conns[at - 1], &counts);
            sum += counts.diff_srv;
        }
    }
    return sum;
}

int main(void)
{
    struct weir_kdd_conn *conns = calloc(CONNS, sizeof(*conns));
    if (conns == NULL) {
        return 1;
    }
    for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
        struct weir_kdd_window_options options = weir_kdd_window_defaults;
        options.ring = loads[i].ring;
        struct weir_kdd_window *window = NULL;
        if (weir_kdd_window_new(&options, &window) != WEIR_OK) {
            return 1;
        }
        fill(&loads[i], conns);
        const double begin = now_s();
        const volatile uint64_t sum = run(&loads[i], conns, window); /* so that it is computed */
        const double ns = (now_s() - begin) * 1e9 / CONNS;
        printf("kdd_window_%s %.0f %.0f\n", loads[i].name, ns, 1e9 / ns);
        (void)sum;
        weir_kdd_window_free(window);
    }
    free(conns);
    return 0;
}
