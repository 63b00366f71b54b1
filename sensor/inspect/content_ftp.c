/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_ftp.h"

#include <string.h>
#include <strings.h>

#include "sensor/inspect/command.h"
#include "sensor/inspect/content.h"
#include "sensor/inspect/ftp_control.h"

enum verb {
    VERB_OTHER,
    VERB_LOGIN,    /* USER, PASS, ACCT */
    VERB_RETRIEVE, /* RETR, LIST, NLST, MLSD */
    VERB_STORE,    /* STOR, STOU, APPE */
    VERB_FOLDER,   /* MKD, XMKD */
    VERB_AUTH,
};

struct verb_row {
    const char *text;
    enum verb verb;
};

static const struct verb_row verbs[] = {
    {"USER", VERB_LOGIN},    {"PASS", VERB_LOGIN},    {"ACCT", VERB_LOGIN},
    {"RETR", VERB_RETRIEVE}, {"LIST", VERB_RETRIEVE}, {"NLST", VERB_RETRIEVE},
    {"MLSD", VERB_RETRIEVE}, {"STOR", VERB_STORE},    {"STOU", VERB_STORE},
    {"APPE", VERB_STORE},    {"MKD", VERB_FOLDER},    {"XMKD", VERB_FOLDER},
    {"AUTH", VERB_AUTH},
};

struct command {
    const char *verb, *argument;
    size_t verb_size, argument_size;
};

static struct command split(const struct line *line)
{
    const char *blank = memchr(line->text, ' ', line->size);
    struct command command = {.verb = line->text, .verb_size = line->size};
    if (blank != NULL) {
        command.verb_size = (size_t)(blank - line->text);
        command.argument = blank + 1;
        command.argument_size = line->size - command.verb_size - 1;
    }
    return command;
}

static bool is_verb(const struct command *command, const char *text)
{
    return command->verb_size == strlen(text) &&
           strncasecmp(command->verb, text, command->verb_size) == 0;
}

static enum verb verb_of(const struct command *command)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (is_verb(command, verbs[i].text)) {
            return verbs[i].verb;
        }
    }
    return VERB_OTHER;
}

static bool argument_begins(const struct command *command, const char *text)
{
    const size_t size = strlen(text);
    return command->argument_size >= size && strncasecmp(command->argument, text, size) == 0 &&
           (command->argument_size == size || command->argument[size] == ' ');
}

/* PORT and EPRT: where the client waits. A third party's address is the FTP bounce. */
static void read_announcement(const struct content *content, const struct content_scene *scene,
                              const struct line *line)
{
    const struct weir_address *speaker = line->from_orig ? &scene->flow->orig : &scene->flow->resp;
    const struct weir_address *peer = line->from_orig ? &scene->flow->resp : &scene->flow->orig;
    struct ftp_announcement said = {0};
    if (!ftp_control_read(line->text, line->size, line->from_orig, &said)) {
        return;
    }
    if (said.address.size == 0 || weir_address_equal(&said.address, speaker)) {
        const struct ftp_endpoint endpoint = {.listener = *speaker,
                                              .peer = *peer,
                                              .port = said.port,
                                              .logged_in = content->columns.logged_in != 0};
        ftp_endpoints_add(scene->ftp, &endpoint, scene->time_us);
    } else if (line->from_orig) {
        weir_detail_count(&scene->details->ftp.bounce_cmds);
    }
}

static void add_command(struct content *content, const struct content_scene *scene,
                        const struct line *line)
{
    struct content_ftp *ftp = &content->ftp;
    struct weir_kdd_content *columns = &content->columns;
    const struct command command = split(line);
    const enum verb verb = verb_of(&command);
    weir_detail_count(&scene->details->ftp.commands);
    if (is_verb(&command, "USER")) {
        login_attempt(&content->login, command.argument, command.argument_size, columns);
        columns->num_root = login_is_root(&content->login) ? 1 : 0;
        weir_detail_text_put(scene->details->ftp.user, sizeof(scene->details->ftp.user),
                             content->login.id, content->login.size);
    } else if (is_verb(&command, "CWD") || is_verb(&command, "XCWD")) {
        if (command_path_is_hot(command.argument, command.argument_size)) {
            content_scene_add16(&columns->hot);
        }
    } else if (is_verb(&command, "SITE") &&
               (argument_begins(&command, "EXEC") || argument_begins(&command, "CHMOD"))) {
        content_scene_add16(&columns->hot);
    }
    const struct pattern_line argument =
        content_scene_find(scene, command.argument, command.argument_size, PATTERN_A1);
    if (pattern_is_a1(&argument)) {
        content_scene_add16(&columns->num_access_files);
    }
    read_announcement(content, scene, line);
    if (ftp->waiting_count < FTP_WAITING_MAX) {
        ftp->waiting[ftp->waiting_count++] = (uint8_t)verb;
    }
}

