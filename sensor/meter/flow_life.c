/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/flow_life.h"

#include <stdlib.h>

#include "sensor/meter/flow_content.h"
#include "sensor/meter/flow_report.h"
#include "sensor/meter/tcp_flow.h"

#define POOL_SHARE 16 /* one flow in so many may have holes, or content, at a time */
#define POOL_MIN   1024
#define AHEAD      8 /* flows that end together, whose memory is asked for at once */

static bool is_icmp(const struct flow *flow)
{
    return flow->key.protocol == WEIR_PROTO_ICMP || flow->key.protocol == WEIR_PROTO_ICMPV6;
}

static int64_t linger_us(const struct flow_life *life, const struct flow *flow)
{
    const struct timeouts *timeouts = &life->options.timeouts;
    if (flow->key.protocol == WEIR_PROTO_UDP) {
        return timeouts->udp_dns_done_us;
    }
    const bool reset = flow->tcp.orig == TCP_END_RESET || flow->tcp.resp == TCP_END_RESET;
    return reset ? timeouts->tcp_reset_linger_us : timeouts->tcp_close_linger_us;
}

/* The last moment at which a packet still belongs to the flow. */
static int64_t expiry_us(const struct flow_life *life, const struct flow *flow)
{
    const struct timeouts *timeouts = &life->options.timeouts;
    if (flow->decided) {
        return flow->decided_us + linger_us(life, flow);
    }
    switch (flow->key.protocol) {
    case WEIR_PROTO_TCP:
        return flow->last_us + tcp_flow_timeout_us(flow, timeouts);
    case WEIR_PROTO_UDP:
        return flow->last_us + timeouts->udp_idle_us;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6:
        return flow->start_us + timeouts->start_delay_us - 1;
    default:
        return flow->last_us + timeouts->other_idle_us;
    }
}

/* A flow whose outcome is known, and an ICMP flow, has no report before its FINAL. */
static int64_t next_report_us(const struct flow *flow)
{
    return flow->decided || is_icmp(flow) ? FLOW_NEVER : flow->report_us;
}

static void schedule(struct flow_life *life, struct flow *flow)
{
    const int64_t expiry = expiry_us(life, flow) + 1;
    const int64_t report = next_report_us(flow);
    flow->due_us = report < expiry ? report : expiry;
    timer_wheel_set(life->wheel, flow_table_number(life->table, flow), flow->due_us);
}

static void lock_window(const struct flow_life *life)
{
    if (life->options.window_lock != NULL) {
        (void)pthread_mutex_lock(life->options.window_lock);
    }
}

static void unlock_window(const struct flow_life *life)
{
    if (life->options.window_lock != NULL) {
        (void)pthread_mutex_unlock(life->options.window_lock);
    }
}

/* The outcome counts in the windows from here on; the flow's own counts go into its record. */
static void count_windows(struct flow_life *life, const struct flow *flow)
{
    struct weir_flow_record *record = &life->record;
    if (!flow->counted || !flow->has_vector) {
        return;
    }
    lock_window(life);
    if (!is_icmp(flow)) {
        weir_kdd_window_set_outcome(life->options.window, flow->window_position,
                                    weir_outcome_of((enum weir_flag)record->flag));
    }
    const struct weir_kdd_conn conn = flow_report_conn(flow, 0, flow->window_us);
    weir_kdd_window_count(life->options.window, flow->window_position, &conn, &record->immediate);
    unlock_window(life);
}

static void emit(struct flow_life *life, struct flow *flow, enum weir_record_type type,
                 enum weir_end_reason reason)
{
    const struct flow_report_cause cause = {.type = type, .reason = reason};
    if (flow->stage == FLOW_STAGE_FRESH) {
        flow->stage = FLOW_STAGE_STARTED;
        first_start_remove(&life->first, flow->first_tick);
    }
    if (life->options.final_only && type != WEIR_RECORD_FINAL) {
        return;
    }
    if (flow->statistics != 0) {
        statistics_pool_expect_all(life->measure.pool, flow->statistics,
                                   flow->key.protocol == WEIR_PROTO_TCP);
    }
    flow_report_fill(flow, life->holes, cause, &life->record);
    flow_measure_report(&life->measure, flow, life->holes, &life->record);
    flow_content_report(flow, life->inspector, &life->record);
    life->record.record_no = ++life->record_no;
    switch (type) {
    case WEIR_RECORD_START:
        life->counts.start++;
        break;
    case WEIR_RECORD_INTERIM:
        life->counts.interim++;
        break;
    case WEIR_RECORD_FINAL:
        life->counts.final++;
        count_windows(life, flow);
        break;
    }
    life->sink(life->context, &life->record);
}

