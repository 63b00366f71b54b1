/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app.h"

#include "sensor/inspect/app_ber.h"
#include "sensor/inspect/app_datagram.h"
#include "sensor/inspect/app_dns.h"
#include "sensor/inspect/app_pattern.h"
#include "sensor/inspect/app_session.h"
#include "sensor/inspect/app_text.h"

#define PROTO_TCP         6
#define PROTO_UDP         17
#define ENOUGH            16 /* bytes for a verdict */
#define ENOUGH_ENDED      4  /* when no more will come */
#define ENCRYPTED_BYTES   256
#define ENCRYPTED_ENTROPY 7.2 /* entropy of payload, bits a byte */

#define BIT(app) (UINT64_C(1) << (app))

/* The server speaks first, so its bytes alone are enough. */
#define SERVER_FIRST                                                                               \
    (BIT(WEIR_APP_SSH) | BIT(WEIR_APP_SMTP) | BIT(WEIR_APP_FTP) | BIT(WEIR_APP_POP3) |             \
     BIT(WEIR_APP_IMAP) | BIT(WEIR_APP_TELNET) | BIT(WEIR_APP_MYSQL) | BIT(WEIR_APP_IRC))

_Static_assert(WEIR_APP_COUNT <= 64, "a set of applications is a word");

/* A direction's first byte must be in [low, high] for its function to be asked; without a function
 * the direction says nothing of the application. */
struct pattern {
    app_pattern_fn *claim;
    uint8_t low, high;
};

struct signature {
    enum weir_app app;
    struct pattern orig, resp;
};

#define ANY  0x00, 0xff
#define WORD 'A', 'z'

/* clang-format off */
static const struct signature tcp_signatures[] = { /* in the order of enum weir_app */
    {WEIR_APP_TLS, {app_session_tls_orig, 0x16, 0xff}, {app_session_tls_resp, 0x15, 0x16}},
    {WEIR_APP_SSH, {app_text_ssh_orig, 'S', 'S'}, {app_text_ssh_resp, ANY}},
    {WEIR_APP_HTTP, {app_text_http_orig, WORD}, {app_text_http_resp, 0x00, 'H'}},
    {WEIR_APP_SMTP, {app_text_smtp_orig, WORD}, {app_text_smtp_resp, '2', '5'}},
    {WEIR_APP_FTP, {app_text_ftp_orig, WORD}, {app_text_ftp_resp, '2', '5'}},
    {WEIR_APP_POP3, {app_text_pop3_orig, WORD}, {app_text_pop3_resp, '+', '-'}},
    {WEIR_APP_IMAP, {app_text_imap_orig, '!', '~'}, {app_text_imap_resp, '*', '*'}},
    {WEIR_APP_TELNET, {app_text_telnet_orig, ANY}, {app_text_telnet_resp, ANY}},
    {WEIR_APP_DNS, {app_dns_orig, ANY}, {app_dns_resp, ANY}},
    {WEIR_APP_SMB, {app_session_smb, 0x00, 0x82}, {app_session_smb, 0x00, 0x82}},
    {WEIR_APP_RDP, {app_session_rdp_orig, 0x03, 0x03}, {app_session_rdp_resp, 0x03, 0x03}},
    {WEIR_APP_LDAP, {app_ber_ldap_orig, 0x30, 0x30}, {app_ber_ldap_resp, 0x30, 0x30}},
    {WEIR_APP_KERBEROS, {app_ber_kerberos_orig, 0x00, 0x00}, {app_ber_kerberos_resp, 0x00, 0x00}},
    {WEIR_APP_MYSQL, {NULL, ANY}, {app_session_mysql_resp, ANY}},
    {WEIR_APP_POSTGRES, {app_session_postgres_orig, 0x00, 0x00},
     {app_session_postgres_resp, 'E', 'S'}},
    {WEIR_APP_MSSQL, {app_session_mssql_orig, 0x10, 0x12}, {app_session_mssql_resp, 0x04, 0x04}},
    {WEIR_APP_RPC, {app_session_rpc_orig, ANY}, {app_session_rpc_resp, ANY}},
    {WEIR_APP_IRC, {app_text_irc_orig, WORD}, {app_text_irc_resp, ':', 'z'}},
    {WEIR_APP_SOCKS, {app_session_socks_orig, 0x04, 0x05}, {app_session_socks_resp, 0x00, 0x05}},
    {WEIR_APP_BITTORRENT, {app_session_bittorrent, 0x13, 0x13},
     {app_session_bittorrent, 0x13, 0x13}},
    {WEIR_APP_MODBUS, {app_session_modbus_orig, ANY}, {app_session_modbus_resp, ANY}},
    {WEIR_APP_MQTT, {app_session_mqtt_orig, 0x10, 0x10}, {app_session_mqtt_resp, 0x20, 0x20}},
    {WEIR_APP_SYSLOG, {app_text_syslog, '<', '<'}, {NULL, ANY}},
    {WEIR_APP_SIP, {app_text_sip, WORD}, {NULL, ANY}},
    {WEIR_APP_STUN, {app_datagram_stun, 0x00, 0x3f}, {NULL, ANY}},
    {WEIR_APP_OPENVPN, {app_datagram_openvpn, 0x00, 0x03}, {NULL, ANY}},
};

