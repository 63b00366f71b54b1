/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/state_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"

#define PATH_SIZE 4096

static const struct weir_counter *find(const struct state_dump *dump, const char *name)
{
    for (size_t i = 0; i < dump->counter_count; i++) {
        if (strcmp(dump->counters[i].name, name) == 0) {
            return &dump->counters[i];
        }
    }
    return NULL;
}

static void write_count(const struct state_dump *dump, const char *name, FILE *out)
{
    const struct weir_counter *counter = find(dump, name);
    if (counter != NULL) {
        (void)fprintf(out, " %12" PRIu64, counter->value);
    } else {
        (void)fprintf(out, " %12s", "-");
    }
}

/* What the limit is; of pools the blocks that all lanes have. 0 = not known here. */
static uint64_t limit_value(const struct state_dump *dump, enum limits_name name)
{
    switch (name) {
    case LIMITS_FLOWS:
        return sensor_options_limit(dump->options, name, dump->options->flows_max);
    case LIMITS_SPOOL:
        return sensor_options_limit(dump->options, name, dump->options->spool_limit_bytes);
    case LIMITS_STATISTICS:
        return dump->flows->statistics_max;
    case LIMITS_HOLES:
        return dump->flows->holes_max;
    case LIMITS_INSPECTIONS:
        return dump->flows->inspections_max;
    case LIMITS_SEGMENTS:
        return dump->flows->segments_max;
    case LIMITS_FRAGMENTS:
        return dump->flows->fragments_max;
    case LIMITS_RING:
    case LIMITS_COUNT:
        break;
    }
    return sensor_options_limit(dump->options, name, 0);
}

static void write_limits(const struct state_dump *dump, FILE *out)
{
    (void)fprintf(out, "\n[limits]\n%-12s %12s %12s %12s  %s\n", "# name", "used", "limit", "hit",
                  "what happens then");
    for (size_t i = 0; i < LIMITS_COUNT; i++) {
        const struct limits_row *row = &limits_rows[i];
        const uint64_t value = limit_value(dump, (enum limits_name)i);
        (void)fprintf(out, "%-12s", row->name);
        write_count(dump, row->used, out);
        if (value > 0) {
            (void)fprintf(out, " %12" PRIu64, value);
        } else {
            (void)fprintf(out, " %12s", "-");
        }
        write_count(dump, row->hit, out);
        (void)fprintf(out, "  %s (%s)\n", row->policy, row->usual);
    }
}

static void write_flows(const struct meter_counts *flows, FILE *out)
{
    (void)fprintf(out,
                  "\n[flows]\n%-28s %" PRIu64 "\n%-28s %" PRIu64 "\n%-28s %" PRIu64
                  "\n%-28s %" PRIu64 "\n",
                  "open", flows->open, "open.unanswered", flows->unanswered, "open.established",
                  flows->established, "open.decided", flows->decided);
}

static void write_uplink(const struct state_dump *dump, FILE *out)
{
    const struct sensor_options *options = dump->options;
    if (options->collector == NULL) {
        return;
    }
    (void)fprintf(out, "\n[uplink]\n%-28s %s\n%-28s %s\n%-28s %s\n%-28s %s\n", "collector",
                  options->collector, "connected", dump->is_connected ? "yes" : "no", "stream",
                  sensor_options_stream(options), "spool", options->spool_folder);
}

void state_dump_write(const struct state_dump *dump, FILE *out)
{
    char text[28];
    weir_wall_text(dump->wall_us, text);
    (void)fprintf(out, "[sensor]\n%-28s %s\n%-28s %ld\n%-28s %s\n", "version", WEIR_VERSION, "pid",
                  (long)getpid(), "written", text);
    if (dump->clock_us != INT64_MIN) {
        weir_wall_text(dump->clock_us, text);
        (void)fprintf(out, "%-28s %s\n", "packet_clock", text);
    }
    (void)fprintf(out, "%-28s %s\n%-28s %" PRIu64 "\n", "level", dump->level, "model_version",
                  dump->model_version);
    write_uplink(dump, out);
    write_flows(dump->flows, out);
    write_limits(dump, out);
    (void)fprintf(out, "\n[counters]\n");
    for (size_t i = 0; i < dump->counter_count; i++) {
        (void)fprintf(out, "%-28s %" PRIu64 "\n", dump->counters[i].name, dump->counters[i].value);
    }
}

static int save_failed(const char *path, struct weir_error *error)
{
    const int code = errno == EACCES ? WEIR_EPERM : WEIR_EIO;
    return weir_fail(error, code, "%s: cannot be written: %s", path, strerror(errno));
}

int state_dump_save(const struct state_dump *dump, struct weir_error *error)
{
    char path[PATH_SIZE];
    char whole[PATH_SIZE];
    if (dump->options->collector == NULL) {
        state_dump_write(dump, stderr);
        return WEIR_OK;
    }
    const char *folder = dump->options->spool_folder;
    if (snprintf(whole, sizeof(whole), "%s/%s", folder, STATE_DUMP_NAME) >= PATH_SIZE ||
        snprintf(path, sizeof(path), "%s/%s.new", folder, STATE_DUMP_NAME) >= PATH_SIZE) {
        return weir_fail(error, WEIR_EINVAL, "%s: the name is too long", folder);
    }
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    FILE *out = file >= 0 ? fdopen(file, "w") : NULL;
    if (out == NULL) {
        const int code = save_failed(path, error);
        if (file >= 0) {
            (void)close(file);
        }
        return code;
    }
    state_dump_write(dump, out);
    const bool is_bad = ferror(out) != 0;
    if (fclose(out) != 0 || is_bad || rename(path, whole) != 0) {
        return save_failed(path, error);
    }
    return WEIR_OK;
}
