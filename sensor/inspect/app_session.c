/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_session.h"

#include <string.h>

#define PORT_MODBUS          502
#define TLS_HANDSHAKE        0x16
#define TLS_ALERT            0x15
#define TLS_CLIENT_HELLO     1
#define TLS_SERVER_HELLO     2
#define TLS_RECORD_MAX       16640
#define NBSS_SESSION_REQUEST 0x81
#define NBSS_SESSION_ANSWER  0x82
#define NBSS_NAMES_SIZE      68 /* called and calling name */
#define X224_REQUEST         0xe0
#define X224_CONFIRM         0xd0
#define MYSQL_PROTOCOL       10
#define MYSQL_GREETING_MAX   1024
#define MYSQL_VERSION_MAX    64
#define POSTGRES_SSL         80877103U
#define POSTGRES_CANCEL      80877102U
#define POSTGRES_GSS         80877104U
#define POSTGRES_3_0         0x30000U
#define POSTGRES_STARTUP_MAX 10000
#define TDS_LOGIN            0x10
#define TDS_PRELOGIN         0x12
#define TDS_ANSWER           0x04
#define TDS_HEADER           8
#define RPC_RECORD_MAX       0x400000U
#define RPC_CALL_MIN         24
#define RPC_REPLY_MIN        12
#define SOCKS_METHODS_MAX    10 /* 0 to 9 are assigned */
#define MODBUS_MAX           254

