/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_smtp.h"

#include <string.h>
#include <strings.h>

#include "sensor/inspect/content.h"

enum verb {
    VERB_OTHER,
    VERB_AUTH,
    VERB_DATA,
    VERB_RECIPIENT,
    VERB_STARTTLS,
    VERB_MESSAGE, /* the dot that ends it has a reply too */
};

enum auth_line { /* what the originator's next line is */
    AUTH_NONE,
    AUTH_PLAIN, /* the answer of PLAIN */
    AUTH_LOGIN, /* the id of LOGIN */
    AUTH_SECRET /* anything else of a dialogue */
};

static bool begins(const char *text, size_t size, const char *word)
{
    const size_t length = strlen(word);
    return size >= length && strncasecmp(text, word, length) == 0;
}

static void wait_for(struct content_smtp *smtp, enum verb verb)
{
    if (smtp->waiting_count < SMTP_WAITING_MAX) {
        smtp->waiting[smtp->waiting_count++] = (uint8_t)verb;
    }
}

static void read_auth(struct content *content, const char *text, size_t size, bool is_plain)
{
    char id[LOGIN_ID_MAX + 1] = {0};
    const size_t length = login_decode(text, size, is_plain, id);
    if (length > 0) {
        login_attempt(&content->login, id, length, &content->columns);
    }
}

/* "AUTH PLAIN answer", "AUTH LOGIN [id]", or the answer in a line of its own. */
static void begin_auth(struct content *content, const char *text, size_t size)
{
    const bool is_plain = begins(text, size, "PLAIN");
    const bool is_login = begins(text, size, "LOGIN");
    const char *blank = memchr(text, ' ', size);
    content->smtp.auth = is_plain ? AUTH_PLAIN : is_login ? AUTH_LOGIN : AUTH_SECRET;
    if (blank != NULL && (is_plain || is_login)) {
        read_auth(content, blank + 1, size - (size_t)(blank + 1 - text), is_plain);
        content->smtp.auth = AUTH_SECRET;
    }
}

static void add_path(struct content *content, const struct content_scene *scene, const char *text,
                     size_t size)
{
    const struct pattern_line found =
        content_scene_find(scene, text, size, PATTERN_BIT(DECODE) | PATTERN_BIT(H7_PARENT));
    if (found.found != 0 || (size > 0 && memchr(text, '|', size) != NULL)) {
        content_scene_add16(&content->columns.hot);
    }
}

/* What stands behind the colon of MAIL FROM:<a@b>, without brackets. */
static void keep_sender(struct weir_smtp_details *details, const char *text, size_t size)
{
    const char *colon = memchr(text, ':', size);
    if (colon == NULL || details->mailfrom[0] != '\0') {
        return;
    }
    const char *from = colon + 1;
    size_t left = size - (size_t)(from - text);
    while (left > 0 && (*from == ' ' || *from == '<')) {
        from++;
        left--;
    }
    const char *end = memchr(from, '>', left);
    weir_detail_text_put(details->mailfrom, sizeof(details->mailfrom), from,
                         end == NULL ? left : (size_t)(end - from));
}

static void add_command(struct content *content, const struct content_scene *scene,
                        const struct line *line)
{
    struct content_smtp *smtp = &content->smtp;
    struct weir_smtp_details *details = &scene->details->smtp;
    const char *text = line->text;
    const size_t size = line->size;
    enum verb verb = VERB_OTHER;
    if (begins(text, size, "EHLO ") || begins(text, size, "HELO ")) {
        weir_detail_text_put(details->helo, sizeof(details->helo), text + 5, size - 5);
    } else if (begins(text, size, "MAIL ")) {
        add_path(content, scene, text + 5, size - 5);
        keep_sender(details, text, size);
    } else if (begins(text, size, "RCPT ")) {
        add_path(content, scene, text + 5, size - 5);
        verb = VERB_RECIPIENT;
    } else if (begins(text, size, "AUTH ")) {
        begin_auth(content, text + 5, size - 5);
        verb = VERB_AUTH;
    } else if (begins(text, size, "DATA")) {
        verb = VERB_DATA;
    } else if (begins(text, size, "STARTTLS")) {
        verb = VERB_STARTTLS;
    } else if (begins(text, size, "DEBUG") || begins(text, size, "WIZ") ||
               begins(text, size, "KILL")) {
        content_scene_add16(&content->columns.hot);
    }
    wait_for(smtp, verb);
}

/* The next line of an AUTH dialogue: the server's 334 keeps its command waiting. */
static void add_auth_line(struct content *content, const struct line *line)
{
    struct content_smtp *smtp = &content->smtp;
    const bool is_plain = smtp->auth == AUTH_PLAIN;
    if (is_plain || smtp->auth == AUTH_LOGIN) {
        read_auth(content, line->text, line->size, is_plain);
    }
    smtp->auth = AUTH_SECRET;
}

