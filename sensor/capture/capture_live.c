/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/capture_live.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#include "sensor/capture/interface_list.h"
#include "sensor/capture/packet_socket.h"

/* The kernel hands a block of packets over when it is full or this old. It must stay well below
 * the second by which the idle clock trails wall time, or a waiting packet would be overtaken; and
 * where interfaces are merged, below the time for which one waits for another. A short one costs
 * room: a block that is handed over is used up, however little is in it. */
#define BLOCK_TIMEOUT_MS        100
#define MERGED_BLOCK_TIMEOUT_MS 10
#define SETTLE_MS               10U /* between two looks for what came before the beginning */
#define SETTLE_MS_MAX           (5U * BLOCK_TIMEOUT_MS)
#define BLOCK_BYTES             262144.0 /* libpcap takes whole blocks of this size */
#define SLOT_BYTES              96.0     /* beside a packet's bytes in the ring */
#define ARRIVING                "inbound"
#define FRAME_BYTES_UNKNOWN     512.0

/* A 32-bit counter of the kernel, continued in 64 bits. */
struct wide_counter {
    uint64_t total;
    u_int last;
};

struct capture_live {
    pcap_t *pcap;
    char *name;
    int link_type;
    bool ended;
    bool counted; /* pcap_stats worked the last time */
    bool is_packet_socket;
    bool has_filter;
    struct bpf_program filter; /* compiled, for the beginning */
    struct wide_counter received, kernel_dropped;
    uint64_t errors;
    uint64_t taken, taken_bytes;       /* packets given by advance, and their bytes in the ring */
    uint64_t measured, measured_bytes; /* of these, at the last measurement */
    double ring_bytes;
    bool counts_interface;
    struct interface_statistics interface;
};

static int no_such_interface(const char *name, const char *what, struct weir_error *error)
{
    char nearest[INTERFACE_LIST_NAME_SIZE];
    if (interface_list_nearest(name, nearest)) {
        return weir_fail(error, WEIR_ENOENT,
                         "interface %s: no such interface; did you mean %s? --list-interfaces "
                         "shows all",
                         name, nearest);
    }
    return weir_fail(error, WEIR_ENOENT,
                     "interface %s: no such interface (%s); --list-interfaces shows all", name,
                     what);
}

static int activate_error(pcap_t *pcap, const char *name, int status, struct weir_error *error)
{
    const char *text = pcap_geterr(pcap);
    const char *what = text[0] != '\0' ? text : pcap_statustostr(status);
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return no_such_interface(name, what, error);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return weir_fail(error, WEIR_EPERM,
                         "interface %s: not permitted (%s); it needs CAP_NET_RAW: start it "
                         "as root or by its unit, or setcap cap_net_raw+ep",
                         name, what);
    default:
        return weir_fail(error, WEIR_EIO, "interface %s: %s", name, what);
    }
}

static bool is_loopback(const char *name)
{
    return strcmp(name, "lo") == 0;
}

/* On a loopback interface a packet is shown as it leaves and as it arrives: the first is refused in
 * the kernel, so that it is not counted either. (PACKET_IGNORE_OUTGOING is lost in a group.) */
static int compile(struct capture_live *live, const char *filter, struct weir_error *error)
{
    char *text = NULL;
    const bool has_filter = filter != NULL && filter[0] != '\0';
    if (!has_filter && !is_loopback(live->name)) {
        return WEIR_OK;
    }
    const size_t size = sizeof(ARRIVING) + (has_filter ? strlen(filter) : 0) + sizeof(" and ()");
    text = malloc(size);
    if (text == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "interface %s: out of memory", live->name);
    }
    (void)snprintf(text, size, "%s%s%s%s", is_loopback(live->name) ? ARRIVING : "",
                   is_loopback(live->name) && has_filter ? " and (" : "", has_filter ? filter : "",
                   is_loopback(live->name) && has_filter ? ")" : "");
    const int compiled = pcap_compile(live->pcap, &live->filter, text, 1, PCAP_NETMASK_UNKNOWN);
    free(text);
    if (compiled != 0) {
        return weir_fail(error, WEIR_EINVAL, "filter \"%s\" for interface %s: %s", filter,
                         live->name, pcap_geterr(live->pcap));
    }
    live->has_filter = true;
    return WEIR_OK;
}

