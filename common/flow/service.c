/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/service.h"

#include <stddef.h>
#include <string.h>

#include "common/flow/flow_record.h"

/* The check list of specification 1.6.4; the position is the label's number. */
/* clang-format off */
#define SERVICE_TABLE(X) \
    X(AOL, "aol") X(AUTH, "auth") X(BGP, "bgp") X(COURIER, "courier") X(CSNET_NS, "csnet_ns") \
    X(CTF, "ctf") X(DAYTIME, "daytime") X(DISCARD, "discard") X(DOMAIN, "domain") \
    X(DOMAIN_U, "domain_u") X(ECHO, "echo") X(ECO_I, "eco_i") X(ECR_I, "ecr_i") X(EFS, "efs") \
    X(EXEC, "exec") X(FINGER, "finger") X(FTP, "ftp") X(FTP_DATA, "ftp_data") \
    X(GOPHER, "gopher") X(HARVEST, "harvest") X(HOSTNAMES, "hostnames") X(HTTP, "http") \
    X(HTTP_2784, "http_2784") X(HTTP_443, "http_443") X(HTTP_8001, "http_8001") \
    X(IMAP4, "imap4") X(IRC, "IRC") X(ISO_TSAP, "iso_tsap") X(KLOGIN, "klogin") \
    X(KSHELL, "kshell") X(LDAP, "ldap") X(LINK, "link") X(LOGIN, "login") X(MTP, "mtp") \
    X(NAME, "name") X(NETBIOS_DGM, "netbios_dgm") X(NETBIOS_NS, "netbios_ns") \
    X(NETBIOS_SSN, "netbios_ssn") X(NETSTAT, "netstat") X(NNSP, "nnsp") X(NNTP, "nntp") \
    X(NTP_U, "ntp_u") X(OTHER, "other") X(PM_DUMP, "pm_dump") X(POP_2, "pop_2") \
    X(POP_3, "pop_3") X(PRINTER, "printer") X(PRIVATE, "private") X(RED_I, "red_i") \
    X(REMOTE_JOB, "remote_job") X(RJE, "rje") X(SHELL, "shell") X(SMTP, "smtp") \
    X(SQL_NET, "sql_net") X(SSH, "ssh") X(SUNRPC, "sunrpc") X(SUPDUP, "supdup") \
    X(SYSTAT, "systat") X(TELNET, "telnet") X(TFTP_U, "tftp_u") X(TIM_I, "tim_i") \
    X(TIME, "time") X(URH_I, "urh_i") X(URP_I, "urp_i") X(UUCP, "uucp") \
    X(UUCP_PATH, "uucp_path") X(VMNET, "vmnet") X(WHOIS, "whois") X(X11, "X11") \
    X(Z39_50, "Z39_50")
/* clang-format on */

enum label {
#define X(label, text) LABEL_##label,
    SERVICE_TABLE(X)
#undef X
    LABEL_COUNT
};
_Static_assert(LABEL_COUNT == WEIR_SERVICE_COUNT, "NSL-KDD has seventy services");

static const char *const texts[WEIR_SERVICE_COUNT] = {
#define X(label, text) text,
    SERVICE_TABLE(X)
#undef X
};

#define LOW_PORTS 1024 /* the ports below are named or `private`, those above named or `other` */

/* 1 + label; 0 where the port has no name. */
#define NAMED(label) (uint8_t)(LABEL_##label + 1)
static const uint8_t tcp_low[LOW_PORTS] = {
    [7] = NAMED(ECHO),          [9] = NAMED(DISCARD),       [11] = NAMED(SYSTAT),
    [13] = NAMED(DAYTIME),      [15] = NAMED(NETSTAT),      [20] = NAMED(FTP_DATA),
    [21] = NAMED(FTP),          [22] = NAMED(SSH),          [23] = NAMED(TELNET),
    [25] = NAMED(SMTP),         [37] = NAMED(TIME),         [42] = NAMED(NAME),
    [43] = NAMED(WHOIS),        [53] = NAMED(DOMAIN),       [57] = NAMED(MTP),
    [70] = NAMED(GOPHER),       [71] = NAMED(REMOTE_JOB),   [77] = NAMED(RJE),
    [79] = NAMED(FINGER),       [80] = NAMED(HTTP),         [84] = NAMED(CTF),
    [87] = NAMED(LINK),         [95] = NAMED(SUPDUP),       [101] = NAMED(HOSTNAMES),
    [102] = NAMED(ISO_TSAP),    [105] = NAMED(CSNET_NS),    [109] = NAMED(POP_2),
    [110] = NAMED(POP_3),       [111] = NAMED(SUNRPC),      [113] = NAMED(AUTH),
    [117] = NAMED(UUCP_PATH),   [119] = NAMED(NNTP),        [137] = NAMED(NETBIOS_NS),
    [138] = NAMED(NETBIOS_DGM), [139] = NAMED(NETBIOS_SSN), [143] = NAMED(IMAP4),
    [150] = NAMED(SQL_NET),     [175] = NAMED(VMNET),       [179] = NAMED(BGP),
    [210] = NAMED(Z39_50),      [389] = NAMED(LDAP),        [433] = NAMED(NNSP),
    [443] = NAMED(HTTP_443),    [512] = NAMED(EXEC),        [513] = NAMED(LOGIN),
    [514] = NAMED(SHELL),       [515] = NAMED(PRINTER),     [520] = NAMED(EFS),
    [530] = NAMED(COURIER),     [540] = NAMED(UUCP),        [543] = NAMED(KLOGIN),
    [544] = NAMED(KSHELL),
};

