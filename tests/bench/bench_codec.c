/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_codec: time and bytes of flow batches on the wire, with and without zstd.
 *
 * Prints a line a case: name, ns per record, records per second, payload bytes per record. The
 * records are branch traffic: web and name look-ups of two hundred hosts, a few pings. The best of
 * all rounds counts: noise only ever adds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/rng.h"

#include "common/flow/app.h"
#include "common/flow/flow_details.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/service.h"

#include "proto/flow_batch_codec.h"

#define RECORDS 500U
#define ROUNDS  4000U

static void fill_record(struct weir_rng *rng, uint64_t number, int64_t start_us,
                        struct weir_flow_record *record)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint64_t dice = weir_rng_below(rng, 10);
    record->flow_id = number;
    record->record_no = number;
    record->start_us = start_us;
    record->duration_us = (int64_t)weir_rng_below(rng, dice < 6 ? 2000000 : 60000);
    record->end_us = start_us + record->duration_us;
    record->proto = dice < 6 ? WEIR_PROTO_TCP : WEIR_PROTO_UDP;
    record->ip_version = 4;
    record->orig.address = (struct weir_address){{10, 0, 3, (uint8_t)weir_rng_below(rng, 200)}, 4};
    record->resp.address = (struct weir_address){{93, (uint8_t)weir_rng_below(rng, 8),
                                                  (uint8_t)weir_rng_below(rng, 4), 34},
                                                 4};
    memcpy(record->orig.mac, "\x02\x00\x00\x00\x03", 5);
    record->orig.mac[5] = record->orig.address.bytes[3];
    memcpy(record->resp.mac, "\x02\x00\x00\x00\x00\x01", 6);
    record->orig.port = (uint16_t)(32768 + weir_rng_below(rng, 28000));
    record->resp.port = dice < 6 ? 443 : 53;
    record->orig.bytes = dice < 6 ? 500 + weir_rng_below(rng, 3000) : 40;
    record->resp.bytes = dice < 6 ? 2000 + weir_rng_below(rng, 90000) : 120;
    record->orig.packets = dice < 6 ? 6 + weir_rng_below(rng, 40) : 1;
    record->resp.packets = dice < 6 ? 6 + weir_rng_below(rng, 80) : 1;
    record->orig.ip_bytes = record->orig.bytes + 40 * record->orig.packets;
    record->resp.ip_bytes = record->resp.bytes + 40 * record->resp.packets;
    record->conn_tag = weir_rng_next(rng);
    record->record_type = WEIR_RECORD_FINAL;
    record->conn_state = WEIR_CONN_SF;
    record->flag = WEIR_FLAG_SF;
    record->early_flag = WEIR_FLAG_SF;
    record->end_reason = WEIR_END_OF_FLOW;
    record->service = weir_service_label(record->proto, record->orig.port, record->resp.port,
                                         WEIR_SERVICE_HINT_NONE);
    record->has_vector = true;
    memcpy(record->community_id, "1:", 2);
    for (size_t i = 2; i < 29; i++) {
        record->community_id[i] = base64[weir_rng_below(rng, 64)];
    }
    record->community_id[29] = '=';
    memcpy(record->history, dice < 6 ? "ShADadFf" : "Dd\0", dice < 6 ? 8 : 3);
    const uint16_t seen = (uint16_t)(1 + weir_rng_below(rng, 60));
    record->immediate = (struct weir_kdd_counts){.count = seen,
                                                 .srv_count = seen,
                                                 .same_srv = seen,
                                                 .dst_host_count = 255,
                                                 .dst_host_srv_count = 200,
                                                 .dst_host_same_srv = 180};
    record->verdict = (struct weir_verdict){3, (float)weir_rng_share(rng) / 8.0F, false};
}