static const struct signature udp_signatures[] = {
    {WEIR_APP_DNS, {app_dns_orig, ANY}, {app_dns_resp, ANY}},
    {WEIR_APP_LDAP, {app_ber_ldap_orig, 0x30, 0x30}, {app_ber_ldap_resp, 0x30, 0x30}},
    {WEIR_APP_KERBEROS, {app_ber_kerberos_orig, 0x6a, 0x6e}, {app_ber_kerberos_resp, 0x6b, 0x7e}},
    {WEIR_APP_RPC, {app_session_rpc_orig, ANY}, {app_session_rpc_resp, ANY}},
    {WEIR_APP_BITTORRENT, {app_session_bittorrent, 'd', 'd'}, {app_session_bittorrent, 'd', 'd'}},
    {WEIR_APP_QUIC, {app_datagram_quic_orig, 0x80, 0xff}, {app_datagram_quic_resp, 0x80, 0xff}},
    {WEIR_APP_NTP, {app_datagram_ntp, ANY}, {app_datagram_ntp, ANY}},
    {WEIR_APP_SNMP, {app_ber_snmp, 0x30, 0x30}, {app_ber_snmp, 0x30, 0x30}},
    {WEIR_APP_DHCP, {app_datagram_dhcp, 0x01, 0x02}, {app_datagram_dhcp, 0x01, 0x02}},
    {WEIR_APP_TFTP, {app_datagram_tftp_orig, 0x00, 0x00}, {app_datagram_tftp_resp, 0x00, 0x00}},
    {WEIR_APP_SSDP, {app_text_ssdp, WORD}, {NULL, ANY}},
    {WEIR_APP_MDNS, {app_dns_mdns, ANY}, {NULL, ANY}},
    {WEIR_APP_LLMNR, {app_dns_llmnr, ANY}, {NULL, ANY}},
    {WEIR_APP_NETBIOS_NS, {app_dns_netbios_ns, ANY}, {NULL, ANY}},
    {WEIR_APP_SYSLOG, {app_text_syslog, '<', '<'}, {NULL, ANY}},
    {WEIR_APP_SIP, {app_text_sip, WORD}, {NULL, ANY}},
    {WEIR_APP_STUN, {app_datagram_stun, 0x00, 0x3f}, {NULL, ANY}},
    {WEIR_APP_RADIUS, {app_datagram_radius, 0x01, 0x2d}, {NULL, ANY}},
    {WEIR_APP_WIREGUARD, {app_datagram_wireguard, 0x01, 0x02}, {NULL, ANY}},
    {WEIR_APP_OPENVPN, {app_datagram_openvpn, 0x38, 0x50}, {NULL, ANY}},
    {WEIR_APP_IKE, {app_datagram_ike, ANY}, {NULL, ANY}},
};
/* clang-format on */

/* Sets of applications. */
struct claims {
    uint64_t yes;
    uint64_t half;
    uint64_t more; /* bytes that may come decide */
    uint64_t fits; /* not contradicted: those above, and those it says nothing of */
    uint64_t open; /* what bytes to come may still change: more, or everything without any byte */
};

struct direction {
    struct app_side side;
    struct claims claims;
};

static enum app_claim claim_of(const struct pattern *pattern, const struct app_side *side)
{
    if (pattern->claim == NULL) {
        return APP_FITS;
    }
    const enum app_claim claim = pattern->claim(side);
    if (claim != APP_MORE || !side->last) {
        return claim;
    }
    /* A datagram that is here in whole should have held it; a stream may have been cut. */
    return side->udp && side->size >= side->whole ? APP_NO : APP_FITS;
}

static void add_claim(struct direction *direction, const struct pattern *pattern, uint64_t bit)
{
    struct claims *claims = &direction->claims;
    if (direction->side.size == 0) {
        claims->fits |= bit;
        claims->open |= pattern->claim != NULL ? bit : 0;
        return;
    }
    switch (claim_of(pattern, &direction->side)) {
    case APP_NO:
        return;
    case APP_FITS:
        break;
    case APP_MORE:
        claims->more |= bit;
        claims->open |= bit;
        break;
    case APP_HALF:
        claims->half |= bit;
        break;
    case APP_YES:
        claims->half |= bit;
        claims->yes |= bit;
        break;
    }
    claims->fits |= bit;
}

