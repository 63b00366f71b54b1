/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_text.h"

#include <string.h>
#include <strings.h>

#define PORT_FTP        21
#define PORT_TELNET     23
#define PORT_SSDP       1900
#define SSH_LINES_MAX   50   /* a server may greet with as many before its version */
#define TELNET_IAC      0xff /* interpret as command */
#define TELNET_COMMANDS 0xf0
#define TELNET_WILL     0xfb
#define TELNET_DONT     0xfe
#define TELNET_OPTIONS  0x32 /* options in use are below; 0xff lists extended ones */
#define IMAP_TAG_MAX    32
#define IRC_PREFIX_MAX  128

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The first byte of the next line, or side->size when the line at `at` does not end. */
static size_t next_line(const struct app_side *side, size_t at)
{
    const uint8_t *end = memchr(side->bytes + at, '\n', side->size - at);
    return end == NULL ? side->size : (size_t)(end - side->bytes) + 1;
}

static bool holds_nocase(const uint8_t *bytes, size_t size, const char *word)
{
    const size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++) {
        if (strncasecmp((const char *)bytes + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

enum app_claim app_text_ssh_orig(const struct app_side *side)
{
    const enum app_claim second = app_pattern_bytes(side, 0, "SSH-2.0-", 8);
    return second != APP_NO ? second : app_pattern_bytes(side, 0, "SSH-1.", 6);
}

/* Lines before the version say nothing: were they MORE, every text server would be waited for. */
enum app_claim app_text_ssh_resp(const struct app_side *side)
{
    size_t at = 0;
    for (int line = 0; line <= SSH_LINES_MAX && at < side->size; line++) {
        const struct app_side rest = {.bytes = side->bytes + at, .size = side->size - at};
        const enum app_claim claim = app_text_ssh_orig(&rest);
        if (claim == APP_YES || (claim == APP_MORE && at == 0)) {
            return claim;
        }
        at = next_line(side, at);
    }
    return APP_FITS;
}

enum app_claim app_text_http_orig(const struct app_side *side)
{
    static const struct app_word methods[] = {
        {"GET ", APP_YES},        {"HEAD ", APP_YES},      {"POST ", APP_YES},
        {"PUT ", APP_YES},        {"DELETE ", APP_YES},    {"OPTIONS ", APP_YES},
        {"TRACE ", APP_YES},      {"CONNECT ", APP_YES},   {"PATCH ", APP_YES},
        {"PROPFIND ", APP_YES},   {"PROPPATCH ", APP_YES}, {"MKCOL ", APP_YES},
        {"COPY ", APP_YES},       {"MOVE ", APP_YES},      {"LOCK ", APP_YES},
        {"UNLOCK ", APP_YES},     {"REPORT ", APP_YES},    {"SEARCH ", APP_YES},
        {"MKCALENDAR ", APP_YES}, {"ACL ", APP_YES},       {"PRI * HTTP/2.0", APP_HALF},
    };
    size_t size = 0;
    const enum app_claim claim = app_pattern_word(side, methods, COUNT(methods), &size);
    if (claim == APP_HALF) {
        return APP_YES;
    }
    if (claim != APP_YES) {
        return claim;
    }
    if (size < side->size && side->bytes[size] == ' ') {
        return APP_NO;
    }
    return app_pattern_line(side, size, " HTTP/1.", 8);
}

/* After the preface of HTTP/2 the server's first frame is SETTINGS of stream 0. */
static enum app_claim http2_settings(const struct app_side *side)
{
    if (side->bytes[0] != 0) {
        return APP_NO;
    }
    if (side->size < 9) {
        return APP_MORE;
    }
    static const uint8_t stream[4] = {0};
    return side->bytes[3] == 4 && side->bytes[4] <= 1 && memcmp(side->bytes + 5, stream, 4) == 0
               ? APP_FITS
               : APP_NO;
}

enum app_claim app_text_http_resp(const struct app_side *side)
{
    const enum app_claim claim = app_pattern_bytes(side, 0, "HTTP/1.", 7);
    return claim != APP_NO ? claim : http2_settings(side);
}

enum app_claim app_text_smtp_orig(const struct app_side *side)
{
    static const struct app_word words[] = {
        {"EHLO ", APP_HALF}, {"HELO ", APP_HALF},    {"QUIT", APP_FITS},  {"NOOP", APP_FITS},
        {"HELP", APP_FITS},  {"STARTTLS", APP_FITS}, {"MAIL ", APP_FITS}, {"RSET", APP_FITS},
    };
    size_t size = 0;
    return app_pattern_word(side, words, COUNT(words), &size);
}

static bool is_mail_line(const struct app_side *side, const struct app_side *line, size_t size)
{
    return side->resp_port == 25 || side->resp_port == 465 || side->resp_port == 587 ||
           holds_nocase(line->bytes, size, "smtp") || holds_nocase(line->bytes, size, "mail");
}

/* A server that turns its client away (554 no service, 550 blacklisted, 421 too many) is SMTP's
 * when it says so. */
static enum app_claim smtp_refusal(const struct app_side *side)
{
    const bool refuses = side->bytes[0] == '4' || side->bytes[0] == '5';
    if (side->size < 4) {
        return refuses ? APP_MORE : APP_NO;
    }
    if (!refuses || !is_digit(side->bytes[1]) || !is_digit(side->bytes[2]) ||
        (side->bytes[3] != ' ' && side->bytes[3] != '-')) {
        return APP_NO;
    }
    const size_t end = next_line(side, 0);
    if (is_mail_line(side, side, end)) {
        return APP_YES;
    }
    return side->bytes[end - 1] == '\n' ? APP_NO : APP_MORE;
}

/* A greeting may have several lines. */
enum app_claim app_text_smtp_resp(const struct app_side *side)
{
    static const struct app_word words[] = {{"220 ", APP_HALF},
                                            {"220-", APP_MORE},
                                            {"554 ", APP_FITS},
                                            {"421 ", APP_FITS}};
    struct app_side line = *side;
    if (side->bytes[0] != '2') {
        return smtp_refusal(side);
    }
    for (;;) {
        size_t size = 0;
        const enum app_claim begins = app_pattern_word(&line, words, COUNT(words), &size);
        if (size == 0) {
            return begins == APP_MORE ? APP_MORE : line.bytes == side->bytes ? APP_NO : APP_HALF;
        }
        const size_t end = next_line(&line, 0);
        if (is_mail_line(side, &line, end)) {
            return APP_YES;
        }
        if (line.bytes[end - 1] != '\n') {
            return APP_MORE;
        }
        if (begins != APP_MORE) {
            return begins == APP_HALF ? APP_HALF : APP_NO;
        }
        if (end == line.size) {
            return APP_MORE;
        }
        line.bytes += end;
        line.size -= end;
    }
}

enum app_claim app_text_ftp_orig(const struct app_side *side)
{
    static const struct app_word words[] = {
        {"USER ", APP_FITS}, {"AUTH ", APP_FITS}, {"FEAT", APP_FITS},  {"QUIT", APP_FITS},
        {"SYST", APP_FITS},  {"OPTS ", APP_FITS}, {"HOST ", APP_FITS}, {"NOOP", APP_FITS},
        {"HELP", APP_FITS},  {"PASS ", APP_FITS}, {"CLNT ", APP_FITS}, {"PWD", APP_FITS},
    };
    size_t size = 0;
    return app_pattern_word(side, words, COUNT(words), &size);
}

enum app_claim app_text_ftp_resp(const struct app_side *side)
{
    static const struct app_word words[] = {{"220 ", APP_YES},
                                            {"220-", APP_YES},
                                            {"421 ", APP_FITS},
                                            {"530 ", APP_FITS}};
    size_t size = 0;
    const enum app_claim claim = app_pattern_word(side, words, COUNT(words), &size);
    return claim == APP_FITS && side->resp_port == PORT_FTP ? APP_YES : claim;
}

enum app_claim app_text_pop3_orig(const struct app_side *side)
{
    static const struct app_word words[] = {
        {"USER ", APP_HALF}, {"APOP ", APP_YES}, {"CAPA", APP_YES},  {"AUTH", APP_HALF},
        {"STLS", APP_YES},   {"QUIT", APP_FITS}, {"NOOP", APP_FITS},
    };
    size_t size = 0;
    return app_pattern_word(side, words, COUNT(words), &size);
}

enum app_claim app_text_pop3_resp(const struct app_side *side)
{
    static const struct app_word words[] = {{"+OK ", APP_YES},
                                            {"+OK", APP_HALF},
                                            {"-ERR", APP_FITS}}; /* Redis says +OK, too */
    size_t size = 0;
    return app_pattern_word(side, words, COUNT(words), &size);
}

enum app_claim app_text_imap_orig(const struct app_side *side)
{
    static const struct app_word commands[] = {
        {"CAPABILITY", APP_YES}, {"LOGIN ", APP_YES}, {"AUTHENTICATE ", APP_YES},
        {"STARTTLS", APP_YES},   {"ID ", APP_YES},    {"LOGOUT", APP_FITS},
        {"NOOP", APP_FITS},
    };
    size_t at = 0;
    while (at < side->size && side->bytes[at] != ' ') {
        const uint8_t byte = side->bytes[at];
        if (at == IMAP_TAG_MAX || byte <= 0x20 || byte >= 0x7f) {
            return APP_NO;
        }
        at++;
    }
    if (at == 0 || at + 1 >= side->size) {
        return at == 0 ? APP_NO : APP_MORE;
    }
    const struct app_side rest = {.bytes = side->bytes + at + 1, .size = side->size - at - 1};
    size_t size = 0;
    return app_pattern_word(&rest, commands, COUNT(commands), &size);
}

enum app_claim app_text_imap_resp(const struct app_side *side)
{
    static const struct app_word words[] = {{"* OK", APP_YES},
                                            {"* PREAUTH", APP_YES},
                                            {"* BYE", APP_FITS}};
    size_t size = 0;
    return app_pattern_word(side, words, COUNT(words), &size);
}

/* An option triple, and behind it a command or text. */
static enum app_claim telnet_options(const struct app_side *side)
{
    const uint8_t *bytes = side->bytes;
    if (side->size >= 2 && (bytes[1] < TELNET_WILL || bytes[1] > TELNET_DONT)) {
        return APP_NO;
    }
    if (side->size >= 3 && bytes[2] >= TELNET_OPTIONS && bytes[2] != 0xff) {
        return APP_NO;
    }
    if (side->size == 3 && side->last) {
        return APP_YES;
    }
    if (side->size < 4 || (bytes[3] == TELNET_IAC && side->size == 4)) {
        return APP_MORE;
    }
    if (bytes[3] == TELNET_IAC) {
        return bytes[4] >= TELNET_COMMANDS && bytes[4] != 0xff ? APP_YES : APP_NO;
    }
    return bytes[3] < 0x80 ? APP_YES : APP_NO;
}

enum app_claim app_text_telnet_orig(const struct app_side *side)
{
    if (side->bytes[0] == TELNET_IAC) {
        return telnet_options(side);
    }
    return side->bytes[0] < 0x80 ? APP_FITS : APP_NO;
}

enum app_claim app_text_telnet_resp(const struct app_side *side)
{
    static const char *const prompts[] = {"login:", "username:", "password:"};
    if (side->bytes[0] == TELNET_IAC) {
        return telnet_options(side);
    }
    if (side->bytes[0] >= 0x80) {
        return APP_NO;
    }
    if (side->resp_port != PORT_TELNET) {
        return APP_FITS;
    }
    for (size_t i = 0; i < COUNT(prompts); i++) {
        if (holds_nocase(side->bytes, side->size, prompts[i])) {
            return APP_YES;
        }
    }
    return APP_MORE;
}

enum app_claim app_text_irc_orig(const struct app_side *side)
{
    static const struct app_word words[] = {{"NICK ", APP_YES},
                                            {"CAP ", APP_YES},
                                            {"USER ", APP_HALF},
                                            {"PASS ", APP_HALF}};
    size_t size = 0;
    const enum app_claim claim = app_pattern_word(side, words, COUNT(words), &size);
    if (claim != APP_HALF) {
        return claim;
    }
    const size_t second = next_line(side, 0); /* FTP and POP3 have USER and PASS, but no NICK */
    const enum app_claim nick = app_pattern_bytes(side, second, "NICK ", 5);
    return nick == APP_NO ? APP_FITS : nick;
}

enum app_claim app_text_irc_resp(const struct app_side *side)
{
    static const struct app_word words[] = {{"NOTICE ", APP_YES},
                                            {"PING :", APP_FITS},
                                            {"ERROR :", APP_FITS}};
    size_t size = 0;
    if (side->bytes[0] != ':') {
        return app_pattern_word(side, words, COUNT(words), &size);
    }
    size_t at = 1;
    while (at < side->size && side->bytes[at] != ' ') {
        if (at > IRC_PREFIX_MAX || side->bytes[at] < 0x21 || side->bytes[at] >= 0x7f) {
            return APP_NO;
        }
        at++;
    }
    if (at == 1) {
        return side->size == 1 ? APP_MORE : APP_NO;
    }
    at++;
    const enum app_claim notice = app_pattern_bytes(side, at, "NOTICE ", 7);
    if (notice != APP_NO) {
        return notice;
    }
    for (size_t i = 0; i < 4; i++) {
        if (at + i >= side->size) {
            return APP_MORE;
        }
        if (i == 3 ? side->bytes[at + i] != ' ' : !is_digit(side->bytes[at + i])) {
            return APP_NO;
        }
    }
    return APP_YES;
}

enum app_claim app_text_ssdp(const struct app_side *side)
{
    static const struct app_word words[] = {{"M-SEARCH * HTTP/1.", APP_YES},
                                            {"NOTIFY * HTTP/1.", APP_YES},
                                            {"HTTP/1.1 200", APP_HALF}};
    size_t size = 0;
    const enum app_claim claim = app_pattern_word(side, words, COUNT(words), &size);
    if (claim == APP_HALF) {
        return app_side_has_port(side, PORT_SSDP) ? APP_YES : APP_NO;
    }
    return claim;
}

enum app_claim app_text_syslog(const struct app_side *side)
{
    unsigned priority = 0;
    size_t at = 1;
    while (at < side->size && at <= 3 && is_digit(side->bytes[at])) {
        priority = priority * 10 + (unsigned)(side->bytes[at] - '0');
        at++;
    }
    if (priority > 191 || (at == 1 && side->size > 1)) {
        return APP_NO;
    }
    if (at + 1 >= side->size) {
        return at < side->size && side->bytes[at] != '>' ? APP_NO : APP_MORE;
    }
    const uint8_t text = side->bytes[at + 1];
    return side->bytes[at] == '>' && text >= 0x20 && text != 0x7f ? APP_YES : APP_NO;
}

enum app_claim app_text_sip(const struct app_side *side)
{
    static const struct app_word words[] = {
        {"SIP/2.0 ", APP_YES},  {"INVITE ", APP_HALF},  {"REGISTER ", APP_HALF},
        {"OPTIONS ", APP_HALF}, {"ACK ", APP_HALF},     {"BYE ", APP_HALF},
        {"CANCEL ", APP_HALF},  {"NOTIFY ", APP_HALF},  {"SUBSCRIBE ", APP_HALF},
        {"PUBLISH ", APP_HALF}, {"MESSAGE ", APP_HALF}, {"INFO ", APP_HALF},
        {"REFER ", APP_HALF},   {"UPDATE ", APP_HALF},  {"PRACK ", APP_HALF},
    };
    size_t size = 0;
    const enum app_claim claim = app_pattern_word(side, words, COUNT(words), &size);
    return claim == APP_HALF ? app_pattern_line(side, size, " SIP/2.0", 8) : claim;
}
