/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/content_shell.h"

#include <string.h>

#include "sensor/inspect/command.h"
#include "sensor/inspect/content.h"
#include "sensor/inspect/prompt.h"

#define PORT_EXEC   512
#define PORT_RLOGIN 513
#define PORT_RSH    514

enum awaited {
    AWAITS_COMMAND,
    AWAITS_ID,
    AWAITS_SECRET
};

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_USER,
    PROMPT_ROOT
};

/* exec: port, user, password, command. rsh: port, client's user, user, command. rlogin: nothing,
 * client's user, user, terminal. The last of exec and rsh is the command. */
#define OPENING_FIELDS 4

static bool is_command_port(uint16_t port)
{
    return port == PORT_EXEC || port == PORT_RSH;
}

void content_shell_init(struct content *content, const struct content_scene *scene)
{
    const uint16_t port = scene->flow->resp_port;
    const bool opens = is_command_port(port) || port == PORT_RLOGIN;
    content->line[0].cr_ends = true;
    content->shell =
        (struct content_shell){.fields_left = opens ? OPENING_FIELDS : 0, .opens_with_zero = opens};
    scene->details->present |= UINT32_C(1) << WEIR_DETAIL_LOGIN;
}

static void attempt(struct content *content, const struct content_scene *scene, const char *id,
                    size_t size)
{
    struct weir_login_details *details = &scene->details->login;
    login_attempt(&content->login, id, size, &content->columns);
    weir_detail_count(&details->attempts);
    weir_detail_text_put(details->user, sizeof(details->user), content->login.id,
                         content->login.size);
}

static void succeed(struct content *content, const struct content_scene *scene)
{
    if (login_succeed(&content->login, &content->columns)) {
        content_scene_add16(&content->columns.hot);
    }
    scene->details->login.logged_in = true;
}

static void add_command(struct content *content, const struct content_scene *scene,
                        const struct line *line)
{
    struct weir_kdd_content *columns = &content->columns;
    struct content_shell *shell = &content->shell;
    const char *text = line->text;
    const size_t size = line->size;
    const struct pattern_line found =
        content_scene_find(scene, text, size, PATTERN_H4 | PATTERN_A1);
    if ((found.found & PATTERN_H4) != 0 || command_is_hot(text, size)) {
        content_scene_add16(&columns->hot);
    }
    if (shell->prompt == PROMPT_ROOT && !login_is_root(&content->login)) {
        content_scene_add32(&columns->num_compromised);
    }
    if (command_is_su(text, size)) {
        columns->su_attempted = columns->su_attempted == 0 ? 1 : columns->su_attempted;
        shell->su_waits = true;
        shell->su_asked = true;
    }
    if (command_creates(text, size) || command_redirects(text, size)) {
        content_scene_add16(&columns->num_file_creations);
    }
    if (command_starts_shell(text, size)) {
        content_scene_add8(&columns->num_shells);
    }
    if (pattern_is_a1(&found)) {
        content_scene_add16(&columns->num_access_files);
    }
}

static void add_typed(struct content *content, const struct content_scene *scene,
                      const struct line *line)
{
    struct content_shell *shell = &content->shell;
    const struct pattern_line found =
        content_scene_find(scene, line->text, line->size, PATTERN_BIT(ROOT));
    if (found.found != 0) {
        content_scene_add32(&content->columns.num_root);
    }
    switch ((enum awaited)shell->awaits) {
    case AWAITS_ID:
        attempt(content, scene, line->text, line->size);
        break;
    case AWAITS_SECRET:
        break;
    case AWAITS_COMMAND:
        if (line->size > 0) {
            add_command(content, scene, line);
        }
        break;
    }
    shell->awaits = AWAITS_COMMAND;
}

/* Root was reached: by a prompt, or by what `id` says. */
static void reach_root(struct content *content)
{
    if (content->columns.logged_in != 0) {
        content->columns.root_shell = 1;
    }
    if (content->shell.su_asked) {
        content->columns.su_attempted = 2;
    }
}

static void add_prompt(struct content *content, const struct content_scene *scene, const char *text,
                       size_t size)
{
    struct content_shell *shell = &content->shell;
    if (prompt_is_login(text, size) || prompt_is_password(text, size)) {
        const bool is_password = prompt_is_password(text, size);
        shell->awaits = is_password ? AWAITS_SECRET : AWAITS_ID;
        shell->asked = true;
        shell->asked_password = shell->asked_password || is_password;
        return;
    }
    if (!prompt_is_shell(text, size)) {
        return;
    }
    const bool is_root = prompt_is_root(text, size);
    if (shell->asked && content->columns.logged_in == 0) {
        succeed(content, scene);
    }
    if (is_root) {
        const struct pattern_line found = content_scene_find(scene, text, size, PATTERN_BIT(ROOT));
        if (found.found == 0) {
            content_scene_add32(&content->columns.num_root);
        }
        reach_root(content);
        if (shell->prompt == PROMPT_USER && !shell->su_waits) {
            content_scene_add8(&content->columns.num_shells);
        }
    }
    shell->su_waits = false;
    shell->prompt = is_root ? PROMPT_ROOT : PROMPT_USER;
}

