/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/capture_file.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"

#define HELD_MAX   128U /* a power of two above the jump, the packets that confirm it, one lent */
#define SECOND_MAX INT64_C(1099511627776) /* pcapng can say more; far enough to be nonsense */

struct held_packet {
    int64_t stamp_us;
    uint32_t wire_bytes;
    struct weir_buffer content;
};

/* Packets wait in `held` only around a jump in time; else they go straight through. */
struct capture_file {
    pcap_t *pcap;
    char *path;
    char *buffer; /* of the FILE, so that few reads fetch much */
    struct bpf_program filter;
    bool filtering;
    bool ended;   /* no more can be read */
    bool damaged; /* why it ended; not yet told */
    int link_type;
    struct packet_clock clock;
    struct held_packet held[HELD_MAX];
    uint32_t held_first, held_count;
    uint64_t read, filtered, errors;
};

static int open_error(const char *path, struct weir_error *error)
{
    const int code = errno == ENOENT ? WEIR_ENOENT : errno == EACCES ? WEIR_EPERM : WEIR_EIO;
    return weir_fail(error, code, "%s: cannot be opened: %s", path, strerror(errno));
}

static int open_filter(struct capture_file *file, const char *filter, struct weir_error *error)
{
    if (filter == NULL || filter[0] == '\0') {
        return WEIR_OK;
    }
    if (pcap_compile(file->pcap, &file->filter, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        return weir_fail(error, WEIR_EINVAL, "filter \"%s\" for %s: %s", filter, file->path,
                         pcap_geterr(file->pcap));
    }
    file->filtering = true;
    return WEIR_OK;
}

static int open_stream(struct capture_file *file, size_t buffer_bytes, struct weir_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    const bool standard_input = strcmp(file->path, "-") == 0;
    FILE *stream = standard_input ? stdin : fopen(file->path, "rb");
    if (stream == NULL) {
        return open_error(file->path, error);
    }
    (void)setvbuf(stream, file->buffer, _IOFBF, buffer_bytes);
    /* One thread reads it. libpcap reads twice a packet, and half of a bare loop's time is taking
     * and giving back the stream's lock. */
    (void)__fsetlocking(stream, FSETLOCKING_BYCALLER);
    file->pcap = pcap_fopen_offline(stream, text);
    if (file->pcap == NULL) {
        if (!standard_input) {
            (void)fclose(stream);
        } else {
            (void)setvbuf(stdin, NULL, _IONBF, 0);
        }
        const bool is_unknown = strstr(text, "unknown file format") != NULL;
        return weir_fail(error, WEIR_EFORMAT, "%s: not a readable capture file: %s%s", file->path,
                         text, is_unknown ? "; if compressed: zcat FILE | weir-sensor -r -" : "");
    }
    file->link_type = pcap_datalink(file->pcap);
    return WEIR_OK;
}

int capture_file_open(const char *path, const char *filter, size_t buffer_bytes,
                      struct capture_file **out, struct weir_error *error)
{
    struct capture_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "%s: out of memory", path);
    }
    file->path = strdup(path);
    file->buffer = malloc(buffer_bytes);
    int code = WEIR_OK;
    if (file->path == NULL || file->buffer == NULL) {
        code = weir_fail(error, WEIR_ENOMEM, "%s: out of memory", path);
    }
    if (code == WEIR_OK) {
        code = open_stream(file, buffer_bytes, error);
    }
    if (code == WEIR_OK) {
        code = open_filter(file, filter, error);
    }
    if (code != WEIR_OK) {
        capture_file_close(file);
        return code;
    }
    *out = file;
    return WEIR_OK;
}

void capture_file_close(struct capture_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->filtering) {
        pcap_freecode(&file->filter);
    }
    if (file->pcap != NULL) {
        if (strcmp(file->path, "-") == 0) {
            (void)setvbuf(stdin, NULL, _IONBF, 0); /* libpcap leaves it open; our buffer goes */
        }
        pcap_close(file->pcap);
    }
    for (size_t i = 0; i < HELD_MAX; i++) {
        weir_buffer_fini(&file->held[i].content);
    }
    free(file->buffer);
    free(file->path);
    free(file);
}

static int64_t stamp_of(const struct pcap_pkthdr *header)
{
    int64_t seconds = header->ts.tv_sec;
    seconds = seconds < 0 ? 0 : seconds > SECOND_MAX ? SECOND_MAX : seconds;
    return seconds * WEIR_US_PER_S + header->ts.tv_usec;
}

