/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/record_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/flow/community_id.h"
#include "common/flow/flow_order.h"
#include "common/flow/kdd_messages.h"
#include "common/flow/kdd_row.h"
#include "common/flow/kdd_window.h"

#include "sensor/export/record_text.h"

#define ICMP_MESSAGES_MAX 511 /* the windows cannot tell more (1.10) */

/* Of one connection in the exact order: whose record it belongs to. */
struct kdd_entry {
    struct weir_flow_order order;
    struct weir_kdd_conn conn;
    size_t record;
    bool is_vector;
};

struct record_writer {
    enum record_format format;
    FILE *out;
    int64_t now_us;
    uint16_t community_id_seed;
    uint64_t uid_base; /* random for a live capture: no uid comes twice after a restart */
    int64_t last_us;   /* latest end of a record */
    int err;           /* first failure since open */
    bool has_header, reader_left;
    struct weir_buffer line;
    struct weir_flow_record *held; /* kdd: every record with a vector, until close */
    size_t held_count, held_capacity;
};

static void fail(struct record_writer *writer, int err)
{
    if (writer->err == WEIR_OK) {
        writer->err = err;
    }
}

/* "| head" has seen enough: no failure. */
static void fail_write(struct record_writer *writer)
{
    if (errno == EPIPE) {
        writer->reader_left = true;
    } else if (!writer->reader_left) {
        fail(writer, WEIR_EIO);
    }
}

static void flush_line(struct record_writer *writer)
{
    errno = 0;
    if (writer->line.failed) {
        fail(writer, WEIR_ENOMEM);
    } else if (writer->line.size > 0 &&
               fwrite(writer->line.bytes, 1, writer->line.size, writer->out) != writer->line.size) {
        fail_write(writer);
    }
    weir_buffer_reset(&writer->line);
}

static void add_header(struct record_writer *writer, int64_t open_us)
{
    if (writer->format == RECORD_FORMAT_CSV) {
        record_text_csv_header(&writer->line);
    } else if (writer->format == RECORD_FORMAT_ZEEK_CONN) {
        record_text_zeek_header(&writer->line, open_us);
    }
    writer->has_header = true;
    flush_line(writer);
}

int record_writer_open(enum record_format format, FILE *out, int64_t now_us,
                       uint16_t community_id_seed, struct record_writer **writer)
{
    if ((int)format < RECORD_FORMAT_CSV || format > RECORD_FORMAT_NONE ||
        (out == NULL && format != RECORD_FORMAT_NONE)) {
        return WEIR_EINVAL;
    }
    struct record_writer *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return WEIR_ENOMEM;
    }
    made->format = format;
    made->out = out;
    made->now_us = now_us;
    made->community_id_seed = community_id_seed;
    if (now_us != 0 && getrandom(&made->uid_base, sizeof(made->uid_base), 0) < 0) {
        made->uid_base = (uint64_t)now_us << 20; /* rises from start to start */
    }
    if (now_us != 0 || format != RECORD_FORMAT_ZEEK_CONN) {
        add_header(made, now_us);
    }
    *writer = made;
    return WEIR_OK;
}

static void hold(struct record_writer *writer, const struct weir_flow_record *record)
{
    if (!record->has_vector) {
        return;
    }
    if (writer->held_count == writer->held_capacity) {
        const size_t capacity = writer->held_capacity == 0 ? 1024 : writer->held_capacity * 2;
        struct weir_flow_record *held = realloc(writer->held, capacity * sizeof(writer->held[0]));
        if (held == NULL) {
            fail(writer, WEIR_ENOMEM);
            return;
        }
        writer->held = held;
        writer->held_capacity = capacity;
    }
    struct weir_flow_record *kept = &writer->held[writer->held_count++];
    *kept = *record;
    kept->statistics = NULL; /* lent with the record; the 41 columns need neither */
    kept->details = NULL;
}

static void add_line(struct record_writer *writer, const struct weir_flow_record *record)
{
    switch (writer->format) {
    case RECORD_FORMAT_CSV:
        record_text_csv(&writer->line, record);
        break;
    case RECORD_FORMAT_JSONL:
        record_text_jsonl(&writer->line, record);
        break;
    case RECORD_FORMAT_ZEEK_CONN:
        record_text_zeek(&writer->line, record, writer->uid_base);
        break;
    case RECORD_FORMAT_KDD: /* held until close */
    case RECORD_FORMAT_NONE:
        break;
    }
}

