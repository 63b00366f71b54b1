/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_imap.h"

#include <string.h>
#include <strings.h>

#include "sensor/inspect/content.h"

enum verb {
    VERB_NONE,
    VERB_LOGIN, /* LOGIN, AUTHENTICATE */
    VERB_STARTTLS
};

enum answer { /* what the originator's next line is */
    ANSWER_COMMAND,
    ANSWER_ID,    /* the literal that LOGIN {n} promised */
    ANSWER_PLAIN, /* of AUTHENTICATE PLAIN */
    ANSWER_SECRET /* anything else that is no command */
};

struct word {
    const char *at;
    size_t size;
};

static struct word next_word(const char **at, const char *end)
{
    const char *from = *at;
    while (from < end && *from == ' ') {
        from++;
    }
    const char *to = from;
    while (to < end && *to != ' ') {
        to++;
    }
    *at = to;
    return (struct word){.at = from, .size = (size_t)(to - from)};
}

static bool is_text(struct word word, const char *text)
{
    return word.size == strlen(text) && strncasecmp(word.at, text, word.size) == 0;
}

static void attempt(struct content *content, const struct content_scene *scene, struct word id)
{
    struct weir_mail_details *details = &scene->details->mail;
    login_attempt(&content->login, id.at, id.size, &content->columns);
    content->columns.num_root = login_is_root(&content->login) ? 1 : 0;
    weir_detail_text_put(details->user, sizeof(details->user), content->login.id,
                         content->login.size);
}

static void keep_tag(struct content_imap *imap, struct word tag, enum verb verb)
{
    if (tag.size == 0 || tag.size > IMAP_TAG_MAX) {
        return;
    }
    for (size_t i = 0; i < IMAP_TAGS_MAX; i++) {
        struct imap_tag *place = &imap->tags[i];
        if (place->verb == VERB_NONE) {
            memcpy(place->text, tag.at, tag.size);
            place->size = (uint8_t)tag.size;
            place->verb = (uint8_t)verb;
            return;
        }
    }
}

static void add_plain(struct content *content, const struct content_scene *scene, const char *text,
                      size_t size)
{
    char id[LOGIN_ID_MAX + 1] = {0};
    const size_t length = login_decode(text, size, true, id);
    attempt(content, scene, (struct word){.at = id, .size = length});
}

static void add_command(struct content *content, const struct content_scene *scene,
                        const struct line *line)
{
    struct content_imap *imap = &content->imap;
    const char *at = line->text;
    const char *end = line->text + line->size;
    const struct word tag = next_word(&at, end);
    const struct word verb = next_word(&at, end);
    weir_detail_count(&scene->details->mail.commands);
    if (is_text(verb, "STARTTLS")) {
        keep_tag(imap, tag, VERB_STARTTLS);
    } else if (is_text(verb, "LOGIN")) {
        const struct word id = next_word(&at, end);
        keep_tag(imap, tag, VERB_LOGIN);
        if (id.size > 0 && id.at[0] == '{') {
            imap->answer = ANSWER_ID;
        } else {
            attempt(content, scene, id);
        }
    } else if (is_text(verb, "AUTHENTICATE")) {
        const bool is_plain = is_text(next_word(&at, end), "PLAIN");
        const struct word first = next_word(&at, end);
        keep_tag(imap, tag, VERB_LOGIN);
        imap->answer = is_plain && first.size == 0 ? ANSWER_PLAIN : ANSWER_SECRET;
        if (is_plain && first.size > 0) {
            add_plain(content, scene, first.at, first.size);
        }
    }
}

static void add_client(struct content *content, const struct content_scene *scene,
                       const struct line *line)
{
    struct content_imap *imap = &content->imap;
    const char *at = line->text;
    switch ((enum answer)imap->answer) {
    case ANSWER_COMMAND:
        add_command(content, scene, line);
        break;
    case ANSWER_ID:
        attempt(content, scene, next_word(&at, line->text + line->size));
        imap->answer = ANSWER_SECRET;
        break;
    case ANSWER_PLAIN:
        add_plain(content, scene, line->text, line->size);
        imap->answer = ANSWER_SECRET;
        break;
    case ANSWER_SECRET:
        break;
    }
}

static void add_answer(struct content *content, const struct content_scene *scene, enum verb verb,
                       bool is_success)
{
    struct content_imap *imap = &content->imap;
    imap->answer = ANSWER_COMMAND;
    if (verb == VERB_STARTTLS) {
        imap->is_tls = is_success;
        scene->details->mail.tls = scene->details->mail.tls || is_success;
    } else if (is_success) {
        (void)login_succeed(&content->login, &content->columns);
        scene->details->mail.logged_in = true;
    } else {
        login_fail(&content->columns);
    }
}

static void add_server(struct content *content, const struct content_scene *scene,
                       const struct line *line)
{
    const char *at = line->text;
    const char *end = line->text + line->size;
    const struct word tag = next_word(&at, end);
    const struct word verdict = next_word(&at, end);
    if (is_text(tag, "*")) {
        if (is_text(verdict, "PREAUTH")) {
            (void)login_succeed(&content->login, &content->columns);
            scene->details->mail.logged_in = true;
        }
        return;
    }
    const bool is_success = is_text(verdict, "OK");
    if (!is_success && !is_text(verdict, "NO") && !is_text(verdict, "BAD")) {
        return;
    }
    if (!is_success) {
        weir_detail_count(&scene->details->mail.errors);
    }
    for (size_t i = 0; i < IMAP_TAGS_MAX; i++) {
        struct imap_tag *place = &content->imap.tags[i];
        if (place->verb != VERB_NONE && tag.size == place->size &&
            memcmp(tag.at, place->text, tag.size) == 0) {
            const enum verb verb = (enum verb)place->verb;
            *place = (struct imap_tag){0};
            add_answer(content, scene, verb, is_success);
            return;
        }
    }
}

void content_imap_add(struct content *content, const struct content_scene *scene,
                      const struct line *line)
{
    scene->details->present |= UINT32_C(1) << WEIR_DETAIL_MAIL;
    if (line->from_orig) {
        add_client(content, scene, line);
    } else {
        add_server(content, scene, line);
    }
    if (content->imap.is_tls) {
        content_lose(content, true);
        content_lose(content, false);
    }
}