/* Reads the next packet that passes the filter; its time_us is the raw stamp. */
static bool read_packet(struct capture_file *file, struct captured_frame *out)
{
    while (!file->ended) {
        struct pcap_pkthdr *header = NULL;
        const u_char *bytes = NULL;
        const int got = pcap_next_ex(file->pcap, &header, &bytes);
        if (got != 1) {
            file->ended = true;
            file->damaged = got == PCAP_ERROR;
            return false;
        }
        file->read++;
        if (file->filtering && pcap_offline_filter(&file->filter, header, bytes) == 0) {
            file->filtered++;
            continue;
        }
        out->time_us = stamp_of(header);
        out->bytes = bytes;
        out->captured_bytes = header->caplen;
        out->wire_bytes = header->len > header->caplen ? header->len : header->caplen;
        out->link_type = file->link_type;
        return true;
    }
    return false;
}

static struct held_packet *held_at(struct capture_file *file, uint32_t index)
{
    return &file->held[(file->held_first + index) % HELD_MAX];
}

/* Keeps a copy of the packet. Without memory the file ends here, as damaged. */
static bool hold(struct capture_file *file, const struct captured_frame *frame)
{
    struct held_packet *held = held_at(file, file->held_count);
    weir_buffer_reset(&held->content);
    weir_buffer_add(&held->content, frame->bytes, frame->captured_bytes);
    if (held->content.failed) {
        file->ended = true;
        file->damaged = true;
        return false;
    }
    held->stamp_us = frame->time_us;
    held->wire_bytes = frame->wire_bytes;
    file->held_count++;
    return true;
}

/* Looks ahead from a jump at the head of `held`: true when none of the next hundred packets, or of
 * those the file still has, is back where the clock is. */
static bool jump_is_confirmed(struct capture_file *file)
{
    for (uint32_t i = 1; i <= PACKET_CLOCK_CONFIRM; i++) {
        struct captured_frame frame;
        if (i >= file->held_count && (!read_packet(file, &frame) || !hold(file, &frame))) {
            return true;
        }
        if (!packet_clock_is_jump(&file->clock, held_at(file, i)->stamp_us)) {
            return false;
        }
    }
    return true;
}

static void take_time(struct capture_file *file, struct captured_frame *out, int64_t stamp_us)
{
    out->time_us = packet_clock_add(&file->clock, stamp_us);
    out->is_moved = out->time_us != stamp_us;
}

static void release(struct capture_file *file, struct captured_frame *out)
{
    struct held_packet *head = held_at(file, 0);
    out->bytes = head->content.bytes;
    out->captured_bytes = (uint32_t)head->content.size;
    out->wire_bytes = head->wire_bytes;
    out->link_type = file->link_type;
    if (packet_clock_is_jump(&file->clock, head->stamp_us) && jump_is_confirmed(file)) {
        packet_clock_accept(&file->clock, head->stamp_us);
        out->time_us = head->stamp_us;
        out->is_moved = false;
    } else {
        file->clock.ahead = 0; /* looked at and denied: no run of these adds up to a belief */
        take_time(file, out, head->stamp_us);
    }
    file->held_first = (file->held_first + 1) % HELD_MAX;
    file->held_count--;
}

static enum capture_result ending(struct capture_file *file, struct weir_error *error)
{
    if (!file->damaged) {
        return CAPTURE_END;
    }
    file->damaged = false;
    file->errors++;
    (void)weir_fail(error, WEIR_EFORMAT, "%s: packet %" PRIu64 ": %s; read up to there", file->path,
                    file->read + 1, pcap_geterr(file->pcap));
    return CAPTURE_DAMAGED;
}

enum capture_result capture_file_advance(struct capture_file *file, struct captured_frame *out,
                                         struct weir_error *error)
{
    if (file->held_count == 0) {
        if (!read_packet(file, out)) {
            return ending(file, error);
        }
        if (!packet_clock_is_jump(&file->clock, out->time_us)) {
            take_time(file, out, out->time_us);
            return CAPTURE_PACKET;
        }
        if (!hold(file, out)) {
            return ending(file, error);
        }
    }
    release(file, out);
    return CAPTURE_PACKET;
}

void capture_file_count(const struct capture_file *file, struct capture_counters *out)
{
    *out = (struct capture_counters){
        .name = file->path,
        .filtered = file->filtered,
        .filtered_known = true,
        .received = file->read,
        .received_known = true,
        .errors = file->errors,
        .backward_clamped = file->clock.backward_clamped,
        .forward_ignored = file->clock.forward_ignored,
        .jumps_accepted = file->clock.jumps_accepted,
    };
}
