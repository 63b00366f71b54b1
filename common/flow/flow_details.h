/* SPDX-License-Identifier: Apache-2.0
 *
 * flow_details: what was read out of the protocol a flow speaks; one block a protocol.
 *
 * One table a protocol says every member once: the structs below, the wire, the text output and the
 * database columns are all made from it. A row is (kind, member, bytes of a text, number on the
 * wire, name, privacy). Names are Zeek's where Zeek has the field. Numbers are never reused.
 *
 * Shape:   plain data of at most 3 KiB, without pointers; zeroed, nothing was read. TEXT is
 *          printable ASCII and ends in NUL, every other byte stands as \xNN, a backslash as \\;
 *          a longer text is cut, never refused. Empty is "not seen".
 * Units:   _us are microseconds; _s seconds.
 * Source:  specification 6.2, fields 50 to 58.
 */
#ifndef WEIR_COMMON_FLOW_FLOW_DETAILS_H
#define WEIR_COMMON_FLOW_FLOW_DETAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/address.h"

/* What a member is, in C and for whoever shows or stores it. */
enum weir_field_kind {
    WEIR_FIELD_TEXT,    /* char[bytes]; empty = NULL */
    WEIR_FIELD_COUNT,   /* uint32_t that saturates; 0 is zero */
    WEIR_FIELD_NUMBER,  /* uint32_t; 0 = NULL */
    WEIR_FIELD_MEASURE, /* uint32_t that keeps value + 1, because 0 is a value; 0 = NULL */
    WEIR_FIELD_FLAG,    /* bool */
    WEIR_FIELD_ADDRESS, /* struct weir_address; size 0 = NULL */
};

/* Whether a value names a person, a host or what was asked for. A site's policy can keep such
 * values at home. */
enum weir_field_privacy {
    WEIR_FIELD_OPEN,
    WEIR_FIELD_NAMING,
};

/* A flow may carry many transactions: question and answer of the first, errors of the last. */
#define WEIR_DNS_DETAILS(X)                                                                        \
    X(TEXT, query, 256, 1, "query", NAMING)     /* lower case, no last dot; "." is the root */     \
    X(TEXT, answers, 192, 2, "answers", NAMING) /* addresses and names of the first answer, "," */ \
    X(TEXT, error_query, 128, 3, "error_query", NAMING) /* of the last answer with an error */     \
    X(MEASURE, id, 0, 4, "trans_id", OPEN)                                                         \
    X(NUMBER, qtype, 0, 5, "qtype", OPEN)                                                          \
    X(NUMBER, qclass, 0, 6, "qclass", OPEN)                                                        \
    X(MEASURE, rcode, 0, 7, "rcode", OPEN)                                                         \
    X(FLAG, aa, 0, 8, "AA", OPEN)                                                                  \
    X(FLAG, tc, 0, 9, "TC", OPEN)                                                                  \
    X(FLAG, rd, 0, 10, "RD", OPEN)                                                                 \
    X(FLAG, ra, 0, 11, "RA", OPEN)                                                                 \
    X(COUNT, answer_count, 0, 12, "answer_count", OPEN) /* records in the first answer */          \
    X(MEASURE, ttl_min_s, 0, 13, "ttl_min", OPEN)       /* over all answer records */              \
    X(MEASURE, rtt_us, 0, 14, "rtt_us", OPEN)           /* first question to its answer */         \
    X(MEASURE, rtt_max_us, 0, 15, "rtt_max_us", OPEN)                                              \
    X(COUNT, queries, 0, 16, "queries", OPEN)                                                      \
    X(COUNT, responses, 0, 17, "responses", OPEN)                                                  \
    X(COUNT, matched, 0, 18, "matched", OPEN)          /* responses to a query seen before */      \
    X(COUNT, errors, 0, 19, "errors", OPEN)            /* responses with rcode other than 0 */     \
    X(COUNT, nxdomain, 0, 20, "nxdomain", OPEN)        /* responses with rcode 3 */                \
    X(NUMBER, error_rcode, 0, 21, "error_rcode", OPEN) /* of the last one */

/* Request and response of the first exchange; counts over all. */
#define WEIR_HTTP_DETAILS(X)                                                                       \
    X(TEXT, method, 16, 1, "method", OPEN)                                                         \
    X(TEXT, host, 128, 2, "host", NAMING)                                                          \
    X(TEXT, uri, 256, 3, "uri", NAMING)                                                            \
    X(TEXT, user_agent, 160, 4, "user_agent", OPEN)                                                \
    X(TEXT, content_type, 64, 5, "resp_mime_type", OPEN)                                           \
    X(TEXT, version, 4, 6, "version", OPEN) /* "1.1"; "2" by its preface alone */                  \
    X(NUMBER, status, 0, 7, "status_code", OPEN)                                                   \
    X(NUMBER, last_status, 0, 8, "last_status_code", OPEN)                                         \
    X(COUNT, requests, 0, 9, "requests", OPEN)                                                     \
    X(COUNT, responses, 0, 10, "responses", OPEN)                                                  \
    X(COUNT, errors, 0, 11, "errors", OPEN)              /* responses 400 to 599 */                \
    X(FLAG, authorization, 0, 12, "authorization", OPEN) /* some request carried credentials */

