/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/capture_live.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

/* The kernel hands a block of packets over when it is full or this old. It must stay well below
 * the second by which the idle clock trails wall time, or a waiting packet would be overtaken. */
#define BLOCK_TIMEOUT_MS 100

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
    struct wide_counter received, kernel_dropped, interface_dropped;
    uint64_t errors;
};

static int activate_error(pcap_t *pcap, const char *name, int status, struct weir_error *error)
{
    const char *text = pcap_geterr(pcap);
    const char *what = text[0] != '\0' ? text : pcap_statustostr(status);
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return weir_fail(error, WEIR_ENOENT, "interface %s: no such interface (%s)", name, what);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return weir_fail(error, WEIR_EPERM,
                         "interface %s: not permitted (%s); run as root or with CAP_NET_RAW", name,
                         what);
    default:
        return weir_fail(error, WEIR_EIO, "interface %s: %s", name, what);
    }
}

static int set_filter(pcap_t *pcap, const char *name, const char *filter, struct weir_error *error)
{
    if (filter == NULL || filter[0] == '\0') {
        return WEIR_OK;
    }
    struct bpf_program program;
    if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        return weir_fail(error, WEIR_EINVAL, "filter \"%s\" for interface %s: %s", filter, name,
                         pcap_geterr(pcap));
    }
    const int set = pcap_setfilter(pcap, &program);
    pcap_freecode(&program);
    if (set != 0) {
        return weir_fail(error, WEIR_EIO, "filter \"%s\" for interface %s: %s", filter, name,
                         pcap_geterr(pcap));
    }
    return WEIR_OK;
}

static int configure(pcap_t *pcap, const char *name, const struct capture_options *options,
                     struct weir_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    if (pcap_set_snaplen(pcap, options->snaplen) != 0 ||
        pcap_set_promisc(pcap, options->promiscuous ? 1 : 0) != 0 ||
        pcap_set_timeout(pcap, BLOCK_TIMEOUT_MS) != 0 || pcap_set_immediate_mode(pcap, 0) != 0 ||
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
    return set_filter(pcap, name, options->filter, error);
}

int capture_live_open(const char *name, const struct capture_options *options,
                      struct capture_live **out, struct weir_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    struct capture_live *live = calloc(1, sizeof(*live));
    if (live == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "interface %s: out of memory", name);
    }
    int code = WEIR_OK;
    live->name = strdup(name);
    live->pcap = pcap_create(name, text);
    if (live->name == NULL || live->pcap == NULL) {
        code = weir_fail(error, WEIR_ENOMEM, "interface %s: %s", name, text);
    } else {
        code = configure(live->pcap, name, options, error);
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
    if (live->pcap != NULL) {
        pcap_close(live->pcap);
    }
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

void capture_live_count(struct capture_live *live, struct capture_counters *out)
{
    struct pcap_stat stat = {0};
    if (!live->ended) {
        live->counted = pcap_stats(live->pcap, &stat) == 0;
        if (live->counted) {
            widen(&live->received, stat.ps_recv);
            widen(&live->kernel_dropped, stat.ps_drop);
            widen(&live->interface_dropped, stat.ps_ifdrop);
        }
    }
    *out = (struct capture_counters){
        .name = live->name,
        .received = live->received.total,
        .received_known = live->counted,
        .kernel_dropped = live->kernel_dropped.total,
        .kernel_dropped_known = live->counted,
        .interface_dropped = live->interface_dropped.total,
        /* libpcap reads it per device; "any" is none and would say 0 */
        .interface_dropped_known = live->counted && strcmp(live->name, "any") != 0,
        .errors = live->errors,
    };
}