#define PORT_FTP_DATA 20
#define PORT_SUNRPC   111

/* No (protocol, port) key reaches this bit, so ftp_data is one service whatever its ports. */
#define KEY_FTP_DATA (UINT32_C(1) << 31)

static uint8_t label_of_high_port(uint16_t port)
{
    if (port >= 6000 && port <= 6063) {
        return LABEL_X11;
    }
    if (port >= 6665 && port <= 6669) {
        return LABEL_IRC;
    }
    switch (port) {
    case 2784:
        return LABEL_HTTP_2784;
    case 3128:
        return LABEL_HARVEST;
    case 5190:
        return LABEL_AOL;
    case 8001:
        return LABEL_HTTP_8001;
    default:
        return LABEL_OTHER;
    }
}

static uint8_t label_of_tcp(uint16_t orig_port, uint16_t resp_port, enum weir_service_hint hint)
{
    if (resp_port == PORT_SUNRPC && hint == WEIR_SERVICE_HINT_PM_DUMP) {
        return LABEL_PM_DUMP;
    }
    if (orig_port == PORT_FTP_DATA || resp_port == PORT_FTP_DATA ||
        hint == WEIR_SERVICE_HINT_FTP_DATA) {
        return LABEL_FTP_DATA;
    }
    if (resp_port >= LOW_PORTS) {
        return label_of_high_port(resp_port);
    }
    return tcp_low[resp_port] != 0 ? (uint8_t)(tcp_low[resp_port] - 1) : LABEL_PRIVATE;
}

static uint8_t label_of_udp(uint16_t resp_port)
{
    switch (resp_port) {
    case 53:
        return LABEL_DOMAIN_U;
    case 69:
        return LABEL_TFTP_U;
    case 123:
        return LABEL_NTP_U;
    default:
        return resp_port < LOW_PORTS ? LABEL_PRIVATE : LABEL_OTHER;
    }
}

static uint8_t label_of_icmp(uint16_t type, uint16_t code)
{
    switch (type) {
    case 0:
        return LABEL_ECR_I;
    case 3:
        return code == 2 || code == 3 ? LABEL_URP_I : LABEL_URH_I;
    case 5:
        return LABEL_RED_I;
    case 8:
        return LABEL_ECO_I;
    case 11:
        return LABEL_TIM_I;
    default:
        return LABEL_OTHER;
    }
}

static uint8_t label_of_icmpv6(uint16_t type, uint16_t code)
{
    switch (type) {
    case 1:
        return code == 4 ? LABEL_URP_I : LABEL_URH_I;
    case 3:
        return LABEL_TIM_I;
    case 128:
        return LABEL_ECO_I;
    case 129:
        return LABEL_ECR_I;
    case 137:
        return LABEL_RED_I;
    default:
        return LABEL_OTHER;
    }
}

const char *weir_service_text(uint8_t label)
{
    return label < WEIR_SERVICE_COUNT ? texts[label] : NULL;
}

bool weir_service_parse(const char *text, uint8_t *out)
{
    for (size_t i = 0; i < WEIR_SERVICE_COUNT; i++) {
        if (strcmp(texts[i], text) == 0) {
            *out = (uint8_t)i;
            return true;
        }
    }
    return false;
}

uint8_t weir_service_label(uint8_t proto, uint16_t orig_port, uint16_t resp_port,
                           enum weir_service_hint hint)
{
    switch (proto) {
    case WEIR_PROTO_TCP:
        return label_of_tcp(orig_port, resp_port, hint);
    case WEIR_PROTO_UDP:
        return label_of_udp(resp_port);
    case WEIR_PROTO_ICMP:
        return label_of_icmp(orig_port, resp_port);
    case WEIR_PROTO_ICMPV6:
        return label_of_icmpv6(orig_port, resp_port);
    default:
        return LABEL_OTHER;
    }
}

uint32_t weir_service_key(uint8_t proto, uint16_t resp_port, uint8_t label)
{
    switch (proto) {
    case WEIR_PROTO_TCP:
        if (label == LABEL_FTP_DATA) {
            return KEY_FTP_DATA;
        }
        break;
    case WEIR_PROTO_ICMP:
    case WEIR_PROTO_ICMPV6: /* one icmp: the label says what the type means in either version */
        return (uint32_t)WEIR_PROTO_ICMP << 16 | label;
    default:
        break;
    }
    return (uint32_t)proto << 16 | resp_port;
}

bool weir_service_has_vector(uint8_t proto, uint16_t icmp_type)
{
    switch (proto) {
    case WEIR_PROTO_TCP:
    case WEIR_PROTO_UDP:
    case WEIR_PROTO_ICMP:
        return true;
    case WEIR_PROTO_ICMPV6: /* not neighbour discovery and multicast listeners */
        return !(icmp_type >= 130 && icmp_type <= 136) && icmp_type != 143;
    default:
        return false;
    }
}