static void end_flow(struct flow_life *life, struct flow *flow, enum weir_end_reason reason)
{
    flow_content_end(flow, life->inspector);
    emit(life, flow, WEIR_RECORD_FINAL, flow->decided ? WEIR_END_OF_FLOW : reason);
    flow_measure_end(&life->measure, flow);
    if (flow->key.protocol == WEIR_PROTO_TCP) {
        tcp_bytes_fini(&flow->side[0].tcp.bytes, life->holes);
        tcp_bytes_fini(&flow->side[1].tcp.bytes, life->holes);
    }
    flow_content_fini(flow, life->inspector);
    timer_wheel_remove(life->wheel, flow_table_number(life->table, flow));
    flow_table_remove(life->table, flow);
    life->counts.open--;
}

/* Emits what has come due by now_us, in order of time. False when that ended the flow. */
static bool emit_due(struct flow_life *life, struct flow *flow, int64_t now_us)
{
    for (;;) {
        const int64_t expiry = expiry_us(life, flow);
        const int64_t report = next_report_us(flow);
        if (report <= now_us && report <= expiry) {
            const bool first = !flow->early_known;
            if (first) {
                flow->early_flag = (uint8_t)flow_report_early_flag(flow);
                flow->early_known = true;
                flow->report_us = flow->start_us;
            }
            flow->report_us += life->options.timeouts.interim_us;
            emit(life, flow, first ? WEIR_RECORD_START : WEIR_RECORD_INTERIM,
                 first ? WEIR_END_NONE : WEIR_END_ACTIVE);
        } else if (now_us > expiry) {
            end_flow(life, flow, is_icmp(flow) ? WEIR_END_OF_FLOW : WEIR_END_IDLE);
            return false;
        } else {
            return true;
        }
    }
}

/* The same, and the flow comes up again when the next of it is due. */
static bool catch_up(struct flow_life *life, struct flow *flow, int64_t now_us)
{
    if (!emit_due(life, flow, now_us)) {
        return false;
    }
    schedule(life, flow);
    return true;
}

static struct flow *begin(struct flow_life *life, const struct packet *packet, int64_t start_us,
                          const struct flow_key *key, uint64_t hash)
{
    struct flow *flow = flow_table_add(life->table, key, hash, packet->time_us);
    if (flow == NULL) {
        life->counts.evicted++;
        end_flow(life, flow_table_victim(life->table), WEIR_END_LACK_OF_RESOURCES);
        flow = flow_table_add(life->table, key, hash, packet->time_us);
    }
    flow->flow_id = ++life->flow_id;
    flow->report_us = start_us + life->options.timeouts.start_delay_us;
    flow->first_tick = first_start_add(&life->first, start_us);
    life->counts.created++;
    life->counts.open++;
    return flow;
}

static int compare_endings(const void *left, const void *right)
{
    const struct flow_ending *a = left;
    const struct flow_ending *b = right;
    if (a->start_us != b->start_us) {
        return a->start_us < b->start_us ? -1 : 1;
    }
    return a->flow_id < b->flow_id ? -1 : 1;
}

