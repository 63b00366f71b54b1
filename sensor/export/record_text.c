/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/record_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

#include "common/flow/app.h"
#include "common/flow/service.h"
#include "common/flow/tunnel.h"

#include "sensor/export/record_extras.h"

struct texts { /* the fields that are text in every format */
    char orig[WEIR_ADDRESS_TEXT_SIZE], resp[WEIR_ADDRESS_TEXT_SIZE];
    char orig_mac[18], resp_mac[18];
    char proto[16];
    const char *conn_state, *flag, *early_flag, *service;
};

static const char *or_unset(const char *text)
{
    return text == NULL ? "-" : text;
}

static void mac_text(const uint8_t mac[6], char text[18])
{
    (void)snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                   mac[4], mac[5]);
}

static struct texts texts_of(const struct weir_flow_record *record)
{
    struct texts texts = {0};
    weir_address_text(&record->orig.address, texts.orig);
    weir_address_text(&record->resp.address, texts.resp);
    mac_text(record->orig.mac, texts.orig_mac);
    mac_text(record->resp.mac, texts.resp_mac);
    const char *name = record->proto == WEIR_PROTO_TCP   ? "tcp"
                       : record->proto == WEIR_PROTO_UDP ? "udp"
                       : record->proto == WEIR_PROTO_ICMP || record->proto == WEIR_PROTO_ICMPV6
                           ? "icmp"
                           : NULL;
    if (name != NULL) {
        (void)snprintf(texts.proto, sizeof(texts.proto), "%s", name);
    } else {
        (void)snprintf(texts.proto, sizeof(texts.proto), "%u", (unsigned)record->proto);
    }
    texts.conn_state = or_unset(weir_conn_state_text((enum weir_conn_state)record->conn_state));
    texts.flag = or_unset(weir_flag_text((enum weir_flag)record->flag));
    texts.early_flag = or_unset(weir_flag_text((enum weir_flag)record->early_flag));
    texts.service = or_unset(weir_service_text(record->service));
    return texts;
}

void record_text_csv_header(struct weir_buffer *out)
{
    weir_buffer_add_text(
        out, "src_mac,dst_mac,src_ip,dst_ip,src_port,dst_port,payload_bytes,ip_bytes,time,"
             "flow_id,start_us,end_us,duration_us,proto,ip_version,vlan,inner_vlan,service,"
             "conn_state,flag,early_flag,end_reason,orig_bytes,resp_bytes,missed_bytes,orig_pkts,"
             "resp_pkts,orig_ip_bytes,resp_ip_bytes,history,land,wrong_fragment,urgent,"
             "tcp_anomaly,flow_status,conn_tag,community_id");
    record_extras_csv_header(out);
    weir_buffer_add_text(out, "\n");
}

static void add_vlan(struct weir_buffer *out, const struct weir_flow_record *record, unsigned i)
{
    if (record->vlan_count > i) {
        weir_buffer_add_format(out, "%u", (unsigned)record->vlan[i]);
    }
    weir_buffer_add_text(out, ",");
}

void record_text_csv(struct weir_buffer *out, const struct weir_flow_record *record)
{
    const struct texts texts = texts_of(record);
    char time[28];
    weir_wall_text(record->start_us, time);
    weir_buffer_add_format(out, "%s,%s,%s,%s,%u,%u,%" PRIu64 ",%" PRIu64 ",%s,", texts.orig_mac,
                           texts.resp_mac, texts.orig, texts.resp, (unsigned)record->orig.port,
                           (unsigned)record->resp.port, record->orig.bytes + record->resp.bytes,
                           record->orig.ip_bytes + record->resp.ip_bytes, time);
    weir_buffer_add_format(out, "%" PRIu64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%s,%u,",
                           record->flow_id, record->start_us, record->end_us, record->duration_us,
                           texts.proto, (unsigned)record->ip_version);
    add_vlan(out, record, 0);
    add_vlan(out, record, 1);
    weir_buffer_add_format(out, "%s,%s,%s,%s,%u,", texts.service, texts.conn_state, texts.flag,
                           texts.early_flag, (unsigned)record->end_reason);
    weir_buffer_add_format(out,
                           "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                           ",%" PRIu64 ",",
                           record->orig.bytes, record->resp.bytes, record->missed_bytes,
                           record->orig.packets, record->resp.packets, record->orig.ip_bytes,
                           record->resp.ip_bytes);
    weir_buffer_add_format(out, "%s,%d,%u,%u,%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%s",
                           record->history, record->land ? 1 : 0,
                           (unsigned)record->content.wrong_fragment,
                           (unsigned)record->content.urgent, record->tcp_anomaly,
                           record->flow_status, record->conn_tag, record->community_id);
    record_extras_csv(out, record);
    weir_buffer_add_text(out, "\n");
}