static void pop_command(struct content_ftp *ftp)
{
    if (ftp->waiting_count > 0) {
        ftp->waiting_count--;
        memmove(&ftp->waiting[0], &ftp->waiting[1], ftp->waiting_count);
    }
    ftp->accepted = false;
}

/* A transfer is accepted by its first reply of 1xx or 2xx. */
static void accept_transfer(struct content *content, const struct content_scene *scene)
{
    if (!content->ftp.accepted) {
        content->ftp.accepted = true;
        content_scene_add16(&content->columns.hot);
        weir_detail_count(&scene->details->ftp.transfers);
    }
}

static void add_login_reply(struct content *content, unsigned code)
{
    if (code == 430 || code == 530 || code == 531) {
        login_fail(&content->columns);
    } else if ((code == 230 || code == 232) && login_succeed(&content->login, &content->columns)) {
        content_scene_add16(&content->columns.hot);
    }
}

static void add_reply(struct content *content, const struct content_scene *scene, unsigned code)
{
    struct content_ftp *ftp = &content->ftp;
    scene->details->ftp.reply_code = code;
    if (!ftp->greeted && (code == 220 || code == 120 || code == 421)) {
        ftp->greeted = code != 120;
        return;
    }
    const enum verb verb = ftp->waiting_count > 0 ? (enum verb)ftp->waiting[0] : VERB_OTHER;
    const bool created = code == 226 || code == 250 || code == 257;
    switch (verb) {
    case VERB_LOGIN:
        add_login_reply(content, code);
        break;
    case VERB_RETRIEVE:
    case VERB_STORE:
        if (code < 300) {
            accept_transfer(content, scene);
        }
        if (verb == VERB_STORE && created) {
            content_scene_add16(&content->columns.num_file_creations);
        }
        break;
    case VERB_FOLDER:
        if (created) {
            content_scene_add16(&content->columns.num_file_creations);
        }
        break;
    case VERB_AUTH:
        ftp->is_tls = code == 234;
        scene->details->ftp.tls = scene->details->ftp.tls || ftp->is_tls;
        break;
    case VERB_OTHER:
        break;
    }
    if (code >= 200) {
        pop_command(ftp);
    }
}

/* "nnn text" ends a reply, "nnn-text" begins one of several lines. */
static void add_reply_line(struct content *content, const struct content_scene *scene,
                           const struct line *line)
{
    struct content_ftp *ftp = &content->ftp;
    const char *text = line->text;
    const struct pattern_line found = content_scene_find(scene, text, line->size, PATTERN_N);
    if (pattern_is_n(&found)) {
        content_scene_add32(&content->columns.num_compromised);
    }
    read_announcement(content, scene, line);
    unsigned code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= line->size || text[i] < '0' || text[i] > '9') {
            return;
        }
        code = code * 10 + (unsigned)(text[i] - '0');
    }
    if (code < 100 || code > 599) {
        return;
    }
    if (line->size > 3 && text[3] == '-') {
        ftp->multiline = ftp->multiline == 0 ? (uint16_t)code : ftp->multiline;
    } else if (ftp->multiline == 0 || ftp->multiline == code) {
        ftp->multiline = 0;
        add_reply(content, scene, code);
    }
}

void content_ftp_add(struct content *content, const struct content_scene *scene,
                     const struct line *line)
{
    scene->details->present |= UINT32_C(1) << WEIR_DETAIL_FTP;
    if (!line->from_orig) {
        add_reply_line(content, scene, line);
    } else if (line->size > 0) {
        add_command(content, scene, line);
    }
    if (content->ftp.is_tls) {
        content_lose(content, true);
        content_lose(content, false);
    }
}