int flow_life_init(struct flow_life *life, const struct meter_options *options, meter_sink_fn *sink,
                   void *context)
{
    const uint32_t flows = (uint32_t)options->flows_max;
    const uint32_t share = flows / POOL_SHARE;
    const uint32_t blocks = share > POOL_MIN ? share : POOL_MIN;
    *life = (struct flow_life){.options = *options,
                               .sink = sink,
                               .context = context,
                               .window_us = INT64_MIN,
                               .flow_id = options->flow_id_base};
    if (life->options.timeouts.start_delay_us == 0) {
        life->options.timeouts = timeouts_defaults;
    }
    life->endings = calloc(flows, sizeof(life->endings[0]));
    int err = life->endings == NULL ? WEIR_ENOMEM : flow_table_new(flows, &life->table);
    if (err == WEIR_OK) {
        err = timer_wheel_new(flows, &life->wheel);
    }
    if (err == WEIR_OK) {
        const uint32_t holes = options->holes_max > 0 ? options->holes_max : blocks;
        err = weir_block_pool_new(sizeof(struct tcp_hole_list), holes, &life->holes);
    }
    if (err == WEIR_OK) {
        err = inspector_new(options->inspect == NULL ? &policy_defaults : options->inspect, flows,
                            options->hash_key, &life->inspector);
    }
    if (err == WEIR_OK) {
        err = flow_measure_init(&life->measure, options, life->table, &life->counts);
    }
    life->birth = (struct flow_birth_options){.ftp = err == WEIR_OK ? life->inspector->ftp : NULL,
                                              .tag_key = options->tag_key,
                                              .flip = options->flip};
    return err;
}

void flow_life_fini(struct flow_life *life)
{
    flow_measure_fini(&life->measure);
    free(life->endings);
    flow_table_free(life->table);
    timer_wheel_free(life->wheel);
    weir_block_pool_free(life->holes);
    inspector_free(life->inspector);
}

struct flow *flow_life_touch(struct flow_life *life, const struct packet *packet, int64_t start_us,
                             bool later_fragment, bool *from_orig)
{
    struct flow_key key;
    bool from_low = false;
    flow_key_init(&key, packet, life->options.key_vlan, &from_low);
    const uint64_t hash = flow_key_hash(&key, life->options.hash_key);
    struct flow *flow = flow_table_find(life->table, &key, hash);
    if (flow != NULL && flow->statistics != 0) {
        statistics_pool_expect(life->measure.pool, flow->statistics,
                               from_low == flow->low_is_orig ? 0 : 1);
    }
    if (flow != NULL && packet->payload_bytes > 0 && flow->content_state != FLOW_CONTENT_TRIED) {
        inspection_expect(life->inspector, flow->content);
    }
    if (flow != NULL && packet->time_us >= flow->due_us && !catch_up(life, flow, packet->time_us)) {
        flow = NULL;
    }
    if (flow != NULL && (packet->tcp_flags & PACKET_TCP_SYN) != 0 && !later_fragment &&
        packet->protocol == WEIR_PROTO_TCP &&
        tcp_flow_is_reuse(flow, packet, from_low == flow->low_is_orig,
                          life->options.timeouts.tcp_reuse_idle_us)) {
        end_flow(life, flow, WEIR_END_IDLE);
        flow = NULL;
    }
    if (flow == NULL) {
        flow = begin(life, packet, start_us, &key, hash);
        flow_birth_init(flow, packet, from_low, start_us, &life->birth);
        flow_measure_begin(&life->measure, flow);
        if (is_icmp(flow)) { /* its messages are the connections; a fragment alone is none */
            flow->has_vector = flow->has_vector && !later_fragment;
        } else {
            flow_life_add_window(life, flow, 0, start_us);
        }
        schedule(life, flow);
    }
    *from_orig = from_low == flow->low_is_orig;
    return flow;
}

void flow_life_update(struct flow_life *life, struct flow *flow)
{
    if (expiry_us(life, flow) + 1 < flow->due_us) {
        schedule(life, flow);
    }
}

void flow_life_decide(struct flow *flow, int64_t now_us)
{
    flow->decided = true;
    flow->decided_us = now_us;
    flow->end_us = now_us;
}

