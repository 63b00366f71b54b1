/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/random_batch.h"

#include <string.h>

#define LAST_US INT64_C(253402300799999999)

static uint64_t below(struct weir_rng *rng, uint64_t bound)
{
    return weir_rng_below(rng, bound);
}

/* Mostly small, now and then any 64 bits: varints of each length. */
static uint64_t any_size(struct weir_rng *rng)
{
    const uint64_t value = weir_rng_next(rng); /* first: C leaves the order of operands open */
    return value >> below(rng, 64);
}

static void fill_side(struct weir_rng *rng, double share, uint8_t address_size,
                      struct weir_flow_side *side)
{
    side->address.size = address_size;
    for (size_t i = 0; i < address_size; i++) {
        side->address.bytes[i] = (uint8_t)below(rng, i + 1 == address_size ? 256 : 2);
    }
    side->port = (uint16_t)below(rng, 65536);
    if (weir_rng_share(rng) < share) {
        for (size_t i = 0; i < sizeof(side->mac); i++) {
            side->mac[i] = (uint8_t)below(rng, 3);
        }
    }
    side->bytes = any_size(rng);
    side->packets = any_size(rng);
    side->ip_bytes = any_size(rng);
}

static void fill_texts(struct weir_rng *rng, struct weir_flow_record *record)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char letters[] = "shadfrcgtwiqxSHADFRCGTWIQX^";
    memcpy(record->community_id, "1:", 2);
    for (size_t i = 2; i < 29; i++) {
        record->community_id[i] = base64[below(rng, sizeof(base64) - 1)];
    }
    record->community_id[29] = '=';
    const size_t length = below(rng, 4) == 0 ? below(rng, WEIR_HISTORY_SIZE) : below(rng, 4);
    for (size_t i = 0; i < length; i++) {
        record->history[i] = letters[below(rng, sizeof(letters) - 1)];
    }
}

static void fill_counts(struct weir_rng *rng, struct weir_kdd_counts *c)
{
    c->count = (uint16_t)(1 + below(rng, 511));
    c->srv_count = (uint16_t)(1 + below(rng, 511));
    c->serror = (uint16_t)below(rng, c->count + 1U);
    c->srv_serror = (uint16_t)below(rng, c->srv_count + 1U);
    c->rerror = (uint16_t)below(rng, c->count + 1U);
    c->srv_rerror = (uint16_t)below(rng, c->srv_count + 1U);
    c->same_srv = (uint16_t)below(rng, c->count + 1U);
    c->dst_host_count = (uint16_t)(1 + below(rng, 255));
    c->dst_host_srv_count = (uint16_t)(1 + below(rng, 255));
    c->dst_host_same_srv = (uint16_t)below(rng, c->dst_host_count + 1U);
    c->dst_host_same_src_port = (uint16_t)below(rng, c->dst_host_count + 1U);
    c->dst_host_serror = (uint16_t)below(rng, c->dst_host_count + 1U);
    c->dst_host_rerror = (uint16_t)below(rng, c->dst_host_count + 1U);
    c->dst_host_srv_serror = (uint16_t)below(rng, c->dst_host_srv_count + 1U);
    c->dst_host_srv_rerror = (uint16_t)below(rng, c->dst_host_srv_count + 1U);
}

static void fill_icmp(struct weir_rng *rng, const struct weir_flow_record *record,
                      struct weir_icmp_side *side)
{
    const uint64_t span = (uint64_t)(record->end_us - record->start_us) + 1;
    side->messages = 1 + below(rng, UINT32_MAX - 1);
    side->bytes = any_size(rng);
    side->first_us = record->start_us + (int64_t)below(rng, span);
    side->last_us =
        side->first_us + (int64_t)below(rng, (uint64_t)(record->end_us - side->first_us) + 1);
    side->type = (uint8_t)below(rng, 256);
    side->code = (uint8_t)below(rng, 256);
}

static void fill_content(struct weir_rng *rng, struct weir_kdd_content *content)
{
    content->wrong_fragment = (uint8_t)below(rng, 4);
    content->urgent = (uint16_t)below(rng, 65536);
    content->hot = (uint16_t)below(rng, 65536);
    content->num_failed_logins = (uint8_t)below(rng, 6);
    content->logged_in = (uint8_t)below(rng, 2);
    content->num_compromised = (uint32_t)any_size(rng);
    content->root_shell = (uint8_t)below(rng, 2);
    content->su_attempted = (uint8_t)below(rng, 3);
    content->num_root = (uint32_t)any_size(rng);
    content->num_file_creations = (uint16_t)below(rng, 65536);
    content->num_shells = (uint8_t)below(rng, 256);
    content->num_access_files = (uint16_t)below(rng, 65536);
    content->is_host_login = (uint8_t)below(rng, 2);
    content->is_guest_login = (uint8_t)below(rng, 2);
}

