/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fleet_link.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/clock.h"

#define PULSE_EVERY_US (INT64_C(10) * WEIR_US_PER_S)
#define TICK_US        (INT64_C(250) * WEIR_US_PER_MS)

struct weir_boot_id fleet_link_boot(uint32_t sensor_id, size_t boot)
{
    return (struct weir_boot_id){.bytes = {(uint8_t)sensor_id, (uint8_t)(boot + 1), 77}};
}

size_t fleet_link_wire_bytes(const struct fleet_batch *batch)
{
    return 60 + batch->count * 100;
}

void fleet_link_init(struct fleet_link *link, const struct fleet_link_options *options)
{
    *link = (struct fleet_link){
        .sensor = options->sensor,
        .options = *options,
        .sensor_id = options->sensor_id,
        .down_until_us = options->begin_us,
    };
}

void fleet_link_cut(struct fleet_link *link, int64_t until_us)
{
    link->up = false;
    link->greeted = false;
    link->up_count = 0;
    link->down_count = 0;
    if (until_us > link->down_until_us) {
        link->down_until_us = until_us;
    }
}

static void send(struct fleet_link *link, struct fleet_message message, int64_t now_us,
                 struct weir_rng *rng)
{
    int64_t arrives_us = now_us + (int64_t)weir_rng_below(rng, (uint64_t)link->options.delay_us);
    for (size_t i = 0; i < link->up_count; i++) {
        const bool overtakes =
            message.kind == FLEET_PULSE && link->up_flight[i].kind == FLEET_BATCH;
        if (!overtakes && link->up_flight[i].arrives_us > arrives_us) {
            arrives_us = link->up_flight[i].arrives_us;
        }
    }
    weir_check(link->up_count < FLEET_FLIGHT_MAX);
    message.arrives_us = arrives_us;
    link->up_flight[link->up_count++] = message;
}

bool fleet_link_receive(struct fleet_link *link, int64_t now_us, struct fleet_message *out)
{
    size_t first = link->up_count;
    for (size_t i = 0; i < link->up_count; i++) {
        if (link->up_flight[i].arrives_us <= now_us &&
            (first == link->up_count ||
             link->up_flight[i].arrives_us < link->up_flight[first].arrives_us)) {
            first = i;
        }
    }
    if (first == link->up_count) {
        return false;
    }
    *out = link->up_flight[first];
    link->up_count--;
    memmove(&link->up_flight[first], &link->up_flight[first + 1],
            (link->up_count - first) * sizeof(link->up_flight[0]));
    return true;
}

void fleet_link_send_ack(struct fleet_link *link, const struct order_ack *ack, int64_t now_us,
                         struct weir_rng *rng)
{
    if (!link->up || link->down_count == FLEET_FLIGHT_MAX) {
        return;
    }
    int64_t arrives_us = now_us + (int64_t)weir_rng_below(rng, (uint64_t)link->options.delay_us);
    if (link->down_count > 0 && link->down_flight[link->down_count - 1].arrives_us > arrives_us) {
        arrives_us = link->down_flight[link->down_count - 1].arrives_us;
    }
    link->down_flight[link->down_count++] =
        (struct fleet_ack_in_flight){.arrives_us = arrives_us, .ack = *ack};
}

/* First batch of a boot beyond a sequence, or of the next boot. */
static size_t index_after(const struct fleet_link *link, size_t boot, uint64_t sequence)
{
    size_t i = 0;
    while (i < link->sensor->batch_count && (link->sensor->batches[i].boot < boot ||
                                             (link->sensor->batches[i].boot == boot &&
                                              link->sensor->batches[i].sequence <= sequence))) {
        i++;
    }
    return i;
}

static void say_hello(struct fleet_link *link, int64_t now_us, struct weir_rng *rng)
{
    link->up_count = 0;
    link->down_count = 0;
    link->greeted = false;
    link->received[0] = 0;
    link->received[1] = 0;
    link->last_pulse_us = now_us;
    send(link, (struct fleet_message){.kind = FLEET_HELLO}, now_us, rng);
}

static void on_ack(struct fleet_link *link, const struct order_ack *ack, int64_t now_us,
                   struct weir_rng *rng)
{
    const size_t boot = ack->boot.bytes[1] - 1U;
    const size_t acked = index_after(link, boot, ack->committed_sequence);
    if (ack->committed_sequence > 0 && acked > link->acked) {
        link->acked = acked;
    }
    link->credit = ack->credit_bytes;
    if (ack->resend) {
        say_hello(link, now_us, rng);
        return;
    }
    if (link->greeted) {
        return;
    }
    link->received[boot] = ack->received_sequence;
    if (boot == link->boot) { /* the last of the welcome */
        link->greeted = true;
        size_t next = index_after(link, 0, link->received[0]);
        while (next < link->sensor->batch_count && link->sensor->batches[next].boot == 1 &&
               link->sensor->batches[next].sequence <= link->received[1]) {
            next++;
        }
        link->next = next > link->acked ? next : link->acked;
    }
}

static bool spooled(const struct fleet_link *link, size_t index, int64_t now_us)
{
    const struct fleet_batch *batch = &link->sensor->batches[index];
    return !link->options.live || batch->close_us <= now_us;
}