/* TLS over TCP and inside QUIC. */
#define WEIR_TLS_DETAILS(X)                                                                        \
    X(TEXT, server_name, 192, 1, "server_name", NAMING)                                            \
    X(TEXT, subject, 128, 2, "subject", NAMING) /* of the certificate, up to TLS 1.2 */            \
    X(TEXT, issuer, 128, 3, "issuer", NAMING)                                                      \
    X(TEXT, alpn, 24, 4, "client_alpn", OPEN)            /* first the client offers */             \
    X(TEXT, next_protocol, 24, 5, "next_protocol", OPEN) /* the one the server chose */            \
    X(TEXT, version, 8, 6, "version", OPEN) /* "TLSv13": the server's, else the client's best */   \
    X(TEXT, ja3, 33, 7, "ja3", OPEN)                                                               \
    X(TEXT, ja3s, 33, 8, "ja3s", OPEN)                                                             \
    X(TEXT, ja4, 37, 9, "ja4", OPEN)                                                               \
    X(NUMBER, client_version, 0, 10, "client_version", OPEN)       /* legacy field, 0x0303 */      \
    X(NUMBER, supported_version, 0, 11, "supported_version", OPEN) /* best offered */              \
    X(NUMBER, cipher, 0, 12, "cipher", OPEN)                       /* chosen; IANA number */       \
    X(NUMBER, quic_version, 0, 13, "quic_version", OPEN)                                           \
    X(FLAG, client_hello, 0, 14, "client_hello", OPEN)                                             \
    X(FLAG, server_hello, 0, 15, "server_hello", OPEN)

#define WEIR_SSH_DETAILS(X)                                                                        \
    X(TEXT, client, 96, 1, "client", OPEN) /* banners without CR LF */                             \
    X(TEXT, server, 96, 2, "server", OPEN)                                                         \
    X(TEXT, hassh, 33, 3, "hassh", OPEN)                                                           \
    X(TEXT, hassh_server, 33, 4, "hasshServer", OPEN)                                              \
    X(NUMBER, version, 0, 5, "version", OPEN) /* 1, 2 */

#define WEIR_FTP_DETAILS(X)                                                                        \
    X(TEXT, user, 64, 1, "user", NAMING)                                                           \
    X(COUNT, commands, 0, 2, "commands", OPEN)                                                     \
    X(COUNT, transfers, 0, 3, "transfers", OPEN)     /* accepted RETR, STOR, LIST and the like */  \
    X(COUNT, bounce_cmds, 0, 4, "bounce_cmds", OPEN) /* PORT, EPRT to a third party */             \
    X(NUMBER, reply_code, 0, 5, "reply_code", OPEN)  /* of the last reply */                       \
    X(FLAG, tls, 0, 6, "tls", OPEN)                  /* AUTH accepted: the rest is not readable */

#define WEIR_SMTP_DETAILS(X)                                                                       \
    X(TEXT, helo, 96, 1, "helo", NAMING)                                                           \
    X(TEXT, mailfrom, 96, 2, "mailfrom", NAMING) /* of the first message */                        \
    X(COUNT, messages, 0, 3, "messages", OPEN)   /* DATA accepted */                               \
    X(COUNT, recipients, 0, 4, "recipients", OPEN)                                                 \
    X(NUMBER, reply_code, 0, 5, "reply_code", OPEN) /* of the last reply */                        \
    X(FLAG, tls, 0, 6, "tls", OPEN)                 /* STARTTLS accepted */

/* POP and IMAP. */
#define WEIR_MAIL_DETAILS(X)                                                                       \
    X(TEXT, user, 64, 1, "user", NAMING)                                                           \
    X(COUNT, commands, 0, 2, "commands", OPEN)                                                     \
    X(COUNT, errors, 0, 3, "errors", OPEN) /* -ERR, NO, BAD */                                     \
    X(FLAG, logged_in, 0, 4, "logged_in", OPEN)                                                    \
    X(FLAG, tls, 0, 5, "tls", OPEN) /* STLS, STARTTLS accepted */

