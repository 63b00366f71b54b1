/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/capture_bare.h"

#include <pcap/pcap.h>

static void count(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct capture_bare_counts *counts = (struct capture_bare_counts *)(void *)context;
    (void)bytes;
    counts->packets++;
    counts->bytes += header->len;
}

int capture_bare_loop(const char *path, struct capture_bare_counts *out, struct weir_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    struct capture_bare_counts counts = {0};
    pcap_t *pcap = pcap_open_offline(path, text);
    if (pcap == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, text);
    }
    int code = WEIR_OK;
    if (pcap_loop(pcap, -1, count, (u_char *)&counts) == PCAP_ERROR) {
        code = weir_fail(error, WEIR_EIO, "%s: %s", path, pcap_geterr(pcap));
    } else {
        *out = counts;
    }
    pcap_close(pcap);
    return code;
}