static bool is_printable(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

static uint16_t u16_at(const struct app_side *side, size_t at)
{
    return (uint16_t)(side->bytes[at] << 8 | side->bytes[at + 1]);
}

/* A record of SSL 3 or TLS whose first byte after the header is `message`. */
static enum app_claim tls_record(const struct app_side *side, uint8_t message)
{
    const uint8_t *bytes = side->bytes;
    if (side->size < 6) {
        return app_pattern_bytes(side, 0, "\x16\x03", 2) == APP_NO ? APP_NO : APP_MORE;
    }
    const uint16_t length = u16_at(side, 3);
    return bytes[0] == TLS_HANDSHAKE && bytes[1] == 3 && bytes[2] <= 4 && length >= 4 &&
                   length <= TLS_RECORD_MAX && bytes[5] == message
               ? APP_YES
               : APP_NO;
}

/* The hello of SSL 2 that offers version 3: its parts must add up to its length. */
static enum app_claim ssl2_hello(const struct app_side *side)
{
    const uint8_t *bytes = side->bytes;
    if (side->size < 11) {
        return side->size >= 4 && (bytes[2] != TLS_CLIENT_HELLO || bytes[3] != 3) ? APP_NO
                                                                                  : APP_MORE;
    }
    const unsigned length = (unsigned)(u16_at(side, 0) & 0x7fffU);
    const unsigned ciphers = u16_at(side, 5);
    const unsigned session = u16_at(side, 7);
    const unsigned challenge = u16_at(side, 9);
    return bytes[2] == TLS_CLIENT_HELLO && bytes[3] == 3 && bytes[4] <= 4 && ciphers % 3 == 0 &&
                   length == 9 + ciphers + session + challenge
               ? APP_YES
               : APP_NO;
}

enum app_claim app_session_tls_orig(const struct app_side *side)
{
    return side->bytes[0] >= 0x80 ? ssl2_hello(side) : tls_record(side, TLS_CLIENT_HELLO);
}

enum app_claim app_session_tls_resp(const struct app_side *side)
{
    if (side->bytes[0] != TLS_ALERT) {
        return tls_record(side, TLS_SERVER_HELLO);
    }
    if (side->size < 5) {
        return app_pattern_bytes(side, 0, "\x15\x03", 2) == APP_NO ? APP_NO : APP_MORE;
    }
    return side->bytes[1] == 3 && side->bytes[2] <= 4 && u16_at(side, 3) == 2 ? APP_YES : APP_NO;
}

/* Over NetBIOS a session is asked for and granted before the first SMB message. */
enum app_claim app_session_smb(const struct app_side *side)
{
    size_t at = 0;
    if (side->bytes[0] == NBSS_SESSION_REQUEST || side->bytes[0] == NBSS_SESSION_ANSWER) {
        const uint8_t names = side->bytes[0] == NBSS_SESSION_REQUEST ? NBSS_NAMES_SIZE : 0;
        const uint8_t expected[3] = {0, 0, names};
        const enum app_claim claim = app_pattern_bytes(side, 1, (const char *)expected, 3);
        if (claim != APP_YES) {
            return claim;
        }
        at = 4 + (size_t)names;
    } else if (side->bytes[0] != 0) {
        return APP_NO;
    }
    if (side->size < at + 8) {
        return side->size > at + 4 && (side->bytes[at + 4] < 0xfd || side->bytes[at] != 0)
                   ? APP_NO
                   : APP_MORE;
    }
    if (side->bytes[at] != 0 || side->bytes[at + 4] < 0xfd) {
        return APP_NO;
    }
    return app_pattern_bytes(side, at + 5, "SMB", 3);
}

/* TPKT and X.224, each with its length: the connection messages have nothing behind them. */
static enum app_claim rdp(const struct app_side *side, uint8_t code)
{
    if (side->size < 6) {
        return app_pattern_bytes(side, 0, "\x03\x00", 2) == APP_NO ? APP_NO : APP_MORE;
    }
    const uint8_t *bytes = side->bytes;
    return bytes[0] == 3 && bytes[1] == 0 && (bytes[5] & 0xf0U) == code && bytes[4] >= 6 &&
                   u16_at(side, 2) == bytes[4] + 5
               ? APP_YES
               : APP_NO;
}

enum app_claim app_session_rdp_orig(const struct app_side *side)
{
    return rdp(side, X224_REQUEST);
}

enum app_claim app_session_rdp_resp(const struct app_side *side)
{
    return rdp(side, X224_CONFIRM);
}

enum app_claim app_session_mysql_resp(const struct app_side *side)
{
    if (side->size < 6) {
        return side->size >= 4 && (side->bytes[2] != 0 || side->bytes[3] != 0) ? APP_NO : APP_MORE;
    }
    const unsigned length = side->bytes[0] | (unsigned)side->bytes[1] << 8;
    if (side->bytes[2] != 0 || side->bytes[3] != 0 || side->bytes[4] != MYSQL_PROTOCOL ||
        length < 20 || length > MYSQL_GREETING_MAX) {
        return APP_NO;
    }
    for (size_t i = 5; i < side->size; i++) {
        if (side->bytes[i] == 0) {
            return i > 5 && i - 5 <= MYSQL_VERSION_MAX ? APP_YES : APP_NO;
        }
        if (!is_printable(side->bytes[i])) {
            return APP_NO;
        }
    }
    return APP_MORE;
}

enum app_claim app_session_postgres_orig(const struct app_side *side)
{
    struct weir_cursor cursor = app_side_cursor(side);
    uint32_t length = 0;
    uint32_t code = 0;
    if (!weir_cursor_u32(&cursor, &length) || !weir_cursor_u32(&cursor, &code)) {
        return side->bytes[0] == 0 ? APP_MORE : APP_NO;
    }
    if (length == 8 && (code == POSTGRES_SSL || code == POSTGRES_GSS)) {
        return APP_YES;
    }
    if (length == 16 && code == POSTGRES_CANCEL) {
        return APP_YES;
    }
    if (code != POSTGRES_3_0 || length <= 9 || length > POSTGRES_STARTUP_MAX) {
        return APP_NO;
    }
    if (side->size == 8) {
        return APP_MORE;
    }
    return is_printable(side->bytes[8]) ? APP_YES : APP_NO;
}

enum app_claim app_session_postgres_resp(const struct app_side *side)
{
    if (side->bytes[0] != 'R') {
        return side->bytes[0] == 'S' || side->bytes[0] == 'N' || side->bytes[0] == 'E' ? APP_FITS
                                                                                       : APP_NO;
    }
    if (side->size < 9) {
        const enum app_claim begins = app_pattern_bytes(side, 1, "\0\0", 2);
        return begins == APP_NO ? APP_NO : APP_MORE;
    }
    struct weir_cursor cursor = weir_cursor_over(side->bytes + 1, 8);
    uint32_t length = 0;
    uint32_t kind = 0;
    (void)weir_cursor_u32(&cursor, &length);
    (void)weir_cursor_u32(&cursor, &kind);
    return length >= 8 && length <= 512 && kind <= 12 ? APP_YES : APP_NO;
}

/* The header of a TDS packet: the window is 0, packets count from 0 or 1. */
static enum app_claim tds(const struct app_side *side)
{
    if (side->size < TDS_HEADER) {
        return side->size >= 2 && side->bytes[1] > 1 ? APP_NO : APP_MORE;
    }
    const uint16_t length = u16_at(side, 2);
    return side->bytes[1] <= 1 && length > TDS_HEADER && length <= 32768 && side->bytes[6] <= 1 &&
                   side->bytes[7] == 0
               ? APP_YES
               : APP_NO;
}

enum app_claim app_session_mssql_orig(const struct app_side *side)
{
    const uint8_t type = side->bytes[0];
    if (type != TDS_LOGIN && type != TDS_PRELOGIN) {
        return APP_NO;
    }
    const enum app_claim claim = tds(side);
    if (claim != APP_YES || type == TDS_LOGIN) {
        return claim;
    }
    return app_pattern_bytes(side, TDS_HEADER, "\0\0",
                             2); /* its options; VERSION, 0, is the first */
}

enum app_claim app_session_mssql_resp(const struct app_side *side)
{
    return side->bytes[0] == TDS_ANSWER ? tds(side) : APP_NO;
}

/* Enters a message, over TCP behind its record mark: YES with its transaction, MORE or NO. */
static enum app_claim rpc_enter(const struct app_side *side, size_t size_min,
                                struct weir_cursor *cursor, uint32_t *transaction)
{
    uint32_t mark = 0;
    *cursor = app_side_cursor(side);
    if (!side->udp) {
        if (!weir_cursor_u32(cursor, &mark)) {
            return APP_MORE;
        }
        mark &= 0x7fffffffU;
        if (mark < size_min || mark > RPC_RECORD_MAX || mark % 4 != 0) {
            return APP_NO;
        }
    }
    return weir_cursor_u32(cursor, transaction) ? APP_YES : APP_MORE;
}

enum app_claim app_session_rpc_orig(const struct app_side *side)
{
    struct weir_cursor cursor;
    uint32_t word = 0;
    const enum app_claim claim = rpc_enter(side, RPC_CALL_MIN, &cursor, &word);
    if (claim != APP_YES) {
        return claim;
    }
    for (uint32_t want = 0; want <= 2; want += 2) { /* CALL, RPC version */
        if (!weir_cursor_u32(&cursor, &word)) {
            return APP_MORE;
        }
        if (word != want) {
            return APP_NO;
        }
    }
    return APP_YES;
}

enum app_claim app_session_rpc_resp(const struct app_side *side)
{
    struct weir_cursor cursor;
    struct weir_cursor call;
    uint32_t transaction = 0;
    uint32_t asked = 0;
    uint32_t kind = 0;
    uint32_t denied = 0;
    const enum app_claim claim = rpc_enter(side, RPC_REPLY_MIN, &cursor, &transaction);
    if (claim != APP_YES) {
        return claim;
    }
    if (side->other != NULL && rpc_enter(side->other, RPC_CALL_MIN, &call, &asked) == APP_YES &&
        asked != transaction) {
        return APP_NO;
    }
    if (!weir_cursor_u32(&cursor, &kind) || (kind == 1 && !weir_cursor_u32(&cursor, &denied))) {
        return APP_MORE;
    }
    return kind == 1 && denied <= 1 ? APP_YES : APP_NO;
}

static enum app_claim socks4(const struct app_side *side)
{
    if (side->size >= 2 && side->bytes[1] != 1) {
        return APP_NO;
    }
    if (side->size >= 4 && u16_at(side, 2) == 0) {
        return APP_NO;
    }
    for (size_t i = 8; i < side->size; i++) { /* the user's name, then NUL */
        if (side->bytes[i] == 0) {
            return APP_YES;
        }
        if (!is_printable(side->bytes[i])) {
            return APP_NO;
        }
    }
    return APP_MORE;
}

/* Behind the methods comes the request, or a user's name and password. */
static enum app_claim socks5(const struct app_side *side)
{
    if (side->size < 2) {
        return APP_MORE;
    }
    const size_t methods = side->bytes[1];
    const size_t greeting = methods + 2;
    if (methods == 0 || methods > SOCKS_METHODS_MAX) {
        return APP_NO;
    }
    for (size_t i = 2; i < greeting && i < side->size; i++) {
        if (side->bytes[i] >= SOCKS_METHODS_MAX && side->bytes[i] < 0x80) {
            return APP_NO;
        }
    }
    if (side->size <= greeting) {
        return side->size == greeting && side->last ? APP_YES : APP_MORE;
    }
    const uint8_t *next = side->bytes + greeting;
    const size_t left = side->size - greeting;
    if (next[0] == 1) {
        return left == 1 ? APP_MORE : next[1] > 0 ? APP_YES : APP_NO;
    }
    if (next[0] != 5) {
        return APP_NO;
    }
    if (left < 4) {
        return APP_MORE;
    }
    const bool address = next[3] == 1 || next[3] == 3 || next[3] == 4;
    return next[1] >= 1 && next[1] <= 3 && next[2] == 0 && address ? APP_YES : APP_NO;
}

enum app_claim app_session_socks_orig(const struct app_side *side)
{
    return side->bytes[0] == 4 ? socks4(side) : socks5(side);
}

enum app_claim app_session_socks_resp(const struct app_side *side)
{
    if (side->size < 2) {
        return APP_MORE;
    }
    if (side->bytes[0] == 0) {
        return side->bytes[1] >= 0x5a && side->bytes[1] <= 0x5d ? APP_HALF : APP_NO;
    }
    const uint8_t method = side->bytes[1];
    return side->bytes[0] == 5 && (method < SOCKS_METHODS_MAX || method >= 0x80) ? APP_HALF
                                                                                 : APP_NO;
}

/* Over UDP the messages of its hash table: a dictionary that ends with the datagram. */
enum app_claim app_session_bittorrent(const struct app_side *side)
{
    if (!side->udp) {
        return app_pattern_bytes(side, 0,
                                 "\x13"
                                 "BitTorrent protocol",
                                 20);
    }
    if (app_pattern_bytes(side, 0, "d1:", 3) != APP_YES) {
        return APP_NO;
    }
    return side->size > 4 && (side->size < side->whole || side->bytes[side->size - 1] == 'e')
               ? APP_YES
               : APP_NO;
}

static enum app_claim modbus(const struct app_side *side, uint8_t function_max)
{
    if (side->size < 8) {
        return side->size >= 4 && u16_at(side, 2) != 0 ? APP_NO : APP_MORE;
    }
    const uint16_t length = u16_at(side, 4);
    const uint8_t function = side->bytes[7];
    if (u16_at(side, 2) != 0 || length < 2 || length > MODBUS_MAX || function == 0 ||
        function > function_max) {
        return APP_NO;
    }
    if (side->size < 6 + (size_t)length) {
        return APP_MORE;
    }
    return side->resp_port == PORT_MODBUS ? APP_YES : APP_HALF;
}

enum app_claim app_session_modbus_orig(const struct app_side *side)
{
    return modbus(side, 127);
}

/* An exception is the function with the highest bit; the transaction is the question's. */
enum app_claim app_session_modbus_resp(const struct app_side *side)
{
    const enum app_claim claim = modbus(side, 255);
    const bool answered = side->other == NULL || side->other->size < 2 || side->size < 2 ||
                          u16_at(side, 0) == u16_at(side->other, 0);
    return answered ? claim : APP_NO;
}

enum app_claim app_session_mqtt_orig(const struct app_side *side)
{
    size_t at = 1; /* behind the remaining length, of at most four bytes */
    while (at < side->size && at < 4 && side->bytes[at] >= 0x80) {
        at++;
    }
    at++;
    if (at > side->size) {
        return APP_MORE;
    }
    static const char mqtt[] = {0, 4, 'M', 'Q', 'T', 'T'};
    static const char mqisdp[] = {0, 6, 'M', 'Q', 'I', 's', 'd', 'p'};
    const enum app_claim claim = app_pattern_bytes(side, at, mqtt, sizeof(mqtt));
    return claim != APP_NO ? claim : app_pattern_bytes(side, at, mqisdp, sizeof(mqisdp));
}

enum app_claim app_session_mqtt_resp(const struct app_side *side)
{
    if (side->size < 4) {
        return APP_MORE;
    }
    if (side->bytes[1] != 2) { /* version 5 has properties behind the code */
        return side->bytes[2] <= 1 ? APP_FITS : APP_NO;
    }
    return side->bytes[2] <= 1 && side->bytes[3] <= 5 ? APP_YES : APP_NO;
}
