/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_live FILE INTERFACE RATE SECONDS: sends a capture's packets over an interface, again and
 * again, RATE a second, and prints how many were sent and how fast. Needs root; live_bench.py gives
 * it a pair of virtual cards.
 *
 * Shape:   packets are laid out in memory first; then one sendmmsg() a burst, on time by the clock.
 *          The bytes of the addresses' second octet change with every round, so that flows do not
 *          go on for ever.
 */
#define _GNU_SOURCE /* sendmmsg */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/base/clock.h"

#include "sensor/capture/capture.h"

#define PACKETS_MAX 200000U
#define BURST       64U
#define FRAME_MAX   1514U
#define ADDRESSES   26U /* where an IPv4 header behind Ethernet has its source */

struct frames {
    uint8_t *bytes; /* FRAME_MAX each */
    uint16_t *sizes;
    size_t count;
};

static int load(const char *path, struct frames *frames)
{
    struct capture *capture = NULL;
    struct weir_error error = {0};
    struct captured_frame frame;
    frames->bytes = (uint8_t *)malloc((size_t)PACKETS_MAX * FRAME_MAX);
    frames->sizes = (uint16_t *)calloc(PACKETS_MAX, sizeof(frames->sizes[0]));
    if (frames->bytes == NULL || frames->sizes == NULL ||
        capture_open_files(&path, 1, &capture_defaults, &capture, &error) != WEIR_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    while (frames->count < PACKETS_MAX && capture_next(capture, &frame, &error) == CAPTURE_PACKET) {
        const uint32_t size = frame.captured_bytes < FRAME_MAX ? frame.captured_bytes : FRAME_MAX;
        memcpy(frames->bytes + frames->count * FRAME_MAX, frame.bytes, size);
        frames->sizes[frames->count++] = (uint16_t)size;
    }
    capture_close(capture);
    return frames->count > 0 ? 0 : -1;
}

static int open_socket(const char *name)
{
    const int one = 1;
    const int fd = socket(AF_PACKET, SOCK_RAW, 0);
    const struct sockaddr_ll to = {.sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_ALL),
                                   .sll_ifindex = (int)if_nametoindex(name)};
    if (fd < 0 || to.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        perror(name);
        return -1;
    }
    (void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
    return fd;
}

/* The next burst. A new round looks like other hosts. */
static void fill(struct frames *frames, uint64_t sent, struct mmsghdr *messages,
                 struct iovec *parts)
{
    for (size_t i = 0; i < BURST; i++) {
        const size_t at = (size_t)((sent + i) % frames->count);
        uint8_t *frame = frames->bytes + at * FRAME_MAX;
        if (sent >= frames->count && frame[12] == 0x08 && frame[13] == 0x00) {
            frame[ADDRESSES + 1]++; /* both ends, so that the directions stay together */
            frame[ADDRESSES + 5]++;
        }
        parts[i] = (struct iovec){.iov_base = frame, .iov_len = frames->sizes[at]};
        messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
    }
}

static uint64_t send_all(struct frames *frames, int fd, double rate_per_s, double seconds)
{
    struct mmsghdr messages[BURST];
    struct iovec parts[BURST];
    const struct weir_mono begin = weir_mono_now();
    const uint64_t wanted = (uint64_t)(rate_per_s * seconds);
    uint64_t sent = 0;
    while (sent < wanted) {
        fill(frames, sent, messages, parts);
        while ((double)weir_mono_since_us(weir_mono_now(), begin) <
               (double)sent * 1e6 / rate_per_s) {
        }
        unsigned done = 0;
        while (done < BURST) {
            const int got = sendmmsg(fd, messages + done, BURST - done, 0);
            if (got < 0 && errno != ENOBUFS && errno != EAGAIN) {
                perror("sendmmsg");
                return sent;
            }
            done += got > 0 ? (unsigned)got : 0;
        }
        sent += BURST;
    }
    const double took_s = (double)weir_mono_since_us(weir_mono_now(), begin) / 1e6;
    (void)printf("sent %" PRIu64 " seconds %.3f rate %.0f\n", sent, took_s, (double)sent / took_s);
    return sent;
}

int main(int argc, char **argv)
{
    struct frames frames = {0};
    if (argc != 5) {
        (void)fprintf(stderr, "usage: bench_live FILE INTERFACE RATE SECONDS\n");
        return 64;
    }
    const int fd = open_socket(argv[2]);
    const int code = fd < 0 ? -1 : load(argv[1], &frames);
    if (code == 0) {
        (void)send_all(&frames, fd, strtod(argv[3], NULL), strtod(argv[4], NULL));
    }
    free(frames.bytes);
    free(frames.sizes);
    if (fd >= 0) {
        (void)close(fd);
    }
    return code == 0 ? 0 : 1;
}
