/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/signals.h"

#include "sensor/capture/capture.h"
#include "sensor/capture/replay_pace.h"
#include "sensor/confinement.h"
#include "sensor/decode/packet.h"
#include "sensor/export/record_writer.h"
#include "sensor/meter/meter.h"
#include "sensor/reload.h"
#include "sensor/score/scorer.h"
#include "sensor/service_notify.h"
#include "sensor/shipping.h"
#include "sensor/state_dump.h"
#include "sensor/tally.h"

#define LOOK_UP_EVERY 1024U /* packets between two looks at signals, models and counters */
#define POLL_MS       50
#define POLL_FDS_MAX  64U
#define WINDOW_RING   65536U
#define FILE_HASH_KEY UINT64_C(0x7765697266696c65) /* the same file gives the same bytes */

struct sensor {
    const struct sensor_options *options;
    struct capture *capture;
    struct replay_pace pace;
    struct weir_kdd_window *window;
    struct meter *meter;
    struct scorer scorer;
    struct record_writer *writer; /* NULL without --output */
    FILE *output;
    struct shipping *shipping; /* NULL without --collector */
    struct tally tally;
    uint64_t decoded[PACKET_RESULTS];
    uint64_t packets;
    struct reload reload;
    struct service_notify notify;
    int signal_fd;
    int sink_code; /* first failure of a sink */
    bool wants_reload;
    bool is_live, verifies, is_stopping, was_damaged;
};

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct sensor *sensor = (struct sensor *)context;
    struct weir_flow_record scored;
    if (sensor->scorer.active != NULL) {
        scored = *record;
        scorer_score(&sensor->scorer, &scored);
        record = &scored;
    }
    if (sensor->writer != NULL) {
        record_writer_add(sensor->writer, record);
    }
    if (sensor->shipping != NULL && sensor->sink_code == WEIR_OK) {
        sensor->sink_code = outbox_add(shipping_outbox(sensor->shipping, 0), record);
    }
}

static int open_capture(struct sensor *sensor, struct weir_error *error)
{
    const struct sensor_options *options = sensor->options;
    struct capture_options capture = capture_defaults;
    capture.filter = options->filter;
    capture.snaplen = (int)options->snaplen;
    capture.buffer_bytes = (int)options->buffer_bytes;
    capture.promiscuous = options->promiscuous;
    sensor->is_live = options->interfaces.count > 0;
    if (sensor->is_live) {
        return capture_open_interfaces((const char *const *)options->interfaces.at,
                                       options->interfaces.count, &capture, &sensor->capture,
                                       error);
    }
    return capture_open_files((const char *const *)options->read.at, options->read.count, &capture,
                              &sensor->capture, error);
}

static int init_pace(struct sensor *sensor, struct weir_error *error)
{
    const struct sensor_options *options = sensor->options;
    struct replay_pace_options pace = {.speed = options->replay_speed,
                                       .begin_wall_us = (int64_t)options->replay_begin_us};
    int code = WEIR_OK;
    if (pace.speed > 0.0 && options->replay_span != NULL) {
        code = replay_pace_parse_span(options->replay_span, &pace.first_us, &pace.last_us, error);
    } else if (pace.speed > 0.0) {
        code = capture_span((const char *const *)options->read.at, options->read.count,
                            &pace.first_us, &pace.last_us, error);
    }
    if (pace.begin_wall_us == 0) {
        pace.begin_wall_us = weir_wall_now_us();
    }
    return code != WEIR_OK ? code : replay_pace_init(&sensor->pace, &pace, error);
}

static int open_meter(struct sensor *sensor, struct weir_error *error)
{
    const struct sensor_options *options = sensor->options;
    struct weir_kdd_window_options window = weir_kdd_window_defaults;
    struct meter_options meter = meter_defaults;
    uint64_t hash_key = FILE_HASH_KEY;
    if (sensor->is_live && getrandom(&hash_key, sizeof(hash_key), 0) != sizeof(hash_key)) {
        return weir_fail(error, WEIR_EIO, "the system gives no random bytes");
    }
    int code = WEIR_OK;
    if (options->collector != NULL) { /* models come from it, and it stores what the windows say */
        window.ring = WINDOW_RING;
        window.hash_key = hash_key;
        code = weir_kdd_window_new(&window, &sensor->window);
    }
    meter.final_only = options->collector == NULL;
    meter.flows_max = (size_t)options->flows_max;
    meter.hash_key = hash_key;
    meter.tag_key = options->tag_key;
    meter.flip = options->flip;
    meter.key_vlan = options->key_vlan;
    meter.ignore_checksums = !sensor->verifies;
    meter.timeouts = options->timeouts;
    meter.timeouts.tcp_reuse_idle_us = timeouts_defaults.tcp_reuse_idle_us;
    meter.window = sensor->window;
    code = code != WEIR_OK ? code : meter_new(&meter, on_record, sensor, &sensor->meter);
    return code != WEIR_OK ? weir_fail(error, code, "meter: %s (flow.max_flows = %llu)",
                                       weir_err_text(code), (unsigned long long)options->flows_max)
                           : WEIR_OK;
}