static int configure(pcap_t *pcap, const char *name, const struct capture_options *options,
                     struct weir_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    const int timeout_ms = options->is_merged ? MERGED_BLOCK_TIMEOUT_MS : BLOCK_TIMEOUT_MS;
    if (pcap_set_snaplen(pcap, options->snaplen) != 0 ||
        pcap_set_promisc(pcap, options->promiscuous ? 1 : 0) != 0 ||
        pcap_set_timeout(pcap, timeout_ms) != 0 || pcap_set_immediate_mode(pcap, 0) != 0 ||
        pcap_set_buffer_size(pcap, options->buffer_bytes) != 0) {
        return weir_fail(error, WEIR_EIO, "interface %s: cannot be configured", name);
    }
    const int status = pcap_activate(pcap); /* above 0: a warning, such as no promiscuous mode */
    if (status < 0) {
        return activate_error(pcap, name, status, error);
    }
    if (pcap_setnonblock(pcap, 1, text) != 0) {
        return weir_fail(error, WEIR_EIO, "interface %s: %s", name, text);
    }
    return WEIR_OK;
}

/* Nothing is let in until capture_live_begin(); then the other lanes have joined as well. */
static int prepare(struct capture_live *live, const struct capture_options *options,
                   uint32_t *group, struct weir_error *error)
{
    const int fd = pcap_fileno(live->pcap);
    live->is_packet_socket = packet_socket_is(fd);
    if (group != NULL && !live->is_packet_socket) {
        return weir_fail(error, WEIR_EINVAL,
                         "interface %s: only network cards can be shared by several threads; use "
                         "capture.threads = 1",
                         live->name);
    }
    int code = live->is_packet_socket ? packet_socket_close_intake(fd) : WEIR_OK;
    if (code == WEIR_OK && group != NULL) {
        code = packet_socket_join(fd, group);
    }
    if (code != WEIR_OK) {
        return weir_fail(error, code, "interface %s: %s", live->name, strerror(errno));
    }
    return compile(live, options->filter, error);
}

int capture_live_open(const char *name, const struct capture_options *options, uint32_t *group,
                      struct capture_live **out, struct weir_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    struct capture_live *live = calloc(1, sizeof(*live));
    if (live == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "interface %s: out of memory", name);
    }
    int code = WEIR_OK;
    interface_statistics_open(options->counts_interface ? name : "", &live->interface);
    live->counts_interface = options->counts_interface;
    live->ring_bytes =
        options->buffer_bytes > BLOCK_BYTES ? (double)options->buffer_bytes : BLOCK_BYTES;
    live->name = strdup(name);
    live->pcap = pcap_create(name, text);
    if (live->name == NULL || live->pcap == NULL) {
        code = weir_fail(error, WEIR_ENOMEM, "interface %s: %s", name, text);
    } else {
        code = configure(live->pcap, name, options, error);
        code = code != WEIR_OK ? code : prepare(live, options, group, error);
    }
    if (code != WEIR_OK) {
        capture_live_close(live);
        return code;
    }
    live->link_type = pcap_datalink(live->pcap);
    *out = live;
    return WEIR_OK;
}

void capture_live_close(struct capture_live *live)
{
    if (live == NULL) {
        return;
    }
    if (live->has_filter) {
        pcap_freecode(&live->filter);
    }
    if (live->pcap != NULL) {
        pcap_close(live->pcap);
    }
    interface_statistics_close(&live->interface);
    free(live->name);
    free(live);
}

enum capture_result capture_live_advance(struct capture_live *live, struct captured_frame *out,
                                         struct weir_error *error)
{
    struct pcap_pkthdr *header = NULL;
    const u_char *bytes = NULL;
    if (live->ended) {
        return CAPTURE_END;
    }
    const int got = pcap_next_ex(live->pcap, &header, &bytes);
    if (got == 0) {
        return CAPTURE_EMPTY;
    }
    if (got != 1) {
        live->ended = true;
        live->errors++;
        (void)weir_fail(error, WEIR_EIO, "interface %s: %s; no longer captured", live->name,
                        pcap_geterr(live->pcap));
        return CAPTURE_DAMAGED;
    }
    out->time_us = (int64_t)header->ts.tv_sec * WEIR_US_PER_S + header->ts.tv_usec;
    out->bytes = bytes;
    out->captured_bytes = header->caplen;
    out->wire_bytes = header->len > header->caplen ? header->len : header->caplen;
    out->link_type = live->link_type;
    live->taken++;
    live->taken_bytes += header->caplen;
    return CAPTURE_PACKET;
}

