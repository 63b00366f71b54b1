/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
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
#include "sensor/export/record_writer.h"
#include "sensor/lane.h"
#include "sensor/layer2_shared.h"
#include "sensor/reload.h"
#include "sensor/service_notify.h"
#include "sensor/shipping.h"
#include "sensor/state_dump.h"
#include "sensor/tally.h"

#define POLL_MS       50
#define WINDOW_RING   65536U
#define FILE_HASH_KEY UINT64_C(0x7765697266696c65) /* the same file gives the same bytes */

struct sensor_lane {
    struct sensor *sensor;
    struct lane *lane;
    struct capture *capture; /* until the lane has taken it */
    pthread_t thread;
    bool has_thread;
    uint64_t beats; /* when it was last seen to move */
    bool has_moved;
};

struct sensor {
    const struct sensor_options *options;
    struct replay_pace pace;
    uint64_t hash_key;
    struct weir_kdd_window *window;
    pthread_mutex_t window_lock, writer_lock; /* several lanes */
    struct record_writer *writer;             /* NULL without --output */
    FILE *output;
    struct shipping *shipping;    /* NULL without --collector */
    struct layer2_shared *layer2; /* NULL: not watched */
    struct tally tally;
    struct reload reload;
    struct service_notify notify;
    int signal_fd;
    bool wants_reload, is_live;
    atomic_bool is_stopping;
    atomic_size_t running; /* lanes with a thread of their own */
    size_t lane_count;
    struct sensor_lane lanes[];
};

/* The lanes share the packets of each interface; the first one reads the cards' own counters. */
static int open_captures(struct sensor *sensor, struct weir_error *error)
{
    const struct sensor_options *options = sensor->options;
    struct capture_options capture = capture_defaults;
    uint32_t *groups = NULL;
    int code = WEIR_OK;
    capture.filter = options->filter;
    capture.snaplen = (int)options->snaplen;
    capture.buffer_bytes = (int)options->buffer_bytes;
    capture.promiscuous = options->promiscuous;
    if (!sensor->is_live) {
        return capture_open_files((const char *const *)options->read.at, options->read.count,
                                  &capture, &sensor->lanes[0].capture, error);
    }
    if (sensor->lane_count > 1) {
        groups = (uint32_t *)calloc(options->interfaces.count, sizeof(*groups));
        code = groups == NULL ? weir_fail(error, WEIR_ENOMEM, "out of memory") : WEIR_OK;
    }
    capture.groups = groups;
    for (size_t i = 0; i < sensor->lane_count && code == WEIR_OK; i++) {
        capture.counts_interface = i == 0;
        code = capture_open_interfaces((const char *const *)options->interfaces.at,
                                       options->interfaces.count, &capture,
                                       &sensor->lanes[i].capture, error);
    }
    free(groups);
    return code;
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

static int open_window(struct sensor *sensor, struct weir_error *error)
{
    struct weir_kdd_window_options window = weir_kdd_window_defaults;
    sensor->hash_key = FILE_HASH_KEY;
    if (sensor->is_live && getrandom(&sensor->hash_key, sizeof(sensor->hash_key), 0) !=
                               (ssize_t)sizeof(sensor->hash_key)) {
        return weir_fail(error, WEIR_EIO, "the system gives no random bytes");
    }
    if (sensor->options->collector == NULL) {
        return WEIR_OK; /* models come from it, and it stores what the windows say */
    }
    window.ring = WINDOW_RING;
    window.hash_key = sensor->hash_key;
    const int code = weir_kdd_window_new(&window, &sensor->window);
    return code != WEIR_OK ? weir_fail(error, code, "windows: %s", weir_err_text(code)) : WEIR_OK;
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
        return weir_fail(error, errno == EACCES ? WEIR_EPERM : WEIR_EIO, "%s: %s", options->output,
                         strerror(errno));
    }
    const int64_t now_us = sensor->is_live ? weir_wall_now_us() : 0;
    const int code = record_writer_open((enum record_format)options->format, sensor->output, now_us,
                                        (uint16_t)options->community_id_seed, &sensor->writer);
    return code != WEIR_OK ? weir_fail(error, code, "%s: %s", options->output, weir_err_text(code))
                           : WEIR_OK;
}

/* Also while metering waits for a full spool, which is when it is asked for. */
static void dump_state(struct sensor *sensor)
{
    struct weir_counter counters[WEIR_CONTROL_COUNTERS_MAX];
    struct weir_error error = {0};
    const bool ships = sensor->shipping != NULL;
    const struct tally_reading sum = tally_sum(&sensor->tally);
    struct state_dump dump = {
        .options = reload_now(&sensor->reload),
        .wall_us = weir_wall_now_us(),
        .clock_us = sum.newest_us,
        .flows = &sum.meter,
        .level = overload_name(sum.overload.level),
        .counters = counters,
        .counter_count = ships
                             ? shipping_count(sensor->shipping, counters, WEIR_CONTROL_COUNTERS_MAX)
                             : tally_read(&sensor->tally, counters, WEIR_CONTROL_COUNTERS_MAX),
        .model_version = ships ? shipping_model_version(sensor->shipping) : 0,
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
        for (size_t i = 0; i < sensor->lane_count; i++) {
            lane_set_timeouts(sensor->lanes[i].lane, &now->timeouts);
        }
    }
    service_notify_ready();
}

