/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/kdd_messages.h"

#include "common/base/check.h"

#include "common/flow/service.h"

static bool is_icmp(const struct weir_flow_record *record)
{
    return record->proto == WEIR_PROTO_ICMP || record->proto == WEIR_PROTO_ICMPV6;
}

/* first + i * (last - first) / max(1, messages - 1), split so that no product overflows: a valid
 * record has at most 2^32 messages a side. */
static int64_t time_of(const struct weir_icmp_side *side, uint64_t i)
{
    const uint64_t steps = side->messages > 1 ? side->messages - 1 : 1;
    const uint64_t span = (uint64_t)side->last_us - (uint64_t)side->first_us;
    return side->first_us + (int64_t)(i * (span / steps) + i * (span % steps) / steps);
}

/* True when the originator's message i does not come after the responder's message j. */
static bool orig_first(const struct weir_flow_record *record, uint64_t i, uint64_t j)
{
    return time_of(&record->icmp_orig, i) <= time_of(&record->icmp_resp, j);
}

/* Skips all but the latest `limit` messages, by merging the two directions backwards. */
static void keep_latest(struct weir_kdd_messages *messages, uint64_t limit)
{
    const struct weir_flow_record *record = messages->record;
    uint64_t orig = messages->orig_left;
    uint64_t resp = messages->resp_left;
    for (uint64_t kept = 0; kept < limit; kept++) {
        if (orig == 0 || (resp > 0 && orig_first(record, orig - 1, resp - 1))) {
            resp--;
        } else {
            orig--;
        }
    }
    if (messages->orig_left > 0 && orig == messages->orig_left) {
        orig--; /* the vector is that of the originator's last message */
        resp++;
    }
    messages->orig_at = orig;
    messages->resp_at = resp;
    messages->orig_left -= orig;
    messages->resp_left -= resp;
}

void weir_kdd_messages_init(struct weir_kdd_messages *messages,
                            const struct weir_flow_record *record, uint64_t limit)
{
    weir_check(limit > 0);
    *messages = (struct weir_kdd_messages){.record = record};
    if (!record->has_vector) {
        return;
    }
    if (!is_icmp(record)) {
        messages->orig_left = 1;
        return;
    }
    messages->orig_left = record->icmp_orig.messages;
    messages->resp_left = record->icmp_resp.messages;
    if (messages->orig_left + messages->resp_left > limit) {
        keep_latest(messages, limit);
    }
}

static void fill_message(const struct weir_flow_record *record, bool from_orig, uint64_t i,
                         struct weir_kdd_conn *out)
{
    const struct weir_icmp_side *side = from_orig ? &record->icmp_orig : &record->icmp_resp;
    const uint8_t label =
        weir_service_label(record->proto, side->type, side->code, WEIR_SERVICE_HINT_NONE);
    *out = (struct weir_kdd_conn){
        .start_us = time_of(side, i),
        .orig = from_orig ? record->orig.address : record->resp.address,
        .resp = from_orig ? record->resp.address : record->orig.address,
        .src_port = side->type,
        .resp_port = side->code,
        .proto = record->proto,
        .service_key = weir_service_key(record->proto, side->code, label),
        .outcome = WEIR_OUTCOME_NEITHER,
    };
}

static void fill_connection(const struct weir_flow_record *record, enum weir_flag flag,
                            struct weir_kdd_conn *out)
{
    *out = (struct weir_kdd_conn){
        .start_us = record->start_us,
        .orig = record->orig.address,
        .resp = record->resp.address,
        .src_port = record->orig.port,
        .resp_port = record->resp.port,
        .proto = record->proto,
        .service_key = weir_service_key(record->proto, record->resp.port, record->service),
        .outcome = record->proto == WEIR_PROTO_TCP ? weir_outcome_of(flag) : WEIR_OUTCOME_NEITHER,
    };
}

bool weir_kdd_messages_next(struct weir_kdd_messages *messages, enum weir_flag flag,
                            struct weir_kdd_conn *out, bool *is_vector)
{
    const struct weir_flow_record *record = messages->record;
    if (messages->orig_left == 0 && messages->resp_left == 0) {
        return false;
    }
    const bool from_orig =
        messages->resp_left == 0 ||
        (messages->orig_left > 0 && orig_first(record, messages->orig_at, messages->resp_at));
    if (!from_orig) {
        fill_message(record, false, messages->resp_at, out);
        messages->resp_at++;
        messages->resp_left--;
        *is_vector = false;
        return true;
    }
    if (is_icmp(record)) {
        fill_message(record, true, messages->orig_at, out);
    } else {
        fill_connection(record, flag, out);
    }
    messages->orig_at++;
    messages->orig_left--;
    *is_vector = messages->orig_left == 0;
    return true;
}