/* A capture named as the output too would be empty before its first packet is read. */
static int check_output(const struct sensor_options *options, struct weir_error *error)
{
    struct stat out;
    if (stat(options->output, &out) != 0 || !S_ISREG(out.st_mode)) {
        return WEIR_OK;
    }
    for (size_t i = 0; i < options->read.count; i++) {
        struct stat in;
        const char *path = options->read.at[i];
        const int found = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &in) : stat(path, &in);
        if (found == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
            return weir_fail(error, WEIR_EINVAL,
                             "--output %s is a file that is read: it would be overwritten; name "
                             "another",
                             options->output);
        }
    }
    return WEIR_OK;
}

static int open_output(struct sensor *sensor, struct weir_error *error)
{
    const struct sensor_options *options = sensor->options;
    if (options->output == NULL) {
        return WEIR_OK;
    }
    const int refused = check_output(options, error);
    if (refused != WEIR_OK) {
        return refused;
    }
    sensor->output = strcmp(options->output, "-") == 0 ? stdout : fopen(options->output, "w");
    if (sensor->output == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", options->output, strerror(errno));
    }
    const int64_t now_us = sensor->is_live ? weir_wall_now_us() : 0;
    const int code = record_writer_open((enum record_format)options->format, sensor->output, now_us,
                                        (uint16_t)options->community_id_seed, &sensor->writer);
    return code != WEIR_OK ? weir_fail(error, code, "%s: %s", options->output, weir_err_text(code))
                           : WEIR_OK;
}

/* The last steps: what needs rights first, then what looks at foreign bytes and starts threads. */
static int settle(struct sensor *sensor, struct weir_error *error)
{
    const struct sensor_options *options = sensor->options;
    struct shipping_keys keys = {0};
    const bool ships = options->collector != NULL;
    int code = ships ? shipping_load_keys(options, &keys, error) : WEIR_OK;
    code = code != WEIR_OK ? code : confinement_begin(options, error);
    if (code == WEIR_OK && ships) {
        code = shipping_start(options, &keys, &sensor->tally, 1, &sensor->shipping, error);
    }
    shipping_keys_fini(&keys);
    return code;
}

