/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/detail_reader.h"

#include <string.h>

#include "common/base/cursor.h"

#include "sensor/inspect/dhcp_message.h"
#include "sensor/inspect/http_details.h"

static uint32_t bit(enum weir_detail_block_index block)
{
    return 1U << block;
}

enum weir_detail_block_index detail_reader_block(enum weir_app app)
{
    return app == WEIR_APP_HTTP   ? WEIR_DETAIL_HTTP
           : app == WEIR_APP_SSH  ? WEIR_DETAIL_SSH
           : app == WEIR_APP_DNS  ? WEIR_DETAIL_DNS
           : app == WEIR_APP_DHCP ? WEIR_DETAIL_DHCP
                                  : WEIR_DETAIL_TLS;
}

/* Whether anything stands in the block that this reader fills. */
static bool has_learnt(const struct weir_flow_details *details, enum weir_detail_block_index block)
{
    if (block == WEIR_DETAIL_TLS) {
        return details->tls.client_hello || details->tls.server_hello;
    }
    if (block == WEIR_DETAIL_HTTP) {
        return details->http.requests + details->http.responses > 0 ||
               details->http.version[0] != '\0';
    }
    if (block == WEIR_DETAIL_SSH) {
        return details->ssh.client[0] != '\0' || details->ssh.server[0] != '\0';
    }
    if (block == WEIR_DETAIL_DNS) {
        return details->dns.queries + details->dns.responses > 0;
    }
    return details->dhcp.messages > 0;
}

static void mark(const struct detail_reader *reader, struct weir_flow_details *details)
{
    const enum weir_detail_block_index block = detail_reader_block(reader->app);
    details->present |= has_learnt(details, block) ? bit(block) : 0;
}

bool detail_reader_reads(enum weir_app app, bool datagrams)
{
    return datagrams ? app == WEIR_APP_DNS || app == WEIR_APP_QUIC || app == WEIR_APP_DHCP
                     : app == WEIR_APP_TLS || app == WEIR_APP_HTTP || app == WEIR_APP_SSH ||
                           app == WEIR_APP_DNS;
}

bool detail_reader_begin(struct detail_reader *reader, enum weir_app app, bool datagrams)
{
    if (!detail_reader_reads(app, datagrams)) {
        return false;
    }
    /* Of the kept bytes, thousands, only those that were written are ever read. */
    if (app == WEIR_APP_HTTP) {
        http_reader_init(&reader->at.http);
    } else if (app == WEIR_APP_TLS) {
        memset(&reader->at.tls, 0, offsetof(struct tls_reader, bytes));
    } else if (app == WEIR_APP_QUIC) {
        memset(&reader->at.quic, 0,
               offsetof(struct quic_reader, crypto) + offsetof(struct quic_crypto, bytes));
    } else if (app == WEIR_APP_SSH) {
        memset(&reader->at.ssh, 0, sizeof(reader->at.ssh));
    } else if (app == WEIR_APP_DNS) {
        memset(&reader->at.dns, 0,
               datagrams ? sizeof(reader->at.dns.reader) : sizeof(reader->at.dns));
    }
    reader->app = app;
    reader->datagrams = datagrams;
    return true;
}

static enum reading read_http(struct http_reader *http, const struct detail_piece *piece,
                              struct weir_http_details *details)
{
    struct weir_cursor payload = weir_cursor_over(piece->bytes, piece->size);
    struct http_item item;
    while (http_reader_next(http, piece->from_orig, &payload, &item)) {
        http_details_add(details, &item);
    }
    return http_reader_done(http) ? READING_DONE : READING_MORE;
}

static enum reading read_dns(struct detail_reader *reader, const struct detail_piece *piece,
                             struct weir_dns_details *details)
{
    struct dns_over_stream *dns = &reader->at.dns;
    struct weir_cursor payload = weir_cursor_over(piece->bytes, piece->size);
    struct weir_cursor message = payload;
    if (reader->datagrams) {
        (void)dns_reader_add(&dns->reader, message.next, message.left, piece->time_us, details);
        return READING_MORE;
    }
    struct dns_stream *stream = &dns->stream[piece->from_orig ? 0 : 1];
    while (dns_stream_next(stream, &payload, &message)) {
        if (!dns_reader_add(&dns->reader, message.next, message.left, piece->time_us, details)) {
            return READING_NOT; /* the cuts between messages can no longer be trusted */
        }
    }
    return READING_MORE;
}

static enum reading read_piece(struct detail_reader *reader, const struct detail_piece *piece,
                               struct weir_flow_details *details)
{
    if (reader->app == WEIR_APP_TLS) {
        return tls_reader_add(&reader->at.tls, piece->from_orig, piece->bytes, piece->size,
                              &details->tls);
    }
    if (reader->app == WEIR_APP_HTTP) {
        return read_http(&reader->at.http, piece, &details->http);
    }
    if (reader->app == WEIR_APP_SSH) {
        return ssh_reader_add(&reader->at.ssh, piece->from_orig, piece->bytes, piece->size,
                              &details->ssh);
    }
    if (reader->app == WEIR_APP_DNS) {
        return read_dns(reader, piece, &details->dns);
    }
    if (reader->app == WEIR_APP_QUIC) {
        return piece->from_orig
                   ? quic_reader_add(&reader->at.quic, piece->bytes, piece->size, &details->tls)
                   : READING_MORE;
    }
    (void)dhcp_message_read(piece->bytes, piece->size, &details->dhcp);
    return READING_MORE;
}

enum reading detail_reader_add(struct detail_reader *reader, const struct detail_piece *piece,
                               struct weir_flow_details *details)
{
    const enum reading reading = read_piece(reader, piece, details);
    mark(reader, details);
    return reading;
}

enum reading detail_reader_lose(struct detail_reader *reader, bool from_orig,
                                struct weir_flow_details *details)
{
    enum reading reading = READING_MORE;
    if (reader->datagrams) {
        return READING_MORE; /* each is whole in itself */
    }
    if (reader->app == WEIR_APP_TLS) {
        reading = tls_reader_lose(&reader->at.tls, from_orig, &details->tls);
    } else if (reader->app == WEIR_APP_HTTP) {
        http_reader_lose(&reader->at.http, from_orig);
        reading = http_reader_done(&reader->at.http) ? READING_DONE : READING_MORE;
    } else if (reader->app == WEIR_APP_SSH) {
        reading = ssh_reader_lose(&reader->at.ssh, from_orig);
    } else {
        reading = READING_DONE; /* of a DNS stream the next message cannot be found */
    }
    mark(reader, details);
    return reading;
}

bool detail_reader_rests(const struct detail_reader *reader)
{
    const struct dns_reader *dns = &reader->at.dns.reader;
    return reader->app == WEIR_APP_DNS && reader->datagrams && dns->first_answered &&
           dns->count == 0;
}

void detail_reader_begin_again(struct detail_reader *reader, enum weir_app app)
{
    (void)detail_reader_begin(reader, app, true);
    reader->at.dns.reader.first_known = true;
    reader->at.dns.reader.first_answered = true;
}

void detail_reader_end(struct detail_reader *reader, struct weir_flow_details *details)
{
    if (reader->app == WEIR_APP_QUIC) {
        if (!details->tls.client_hello) {
            (void)quic_reader_end(&reader->at.quic, &details->tls);
        }
    } else if (reader->app == WEIR_APP_TLS) {
        (void)tls_reader_lose(&reader->at.tls, true, &details->tls);
        (void)tls_reader_lose(&reader->at.tls, false, &details->tls);
    }
    mark(reader, details);
}