/* Statistics as a meter gives them: half of a TCP flow's columns are set, few of a datagram's. */
static void fill_side_statistics(struct weir_rng *rng, const struct weir_flow_record *record,
                                 const struct weir_flow_side *side,
                                 struct weir_side_statistics *out)
{
    out->first_us = record->start_us + (int64_t)weir_rng_below(rng, 3000);
    out->last_us = record->end_us - (int64_t)weir_rng_below(rng, 3000);
    out->ttl_min = 57;
    out->ttl_max = 57;
    out->ip_flags = 0x40;
    out->ipid_delta_min = 1;
    out->ipid_delta_max = (int32_t)weir_rng_below(rng, 300);
    out->pkt_len_min = 40;
    out->pkt_len_max = 1500;
    out->pkt_len_mean = (float)side->ip_bytes / (float)side->packets;
    out->pkt_len_std = (float)weir_rng_share(rng) * 600.0F;
    out->iat_min_us = weir_rng_below(rng, 100);
    out->iat_max_us = weir_rng_below(rng, 500000);
    out->iat_mean_us = (float)weir_rng_share(rng) * 20000.0F;
    out->iat_std_us = (float)weir_rng_share(rng) * 60000.0F;
    out->payload_entropy = 7.0F + (float)weir_rng_share(rng);
    if (record->proto != WEIR_PROTO_TCP) {
        return;
    }
    out->tcp_flags_or = 0x1b;
    out->tcp_fin = 1;
    out->tcp_syn = 1;
    out->tcp_psh = (uint32_t)side->packets / 3;
    out->tcp_ack = (uint32_t)side->packets - 1;
    out->seq_ok = (uint32_t)side->packets / 2;
    out->ack_ok = (uint32_t)side->packets / 2;
    out->win_init = 64240;
    out->win_avg = 60000.0F + (float)weir_rng_share(rng) * 5000.0F;
    out->win_min = (int64_t)(50000 + weir_rng_below(rng, 5000));
    out->win_max = (int64_t)(65000 + weir_rng_below(rng, 5000));
    out->win_up = (uint32_t)weir_rng_below(rng, 6);
    out->win_low_ratio = 0.0F;
    out->tcp_opt_count = (uint32_t)side->packets * 3;
    out->tcp_opt_mask = 0x11e;
    out->mss = 1460;
    out->wscale = 7;
    out->tcp_uptime_s = (int64_t)weir_rng_below(rng, 900000);
    out->rtt_ack_samples = (uint32_t)weir_rng_below(rng, 20);
    out->rtt_ack_min_us = (int64_t)weir_rng_below(rng, 20000);
    out->rtt_ack_max_us = (int64_t)weir_rng_below(rng, 60000);
    out->rtt_ack_mean_us = (float)weir_rng_share(rng) * 30000.0F;
}

static void fill_statistics(struct weir_rng *rng, const struct weir_flow_record *record,
                            struct weir_flow_statistics *out)
{
    const uint64_t packets = record->orig.packets + record->resp.packets;
    weir_flow_statistics_init(out);
    fill_side_statistics(rng, record, &record->orig, &out->orig);
    fill_side_statistics(rng, record, &record->resp, &out->resp);
    out->active_peers_src = (uint32_t)weir_rng_below(rng, 30);
    out->active_peers_dst = (uint32_t)weir_rng_below(rng, 30);
    out->active_pair_conns = (uint32_t)weir_rng_below(rng, 4);
    out->sequence_count = (uint8_t)(packets < WEIR_SEQUENCE_MAX ? packets : WEIR_SEQUENCE_MAX);
    for (size_t i = 0; i < out->sequence_count; i++) {
        const int32_t length = (int32_t)(40 + weir_rng_below(rng, 1460));
        out->len_seq[i] = weir_rng_below(rng, 2) == 0 ? length : -length;
        out->iat_seq[i] = i == 0 ? 0 : (uint32_t)weir_rng_below(rng, 30000);
    }
    out->stack_count = 1;
    out->header_stack[0] = record->proto == WEIR_PROTO_TCP ? 0x5d7 : 0x5d8;
    if (record->proto == WEIR_PROTO_TCP) {
        (void)snprintf(out->ja4t, sizeof(out->ja4t), "64240_2-4-8-1-3_1460_%d",
                       (int)weir_rng_below(rng, 9));
        (void)snprintf(out->ja4ts, sizeof(out->ja4ts), "65160_2-4-8-1-3_1460_%d",
                       (int)weir_rng_below(rng, 9));
        out->handshake_server_us = (int64_t)weir_rng_below(rng, 30000);
        out->handshake_client_us = (int64_t)weir_rng_below(rng, 900);
        out->rtt_ack_jitter_us = (float)weir_rng_share(rng) * 3000.0F;
    }
}