static void fill_rare(struct weir_rng *rng, double share, struct weir_flow_record *record)
{
    if (weir_rng_share(rng) < share) {
        record->vlan_count = (uint8_t)(1 + below(rng, WEIR_VLAN_MAX));
        for (size_t i = 0; i < record->vlan_count; i++) {
            record->vlan[i] = (uint16_t)below(rng, 4096);
        }
    }
    if (record->proto == WEIR_PROTO_ICMP) {
        fill_icmp(rng, record, &record->icmp_orig);
        if (weir_rng_share(rng) < share) {
            fill_icmp(rng, record, &record->icmp_resp);
        }
    }
    if (weir_rng_share(rng) < share) {
        fill_content(rng, &record->content);
    }
    if (weir_rng_share(rng) < share) {
        fill_counts(rng, &record->immediate);
    }
    if (weir_rng_share(rng) < share) {
        record->verdict.model_version = any_size(rng);
        record->verdict.score = (float)weir_rng_share(rng);
        record->verdict.flagged = below(rng, 2) == 1;
    }
    record->conn_tag = weir_rng_share(rng) < share ? weir_rng_next(rng) : 0;
    record->missed_bytes = weir_rng_share(rng) < share ? any_size(rng) : 0;
    record->flow_status = weir_rng_share(rng) < share ? any_size(rng) : 0;
    record->tcp_anomaly = weir_rng_share(rng) < share ? (uint32_t)any_size(rng) : 0;
}

static void fill_record(struct weir_rng *rng, double share, struct weir_flow_record *record)
{
    static const uint8_t protos[] = {WEIR_PROTO_TCP, WEIR_PROTO_UDP, WEIR_PROTO_ICMP,
                                     WEIR_PROTO_SCTP};
    record->ip_version = below(rng, 2) == 0 ? 4 : 6;
    record->proto = protos[below(rng, sizeof(protos))];
    record->flow_id = any_size(rng);
    record->start_us = (int64_t)below(rng, (uint64_t)LAST_US);
    record->end_us =
        record->start_us + (int64_t)below(rng, (uint64_t)(LAST_US - record->start_us) + 1);
    record->duration_us = below(rng, 2) == 0 ? record->end_us - record->start_us : 0;
    fill_side(rng, share, record->ip_version == 4 ? 4 : 16, &record->orig);
    fill_side(rng, share, record->ip_version == 4 ? 4 : 16, &record->resp);
    fill_texts(rng, record);
    record->record_type = (uint8_t)(1 + below(rng, 3));
    const bool final = record->record_type == WEIR_RECORD_FINAL;
    record->conn_state = (uint8_t)(final ? 1 + below(rng, 13) : below(rng, 14));
    record->flag = (uint8_t)(final ? 1 + below(rng, 11) : below(rng, 12));
    record->early_flag = (uint8_t)below(rng, WEIR_FLAG_COUNT);
    record->end_reason = (uint8_t)(final ? WEIR_END_OF_FLOW : WEIR_END_NONE);
    record->service = (uint8_t)below(rng, 70);
    record->has_vector = record->proto != WEIR_PROTO_SCTP;
    record->land = weir_rng_share(rng) < share;
    record->content_truncated = weir_rng_share(rng) < share;
    fill_rare(rng, share, record);
}

void test_random_batch(struct weir_rng *rng, double share, struct weir_flow_record *records,
                       size_t count, struct weir_flow_batch *batch)
{
    memset(batch, 0, sizeof(*batch));
    for (size_t i = 0; i < sizeof(batch->boot.bytes); i++) {
        batch->boot.bytes[i] = (uint8_t)below(rng, 256);
    }
    batch->sequence = any_size(rng);
    batch->previous_sequence = any_size(rng);
    batch->low_us = below(rng, 8) == 0 ? WEIR_LOW_END : (int64_t)below(rng, (uint64_t)LAST_US);
    batch->sent_us = (int64_t)below(rng, (uint64_t)LAST_US);
    memcpy(batch->stream, "live", 4);
    memset(records, 0, count * sizeof(*records));
    uint64_t record_no = 0;
    for (size_t i = 0; i < count; i++) {
        fill_record(rng, share, &records[i]);
        record_no += 1 + (weir_rng_share(rng) < share ? below(rng, 100) : 0);
        records[i].record_no = record_no;
    }
    batch->last_record_no = record_no;
    batch->records = records;
    batch->count = count;
}
