/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/lane.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"

#include "sensor/decode/packet.h"
#include "sensor/export/outbox.h"
#include "sensor/inspect/layer2_gate.h"
#include "sensor/meter/meter.h"
#include "sensor/overload.h"
#include "sensor/score/scorer.h"
#include "sensor/sensor_policy.h"

#define LOOK_UP_EVERY      1024U /* packets between two looks at signals, models and counters */
#define POLL_MS            50
#define POLL_FDS_MAX       64U
#define FLOWS_MIN          16U
#define BAD_CHECKSUM_SHARE 20U /* one packet of so many is told */
#define FLOW_ID_SHIFT      56
#define MARKER_US          INT64_C(60000000) /* between two markers */
#define MEASURE_US         INT64_C(10000)    /* between two looks at the rings */
#define REST_US            INT64_C(2000000) /* what waits in the rings at the end is read so long */
#define HANDED_OVER_US     INT64_C(150000)  /* by then the kernel has handed over its last block */

struct lane {
    struct lane_options options;
    struct capture *capture;
    struct meter *meter;
    struct layer2_gate layer2_gate;
    struct layer2_caller layer2_caller;
    struct scorer scorer;
    struct shipping *shipping; /* NULL without --collector */
    struct outbox *outbox;     /* the lane's in shipping */
    struct tally_reading reading;
    uint64_t packets;
    struct weir_mono measured_at, marked_at; /* marked_at 0 = not yet */
    uint64_t dropped;                        /* by the kernel, at the last measurement */
    int sink_code;                           /* first failure of a sink */
    bool is_live, is_stopping, was_damaged;
    struct packet_decode_options decode;

    atomic_ullong beats;
    atomic_bool has_timeouts; /* new ones, to be taken */
    pthread_mutex_t lock;     /* guards timeouts */
    struct timeouts timeouts;
};

static void write_record(struct lane *lane, const struct weir_flow_record *record)
{
    pthread_mutex_t *lock = lane->options.writer_lock;
    if (lane->options.writer == NULL) {
        return;
    }
    if (lock != NULL) {
        (void)pthread_mutex_lock(lock);
    }
    record_writer_add(lane->options.writer, record);
    if (lock != NULL) {
        (void)pthread_mutex_unlock(lock);
    }
}

static void on_record(void *context, const struct weir_flow_record *record)
{
    struct lane *lane = (struct lane *)context;
    struct weir_flow_record scored;
    if (lane->scorer.active != NULL) {
        scored = *record;
        scorer_score(&lane->scorer, &scored);
        record = &scored;
    }
    write_record(lane, record);
    if (lane->outbox != NULL && lane->sink_code == WEIR_OK) {
        lane->sink_code = outbox_add(lane->outbox, record);
    }
}

static void on_layer2_event(void *context, const struct weir_l2_event *event)
{
    struct lane *lane = (struct lane *)context;
    if (lane->outbox != NULL && lane->sink_code == WEIR_OK) {
        lane->sink_code = outbox_add_event(lane->outbox, event);
    }
}