static bool is_success(const struct content_shell *shell, const struct pattern_line *found)
{
    const uint64_t anywhere = PATTERN_BIT(L1) | PATTERN_BIT(L2) | PATTERN_BIT(L3);
    const uint64_t behind_password = PATTERN_BIT(L4) | PATTERN_BIT(L5);
    return (found->found & anywhere) != 0 ||
           (shell->asked_password && (found->found & behind_password) != 0);
}

/* Once the zero byte said yes, what follows is the session, unless it still asks or refuses. */
static void add_data(struct content *content, const struct content_scene *scene,
                     const struct line *line)
{
    const struct content_shell *shell = &content->shell;
    if (shell->zero_seen && !shell->asked && content->columns.logged_in == 0 && line->size > 0 &&
        !prompt_is_login(line->text, line->size) && !prompt_is_password(line->text, line->size) &&
        content_scene_find(scene, line->text, line->size, PATTERN_FAILURES).found == 0) {
        succeed(content, scene);
    }
}

static void add_output(struct content *content, const struct content_scene *scene,
                       const struct line *line)
{
    struct weir_kdd_content *columns = &content->columns;
    const struct pattern_line found =
        content_scene_find(scene, line->text, line->size,
                           PATTERN_FAILURES | PATTERN_SUCCESSES | PATTERN_N | PATTERN_H6 |
                               PATTERN_BIT(ROOT) | PATTERN_BIT(NEW_FILE));
    if ((found.found & PATTERN_FAILURES) != 0 && columns->logged_in == 0) {
        login_fail(columns);
        weir_detail_count(&scene->details->login.failures);
    }
    if (columns->logged_in == 0 && is_success(&content->shell, &found)) {
        succeed(content, scene);
    }
    if (pattern_is_h6(&found)) {
        content_scene_add16(&columns->hot);
    }
    if (pattern_is_n(&found)) {
        content_scene_add32(&columns->num_compromised);
    }
    if ((found.found & PATTERN_BIT(H6_UID)) != 0) {
        reach_root(content);
    }
    if ((found.found & PATTERN_BIT(ROOT)) != 0) {
        content_scene_add32(&columns->num_root);
    }
    if ((found.found & PATTERN_BIT(NEW_FILE)) != 0) {
        content_scene_add16(&columns->num_file_creations);
    }
}

void content_shell_add(struct content *content, const struct content_scene *scene,
                       const struct line *line)
{
    if (line->from_orig) {
        if (line->ended) {
            add_typed(content, scene, line);
        }
        return;
    }
    add_data(content, scene, line);
    if (!line->was_prompt) {
        add_prompt(content, scene, line->text, line->size);
    }
    if (line->ended) {
        add_output(content, scene, line);
    }
}

/* Field `left` from the end, complete. */
static void add_field(struct content *content, const struct content_scene *scene)
{
    struct content_shell *shell = &content->shell;
    const uint16_t port = scene->flow->resp_port;
    struct weir_login_details *details = &scene->details->login;
    const unsigned number = OPENING_FIELDS - (unsigned)shell->fields_left;
    const bool names_user = port == PORT_EXEC ? number == 1 : number == 2;
    const bool names_client = port != PORT_EXEC && number == 1;
    if (names_user) {
        attempt(content, scene, shell->field, shell->field_size);
    } else if (names_client) {
        weir_detail_text_put(details->client_user, sizeof(details->client_user), shell->field,
                             shell->field_size);
    }
    shell->fields_left--;
    shell->field_size = 0;
}

/* Of exec and rsh the last field is the command: it is read as a line, up to its NUL. */
static size_t read_fields(struct content *content, const struct content_scene *scene,
                          const uint8_t *bytes, size_t size)
{
    struct content_shell *shell = &content->shell;
    size_t done = 0;
    while (done < size && shell->fields_left > 0) {
        const char byte = (char)bytes[done++];
        if (byte != '\0') {
            if (shell->field_size < SHELL_FIELD_MAX) {
                shell->field[shell->field_size++] = byte;
            }
        } else if (shell->fields_left == 1 && is_command_port(scene->flow->resp_port)) {
            const struct line line = {.text = shell->field,
                                      .size = shell->field_size,
                                      .full_size = shell->field_size,
                                      .from_orig = true,
                                      .ended = true};
            content_shell_add(content, scene, &line);
            add_field(content, scene);
        } else {
            add_field(content, scene);
        }
    }
    return done;
}

size_t content_shell_read_opening(struct content *content, const struct content_scene *scene,
                                  bool from_orig, const uint8_t *bytes, size_t size)
{
    struct content_shell *shell = &content->shell;
    if (from_orig) {
        return shell->fields_left > 0 ? read_fields(content, scene, bytes, size) : 0;
    }
    if (!shell->opens_with_zero || size == 0) {
        return 0;
    }
    shell->opens_with_zero = false;
    shell->zero_seen = bytes[0] == 0;
    return shell->zero_seen ? 1 : 0;
}
