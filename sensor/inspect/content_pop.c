/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_pop.h"

#include <string.h>
#include <strings.h>

#include "sensor/inspect/content.h"

enum verb {
    VERB_OTHER,
    VERB_USER,
    VERB_PASS, /* PASS, APOP: what logs in */
    VERB_AUTH,
    VERB_STLS,
    VERB_MANY /* its answer has several lines */
};

static bool begins(const struct line *line, const char *word)
{
    const size_t length = strlen(word);
    return line->size >= length && strncasecmp(line->text, word, length) == 0 &&
           (line->size == length || line->text[length] == ' ');
}

static void attempt(struct content *content, const struct content_scene *scene, const char *id,
                    size_t size)
{
    struct weir_mail_details *details = &scene->details->mail;
    login_attempt(&content->login, id, size, &content->columns);
    content->columns.num_root = login_is_root(&content->login) ? 1 : 0;
    weir_detail_text_put(details->user, sizeof(details->user), content->login.id,
                         content->login.size);
}

/* "AUTH PLAIN [answer]"; without a mechanism it asks for the list of them. */
static enum verb begin_auth(struct content *content, const struct content_scene *scene,
                            const struct line *line)
{
    struct content_pop *pop = &content->pop;
    if (line->size <= 5) {
        return VERB_MANY;
    }
    const char *text = line->text + 5;
    const size_t size = line->size - 5;
    const char *blank = memchr(text, ' ', size);
    char id[LOGIN_ID_MAX + 1] = {0};
    pop->auth_plain = size >= 5 && strncasecmp(text, "PLAIN", 5) == 0;
    pop->in_auth = true;
    if (blank != NULL && pop->auth_plain) {
        const size_t length = login_decode(blank + 1, size - (size_t)(blank + 1 - text), true, id);
        attempt(content, scene, id, length);
    }
    return VERB_AUTH;
}

static enum verb read_command(struct content *content, const struct content_scene *scene,
                              const struct line *line)
{
    if (begins(line, "USER")) {
        const size_t skip = line->size < 5 ? line->size : 5;
        attempt(content, scene, line->text + skip, line->size - skip);
        return VERB_USER;
    }
    if (begins(line, "APOP")) {
        const size_t skip = line->size < 5 ? line->size : 5;
        const char *blank = memchr(line->text + skip, ' ', line->size - skip);
        const size_t size = blank == NULL ? line->size - skip : (size_t)(blank - line->text) - skip;
        attempt(content, scene, line->text + skip, size);
        return VERB_PASS;
    }
    if (begins(line, "PASS")) {
        return VERB_PASS;
    }
    if (begins(line, "AUTH")) {
        return begin_auth(content, scene, line);
    }
    if (begins(line, "STLS")) {
        return VERB_STLS;
    }
    const bool lists = begins(line, "LIST") || begins(line, "UIDL");
    return begins(line, "RETR") || begins(line, "TOP") || begins(line, "CAPA") ||
                   (lists && line->size <= 5)
               ? VERB_MANY
               : VERB_OTHER;
}

static void add_command(struct content *content, const struct content_scene *scene,
                        const struct line *line)
{
    struct content_pop *pop = &content->pop;
    if (pop->in_auth) {
        char id[LOGIN_ID_MAX + 1] = {0};
        if (pop->auth_plain) {
            const size_t length = login_decode(line->text, line->size, true, id);
            attempt(content, scene, id, length);
            pop->auth_plain = false;
        }
        return;
    }
    const enum verb verb = read_command(content, scene, line);
    weir_detail_count(&scene->details->mail.commands);
    if (pop->waiting_count < POP_WAITING_MAX) {
        pop->waiting[pop->waiting_count++] = (uint8_t)verb;
    }
}

static void add_success(struct content *content, const struct content_scene *scene, enum verb verb)
{
    switch (verb) {
    case VERB_PASS:
    case VERB_AUTH:
        (void)login_succeed(&content->login, &content->columns);
        scene->details->mail.logged_in = true;
        break;
    case VERB_STLS:
        content->pop.is_tls = true;
        scene->details->mail.tls = true;
        break;
    case VERB_MANY:
        content->pop.multiline = true;
        break;
    case VERB_USER:
    case VERB_OTHER:
        break;
    }
}

static void add_reply(struct content *content, const struct content_scene *scene,
                      const struct line *line)
{
    struct content_pop *pop = &content->pop;
    if (pop->multiline) {
        pop->multiline = !(line->size == 1 && line->text[0] == '.');
        return;
    }
    const bool is_success = begins(line, "+OK");
    if (!is_success && !begins(line, "-ERR")) {
        return; /* "+ " goes on with AUTH */
    }
    if (!pop->greeted) {
        pop->greeted = true;
        return;
    }
    const enum verb verb = pop->waiting_count > 0 ? (enum verb)pop->waiting[0] : VERB_OTHER;
    pop->in_auth = pop->in_auth && verb != VERB_AUTH;
    if (is_success) {
        add_success(content, scene, verb);
    } else {
        weir_detail_count(&scene->details->mail.errors);
        if (verb == VERB_USER || verb == VERB_PASS || verb == VERB_AUTH) {
            login_fail(&content->columns);
        }
    }
    if (pop->waiting_count > 0) {
        pop->waiting_count--;
        memmove(&pop->waiting[0], &pop->waiting[1], pop->waiting_count);
    }
}

void content_pop_add(struct content *content, const struct content_scene *scene,
                     const struct line *line)
{
    scene->details->present |= UINT32_C(1) << WEIR_DETAIL_MAIL;
    if (line->from_orig) {
        add_command(content, scene, line);
    } else {
        add_reply(content, scene, line);
    }
    if (content->pop.is_tls) {
        content_lose(content, true);
        content_lose(content, false);
    }
}