static int open_meter(struct lane *lane, struct weir_error *error)
{
    const struct sensor_options *options = lane->options.options;
    struct meter_options meter = meter_defaults;
    meter.final_only = options->collector == NULL;
    meter.flows_max =
        sensor_options_limit(options, LIMITS_FLOWS, options->flows_max) / lane->options.count;
    meter.flows_max = meter.flows_max < FLOWS_MIN ? FLOWS_MIN : meter.flows_max;
    meter.flow_id_base = (uint64_t)lane->options.number << FLOW_ID_SHIFT;
    meter.hash_key = lane->options.hash_key;
    meter.tag_key = options->tag_key;
    meter.community_id_seed = (uint16_t)options->community_id_seed;
    meter.flip = options->flip;
    meter.key_vlan = options->key_vlan;
    meter.ignore_checksums = !lane->decode.verify;
    meter.timeouts = options->timeouts;
    meter.timeouts.tcp_reuse_idle_us = timeouts_defaults.tcp_reuse_idle_us;
    meter.window = lane->options.window;
    meter.window_lock = lane->options.window_lock;
    meter.holes_max = (uint32_t)sensor_options_limit(options, LIMITS_HOLES, 0);
    const uint64_t statistics =
        sensor_options_limit(options, LIMITS_STATISTICS, meter.statistics_max);
    meter.statistics_max = (uint32_t)((statistics + lane->options.count - 1) / lane->options.count);
    meter.fragments_max = (uint32_t)sensor_options_limit(options, LIMITS_FRAGMENTS, 0);
    struct policy policy;
    int code = sensor_policy_of(options, &policy, error);
    if (code != WEIR_OK) {
        return code;
    }
    meter.inspect = &policy;
    meter.payload_statistics = meter.payload_statistics && policy.enabled;
    code = meter_new(&meter, on_record, lane, &lane->meter);
    return code != WEIR_OK ? weir_fail(error, code, "meter: %s (flow.max_flows = %llu)",
                                       weir_err_text(code), (unsigned long long)options->flows_max)
                           : WEIR_OK;
}