/* No text here can hold a quote, a backslash or a control character. */
void record_text_jsonl(struct weir_buffer *out, const struct weir_flow_record *record)
{
    const struct texts texts = texts_of(record);
    weir_buffer_add_format(out,
                           "{\"flow_id\":%" PRIu64 ",\"start_us\":%" PRId64 ",\"end_us\":%" PRId64
                           ",\"duration_us\":%" PRId64 ",\"proto\":\"%s\",\"ip_version\":%u",
                           record->flow_id, record->start_us, record->end_us, record->duration_us,
                           texts.proto, (unsigned)record->ip_version);
    weir_buffer_add_format(out,
                           ",\"orig_h\":\"%s\",\"orig_p\":%u,\"resp_h\":\"%s\",\"resp_p\":%u"
                           ",\"orig_l2\":\"%s\",\"resp_l2\":\"%s\",\"vlan\":[",
                           texts.orig, (unsigned)record->orig.port, texts.resp,
                           (unsigned)record->resp.port, texts.orig_mac, texts.resp_mac);
    for (unsigned i = 0; i < record->vlan_count; i++) {
        weir_buffer_add_format(out, "%s%u", i == 0 ? "" : ",", (unsigned)record->vlan[i]);
    }
    weir_buffer_add_format(out,
                           "],\"orig_bytes\":%" PRIu64 ",\"resp_bytes\":%" PRIu64
                           ",\"orig_pkts\":%" PRIu64 ",\"resp_pkts\":%" PRIu64
                           ",\"orig_ip_bytes\":%" PRIu64 ",\"resp_ip_bytes\":%" PRIu64
                           ",\"missed_bytes\":%" PRIu64,
                           record->orig.bytes, record->resp.bytes, record->orig.packets,
                           record->resp.packets, record->orig.ip_bytes, record->resp.ip_bytes,
                           record->missed_bytes);
    weir_buffer_add_format(out,
                           ",\"service\":\"%s\",\"conn_state\":\"%s\",\"flag\":\"%s\""
                           ",\"early_flag\":\"%s\",\"end_reason\":%u,\"history\":\"%s\"",
                           texts.service, texts.conn_state, texts.flag, texts.early_flag,
                           (unsigned)record->end_reason, record->history);
    weir_buffer_add_format(out,
                           ",\"land\":%s,\"wrong_fragment\":%u,\"urgent\":%u,\"tcp_anomaly\":"
                           "%" PRIu32 ",\"flow_status\":\"%016" PRIx64
                           "\",\"conn_tag\":\"%016" PRIx64 "\",\"community_id\":\"%s\"",
                           record->land ? "true" : "false",
                           (unsigned)record->content.wrong_fragment,
                           (unsigned)record->content.urgent, record->tcp_anomaly,
                           record->flow_status, record->conn_tag, record->community_id);
    record_extras_json(out, record);
    weir_buffer_add_text(out, "}\n");
}

void record_text_zeek_header(struct weir_buffer *out, int64_t open_us)
{
    char time[28];
    weir_wall_text(open_us, time);
    weir_buffer_add_text(out, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
                              "#unset_field\t-\n#path\tconn\n");
    weir_buffer_add_format(out, "#open\t%.4s-%.2s-%.2s-%.2s-%.2s-%.2s\n", time, time + 5, time + 8,
                           time + 11, time + 14, time + 17);
    weir_buffer_add_text(
        out, "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\t"
             "duration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\t"
             "history\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\t"
             "vlan\tinner_vlan\torig_l2_addr\tresp_l2_addr\tcommunity_id\ttunnel\n"
             "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\t"
             "string\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]\t"
             "int\tint\tstring\tstring\tstring\tstring\n");
}

/* "C" and a number in base 62. */
static void uid_text(uint64_t number, char text[16])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    char reversed[12];
    size_t size = 0;
    do {
        reversed[size++] = digits[number % 62];
        number /= 62;
    } while (number > 0);
    size_t at = 0;
    text[at++] = 'C';
    while (size > 0) {
        text[at++] = reversed[--size];
    }
    text[at] = '\0';
}

/* The application that was recognised, as Zeek names it; those it does not know keep our names, and
 * of "none" and "unknown" it says nothing. */