/* Several lanes: the sensor lives when all of them move. */
static bool is_alive(struct sensor *sensor)
{
    bool all = true;
    for (size_t i = 0; i < sensor->lane_count; i++) {
        struct sensor_lane *lane = &sensor->lanes[i];
        lane->has_moved = lane->has_moved || lane_beats(lane->lane) != lane->beats;
        all = all && lane->has_moved;
    }
    for (size_t i = 0; all && i < sensor->lane_count; i++) {
        sensor->lanes[i].has_moved = false;
        sensor->lanes[i].beats = lane_beats(sensor->lanes[i].lane);
    }
    return all;
}

/* Signals, settings and models. A single lane does it itself, between packets and while it waits
 * for room; of several, the thread that made them. */
static bool look(void *context)
{
    struct sensor *sensor = (struct sensor *)context;
    int signal_no = 0;
    while ((signal_no = weir_signals_next(sensor->signal_fd)) != 0) {
        if (signal_no == SIGTERM || signal_no == SIGINT) {
            atomic_store(&sensor->is_stopping, true);
        }
        sensor->wants_reload = sensor->wants_reload || signal_no == SIGHUP;
        if (signal_no == SIGUSR1) {
            dump_state(sensor);
        }
    }
    if (sensor->lane_count == 1 || is_alive(sensor)) {
        service_notify_advance(&sensor->notify, weir_mono_now());
    }
    if (sensor->wants_reload) {
        reload_settings(sensor);
    }
    if (sensor->shipping != NULL) {
        shipping_spread_models(sensor->shipping);
    }
    return atomic_load(&sensor->is_stopping);
}

static bool is_told_to_stop(void *context)
{
    struct sensor *sensor = (struct sensor *)context;
    return atomic_load(&sensor->is_stopping);
}

static int open_lanes(struct sensor *sensor, struct weir_error *error)
{
    const bool alone = sensor->lane_count == 1;
    int code = WEIR_OK;
    for (size_t i = 0; i < sensor->lane_count && code == WEIR_OK; i++) {
        struct sensor_lane *one = &sensor->lanes[i];
        const struct lane_options lane = {
            .options = sensor->options,
            .number = i,
            .count = sensor->lane_count,
            .hash_key = sensor->hash_key,
            .pace = sensor->pace,
            .window = sensor->window,
            .window_lock = alone ? NULL : &sensor->window_lock,
            .writer = sensor->writer,
            .writer_lock = alone ? NULL : &sensor->writer_lock,
            .layer2 = sensor->layer2,
            .tally = &sensor->tally,
            .look = alone ? look : is_told_to_stop,
            .context = sensor,
            .wake_fd = alone ? sensor->signal_fd : -1,
        };
        code = lane_new(&lane, &one->capture, &one->lane, error);
    }
    return code;
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
        code = shipping_start(options, &keys, &sensor->tally, sensor->lane_count, &sensor->shipping,
                              error);
    }
    shipping_keys_fini(&keys);
    for (size_t i = 0; i < sensor->lane_count && code == WEIR_OK && ships; i++) {
        lane_set_shipping(sensor->lanes[i].lane, sensor->shipping);
    }
    return code;
}

static struct sensor *make_sensor(const struct sensor_options *options)
{
    const bool is_live = options->interfaces.count > 0;
    const size_t lanes = is_live && options->threads > 0 ? (size_t)options->threads : 1;
    struct sensor *sensor =
        (struct sensor *)calloc(1, sizeof(*sensor) + lanes * sizeof(sensor->lanes[0]));
    if (sensor == NULL || tally_init(&sensor->tally, lanes) != WEIR_OK) {
        free(sensor);
        return NULL;
    }
    sensor->options = options;
    sensor->is_live = is_live;
    sensor->lane_count = lanes;
    sensor->signal_fd = -1;
    atomic_init(&sensor->is_stopping, false);
    atomic_init(&sensor->running, 0);
    (void)pthread_mutex_init(&sensor->window_lock, NULL);
    (void)pthread_mutex_init(&sensor->writer_lock, NULL);
    reload_init(&sensor->reload, options);
    service_notify_init(&sensor->notify);
    return sensor;
}

