/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content.h"

#include <stddef.h>
#include <string.h>

#include "sensor/inspect/prompt.h"

#define PROMPT_IDLE_US INT64_C(200000)
#define LINES_SIZE     128 /* of what any class keeps but HTTP, at most */

_Static_assert(sizeof(struct content_shell) <= LINES_SIZE &&
                   sizeof(struct content_ftp) <= LINES_SIZE &&
                   sizeof(struct content_smtp) <= LINES_SIZE &&
                   sizeof(struct content_pop) <= LINES_SIZE &&
                   sizeof(struct content_imap) <= LINES_SIZE &&
                   sizeof(struct content_text) <= LINES_SIZE &&
                   sizeof(struct content_http) >= LINES_SIZE,
               "what content_init() empties is all there is");

struct port_row {
    uint16_t port;
    enum policy_class class;
};

static const struct port_row ports[] = {
    {21, POLICY_CLASS_FTP},    {23, POLICY_CLASS_SHELL},  {25, POLICY_CLASS_SMTP},
    {80, POLICY_CLASS_HTTP},   {110, POLICY_CLASS_POP},   {143, POLICY_CLASS_IMAP},
    {512, POLICY_CLASS_SHELL}, {513, POLICY_CLASS_SHELL}, {514, POLICY_CLASS_SHELL},
    {587, POLICY_CLASS_SMTP},  {8000, POLICY_CLASS_HTTP}, {8001, POLICY_CLASS_HTTP},
    {8080, POLICY_CLASS_HTTP},
};

static enum policy_class class_of_port(const struct inspection_flow *flow)
{
    if (flow->is_ftp_data) {
        return POLICY_CLASS_FTP_DATA;
    }
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        if (ports[i].port == flow->resp_port) {
            return ports[i].class;
        }
    }
    return POLICY_CLASS_TEXT;
}

enum policy_class content_class(enum weir_app app, const struct inspection_flow *flow)
{
    static const uint8_t classes[WEIR_APP_COUNT] = {
        [WEIR_APP_HTTP] = POLICY_CLASS_HTTP,   [WEIR_APP_SMTP] = POLICY_CLASS_SMTP,
        [WEIR_APP_FTP] = POLICY_CLASS_FTP,     [WEIR_APP_POP3] = POLICY_CLASS_POP,
        [WEIR_APP_IMAP] = POLICY_CLASS_IMAP,   [WEIR_APP_TELNET] = POLICY_CLASS_SHELL,
        [WEIR_APP_IRC] = POLICY_CLASS_TEXT,    [WEIR_APP_SIP] = POLICY_CLASS_TEXT,
        [WEIR_APP_SYSLOG] = POLICY_CLASS_TEXT,
    };
    const bool is_known = app != WEIR_APP_NONE && app != WEIR_APP_UNKNOWN;
    if (is_known && !(flow->is_ftp_data && app != WEIR_APP_TLS)) {
        return (enum policy_class)classes[app];
    }
    return class_of_port(flow);
}

bool content_has_details(enum policy_class class)
{
    return class != POLICY_CLASS_NONE && class != POLICY_CLASS_TEXT &&
           class != POLICY_CLASS_FTP_DATA;
}

void content_init(struct content *content, enum policy_class class,
                  const struct content_scene *scene)
{
    memset(content, 0, offsetof(struct content, http));
    content->class = (uint8_t) class;
    if (class == POLICY_CLASS_HTTP) {
        content_http_init(&content->http);
        return;
    }
    memset(&content->http, 0, LINES_SIZE);
    if (class == POLICY_CLASS_SHELL) {
        content_shell_init(content, scene);
    } else if (class == POLICY_CLASS_FTP_DATA) {
        const struct ftp_endpoint endpoint = {.listener = scene->flow->resp,
                                              .peer = scene->flow->orig,
                                              .port = scene->flow->resp_port};
        bool logged_in = false;
        (void)ftp_endpoints_find(scene->ftp, &endpoint, scene->time_us, &logged_in);
        content->columns.logged_in = logged_in ? 1 : 0;
    }
}

/* A stream of text in which somebody waits at a prompt is a shell, from here on. */
static void become_shell(struct content *content, const struct content_scene *scene)
{
    content->columns = (struct weir_kdd_content){0};
    content->class = POLICY_CLASS_SHELL;
    content_shell_init(content, scene);
    content->shell.fields_left = 0;
    content->shell.opens_with_zero = false;
}