static bool is_uuencode(const char *text, size_t size)
{
    if (size < 11 || !begins(text, size, "begin ") || text[9] != ' ') {
        return false;
    }
    for (size_t i = 6; i < 9; i++) {
        if (text[i] < '0' || text[i] > '7') {
            return false;
        }
    }
    return true;
}

static void add_body(struct content *content, const struct content_scene *scene,
                     const struct line *line)
{
    if (line->size == 1 && line->text[0] == '.') {
        content->smtp.in_message = false;
        wait_for(&content->smtp, VERB_MESSAGE);
        return;
    }
    const struct pattern_line found =
        content_scene_find(scene, line->text, line->size, PATTERN_BIT(FILENAME));
    if (found.found != 0 || is_uuencode(line->text, line->size)) {
        content_scene_add16(&content->columns.num_file_creations);
    }
}

static void add_auth_reply(struct content *content, unsigned code)
{
    if (code == 454 || code == 534 || code == 535 || code == 538) {
        login_fail(&content->columns);
    } else if (code == 235) {
        (void)login_succeed(&content->login, &content->columns);
    }
    if (code != 334) {
        content->smtp.auth = AUTH_NONE;
    }
}

static void add_reply(struct content *content, const struct content_scene *scene, unsigned code)
{
    struct content_smtp *smtp = &content->smtp;
    scene->details->smtp.reply_code = code;
    if (!smtp->greeted) {
        smtp->greeted = true;
        if (code == 220 || code == 554 || code == 421) {
            return;
        }
    }
    switch (smtp->waiting_count > 0 ? (enum verb)smtp->waiting[0] : VERB_OTHER) {
    case VERB_AUTH:
        add_auth_reply(content, code);
        if (code == 334) {
            return;
        }
        break;
    case VERB_DATA:
        smtp->in_message = code == 354;
        if (smtp->in_message) {
            weir_detail_count(&scene->details->smtp.messages);
        }
        break;
    case VERB_RECIPIENT:
        if (code >= 250 && code < 260) {
            weir_detail_count(&scene->details->smtp.recipients);
        }
        break;
    case VERB_STARTTLS:
        smtp->is_tls = code == 220;
        scene->details->smtp.tls = scene->details->smtp.tls || smtp->is_tls;
        break;
    case VERB_MESSAGE:
    case VERB_OTHER:
        break;
    }
    if (smtp->waiting_count > 0) {
        smtp->waiting_count--;
        memmove(&smtp->waiting[0], &smtp->waiting[1], smtp->waiting_count);
    }
}

static void add_reply_line(struct content *content, const struct content_scene *scene,
                           const struct line *line)
{
    const char *text = line->text;
    unsigned code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= line->size || text[i] < '0' || text[i] > '9') {
            return;
        }
        code = code * 10 + (unsigned)(text[i] - '0');
    }
    if (code >= 200 && code <= 599 && (line->size == 3 || text[3] != '-')) {
        add_reply(content, scene, code);
    }
}

/* Rows that look at every line. */
static void add_any(struct content *content, const struct content_scene *scene,
                    const struct line *line)
{
    struct weir_kdd_content *columns = &content->columns;
    uint64_t wanted = PATTERN_BIT(ROOT) | PATTERN_A1;
    wanted |= line->from_orig ? 0 : PATTERN_N | PATTERN_UID;
    const struct pattern_line found = content_scene_find(scene, line->text, line->size, wanted);
    if (found.found == 0) {
        return;
    }
    if ((found.found & PATTERN_BIT(ROOT)) != 0) {
        content_scene_add32(&columns->num_root);
    }
    if (pattern_is_a1(&found)) {
        content_scene_add16(&columns->num_access_files);
    }
    if (!line->from_orig && pattern_is_n(&found)) {
        content_scene_add32(&columns->num_compromised);
    }
    if (!line->from_orig && pattern_is_root_shell(&found)) {
        columns->root_shell = 1;
    }
}

void content_smtp_add(struct content *content, const struct content_scene *scene,
                      const struct line *line)
{
    struct content_smtp *smtp = &content->smtp;
    scene->details->present |= UINT32_C(1) << WEIR_DETAIL_SMTP;
    add_any(content, scene, line);
    if (!line->from_orig) {
        add_reply_line(content, scene, line);
    } else if (smtp->in_message) {
        add_body(content, scene, line);
    } else if (smtp->auth != AUTH_NONE) {
        add_auth_line(content, line);
    } else {
        add_command(content, scene, line);
    }
    if (smtp->is_tls) {
        content_lose(content, true);
        content_lose(content, false);
    }
}