int sensor_new(const struct sensor_options *options, struct sensor **out, struct weir_error *error)
{
    struct sensor *sensor = make_sensor(options);
    if (sensor == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    int code = weir_signals_open(&sensor->signal_fd);
    code = code != WEIR_OK ? weir_fail(error, code, "the system gives no signal descriptor")
                           : open_captures(sensor, error);
    code = code != WEIR_OK ? code : init_pace(sensor, error);
    code = code != WEIR_OK ? code : open_window(sensor, error);
    code = code != WEIR_OK ? code : open_output(sensor, error);
    code = code != WEIR_OK ? code
                           : layer2_shared_new(options, sensor->lane_count, sensor->hash_key,
                                               &sensor->layer2, error);
    code = code != WEIR_OK ? code : open_lanes(sensor, error);
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
    for (size_t i = 0; i < sensor->lane_count; i++) {
        lane_free(sensor->lanes[i].lane);
        capture_close(sensor->lanes[i].capture);
    }
    layer2_shared_free(sensor->layer2);
    weir_kdd_window_free(sensor->window);
    tally_fini(&sensor->tally);
    reload_fini(&sensor->reload);
    (void)pthread_mutex_destroy(&sensor->window_lock);
    (void)pthread_mutex_destroy(&sensor->writer_lock);
    if (sensor->signal_fd >= 0) {
        weir_signals_close(sensor->signal_fd);
    }
    free(sensor);
}

/* Before the first packet: the lanes have no threads yet. */
static void wait_for_model(struct sensor *sensor)
{
    const struct weir_mono begin = weir_mono_now();
    struct lane *first = sensor->lanes[0].lane;
    while (!look(sensor) && !lane_look_up(first) && !lane_has_model(first) &&
           weir_mono_since_us(weir_mono_now(), begin) < sensor->options->model_wait_us) {
        struct pollfd polled = {.fd = sensor->signal_fd, .events = POLLIN};
        (void)poll(&polled, 1, POLL_MS);
    }
}

static void *run_lane(void *context)
{
    struct sensor_lane *lane = (struct sensor_lane *)context;
    lane_run(lane->lane);
    if (lane_result(lane->lane) != WEIR_OK) {
        atomic_store(&lane->sensor->is_stopping, true);
    }
    (void)atomic_fetch_sub(&lane->sensor->running, 1);
    return NULL;
}

static int run_lanes(struct sensor *sensor, struct weir_error *error)
{
    int code = WEIR_OK;
    if (sensor->lane_count == 1) {
        lane_run(sensor->lanes[0].lane);
        return WEIR_OK;
    }
    for (size_t i = 0; i < sensor->lane_count && code == WEIR_OK; i++) {
        struct sensor_lane *lane = &sensor->lanes[i];
        lane->sensor = sensor;
        (void)atomic_fetch_add(&sensor->running, 1);
        lane->has_thread = pthread_create(&lane->thread, NULL, run_lane, lane) == 0;
        if (!lane->has_thread) {
            (void)atomic_fetch_sub(&sensor->running, 1);
            atomic_store(&sensor->is_stopping, true);
            code = weir_fail(error, WEIR_EAGAIN, "the system gives no thread for capture.threads");
        }
    }
    while (atomic_load(&sensor->running) > 0) {
        struct pollfd polled = {.fd = sensor->signal_fd, .events = POLLIN};
        (void)poll(&polled, 1, POLL_MS);
        (void)look(sensor);
    }
    for (size_t i = 0; i < sensor->lane_count; i++) {
        if (sensor->lanes[i].has_thread) {
            (void)pthread_join(sensor->lanes[i].thread, NULL);
        }
    }
    return code;
}

/* A replay stays until everything is acknowledged, or a signal says stop. */
static int deliver(struct sensor *sensor, struct weir_error *error)
{
    bool waits = !sensor->is_live && !atomic_load(&sensor->is_stopping);
    for (size_t i = 0; i < sensor->lane_count; i++) {
        lane_finish(sensor->lanes[i].lane);
        waits = waits && lane_result(sensor->lanes[i].lane) == WEIR_OK;
    }
    struct pollfd polled[2] = {{.fd = shipping_done_fd(sensor->shipping), .events = POLLIN},
                               {.fd = sensor->signal_fd, .events = POLLIN}};
    while (waits && !look(sensor) && (polled[0].revents & POLLIN) == 0) {
        (void)poll(polled, 2, POLL_MS);
    }
    return shipping_stop(&sensor->shipping, reload_now(&sensor->reload)->drain_us, error);
}

int sensor_run(struct sensor *sensor, struct weir_error *error)
{
    bool was_damaged = false;
    if (sensor->shipping != NULL) {
        wait_for_model(sensor);
    }
    service_notify_ready();
    int code = run_lanes(sensor, error);
    service_notify_stopping();
    if (sensor->writer != NULL) {
        const int closed = record_writer_close(&sensor->writer, code == WEIR_OK ? error : NULL);
        code = code != WEIR_OK ? code : closed;
    }
    if (sensor->shipping != NULL) {
        const int delivered = deliver(sensor, code == WEIR_OK ? error : NULL);
        code = code != WEIR_OK ? code : delivered;
    }
    tally_print(&sensor->tally, stderr);
    for (size_t i = 0; i < sensor->lane_count; i++) {
        was_damaged = was_damaged || lane_was_damaged(sensor->lanes[i].lane);
    }
    if (code == WEIR_OK && was_damaged) {
        code = weir_fail(error, WEIR_EFORMAT,
                         "a capture file was damaged; what came before the "
                         "damage was metered");
    }
    return code;
}
