/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_app: nanoseconds to recognise the application of a flow, or that it has none.
 *
 * Usage: bench_app. The budget of a flow that no signature fits is 100 ns.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/rng.h"

#include "sensor/inspect/app.h"

#define FLOWS   1024U
#define REPEATS 500U
#define HEAD    64U

struct flow_heads {
    uint8_t orig[HEAD], resp[HEAD];
};

/* Random heads, over which the bytes that make a case are laid. */
static void run(const char *name, uint8_t proto, uint16_t port, const char *orig, const char *resp)
{
    static struct flow_heads flows[FLOWS];
    struct weir_rng rng;
    weir_rng_init(&rng, 5);
    for (size_t i = 0; i < FLOWS; i++) {
        for (size_t j = 0; j < HEAD; j++) {
            flows[i].orig[j] = (uint8_t)weir_rng_below(&rng, 256);
            flows[i].resp[j] = (uint8_t)weir_rng_below(&rng, 256);
        }
        memcpy(flows[i].orig, orig, strlen(orig));
        memcpy(flows[i].resp, resp, strlen(resp));
    }
    int64_t best_us = INT64_MAX;
    size_t known = 0;
    for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
        const struct weir_mono start = weir_mono_now();
        for (size_t i = 0; i < FLOWS; i++) {
            const struct app_heads heads = {.proto = proto,
                                            .orig_port = 50000,
                                            .resp_port = port,
                                            .ended = true,
                                            .orig = {.bytes = flows[i].orig, .size = HEAD},
                                            .resp = {.bytes = flows[i].resp, .size = HEAD}};
            known += app_recognise(&heads) > WEIR_APP_UNKNOWN;
        }
        const int64_t took = weir_mono_since_us(weir_mono_now(), start);
        best_us = took < best_us ? took : best_us;
    }
    const double ns = (double)best_us * 1000.0 / FLOWS;
    (void)printf("%-16s %8.0f ns_per_op %12.0f ops_per_s (recognised %.2f)\n", name, ns, 1e9 / ns,
                 (double)known / FLOWS / REPEATS);
}

int main(void)
{
    run("tcp unknown", 6, 4444, "", "");
    run("tcp text", 6, 4444, "hello there, who is it", "nobody you would know");
    run("tcp http", 6, 80, "GET /index.html HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 200 OK\r\n");
    run("tcp smtp", 6, 25, "EHLO client\r\n", "220 mx ESMTP\r\n");
    run("udp unknown", 17, 4444, "", "");
    run("udp sip", 17, 5060, "OPTIONS sip:a SIP/2.0\r\n", "SIP/2.0 200 OK\r\n");
    return 0;
}