void flow_life_add_window(struct flow_life *life, struct flow *flow, int end, int64_t start_us)
{
    if (life->options.window == NULL || !flow->has_vector) {
        return;
    }
    if (start_us > life->window_us) {
        life->window_us = start_us;
    }
    const struct weir_kdd_conn conn = flow_report_conn(flow, end, life->window_us);
    uint64_t position = 0;
    lock_window(life);
    const int code = weir_kdd_window_add(life->options.window, &conn, &position);
    unlock_window(life);
    if (code != WEIR_OK) {
        life->counts.window_failures++;
    } else if (end == 0) { /* of an ICMP flow, the originator's last message is its vector */
        flow->counted = true;
        flow->window_position = position;
        flow->window_us = life->window_us;
    }
}

static void expect_windows(struct flow_life *life, const struct flow *const *ending, size_t count)
{
    if (life->options.window == NULL) {
        return;
    }
    lock_window(life);
    for (size_t i = 0; i < count; i++) {
        weir_kdd_window_expect(life->options.window, ending[i]->window_position);
    }
    for (size_t i = 0; i < count; i++) {
        weir_kdd_window_expect_host(life->options.window, ending[i]->window_position);
    }
    unlock_window(life);
}

/* What the end of each flow will touch lies in some forty places. They are asked for flow by flow
 * in two rounds, because the first says where the second is, so that memory answers while others
 * are worked on. */
static void expect_all(struct flow_life *life, const uint32_t *numbers, size_t count,
                       int64_t now_us)
{
    const struct flow *ending[AHEAD];
    size_t endings = 0;
    for (size_t i = 0; i < count; i++) {
        flow_table_expect(life->table, numbers[i]);
    }
    for (size_t i = 0; i < count; i++) {
        const struct flow *flow = flow_table_at(life->table, numbers[i]);
        if (now_us > expiry_us(life, flow)) {
            ending[endings++] = flow;
            flow_measure_expect_end(&life->measure, flow);
            inspection_expect(life->inspector, flow->content);
        }
    }
    expect_windows(life, ending, endings);
    for (size_t i = 0; i < endings; i++) {
        inspection_expect_blocks(life->inspector, ending[i]->content);
    }
}

int64_t flow_life_expiry_us(const struct flow_life *life, const struct flow *flow)
{
    return expiry_us(life, flow);
}

void flow_life_advance(struct flow_life *life, int64_t now_us)
{
    uint32_t numbers[AHEAD];
    size_t count = AHEAD;
    while (count == AHEAD) { /* what comes up again comes up after now_us */
        count = 0;
        while (count < AHEAD && timer_wheel_pop(life->wheel, now_us, &numbers[count])) {
            count++;
        }
        expect_all(life, numbers, count, now_us);
        for (size_t i = 0; i < count; i++) {
            (void)catch_up(life, flow_table_at(life->table, numbers[i]), now_us);
        }
    }
}

static void expect_endings(struct flow_life *life, size_t from, size_t count)
{
    uint32_t numbers[AHEAD];
    size_t ahead = 0;
    for (; ahead < AHEAD && from + ahead < count; ahead++) {
        numbers[ahead] = life->endings[from + ahead].number;
    }
    expect_all(life, numbers, ahead, INT64_MAX);
}

void flow_life_drain(struct flow_life *life, int64_t now_us)
{
    size_t count = 0;
    bool in_order = true; /* a scan's flows mostly are */
    for (struct flow *flow = flow_table_after(life->table, NULL); flow != NULL;
         flow = flow_table_after(life->table, flow)) {
        life->endings[count] = (struct flow_ending){
            .start_us = flow->start_us,
            .flow_id = flow->flow_id,
            .number = flow_table_number(life->table, flow),
        };
        in_order = in_order && (count == 0 || compare_endings(&life->endings[count - 1],
                                                              &life->endings[count]) < 0);
        count++;
    }
    if (!in_order) {
        qsort(life->endings, count, sizeof(life->endings[0]), compare_endings);
    }
    for (size_t i = 0; i < count; i++) {
        if (i % AHEAD == 0) {
            expect_endings(life, i, count);
        }
        struct flow *flow = flow_table_at(life->table, life->endings[i].number);
        if (emit_due(life, flow, now_us)) {
            end_flow(life, flow, WEIR_END_FORCED);
        }
    }
}