static void fill_details(struct weir_rng *rng, struct weir_flow_record *record,
                         struct weir_flow_details *out)
{
    record->details = out;
    if (record->proto == WEIR_PROTO_TCP) {
        record->app = WEIR_APP_TLS;
        out->present = 1U << WEIR_DETAIL_TLS;
        (void)snprintf(out->tls.server_name, sizeof(out->tls.server_name), "host%d.example.com",
                       (int)weir_rng_below(rng, 300));
        (void)snprintf(out->tls.ja4, sizeof(out->tls.ja4), "t13d1516h2_8daaf6152771_02713d6af%03d",
                       (int)weir_rng_below(rng, 20));
        memcpy(out->tls.version, "TLSv13", 7);
        out->tls.cipher = 0x1301;
        out->tls.client_hello = true;
        out->tls.server_hello = true;
    } else {
        record->app = WEIR_APP_DNS;
        out->present = 1U << WEIR_DETAIL_DNS;
        (void)snprintf(out->dns.query, sizeof(out->dns.query), "host%d.example.com",
                       (int)weir_rng_below(rng, 300));
        (void)snprintf(out->dns.answers, sizeof(out->dns.answers), "93.184.%d.34",
                       (int)weir_rng_below(rng, 250));
        out->dns.id = 1 + (uint32_t)weir_rng_below(rng, 65536);
        out->dns.qtype = 1;
        out->dns.qclass = 1;
        out->dns.rcode = 1;
        out->dns.answer_count = 1;
        out->dns.queries = 1;
        out->dns.responses = 1;
        out->dns.rtt_us = (uint32_t)weir_rng_below(rng, 60000);
    }
}

static struct weir_flow_batch make_batch(struct weir_flow_record *records)
{
    struct weir_rng rng;
    weir_rng_init(&rng, 1);
    int64_t start_us = INT64_C(1767600000000000);
    for (size_t i = 0; i < RECORDS; i++) {
        start_us += (int64_t)weir_rng_below(&rng, 3000);
        fill_record(&rng, i + 1, start_us, &records[i]);
    }
    struct weir_flow_batch batch = {.sequence = 1,
                                    .low_us = start_us,
                                    .sent_us = start_us,
                                    .last_record_no = RECORDS,
                                    .stream = "live",
                                    .records = records,
                                    .count = RECORDS};
    return batch;
}

/* The shorter of the best time so far and the time since from. */
static int64_t better(int64_t best_ns, struct weir_mono from)
{
    const int64_t ns = weir_mono_now().ns - from.ns;
    return ns < best_ns ? ns : best_ns;
}

static void print_line(const char *name, int64_t best_ns, size_t payload_bytes)
{
    const double ns = (double)best_ns / (double)RECORDS;
    (void)printf("%-24s %7.1f ns/record %10.0f records/s %6.1f bytes/record\n", name, ns, 1e9 / ns,
                 (double)payload_bytes / (double)RECORDS);
}

