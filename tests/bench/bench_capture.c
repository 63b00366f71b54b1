/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_capture FILE [ROUNDS]: CPU of a bare libpcap loop, of capture alone, and of capture and
 * decode, over one file, and their ratios to the bare loop. The best round counts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/capture/capture.h"
#include "sensor/capture/capture_bare.h"
#include "sensor/decode/packet.h"

struct bench_row {
    const char *name;
    double best_s;
    uint64_t packets;
};

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Reads the file through capture and, when asked, decode; the payload sum keeps decode honest. */
static int read_all(const char *path, bool decode, uint64_t *packets, uint64_t *payload)
{
    struct capture *capture = NULL;
    struct weir_error error = {0};
    if (capture_open_files(&path, 1, &capture_defaults, &capture, &error) != WEIR_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    struct captured_frame frame;
    struct packet packet;
    enum capture_result got = CAPTURE_PACKET;
    while ((got = capture_next(capture, &frame, &error)) != CAPTURE_END) {
        *packets += got == CAPTURE_PACKET ? 1U : 0U;
        if (decode && got == CAPTURE_PACKET &&
            packet_decode(&frame, &packet_decode_defaults, &packet) == PACKET_OK) {
            *payload += packet.payload_bytes;
        }
    }
    capture_close(capture);
    return 0;
}

static int run(struct bench_row *row, int kind, const char *path)
{
    const double begin = cpu_s();
    uint64_t packets = 0;
    uint64_t payload = 0;
    if (kind == 0) {
        struct capture_bare_counts counts = {0};
        struct weir_error error = {0};
        if (capture_bare_loop(path, &counts, &error) != WEIR_OK) {
            (void)fprintf(stderr, "%s\n", error.text);
            return -1;
        }
        packets = counts.packets;
    } else if (read_all(path, kind == 2, &packets, &payload) != 0) {
        return -1;
    }
    const double took = cpu_s() - begin;
    row->best_s = row->packets == 0 || took < row->best_s ? took : row->best_s;
    row->packets = packets;
    return 0;
}

int main(int argc, char **argv)
{
    struct bench_row rows[3] = {{.name = "bare_loop"},
                                {.name = "capture"},
                                {.name = "capture_decode"}};
    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench_capture FILE [ROUNDS]\n");
        return 64;
    }
    const long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    for (long round = 0; round < rounds; round++) {
        for (int kind = 0; kind < 3; kind++) {
            if (run(&rows[kind], kind, argv[1]) != 0) {
                return 65;
            }
        }
    }
    for (int kind = 0; kind < 3; kind++) {
        const double packets = rows[kind].packets > 0 ? (double)rows[kind].packets : 1.0;
        (void)printf("%-15s packets=%" PRIu64 " ns_per_packet=%.1f ratio=%.2f\n", rows[kind].name,
                     rows[kind].packets, rows[kind].best_s * 1e9 / packets,
                     rows[kind].best_s / rows[0].best_s);
    }
    return 0;
}