int capture_live_fd(const struct capture_live *live)
{
    return live->ended ? -1 : pcap_get_selectable_fd(live->pcap);
}

static void widen(struct wide_counter *counter, u_int now)
{
    counter->total += (u_int)(now - counter->last);
    counter->last = now;
}

static void ask_kernel(struct capture_live *live)
{
    struct pcap_stat stat = {0};
    live->counted = !live->ended && pcap_stats(live->pcap, &stat) == 0;
    if (live->counted) {
        widen(&live->received, stat.ps_recv);
        widen(&live->kernel_dropped, stat.ps_drop);
    }
}

/* Reads away what was let in between the socket's first moment and the closing of its intake. A
 * block that is not full comes only when it is old enough. */
static void discard(struct capture_live *live)
{
    struct captured_frame frame;
    uint64_t read = 0;
    for (unsigned waited_ms = 0; waited_ms < SETTLE_MS_MAX; waited_ms += SETTLE_MS) {
        while (capture_live_advance(live, &frame, NULL) == CAPTURE_PACKET) {
            read++;
        }
        ask_kernel(live);
        if (!live->counted || read + live->kernel_dropped.total >= live->received.total) {
            break;
        }
        (void)poll(NULL, 0, (int)SETTLE_MS);
    }
    live->received.total = 0;
    live->kernel_dropped.total = 0;
    live->taken = 0;
    live->taken_bytes = 0;
}

/* libpcap would run the filter once more over the ring's first block, and cannot tell there which
 * packets arrive; the ring is empty, so the kernel's filter alone is enough. */
static int open_intake(struct capture_live *live)
{
    const int fd = pcap_fileno(live->pcap);
    if (live->is_packet_socket && is_loopback(live->name)) {
        return packet_socket_filter_intake(fd, live->filter.bf_insns, live->filter.bf_len);
    }
    if (live->has_filter) {
        return pcap_setfilter(live->pcap, &live->filter) == 0 ? WEIR_OK : WEIR_EIO;
    }
    return live->is_packet_socket ? packet_socket_open_intake(fd) : WEIR_OK;
}

int capture_live_begin(struct capture_live *live, struct weir_error *error)
{
    if (live->is_packet_socket) {
        discard(live);
    }
    const int code = open_intake(live);
    return code != WEIR_OK ? weir_fail(error, code, "interface %s: cannot let packets in: %s",
                                       live->name, strerror(errno))
                           : WEIR_OK;
}

void capture_live_halt(struct capture_live *live)
{
    if (live->is_packet_socket && !live->ended) {
        (void)!packet_socket_close_intake(pcap_fileno(live->pcap));
    }
}

void capture_live_measure(struct capture_live *live, struct capture_load *out)
{
    ask_kernel(live);
    *out = (struct capture_load){.dropped = live->kernel_dropped.total};
    const uint64_t gone = live->kernel_dropped.total + live->taken;
    const uint64_t packets = live->taken - live->measured;
    const double mean_bytes =
        packets > 0 ? (double)(live->taken_bytes - live->measured_bytes) / (double)packets
                    : FRAME_BYTES_UNKNOWN;
    live->measured = live->taken;
    live->measured_bytes = live->taken_bytes;
    if (live->received.total > gone) {
        const double waiting = (double)(live->received.total - gone);
        const double share = waiting * (mean_bytes + SLOT_BYTES) / live->ring_bytes;
        out->share = share < 1.0 ? share : 1.0;
    }
}

void capture_live_count(struct capture_live *live, struct capture_counters *out)
{
    const struct interface_total *card = live->interface.counters;
    ask_kernel(live);
    if (live->counts_interface) {
        interface_statistics_update(&live->interface);
    }
    *out = (struct capture_counters){
        .name = live->name,
        .received = live->received.total,
        .received_known = live->counted,
        .kernel_dropped = live->kernel_dropped.total,
        .kernel_dropped_known = live->counted,
        .errors = live->errors,
    };
    for (int i = 0; i < INTERFACE_COUNTERS; i++) {
        out->interface[i] = card[i].total;
        out->interface_known[i] = card[i].is_known;
    }
}
