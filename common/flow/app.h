/* SPDX-License-Identifier: Apache-2.0
 *
 * app: the application protocols a connection can be recognised as.
 *
 * Shape:   NONE: not enough bytes were seen; UNKNOWN: enough, and no signature fits. A value fits
 *          a uint8_t. The numbers are stored and sent: append, never renumber.
 * Source:  specification 5.1.1, in the order of its table.
 */
#ifndef WEIR_COMMON_FLOW_APP_H
#define WEIR_COMMON_FLOW_APP_H

#include <stdbool.h>

#define WEIR_APP_COUNT 40

/* Name in capitals, value, text. */
#define WEIR_APP_TABLE(X)                                                                          \
    X(NONE, 0, "none")                                                                             \
    X(UNKNOWN, 1, "unknown")                                                                       \
    X(TLS, 2, "tls")                                                                               \
    X(SSH, 3, "ssh")                                                                               \
    X(HTTP, 4, "http")                                                                             \
    X(SMTP, 5, "smtp")                                                                             \
    X(FTP, 6, "ftp")                                                                               \
    X(POP3, 7, "pop3")                                                                             \
    X(IMAP, 8, "imap")                                                                             \
    X(TELNET, 9, "telnet")                                                                         \
    X(DNS, 10, "dns")                                                                              \
    X(SMB, 11, "smb")                                                                              \
    X(RDP, 12, "rdp")                                                                              \
    X(LDAP, 13, "ldap")                                                                            \
    X(KERBEROS, 14, "kerberos")                                                                    \
    X(MYSQL, 15, "mysql")                                                                          \
    X(POSTGRES, 16, "postgres")                                                                    \
    X(MSSQL, 17, "mssql")                                                                          \
    X(RPC, 18, "rpc")                                                                              \
    X(IRC, 19, "irc")                                                                              \
    X(SOCKS, 20, "socks")                                                                          \
    X(BITTORRENT, 21, "bittorrent")                                                                \
    X(MODBUS, 22, "modbus")                                                                        \
    X(MQTT, 23, "mqtt")                                                                            \
    X(QUIC, 24, "quic")                                                                            \
    X(NTP, 25, "ntp")                                                                              \
    X(SNMP, 26, "snmp")                                                                            \
    X(DHCP, 27, "dhcp")                                                                            \
    X(TFTP, 28, "tftp")                                                                            \
    X(SSDP, 29, "ssdp")                                                                            \
    X(MDNS, 30, "mdns")                                                                            \
    X(LLMNR, 31, "llmnr")                                                                          \
    X(NETBIOS_NS, 32, "netbios-ns")                                                                \
    X(SYSLOG, 33, "syslog")                                                                        \
    X(SIP, 34, "sip")                                                                              \
    X(STUN, 35, "stun")                                                                            \
    X(RADIUS, 36, "radius")                                                                        \
    X(WIREGUARD, 37, "wireguard")                                                                  \
    X(OPENVPN, 38, "openvpn")                                                                      \
    X(IKE, 39, "ike")

enum weir_app {
#define X(name, value, text) WEIR_APP_##name = (value),
    WEIR_APP_TABLE(X)
#undef X
};

/* "none", "unknown", "tls", ..., "ike"; NULL for a value out of range. */
const char *weir_app_text(enum weir_app app);

/* The value of a text; false when it is none of them. */
bool weir_app_parse(const char *text, enum weir_app *out);

#endif