static struct app_side side_of(const struct app_heads *heads, const struct app_head *head)
{
    const bool udp = heads->proto == PROTO_UDP;
    const size_t size = head->size < APP_HEAD_MAX ? head->size : APP_HEAD_MAX;
    const size_t whole = head->datagram_size > head->size ? head->datagram_size : head->size;
    return (struct app_side){.bytes = head->bytes,
                             .size = size,
                             .whole = udp ? whole : SIZE_MAX,
                             .orig_port = heads->orig_port,
                             .resp_port = heads->resp_port,
                             .udp = udp,
                             .last = udp || heads->ended || size == APP_HEAD_MAX};
}

static enum weir_app lowest(uint64_t set)
{
    return (enum weir_app)__builtin_ctzll(set);
}

/* One range test a direction is all that most signatures cost. */
static bool excludes(const struct pattern *pattern, const struct app_side *side)
{
    return side->size > 0 && (side->bytes[0] < pattern->low || side->bytes[0] > pattern->high);
}

/* A direction that contradicts an application ends it, so the other one is not asked. */
static void collect(const struct signature *signatures, size_t count, struct direction *orig,
                    struct direction *resp)
{
    for (size_t i = 0; i < count; i++) {
        const struct signature *signature = &signatures[i];
        if (excludes(&signature->orig, &orig->side) || excludes(&signature->resp, &resp->side)) {
            continue;
        }
        const uint64_t bit = BIT(signature->app);
        add_claim(orig, &signature->orig, bit);
        if ((orig->claims.fits & bit) != 0) {
            add_claim(resp, &signature->resp, bit);
        }
    }
}

enum weir_app app_judge(const struct app_heads *heads, bool *settled)
{
    struct direction orig = {.side = side_of(heads, &heads->orig)};
    struct direction resp = {.side = side_of(heads, &heads->resp)};
    orig.side.other = resp.side.size > 0 ? &resp.side : NULL;
    resp.side.other = orig.side.size > 0 ? &orig.side : NULL;
    /* Of two datagrams neither grows, so what is here is all there will ever be. */
    const bool ended =
        heads->ended || (heads->proto == PROTO_UDP && orig.side.size > 0 && resp.side.size > 0);
    *settled = ended;
    if (heads->proto == PROTO_TCP) {
        collect(tcp_signatures, sizeof(tcp_signatures) / sizeof(tcp_signatures[0]), &orig, &resp);
    } else if (heads->proto == PROTO_UDP) {
        collect(udp_signatures, sizeof(udp_signatures) / sizeof(udp_signatures[0]), &orig, &resp);
    } else {
        *settled = true;
        return WEIR_APP_NONE;
    }
    const struct claims *o = &orig.claims;
    const struct claims *r = &resp.claims;
    const uint64_t matched = (o->yes & r->fits) | (r->yes & o->fits) | (o->half & r->half);
    const uint64_t up_to_first = matched != 0 ? (matched & -matched) * 2 - 1 : UINT64_MAX;
    const uint64_t waiting = ((o->more & r->fits) | (r->more & o->fits)) & ~matched & up_to_first;
    const uint64_t open = ((o->open & r->fits) | (r->open & o->fits)) & up_to_first;
    const enum weir_app app = matched != 0 ? lowest(matched) : WEIR_APP_UNKNOWN;
    const size_t longer = orig.side.size > resp.side.size ? orig.side.size : resp.side.size;
    const bool enough = orig.side.size >= ENOUGH ||
                        (resp.side.size >= ENOUGH && (BIT(app) & SERVER_FIRST) != 0) ||
                        (ended && longer >= ENOUGH_ENDED);
    if (!enough || waiting != 0) {
        return WEIR_APP_NONE;
    }
    *settled = ended || open == 0;
    return app;
}

enum weir_app app_recognise(const struct app_heads *heads)
{
    bool settled = false;
    return app_judge(heads, &settled);
}

bool app_encrypted_guess(enum weir_app app, const uint64_t bytes[2], const double entropy[2])
{
    return app == WEIR_APP_UNKNOWN && bytes[0] >= ENCRYPTED_BYTES && bytes[1] >= ENCRYPTED_BYTES &&
           entropy[0] >= ENCRYPTED_ENTROPY && entropy[1] >= ENCRYPTED_ENTROPY;
}