static const char *zeek_service(const struct weir_flow_record *record)
{
    const enum weir_app app = (enum weir_app)record->app;
    const bool tcp = record->proto == WEIR_PROTO_TCP;
    if (app <= WEIR_APP_UNKNOWN) {
        return "-";
    }
    if (app == WEIR_APP_TLS) {
        return "ssl";
    }
    if (app == WEIR_APP_POSTGRES) {
        return "postgresql";
    }
    if (app == WEIR_APP_KERBEROS) {
        return tcp ? "krb_tcp" : "krb";
    }
    if (app == WEIR_APP_LDAP) {
        return tcp ? "ldap_tcp" : "ldap_udp";
    }
    if (app == WEIR_APP_MDNS || app == WEIR_APP_LLMNR || app == WEIR_APP_NETBIOS_NS) {
        return "dns"; /* one analyzer for all */
    }
    return or_unset(weir_app_text(app));
}

/* A column that Zeek does not have: its tunnel_parents are uids of the connections that carried
 * this one, which weir does not follow. */
static void add_tunnel(struct weir_buffer *out, const struct weir_flow_record *record)
{
    if (record->tunnel == WEIR_TUNNEL_NONE) {
        weir_buffer_add_text(out, "\t-");
    } else {
        weir_buffer_add_format(out, "\t%s/%" PRIu32,
                               or_unset(weir_tunnel_text((enum weir_tunnel)record->tunnel)),
                               record->tunnel_id);
    }
}

static void add_link(struct weir_buffer *out, const struct weir_flow_record *record,
                     const struct texts *texts)
{
    static const uint8_t no_mac[6];
    const bool has_orig = memcmp(record->orig.mac, no_mac, sizeof(no_mac)) != 0;
    const bool has_resp = memcmp(record->resp.mac, no_mac, sizeof(no_mac)) != 0;
    for (unsigned i = 0; i < WEIR_VLAN_MAX; i++) {
        if (i < record->vlan_count) {
            weir_buffer_add_format(out, "\t%u", (unsigned)record->vlan[i]);
        } else {
            weir_buffer_add_text(out, "\t-");
        }
    }
    weir_buffer_add_format(out, "\t%s\t%s", has_orig ? texts->orig_mac : "-",
                           has_resp ? texts->resp_mac : "-");
}

void record_text_zeek(struct weir_buffer *out, const struct weir_flow_record *record,
                      uint64_t uid_base)
{
    const struct texts texts = texts_of(record);
    const bool known =
        record->proto == WEIR_PROTO_TCP || record->proto == WEIR_PROTO_UDP || texts.proto[0] == 'i';
    char uid[16];
    uid_text(uid_base + record->flow_id, uid);
    weir_buffer_add_format(out, "%" PRId64 ".%06" PRId64 "\t%s\t%s\t%u\t%s\t%u\t%s\t%s\t",
                           record->start_us / WEIR_US_PER_S, record->start_us % WEIR_US_PER_S, uid,
                           texts.orig, (unsigned)record->orig.port, texts.resp,
                           (unsigned)record->resp.port, known ? texts.proto : "unknown_transport",
                           zeek_service(record));
    if (record->orig.packets + record->resp.packets > 1) {
        weir_buffer_add_format(out, "%" PRId64 ".%06" PRId64 "\t%" PRIu64 "\t%" PRIu64,
                               record->duration_us / WEIR_US_PER_S,
                               record->duration_us % WEIR_US_PER_S, record->orig.bytes,
                               record->resp.bytes);
    } else {
        weir_buffer_add_text(out, "-\t-\t-");
    }
    weir_buffer_add_format(out, "\t%s\t-\t-\t%" PRIu64 "\t%s\t", texts.conn_state,
                           record->missed_bytes,
                           record->history[0] == '\0' ? "-" : record->history);
    weir_buffer_add_format(out, "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
                           record->orig.packets, record->orig.ip_bytes, record->resp.packets,
                           record->resp.ip_bytes);
    weir_buffer_add_text(out, "\t-"); /* tunnel_parents */
    add_link(out, record, &texts);
    weir_buffer_add_format(out, "\t%s", record->community_id);
    add_tunnel(out, record);
    weir_buffer_add_text(out, "\n");
}

void record_text_zeek_footer(struct weir_buffer *out, int64_t close_us)
{
    char time[28];
    weir_wall_text(close_us, time);
    weir_buffer_add_format(out, "#close\t%.4s-%.2s-%.2s-%.2s-%.2s-%.2s\n", time, time + 5, time + 8,
                           time + 11, time + 14, time + 17);
}