void record_writer_add(struct record_writer *writer, const struct weir_flow_record *record)
{
    if (record->record_type != WEIR_RECORD_FINAL || writer->format == RECORD_FORMAT_NONE) {
        return;
    }
    if (writer->format == RECORD_FORMAT_KDD) {
        hold(writer, record);
        return;
    }
    if (!writer->has_header) {
        add_header(writer, record->start_us);
    }
    writer->last_us = record->end_us > writer->last_us ? record->end_us : writer->last_us;
    struct weir_flow_record named = *record;
    weir_community_id_fill(writer->community_id_seed, &named);
    add_line(writer, &named);
    flush_line(writer);
}

void record_writer_flush(struct record_writer *writer)
{
    errno = 0;
    if (writer->out != NULL && fflush(writer->out) != 0) {
        fail_write(writer);
    }
}

bool record_writer_is_over(const struct record_writer *writer)
{
    return writer->err != WEIR_OK || writer->reader_left;
}

static int compare_entries(const void *left, const void *right)
{
    const struct kdd_entry *a = left;
    const struct kdd_entry *b = right;
    return weir_flow_order_compare(&a->order, &b->order);
}

/* Every connection of every record held; ICMP records expand. NULL with *count 0 for want of
 * memory.
 */
static struct kdd_entry *expand(const struct record_writer *writer, size_t *count)
{
    size_t capacity = writer->held_count + 1;
    for (size_t i = 0; i < writer->held_count; i++) {
        const uint64_t messages =
            writer->held[i].icmp_orig.messages + writer->held[i].icmp_resp.messages;
        capacity += messages < ICMP_MESSAGES_MAX ? (size_t)messages : ICMP_MESSAGES_MAX;
    }
    struct kdd_entry *entries = calloc(capacity, sizeof(entries[0]));
    size_t filled = 0;
    for (size_t i = 0; entries != NULL && i < writer->held_count; i++) {
        const struct weir_flow_record *record = &writer->held[i];
        struct weir_kdd_messages messages;
        struct kdd_entry entry = {.record = i};
        uint32_t ordinal = 0;
        weir_kdd_messages_init(&messages, record, ICMP_MESSAGES_MAX);
        while (filled < capacity && weir_kdd_messages_next(&messages, (enum weir_flag)record->flag,
                                                           &entry.conn, &entry.is_vector)) {
            weir_flow_order_init(&entry.order, &entry.conn, 0, record->flow_id, ordinal++);
            entries[filled++] = entry;
        }
    }
    *count = filled;
    return entries;
}

static void write_kdd(struct record_writer *writer)
{
    struct weir_kdd_window *window = NULL;
    size_t count = 0;
    struct kdd_entry *entries = expand(writer, &count);
    if (entries == NULL || weir_kdd_window_new(&weir_kdd_window_defaults, &window) != WEIR_OK) {
        fail(writer, WEIR_ENOMEM);
        free(entries);
        return;
    }
    qsort(entries, count, sizeof(entries[0]), compare_entries);
    for (size_t i = 0; i < count; i++) {
        struct weir_kdd_counts counts;
        char row[WEIR_KDD_ROW_SIZE];
        uint64_t position = 0;
        if (weir_kdd_window_add(window, &entries[i].conn, &position) != WEIR_OK) {
            fail(writer, WEIR_ENOMEM);
            break;
        }
        if (entries[i].is_vector) {
            weir_kdd_window_count(window, position, &entries[i].conn, &counts);
            (void)weir_kdd_row_format(&writer->held[entries[i].record], &counts, row);
            weir_buffer_add_text(&writer->line, row);
            weir_buffer_add_text(&writer->line, "\n");
            flush_line(writer);
        }
    }
    weir_kdd_window_free(window);
    free(entries);
}

int record_writer_close(struct record_writer **writer, struct weir_error *error)
{
    struct record_writer *closing = *writer;
    *writer = NULL;
    if (closing->format == RECORD_FORMAT_KDD) {
        write_kdd(closing);
    } else if (closing->format == RECORD_FORMAT_ZEEK_CONN) {
        if (!closing->has_header) {
            add_header(closing, closing->now_us);
        }
        record_text_zeek_footer(&closing->line, closing->last_us > closing->now_us
                                                    ? closing->last_us
                                                    : closing->now_us);
        flush_line(closing);
    }
    record_writer_flush(closing);
    if (closing->out != NULL && ferror(closing->out) != 0 && !closing->reader_left) {
        fail(closing, WEIR_EIO);
    }
    const int err = closing->err;
    weir_buffer_fini(&closing->line);
    free(closing->held);
    free(closing);
    return err == WEIR_OK
               ? WEIR_OK
               : weir_fail(error, err, "output of flow records: %s; the file is not whole",
                           weir_err_text(err));
}