uint64_t fleet_link_previous(const struct fleet_link *link, size_t index)
{
    const struct fleet_batch *batch = &link->sensor->batches[index];
    for (size_t i = index; i > 0; i--) {
        const struct fleet_batch *before = &link->sensor->batches[i - 1];
        if (before->boot != batch->boot) {
            return 0;
        }
        if (!before->dropped) {
            return before->sequence;
        }
    }
    return 0;
}

size_t fleet_link_last(const struct fleet_link *link)
{
    size_t last = link->sensor->batch_count;
    for (size_t i = 0; i < link->sensor->batch_count; i++) {
        last = link->sensor->batches[i].dropped ? last : i;
    }
    return last;
}

size_t fleet_link_ranges(const struct fleet_link *link, struct order_boot_range ranges[2])
{
    size_t count = 0;
    for (size_t i = link->acked; i < link->sensor->batch_count; i++) {
        const struct fleet_batch *batch = &link->sensor->batches[i];
        if (batch->dropped || batch->boot > link->boot ||
            (link->options.live && batch->close_us > link->last_pulse_us)) {
            continue;
        }
        const struct weir_boot_id boot = fleet_link_boot(link->sensor_id, batch->boot);
        if (count == 0 || memcmp(&ranges[count - 1].boot, &boot, sizeof(boot)) != 0) {
            ranges[count++] =
                (struct order_boot_range){.boot = boot, .first_sequence = batch->sequence};
        }
        ranges[count - 1].last_sequence = batch->sequence;
    }
    return count;
}

static uint64_t unacknowledged(const struct fleet_link *link)
{
    uint64_t bytes = 0;
    for (size_t i = link->acked; i < link->next; i++) {
        if (!link->sensor->batches[i].dropped) {
            bytes += fleet_link_wire_bytes(&link->sensor->batches[i]);
        }
    }
    return bytes;
}

static void send_batches(struct fleet_link *link, int64_t now_us, struct weir_rng *rng)
{
    uint64_t out = unacknowledged(link);
    while (link->next < link->sensor->batch_count && spooled(link, link->next, now_us) &&
           link->sensor->batches[link->next].boot <= link->boot) {
        const struct fleet_batch *batch = &link->sensor->batches[link->next];
        const int64_t bytes = (int64_t)fleet_link_wire_bytes(batch);
        if (!batch->dropped) {
            if (out + (uint64_t)bytes > link->credit || link->uplink_free_us > now_us + TICK_US) {
                return;
            }
            const int64_t begin_us = link->uplink_free_us > now_us ? link->uplink_free_us : now_us;
            link->uplink_free_us = begin_us + bytes * TICK_US / link->options.bytes_per_tick;
            out += (uint64_t)bytes;
            send(link, (struct fleet_message){.kind = FLEET_BATCH, .index = link->next},
                 link->uplink_free_us, rng);
        }
        link->next++;
    }
}

static void send_pulse(struct fleet_link *link, int64_t now_us, struct weir_rng *rng)
{
    uint64_t last = 0;
    for (size_t i = 0; i < link->sensor->batch_count; i++) {
        const struct fleet_batch *batch = &link->sensor->batches[i];
        if (!batch->dropped && batch->boot == link->boot && spooled(link, i, now_us)) {
            last = batch->sequence;
        }
    }
    /* What is emitted and not in a batch yet lies in the current second. */
    const int64_t second_us = now_us - now_us % WEIR_US_PER_S;
    const int64_t low_us = link->options.live
                               ? fleet_traffic_low(link->sensor, link->boot, second_us - 1)
                               : WEIR_LOW_END;
    link->last_pulse_us = now_us;
    send(link,
         (struct fleet_message){
             .kind = FLEET_PULSE, .boot = link->boot, .low_us = low_us, .sequence = last},
         now_us, rng);
}

void fleet_link_run(struct fleet_link *link, int64_t now_us, struct weir_rng *rng)
{
    const struct fleet_sensor *sensor = link->sensor;
    if (link->options.live && sensor->kill_us != 0) {
        if (link->boot == 0 && now_us >= sensor->kill_us) {
            link->boot = 1;
            fleet_link_cut(link, sensor->back_us);
        }
    } else if (link->up && link->boot == 0 && sensor->kill_us != 0 &&
               link->next >= index_after(link, 0, UINT64_MAX)) {
        link->boot = 1; /* a replay reads on under a new boot */
        fleet_link_cut(link, now_us + WEIR_US_PER_S);
    }
    if (!link->up && now_us >= link->down_until_us) {
        link->up = true;
        say_hello(link, now_us, rng);
    }
    while (link->up && link->down_count > 0 && link->down_flight[0].arrives_us <= now_us) {
        const struct order_ack ack = link->down_flight[0].ack;
        link->down_count--;
        memmove(&link->down_flight[0], &link->down_flight[1],
                link->down_count * sizeof(link->down_flight[0]));
        on_ack(link, &ack, now_us, rng);
    }
    if (!link->up || !link->greeted) {
        return;
    }
    send_batches(link, now_us, rng);
    const bool idle = link->options.live || link->next == sensor->batch_count;
    if (idle && now_us - link->last_pulse_us >= PULSE_EVERY_US) {
        send_pulse(link, now_us, rng);
    }
}

bool fleet_link_drained(const struct fleet_link *link)
{
    for (size_t i = link->acked; i < link->sensor->batch_count; i++) {
        if (!link->sensor->batches[i].dropped) {
            return false;
        }
    }
    return true;
}