int lane_new(const struct lane_options *options, struct capture **capture, struct lane **out,
             struct weir_error *error)
{
    struct lane *lane = (struct lane *)calloc(1, sizeof(*lane));
    if (lane == NULL || pthread_mutex_init(&lane->lock, NULL) != 0) {
        free(lane);
        capture_close(*capture);
        *capture = NULL;
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    lane->options = *options;
    lane->capture = *capture;
    *capture = NULL;
    lane->is_live = options->options->interfaces.count > 0;
    lane->decode.verify = sensor_options_verify(options->options);
    lane->decode.strict = options->options->checksums == (int)SENSOR_CHECKSUMS_VERIFY;
    lane->decode.tunnels = options->options->tunnels;
    lane->measured_at = weir_mono_now();
    lane->reading.newest_us = INT64_MIN;
    overload_init(&lane->reading.overload, lane->measured_at.ns / 1000);
    scorer_init(&lane->scorer);
    atomic_init(&lane->beats, 0);
    atomic_init(&lane->has_timeouts, false);
    lane->layer2_caller = (struct layer2_caller){.sink = on_layer2_event, .context = lane};
    const int code = open_meter(lane, error);
    if (code != WEIR_OK) {
        lane_free(lane);
        return code;
    }
    if (options->options->simulate_overload != (int)WEIR_DETAIL_FULL) {
        overload_fix(&lane->reading.overload,
                     (enum weir_detail)options->options->simulate_overload);
        meter_set_detail(lane->meter, lane->reading.overload.level);
    }
    *out = lane;
    return WEIR_OK;
}

void lane_free(struct lane *lane)
{
    if (lane != NULL) {
        meter_free(lane->meter);
        capture_close(lane->capture);
        scorer_fini(&lane->scorer);
        (void)pthread_mutex_destroy(&lane->lock);
        free(lane);
    }
}

/* A lane that waits for room in a full spool is alive: a watchdog must not end the sensor for it.
 */
static bool look_while_waiting(void *context)
{
    struct lane *lane = (struct lane *)context;
    (void)atomic_fetch_add(&lane->beats, 1);
    return lane->options.look(lane->options.context);
}

void lane_set_shipping(struct lane *lane, struct shipping *shipping)
{
    lane->shipping = shipping;
    lane->outbox = shipping != NULL ? shipping_outbox(shipping, lane->options.number) : NULL;
    if (lane->outbox != NULL) {
        outbox_set_ends(lane->outbox, look_while_waiting, lane, lane->options.options->drain_us);
    }
}

static void ship_due(struct lane *lane, int64_t clock_us)
{
    if (lane->outbox != NULL && lane->sink_code == WEIR_OK &&
        outbox_is_due(lane->outbox, clock_us)) {
        lane->sink_code = outbox_advance(lane->outbox, clock_us, meter_low_us(lane->meter));
    }
}

static void take_timeouts(struct lane *lane)
{
    if (atomic_exchange(&lane->has_timeouts, false)) {
        (void)pthread_mutex_lock(&lane->lock);
        meter_set_timeouts(lane->meter, &lane->timeouts);
        (void)pthread_mutex_unlock(&lane->lock);
    }
}

/* How full the rings are decides how much of the work is done from here on. */
static void measure(struct lane *lane, struct weir_mono now)
{
    struct overload *overload = &lane->reading.overload;
    struct capture_load load;
    const enum weir_detail before = overload->level;
    capture_measure(lane->capture, &load);
    const bool has_dropped = load.dropped > lane->dropped;
    lane->measured_at = now;
    lane->dropped = load.dropped;
    if (overload_update(overload, now.ns / 1000, load.share, has_dropped)) {
        meter_set_detail(lane->meter, overload->level);
        weir_log(overload->level > before ? WEIR_LOG_WARN : WEIR_LOG_INFO, "sensor.overload",
                 "level=%s before=%s lane=%zu ring_percent=%d dropped=%llu",
                 overload_name(overload->level), overload_name(before), lane->options.number,
                 (int)(load.share * 100.0), (unsigned long long)load.dropped);
    }
}

static void update_tally(struct lane *lane)
{
    struct tally_reading *reading = &lane->reading;
    tally_take_capture(lane->capture, &reading->capture);
    reading->meter = *meter_counts(lane->meter);
    reading->newest_us = meter_clock_us(lane->meter);
    layer2_shared_counters(lane->options.layer2, &reading->layer2);
    tally_update(lane->options.tally, lane->options.number, reading);
}

/* Once a minute a stamp goes the way of the records, so that their age at each stage can be seen.
 */
static void mark(struct lane *lane, struct weir_mono now)
{
    const bool is_due =
        lane->marked_at.ns == 0 || weir_mono_since_us(now, lane->marked_at) >= MARKER_US;
    const int64_t clock_us = meter_clock_us(lane->meter);
    if (lane->is_live && lane->options.number == 0 && lane->outbox != NULL && is_due &&
        lane->sink_code == WEIR_OK && clock_us != INT64_MIN) {
        lane->marked_at = now;
        lane->sink_code = outbox_add_marker(lane->outbox, weir_wall_now_us(), clock_us);
    }
}

bool lane_look_up(struct lane *lane)
{
    const struct record_writer *writer = lane->options.writer;
    const struct weir_mono now = weir_mono_now();
    (void)atomic_fetch_add(&lane->beats, 1);
    lane->is_stopping = lane->options.look(lane->options.context) || lane->is_stopping;
    take_timeouts(lane);
    if (lane->shipping != NULL) {
        (void)shipping_take_model(lane->shipping, lane->options.number, &lane->scorer);
    }
    const bool has_reader = writer == NULL || !record_writer_is_over(writer);
    if (lane->sink_code != WEIR_OK || (!has_reader && lane->shipping == NULL)) {
        lane->is_stopping = true;
    }
    if (weir_mono_since_us(now, lane->measured_at) >= MEASURE_US) {
        mark(lane, now);
        measure(lane, now);
        update_tally(lane);
    }
    return lane->is_stopping;
}

bool lane_has_model(const struct lane *lane)
{
    return lane->scorer.active != NULL;
}

static void wait_for_input(struct lane *lane, int wait_ms)
{
    int fds[POLL_FDS_MAX];
    struct pollfd polled[POLL_FDS_MAX + 1] = {{.fd = lane->options.wake_fd, .events = POLLIN}};
    const size_t count = capture_fds(lane->capture, fds, POLL_FDS_MAX);
    for (size_t i = 0; i < count; i++) {
        polled[1 + i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    }
    const bool is_held = lane->is_live && count == 0; /* a packet waits for another interface */
    (void)poll(polled, 1 + count, is_held && wait_ms > CAPTURE_HELD_MS ? CAPTURE_HELD_MS : wait_ms);
}

static void advance(struct lane *lane, int64_t now_us)
{
    if (now_us != INT64_MIN) {
        meter_advance(lane->meter, now_us);
        layer2_shared_advance(lane->options.layer2, &lane->layer2_caller, now_us);
        ship_due(lane, meter_clock_us(lane->meter));
    }
}

/* While nothing waits to be metered, whoever reads the output sees all of it. */
static void flush(struct lane *lane)
{
    pthread_mutex_t *lock = lane->options.writer_lock;
    if (lane->options.writer != NULL && lock == NULL) {
        record_writer_flush(lane->options.writer);
    } else if (lane->options.writer != NULL && pthread_mutex_trylock(lock) == 0) {
        record_writer_flush(lane->options.writer);
        (void)pthread_mutex_unlock(lock);
    }
}

/* Waits for a packet's turn; meanwhile the replay's own time goes on and flows expire. */
static void keep_pace(struct lane *lane, int64_t time_us)
{
    const struct replay_pace *pace = &lane->options.pace;
    const int64_t due_us = replay_pace_due_us(pace, time_us);
    int64_t wall_us = weir_wall_now_us();
    while (wall_us < due_us && !lane->is_stopping) {
        const double played_us = (double)(wall_us - pace->begin_wall_us);
        const int64_t replay_us = replay_pace_time_us(pace, pace->first_us) +
                                  (int64_t)(played_us * pace->speed) - WEIR_US_PER_S;
        if (meter_clock_us(lane->meter) != INT64_MIN) {
            advance(lane, replay_us);
        }
        flush(lane);
        (void)lane_look_up(lane);
        const int64_t left_ms = (due_us - wall_us) / WEIR_US_PER_MS;
        wait_for_input(lane, left_ms < POLL_MS ? (int)left_ms : POLL_MS);
        wall_us = weir_wall_now_us();
    }
}

static void note_offload(struct lane *lane, const struct packet *packet)
{
    char source[WEIR_ADDRESS_TEXT_SIZE];
    if (lane->reading.offloaded++ == 0) {
        weir_address_text(&packet->source, source);
        weir_log(
            WEIR_LOG_INFO, "decode.offload",
            "source=%s so=\"the capture was made where packets are sent: checksums that a card "
            "was to compute are not wrong\"",
            source);
    }
}

static void on_frame(struct lane *lane, struct captured_frame *frame)
{
    struct packet packet;
    if (lane->options.pace.speed > 0.0) {
        keep_pace(lane, frame->time_us);
        frame->time_us = replay_pace_time_us(&lane->options.pace, frame->time_us);
    }
    const enum packet_result result = packet_decode(frame, &lane->decode, &packet);
    lane->reading.decoded[result] += 1;
    if (result == PACKET_OK) {
        lane->reading.bad_checksum += (packet.flags & PACKET_BAD_CHECKSUM) != 0 ? 1 : 0;
        if ((packet.flags & PACKET_OFFLOADED) != 0) {
            note_offload(lane, &packet);
        }
        lane->reading.time_moved += frame->is_moved ? 1 : 0;
        meter_add(lane->meter, &packet);
    }
    if ((result == PACKET_OK || result == PACKET_ARP) && lane->options.layer2 != NULL &&
        layer2_gate_wants(&lane->layer2_gate, &packet)) {
        layer2_shared_add(lane->options.layer2, &lane->layer2_caller, &packet);
    }
    ship_due(lane, frame->time_us);
    lane->packets += 1;
    if (lane->packets % LOOK_UP_EVERY == 0) {
        (void)lane_look_up(lane);
        if (lane->options.options->simulate_stall_us > 0) {
            (void)poll(NULL, 0, (int)(lane->options.options->simulate_stall_us / WEIR_US_PER_MS));
        }
    }
}

static void meter_input(struct lane *lane)
{
    while (!lane->is_stopping) {
        struct captured_frame frame;
        struct weir_error error = {0};
        switch (capture_next(lane->capture, &frame, &error)) {
        case CAPTURE_PACKET:
            on_frame(lane, &frame);
            break;
        case CAPTURE_EMPTY:
            advance(lane, capture_now_us(lane->capture, weir_wall_now_us()));
            flush(lane);
            (void)lane_look_up(lane);
            wait_for_input(lane, POLL_MS);
            break;
        case CAPTURE_DAMAGED:
            lane->was_damaged = true;
            weir_log(WEIR_LOG_ERROR, "capture.damaged", "reason=\"%s\"", error.text);
            break;
        case CAPTURE_END:
            return;
        }
    }
}

/* Stopped between two packets: nothing more is let in, and what waits in the rings is read, so
 * that every packet the kernel has counted is in a counter of ours. */
static void read_rest(struct lane *lane)
{
    const struct weir_mono begin = weir_mono_now();
    int64_t passed_us = 0;
    capture_halt(lane->capture);
    while ((passed_us = weir_mono_since_us(weir_mono_now(), begin)) < REST_US) {
        struct captured_frame frame;
        const enum capture_result got = capture_next(lane->capture, &frame, NULL);
        if (got == CAPTURE_PACKET) {
            on_frame(lane, &frame);
            continue;
        }
        tally_take_capture(lane->capture, &lane->reading.capture);
        if (got == CAPTURE_END || lane->reading.capture.waiting == 0 ||
            passed_us >= HANDED_OVER_US) {
            return;
        }
        (void)poll(NULL, 0, CAPTURE_HELD_MS);
    }
}

/* A capture made on the host that sent: its card computes checksums behind the capture, and half
 * of every connection would be ignored without a word. */
static void warn_of_checksums(const struct lane *lane)
{
    const uint64_t bad = lane->reading.bad_checksum, all = lane->reading.decoded[PACKET_OK];
    if (bad > all / BAD_CHECKSUM_SHARE) {
        weir_log(WEIR_LOG_WARN, "capture.bad_checksums",
                 "packets=%llu of=%llu hint=\"ignored; if a card computes them behind the capture, "
                 "--flow-checksums=ignore\"",
                 (unsigned long long)bad, (unsigned long long)all);
    }
}

void lane_run(struct lane *lane)
{
    struct weir_error error = {0};
    lane->sink_code = capture_begin(lane->capture, &error);
    if (lane->sink_code != WEIR_OK) {
        weir_log(WEIR_LOG_ERROR, "capture.not_begun", "reason=\"%s\"", error.text);
    } else {
        meter_input(lane);
        if (lane->is_live) {
            read_rest(lane);
        }
    }
    /* A resumable replay that is stopped must not end its flows: they go on at the next start. */
    if (!lane->is_stopping || !lane->options.options->resume) {
        meter_drain(lane->meter);
        layer2_shared_drain(lane->options.layer2, &lane->layer2_caller);
    }
    warn_of_checksums(lane);
    update_tally(lane);
}

void lane_finish(struct lane *lane)
{
    const bool is_cut = lane->is_stopping && lane->options.options->resume;
    if (lane->outbox != NULL && lane->sink_code == WEIR_OK && !is_cut) {
        lane->sink_code = outbox_finish(lane->outbox, meter_clock_us(lane->meter));
    }
}

int lane_result(const struct lane *lane)
{
    return lane->sink_code;
}

bool lane_was_damaged(const struct lane *lane)
{
    return lane->was_damaged;
}

void lane_set_timeouts(struct lane *lane, const struct timeouts *timeouts)
{
    (void)pthread_mutex_lock(&lane->lock);
    lane->timeouts = *timeouts;
    (void)pthread_mutex_unlock(&lane->lock);
    atomic_store(&lane->has_timeouts, true);
}

uint64_t lane_beats(const struct lane *lane)
{
    return atomic_load(&lane->beats);
}