static void add_line(struct content *content, const struct content_scene *scene,
                     const struct line *line)
{
    if (content->class == POLICY_CLASS_TEXT && !line->from_orig && !line->ended &&
        prompt_is_shell(line->text, line->size)) {
        become_shell(content, scene);
    }
    switch ((enum policy_class)content->class) {
    case POLICY_CLASS_SHELL:
        content_shell_add(content, scene, line);
        return;
    case POLICY_CLASS_FTP:
        content_ftp_add(content, scene, line);
        return;
    case POLICY_CLASS_FTP_DATA:
        content_text_add_file(content, scene, line);
        return;
    case POLICY_CLASS_SMTP:
        content_smtp_add(content, scene, line);
        return;
    case POLICY_CLASS_POP:
        content_pop_add(content, scene, line);
        return;
    case POLICY_CLASS_IMAP:
        content_imap_add(content, scene, line);
        return;
    case POLICY_CLASS_TEXT:
        content_text_add(content, scene, line);
        return;
    case POLICY_CLASS_NONE:
    case POLICY_CLASS_HTTP:
    case POLICY_CLASS_COUNT:
        return;
    }
}

/* Classes in which a line that is not complete may be a prompt. */
static bool has_prompts(const struct content *content)
{
    return content->class == POLICY_CLASS_SHELL || content->class == POLICY_CLASS_TEXT;
}

static void tell_prompt(struct content *content, const struct content_scene *scene)
{
    struct line line = {0};
    if (has_prompts(content) && line_reader_tell(&content->line[1], scene->lines, &line)) {
        add_line(content, scene, &line);
    }
}

static void read_lines(struct content *content, const struct content_scene *scene, bool from_orig,
                       struct weir_cursor *payload)
{
    struct line_reader *reader = &content->line[from_orig ? 0 : 1];
    struct line line = {0};
    while (line_reader_next(reader, scene->lines, payload, &line)) {
        line.from_orig = from_orig;
        add_line(content, scene, &line);
        if (content->closed[from_orig ? 0 : 1]) {
            return;
        }
    }
    if (reader->lost) {
        content_lose(content, from_orig);
    }
    if (!from_orig && reader->negotiated && content->class == POLICY_CLASS_TEXT) {
        become_shell(content, scene);
    }
}

void content_add(struct content *content, const struct content_scene *scene, bool from_orig,
                 const uint8_t *bytes, size_t size)
{
    if (content->closed[from_orig ? 0 : 1]) {
        return;
    }
    if (content->class == POLICY_CLASS_HTTP) {
        content_http_add(content, scene, from_orig, bytes, size);
        return;
    }
    if (from_orig || scene->time_us - content->spoke_us >= PROMPT_IDLE_US) {
        tell_prompt(content, scene);
    }
    if (!from_orig) {
        content->spoke_us = scene->time_us;
    }
    if (content->class == POLICY_CLASS_TEXT &&
        !content_text_weigh(content, from_orig, bytes, size)) {
        content_lose(content, true);
        content_lose(content, false);
        return;
    }
    struct weir_cursor payload = weir_cursor_over(bytes, size);
    if (content->class == POLICY_CLASS_SHELL) {
        (void)weir_cursor_skip(&payload,
                               content_shell_read_opening(content, scene, from_orig, bytes, size));
    }
    read_lines(content, scene, from_orig, &payload);
}

void content_lose(struct content *content, bool from_orig)
{
    content->closed[from_orig ? 0 : 1] = true;
    content->is_cut[from_orig ? 0 : 1] = true;
    if (content->class == POLICY_CLASS_HTTP) {
        http_reader_lose(&content->http.reader, from_orig);
    }
}

void content_end(struct content *content, const struct content_scene *scene)
{
    if (content->class == POLICY_CLASS_HTTP) {
        return;
    }
    tell_prompt(content, scene);
    for (int side = 0; side < 2; side++) {
        struct line line = {0};
        content->line[side].told = false;
        if (!content->is_cut[side] && line_reader_tell(&content->line[side], scene->lines, &line)) {
            line.from_orig = side == 0;
            line.ended = true;
            line.was_prompt = side == 1 && has_prompts(content);
            add_line(content, scene, &line);
        }
    }
}

bool content_is_done(const struct content *content)
{
    return content->closed[0] && content->closed[1];
}

void content_fini(struct content *content, struct weir_block_pool *lines)
{
    line_reader_fini(&content->line[0], lines);
    line_reader_fini(&content->line[1], lines);
}