/* telnet, rlogin, rsh, exec. */
#define WEIR_LOGIN_DETAILS(X)                                                                      \
    X(TEXT, user, 64, 1, "user", NAMING)                                                           \
    X(TEXT, client_user, 64, 2, "client_user", NAMING) /* rlogin, rsh */                           \
    X(COUNT, attempts, 0, 3, "attempts", OPEN)                                                     \
    X(COUNT, failures, 0, 4, "failures", OPEN)                                                     \
    X(FLAG, logged_in, 0, 5, "logged_in", OPEN)

#define WEIR_DHCP_DETAILS(X)                                                                       \
    X(TEXT, host_name, 64, 1, "host_name", NAMING)                                                 \
    X(TEXT, vendor_class, 64, 2, "vendor_class", OPEN)                                             \
    X(TEXT, client_mac, 18, 3, "mac", NAMING) /* "02:00:00:00:00:01" */                            \
    X(ADDRESS, requested, 0, 4, "requested_addr", OPEN)                                            \
    X(ADDRESS, assigned, 0, 5, "assigned_addr", OPEN)                                              \
    X(ADDRESS, server, 0, 6, "server_addr", OPEN)                                                  \
    X(NUMBER, message_type, 0, 7, "msg_type", OPEN) /* the last one; option 53 */                  \
    X(NUMBER, lease_s, 0, 8, "lease_time", OPEN)                                                   \
    X(COUNT, messages, 0, 9, "messages", OPEN)

/* block, BLOCK, number on the wire (specification 6.2) and bit in `present` + 50. */
#define WEIR_DETAIL_BLOCKS(X)                                                                      \
    X(dns, DNS, 50)                                                                                \
    X(http, HTTP, 51)                                                                              \
    X(tls, TLS, 52)                                                                                \
    X(ssh, SSH, 53)                                                                                \
    X(ftp, FTP, 54)                                                                                \
    X(smtp, SMTP, 55)                                                                              \
    X(mail, MAIL, 56)                                                                              \
    X(login, LOGIN, 57)                                                                            \
    X(dhcp, DHCP, 58)

/* The structs: struct weir_dns_details { char query[256]; ... uint32_t queries; ... }; */
#define WEIR_DETAIL_MEMBER_TEXT(member, bytes)    char member[bytes];
#define WEIR_DETAIL_MEMBER_COUNT(member, bytes)   uint32_t member;
#define WEIR_DETAIL_MEMBER_NUMBER(member, bytes)  uint32_t member;
#define WEIR_DETAIL_MEMBER_MEASURE(member, bytes) uint32_t member;
#define WEIR_DETAIL_MEMBER_FLAG(member, bytes)    bool member;
#define WEIR_DETAIL_MEMBER_ADDRESS(member, bytes) struct weir_address member;
#define WEIR_DETAIL_MEMBER(kind, member, bytes, number, name, privacy)                             \
    WEIR_DETAIL_MEMBER_##kind(member, bytes)
#define X(block, BLOCK, number)                                                                    \
    struct weir_##block##_details {                                                                \
        WEIR_##BLOCK##_DETAILS(WEIR_DETAIL_MEMBER)                                                 \
    };
WEIR_DETAIL_BLOCKS(X)
#undef X

enum weir_detail_block_index { /* WEIR_DETAIL_DNS, WEIR_DETAIL_HTTP, ... */
#define X(block, BLOCK, number) WEIR_DETAIL_##BLOCK,
    WEIR_DETAIL_BLOCKS(X)
#undef X
    WEIR_DETAIL_BLOCK_COUNT
};

struct weir_flow_details {
    uint32_t present; /* bit 1 << enum weir_detail_block_index for each block that was read */
#define X(block, BLOCK, number) struct weir_##block##_details block;
    WEIR_DETAIL_BLOCKS(X)
#undef X
};

/* Bytes from the wire as a TEXT: escaped, cut at `room` with its NUL and never inside an escape. */
void weir_detail_text_put(char *text, size_t room, const void *bytes, size_t size);

/* The same behind what text holds already. */
void weir_detail_text_append(char *text, size_t room, const void *bytes, size_t size);

/* Copies what is already a TEXT, cut the same way. */
void weir_detail_text_copy(char *text, size_t room, const char *from);

static inline void weir_detail_count(uint32_t *count)
{
    *count += *count < UINT32_MAX ? 1U : 0U;
}

/* What a MEASURE keeps. */
static inline uint32_t weir_detail_measure(int64_t value)
{
    return value < 0 ? 1U : value >= UINT32_MAX ? UINT32_MAX : (uint32_t)value + 1U;
}

/* Empties every NAMING member: what a site's policy keeps at home. */
void weir_flow_details_withhold(struct weir_flow_details *details);

/* True when every present block is as Shape says. *why (may be NULL) names the first field that is
 * not. */
bool weir_flow_details_valid(const struct weir_flow_details *details, const char **why);

#endif