int sensor_new(const struct sensor_options *options, struct sensor **out, struct weir_error *error)
{
    struct sensor *sensor = (struct sensor *)calloc(1, sizeof(*sensor));
    if (sensor == NULL || tally_init(&sensor->tally) != WEIR_OK) {
        free(sensor);
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    sensor->options = options;
    sensor->verifies = sensor_options_verify(options);
    sensor->signal_fd = -1;
    reload_init(&sensor->reload, options);
    service_notify_init(&sensor->notify);
    scorer_init(&sensor->scorer);
    int code = weir_signals_open(&sensor->signal_fd);
    code = code != WEIR_OK ? weir_fail(error, code, "the system gives no signal descriptor")
                           : open_capture(sensor, error);
    code = code != WEIR_OK ? code : init_pace(sensor, error);
    code = code != WEIR_OK ? code : open_meter(sensor, error);
    code = code != WEIR_OK ? code : open_output(sensor, error);
    code = code != WEIR_OK ? code : settle(sensor, error);
    if (code != WEIR_OK) {
        sensor_free(sensor);
        return code;
    }
    *out = sensor;
    return WEIR_OK;
}

void sensor_free(struct sensor *sensor)
{
    if (sensor == NULL) {
        return;
    }
    if (sensor->shipping != NULL) {
        (void)!shipping_stop(&sensor->shipping, 0, NULL);
    }
    if (sensor->writer != NULL) {
        (void)!record_writer_close(&sensor->writer, NULL);
    }
    if (sensor->output != NULL && sensor->output != stdout) {
        (void)fclose(sensor->output);
    }
    meter_free(sensor->meter);
    weir_kdd_window_free(sensor->window);
    capture_close(sensor->capture);
    scorer_fini(&sensor->scorer);
    tally_fini(&sensor->tally);
    reload_fini(&sensor->reload);
    if (sensor->signal_fd >= 0) {
        weir_signals_close(sensor->signal_fd);
    }
    free(sensor);
}

static void ship_due(struct sensor *sensor, int64_t clock_us)
{
    if (sensor->shipping != NULL && sensor->sink_code == WEIR_OK &&
        outbox_is_due(shipping_outbox(sensor->shipping, 0), clock_us)) {
        sensor->sink_code = outbox_advance(shipping_outbox(sensor->shipping, 0), clock_us,
                                           meter_low_us(sensor->meter));
    }
}

/* Also while metering waits for a full spool, which is when it is asked for. */
static void dump_state(struct sensor *sensor)
{
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    struct weir_error error = {0};
    const bool ships = sensor->shipping != NULL;
    struct state_dump dump = {
        .options = reload_now(&sensor->reload),
        .wall_us = weir_wall_now_us(),
        .clock_us = meter_clock_us(sensor->meter),
        .level = "full",
        .counters = counters,
        .counter_count = ships
                             ? shipping_count(sensor->shipping, counters, WEIR_CONTROL_COUNTERS_MAX)
                             : tally_read(&sensor->tally, counters, WEIR_CONTROL_COUNTERS_MAX),
        .model_version = sensor->scorer.active != NULL ? sensor->scorer.active->version : 0,
        .is_connected = ships && shipping_is_connected(sensor->shipping),
    };
    if (state_dump_save(&dump, &error) != WEIR_OK) {
        weir_log(WEIR_LOG_ERROR, "sensor.state_not_saved", "reason=\"%s\"", error.text);
    } else if (ships) {
        weir_log(WEIR_LOG_INFO, "sensor.state_saved", "folder=%s", dump.options->spool_folder);
    }
}

/* The settings that can change while packets come; see the flag of each row in sensor_options. */
static void reload_settings(struct sensor *sensor)
{
    sensor->wants_reload = false;
    service_notify_reloading(weir_mono_now());
    if (reload_read(&sensor->reload) == WEIR_OK) {
        const struct sensor_options *now = reload_now(&sensor->reload);
        weir_log_set_level((enum weir_log_level)now->log_level);
        meter_set_timeouts(sensor->meter, &now->timeouts);
    }
    service_notify_ready();
}

static bool look_at_signals(void *context)
{
    struct sensor *sensor = (struct sensor *)context;
    int signal_no = 0;
    while ((signal_no = weir_signals_next(sensor->signal_fd)) != 0) {
        sensor->is_stopping = sensor->is_stopping || signal_no == SIGTERM || signal_no == SIGINT;
        sensor->wants_reload = sensor->wants_reload || signal_no == SIGHUP;
        if (signal_no == SIGUSR1) {
            dump_state(sensor);
        }
    }
    return sensor->is_stopping;
}

/* Signals, models and counters: looked at now and then, never per packet. */
static void look_up(struct sensor *sensor)
{
    (void)look_at_signals(sensor);
    service_notify_advance(&sensor->notify, weir_mono_now());
    if (sensor->wants_reload) {
        reload_settings(sensor);
    }
    if (sensor->shipping != NULL) {
        shipping_spread_models(sensor->shipping);
        (void)shipping_take_model(sensor->shipping, 0, &sensor->scorer);
    }
    const bool has_reader = sensor->writer == NULL || !record_writer_is_over(sensor->writer);
    if (sensor->sink_code != WEIR_OK || (!has_reader && sensor->shipping == NULL)) {
        sensor->is_stopping = true;
    }
    tally_update(&sensor->tally, sensor->capture, sensor->decoded, meter_counts(sensor->meter));
}

/* Sleeps until something may be there: at most wait_ms. */
static void wait_for_input(struct sensor *sensor, int wait_ms)
{
    int fds[POLL_FDS_MAX];
    struct pollfd polled[POLL_FDS_MAX + 1] = {{.fd = sensor->signal_fd, .events = POLLIN}};
    const size_t count = capture_fds(sensor->capture, fds, POLL_FDS_MAX);
    for (size_t i = 0; i < count; i++) {
        polled[1 + i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    }
    (void)poll(polled, 1 + count, wait_ms);
}

static void advance(struct sensor *sensor, int64_t now_us)
{
    if (now_us != INT64_MIN) {
        meter_advance(sensor->meter, now_us);
        ship_due(sensor, meter_clock_us(sensor->meter));
    }
}

/* While nothing waits to be metered, whoever reads the output sees all of it. */
static void flush(struct sensor *sensor)
{
    if (sensor->writer != NULL) {
        record_writer_flush(sensor->writer);
    }
}

/* Waits for a packet's turn; meanwhile the replay's own time goes on and flows expire. */
static void keep_pace(struct sensor *sensor, int64_t time_us)
{
    const int64_t due_us = replay_pace_due_us(&sensor->pace, time_us);
    int64_t wall_us = weir_wall_now_us();
    while (wall_us < due_us && !sensor->is_stopping) {
        const double played_us = (double)(wall_us - sensor->pace.begin_wall_us);
        const int64_t replay_us = replay_pace_time_us(&sensor->pace, sensor->pace.first_us) +
                                  (int64_t)(played_us * sensor->pace.speed) - WEIR_US_PER_S;
        if (meter_clock_us(sensor->meter) != INT64_MIN) {
            advance(sensor, replay_us);
        }
        flush(sensor);
        look_up(sensor);
        const int64_t left_ms = (due_us - wall_us) / WEIR_US_PER_MS;
        wait_for_input(sensor, left_ms < POLL_MS ? (int)left_ms : POLL_MS);
        wall_us = weir_wall_now_us();
    }
}

static void on_frame(struct sensor *sensor, struct captured_frame *frame)
{
    struct packet packet;
    if (sensor->pace.speed > 0.0) {
        keep_pace(sensor, frame->time_us);
        frame->time_us = replay_pace_time_us(&sensor->pace, frame->time_us);
    }
    const enum packet_result result = packet_decode(frame, sensor->verifies, &packet);
    sensor->decoded[result] += 1;
    if (result == PACKET_OK) {
        meter_add(sensor->meter, &packet);
    }
    ship_due(sensor, frame->time_us);
    sensor->packets += 1;
    if (sensor->packets % LOOK_UP_EVERY == 0) {
        look_up(sensor);
    }
}

static void meter_input(struct sensor *sensor)
{
    while (!sensor->is_stopping) {
        struct captured_frame frame;
        struct weir_error error = {0};
        switch (capture_next(sensor->capture, &frame, &error)) {
        case CAPTURE_PACKET:
            on_frame(sensor, &frame);
            break;
        case CAPTURE_EMPTY:
            advance(sensor, capture_now_us(sensor->capture, weir_wall_now_us()));
            flush(sensor);
            look_up(sensor);
            wait_for_input(sensor, POLL_MS);
            break;
        case CAPTURE_DAMAGED:
            sensor->was_damaged = true;
            weir_log(WEIR_LOG_ERROR, "capture.damaged", "reason=\"%s\"", error.text);
            break;
        case CAPTURE_END:
            return;
        }
    }
}

static void wait_for_model(struct sensor *sensor)
{
    const struct weir_mono begin = weir_mono_now();
    while (!sensor->is_stopping && sensor->scorer.active == NULL &&
           weir_mono_since_us(weir_mono_now(), begin) < sensor->options->model_wait_us) {
        look_up(sensor);
        wait_for_input(sensor, POLL_MS);
    }
}

/* A replay stays until everything is acknowledged, or a signal says stop. */
static int deliver(struct sensor *sensor, bool is_cut, struct weir_error *error)
{
    const bool waits = !sensor->is_live && !sensor->is_stopping;
    if (sensor->sink_code == WEIR_OK && !is_cut) {
        sensor->sink_code =
            outbox_finish(shipping_outbox(sensor->shipping, 0), meter_clock_us(sensor->meter));
    }
    struct pollfd polled[2] = {{.fd = shipping_done_fd(sensor->shipping), .events = POLLIN},
                               {.fd = sensor->signal_fd, .events = POLLIN}};
    while (waits && sensor->sink_code == WEIR_OK && !sensor->is_stopping &&
           (polled[0].revents & POLLIN) == 0) {
        (void)poll(polled, 2, POLL_MS);
        look_up(sensor);
    }
    return shipping_stop(&sensor->shipping, reload_now(&sensor->reload)->drain_us, error);
}

int sensor_run(struct sensor *sensor, struct weir_error *error)
{
    int code = WEIR_OK;
    if (sensor->shipping != NULL) {
        outbox_set_ends(shipping_outbox(sensor->shipping, 0), look_at_signals, sensor,
                        sensor->options->drain_us);
        wait_for_model(sensor);
    }
    service_notify_ready();
    meter_input(sensor);
    service_notify_stopping();
    /* A resumable replay that is stopped must not end its flows: they go on at the next start. */
    const bool is_cut = sensor->is_stopping && sensor->options->resume;
    if (!is_cut) {
        meter_drain(sensor->meter);
    }
    look_up(sensor);
    if (sensor->writer != NULL) {
        code = record_writer_close(&sensor->writer, error);
    }
    if (sensor->shipping != NULL) {
        const int delivered = deliver(sensor, is_cut, code == WEIR_OK ? error : NULL);
        code = code != WEIR_OK ? code : delivered;
    }
    tally_print(&sensor->tally, stderr);
    if (code == WEIR_OK && sensor->was_damaged) {
        code = weir_fail(error, WEIR_EFORMAT,
                         "a capture file was damaged; what came before the "
                         "damage was metered");
    }
    return code;
}