static int run(const char *label, int level, const struct weir_flow_batch *batch)
{
    struct weir_flow_batch_encoder *encoder = NULL;
    struct weir_flow_batch_decoder *decoder = NULL;
    struct weir_buffer bytes = {0};
    struct weir_arena arena;
    char name[32];
    struct weir_frame frame = {0};
    weir_arena_init(&arena, 0);
    int err = weir_flow_batch_encoder_new(level, &encoder);
    err = err != 0 ? err : weir_flow_batch_decoder_new(&decoder);
    int64_t best_ns = INT64_MAX;
    for (size_t i = 0; err == 0 && i < ROUNDS; i++) {
        const struct weir_mono from = weir_mono_now();
        weir_buffer_reset(&bytes);
        err = weir_flow_batch_encode(encoder, batch, &bytes, NULL);
        best_ns = better(best_ns, from);
    }
    (void)snprintf(name, sizeof(name), "encode %s", label);
    print_line(name, best_ns, bytes.size);
    best_ns = INT64_MAX;
    for (size_t i = 0; err == 0 && i < ROUNDS; i++) {
        const struct weir_mono from = weir_mono_now();
        struct weir_flow_batch out;
        weir_arena_reset(&arena);
        err = weir_frame_decode(bytes.bytes, bytes.size, &frame, NULL);
        err = err != 0 ? err : weir_flow_batch_decode(decoder, &frame, &arena, &out, NULL);
        best_ns = better(best_ns, from);
    }
    (void)snprintf(name, sizeof(name), "decode %s", label);
    print_line(name, best_ns, bytes.size);
    weir_flow_batch_encoder_free(encoder);
    weir_flow_batch_decoder_free(decoder);
    weir_buffer_fini(&bytes);
    weir_arena_fini(&arena);
    return err;
}

static void time_check(const struct weir_flow_batch *batch)
{
    int64_t best_ns = INT64_MAX;
    size_t valid = 0;
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct weir_mono from = weir_mono_now();
        for (size_t row = 0; row < batch->count; row++) {
            valid += weir_flow_record_valid(&batch->records[row], NULL);
        }
        best_ns = better(best_ns, from);
    }
    print_line(valid > 0 ? "check (part of both)" : "check failed", best_ns,
               RECORDS * sizeof(struct weir_flow_record));
}

static int run_levels(const char *what, const struct weir_flow_batch *batch)
{
    static const struct {
        const char *name;
        int level;
    } levels[] = {{"columns", WEIR_ZSTD_LEVEL_NONE}, {"zstd -1", -1}, {"zstd 1", 1}, {"zstd 3", 3}};
    int err = 0;
    (void)printf("%s\n", what);
    time_check(batch);
    for (size_t i = 0; err == 0 && i < sizeof(levels) / sizeof(levels[0]); i++) {
        err = run(levels[i].name, levels[i].level, batch);
    }
    return err;
}

int main(void)
{
    struct weir_flow_record *records = (struct weir_flow_record *)calloc(RECORDS, sizeof(*records));
    struct weir_flow_statistics *statistics =
        (struct weir_flow_statistics *)calloc(RECORDS, sizeof(*statistics));
    struct weir_flow_details *details =
        (struct weir_flow_details *)calloc(RECORDS, sizeof(*details));
    if (records == NULL || statistics == NULL || details == NULL) {
        return 1;
    }
    const struct weir_flow_batch batch = make_batch(records);
    struct weir_rng rng;
    weir_rng_init(&rng, 2);
    int err = run_levels("without statistics", &batch);
    for (size_t i = 0; i < RECORDS; i++) {
        fill_statistics(&rng, &records[i], &statistics[i]);
        records[i].statistics = &statistics[i];
    }
    err = err != 0 ? err : run_levels("with statistics", &batch);
    for (size_t i = 0; i < RECORDS; i++) {
        fill_details(&rng, &records[i], &details[i]);
    }
    err = err != 0 ? err : run_levels("with statistics and details", &batch);
    free(records);
    free(statistics);
    free(details);
    if (err != 0) {
        (void)fprintf(stderr, "bench_codec: error %d\n", err);
    }
    return err == 0 ? 0 : 1;
}
