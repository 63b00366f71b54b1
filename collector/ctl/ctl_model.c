/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_model.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

#include "common/flow/feature_schema.h"

#include "proto/keys.h"
#include "proto/model_artifact.h"

#include "collector/ctl/model_choice.h"
#include "collector/store/models.h"

enum target_choice {
    TO_NOBODY,
    TO_SENSORS,
    TO_FLEET
};

struct model_options {
    struct ctl_session_options session;
    int to; /* enum target_choice */
    char *key;
    bool force;
};

#define FIELD(name) offsetof(struct model_options, name)

static const struct weir_option rows[] = {
    CTL_COMMAND_DATABASE_ROWS,
    {.key = "model.to",
     .flag = "to",
     .type = WEIR_OPTION_CHOICE,
     .offset = FIELD(to),
     .initial = "nobody",
     .choices = "nobody|sensors|fleet",
     .value = "WHOM",
     .help = "sensors: each sensor scores with it; fleet: the collector does"},
    {.key = "model.sign_key",
     .flag = "sign-key",
     .letter = 'k',
     .type = WEIR_OPTION_TEXT,
     .offset = FIELD(key),
     .value = "FILE",
     .help = "sign with this key (`weirctl key signing FILE` makes one)"},
    {.key = "model.force",
     .flag = "force",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(force),
     .help = "push in spite of a wrong schema or a passed date; the sensors refuse it then"},
};

static const struct weir_option_table table = {
    .program = "weirctl model",
    .summary = "weirctl model - sign a model, say where it scores",
    .usage =
        "push NAME|VERSION --to=WHOM | off --to=WHOM | sign FILE --sign-key=FILE | import FILE",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "push    makes the model the active one of all sensors, or of the collector; it is "
        "offered\n"
        "        at once. Sensors take signed models of schema `sensor` alone; the collector\n"
        "        scores schemas `fleet` and `kdd41`. Each sensor still checks signature, version,\n"
        "        date and golden vectors itself, and `weirctl sensors` shows what it answered.\n"
        "off     nobody scores there any more\n"
        "sign    signs an artefact file in place, without a database: where the signing key lives\n"
        "import  takes a file that `weirctl models export` wrote and that was signed since; the\n"
        "        model itself must be the same, byte for byte\n"
        "\n" CTL_COMMAND_PASSWORDS "\n"
        "Examples:\n"
        "  weirctl model push branch-sensor --to sensors --sign-key weir-signing.key\n"
        "  weirctl model push 8 --to fleet\n"
        "  weirctl models export 7 m7.weir && weirctl model sign m7.weir --sign-key k.key &&\n"
        "      weirctl model import m7.weir && weirctl model push 7 --to sensors\n",
};

/* The schema under this name as this program knows it; the hash tells versions of it apart. */
static bool is_schema(const struct weir_schema_id *schema, const char *name)
{
    const struct weir_feature_schema *known = weir_feature_schema_find(name);
    return known != NULL && strcmp(schema->name, name) == 0 &&
           schema->hash == weir_feature_schema_hash(known);
}

static int check_fit(const struct model_choice *choice, int to, struct weir_error *error)
{
    const struct weir_model_manifest *manifest = &choice->artifact.manifest;
    const bool fits = to == TO_SENSORS ? is_schema(&manifest->schema, "sensor")
                                       : is_schema(&manifest->schema, "fleet") ||
                                             is_schema(&manifest->schema, "kdd41");
    if (!fits) {
        return weir_fail(error, WEIR_ESCHEMA,
                         "model %" PRIu64 " has schema %s (%016" PRIx64 "), %s; train one with "
                         "--schema %s",
                         choice->version, manifest->schema.name, manifest->schema.hash,
                         to == TO_SENSORS ? "which sensors cannot compute: they score schema sensor"
                                          : "which the collector does not score: it scores fleet "
                                            "and kdd41",
                         to == TO_SENSORS ? "sensor" : "fleet");
    }
    if (manifest->expires_us != 0 && manifest->expires_us <= weir_wall_now_us()) {
        char text[28];
        weir_wall_text(manifest->expires_us, text);
        return weir_fail(error, WEIR_EVERSION, "model %" PRIu64 " expired at %s; train a new one",
                         choice->version, text);
    }
    return WEIR_OK;
}

static int sign(struct weir_model_artifact *artifact, const char *path, struct weir_error *error)
{
    struct weir_sign_key key = {0};
    int err = weir_sign_key_load(path, &key, error);
    if (err != WEIR_OK) {
        return err == WEIR_ENOENT ? WEIR_EIO : err;
    }
    /* Signed by this key before: once is enough. */
    if (weir_model_artifact_verify(artifact, key.public_key, NULL) != WEIR_OK) {
        err = key.has_secret ? weir_model_artifact_sign(artifact, &key, error)
                             : weir_fail(error, WEIR_EPERM,
                                         "%s holds the public half alone, which cannot sign", path);
    }
    weir_sign_key_fini(&key);
    return err;
}

static int push_choice(struct connection *connection, const struct model_options *options,
                       struct model_choice *choice, struct weir_error *error)
{
    int err = options->force ? WEIR_OK : check_fit(choice, options->to, error);
    if (err == WEIR_OK && options->key != NULL) {
        err = sign(&choice->artifact, options->key, error);
        if (err == WEIR_OK) {
            err = model_choice_store(choice, connection, error);
        }
    }
    if (err == WEIR_OK && options->to == TO_SENSORS && choice->artifact.signature_count == 0) {
        err = weir_fail(error, WEIR_EPERM,
                        "model %" PRIu64 " is not signed, and sensors take signed models alone: "
                        "give --sign-key",
                        choice->version);
    }
    if (err == WEIR_OK) {
        err =
            models_activate(connection, choice->version,
                            options->to == TO_SENSORS ? MODELS_TARGET_SENSOR : MODELS_TARGET_FLEET,
                            error);
    }
    return err;
}

static int push(struct connection *connection, const struct model_options *options,
                const char *word, struct weir_error *error)
{
    struct model_choice choice;
    int err = model_choice_init(&choice, connection, word, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = push_choice(connection, options, &choice, error);
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl model: %s version %" PRIu64 " is active for %s\n",
                      choice.artifact.manifest.name, choice.version,
                      options->to == TO_SENSORS ? "the sensors" : "the fleet");
    }
    model_choice_fini(&choice);
    return err;
}

static int off(struct connection *connection, int to, struct weir_error *error)
{
    const enum models_target target = to == TO_SENSORS ? MODELS_TARGET_SENSOR : MODELS_TARGET_FLEET;
    const int err = models_activate(connection, 0, target, error);
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl model: no model is active for %s\n",
                      to == TO_SENSORS ? "the sensors" : "the fleet");
    }
    return err;
}

static int load_file(const char *path, struct weir_arena *arena,
                     struct weir_model_artifact *artifact, struct weir_error *error)
{
    const int err = weir_model_artifact_load(path, arena, artifact, error);
    return err == WEIR_ENOENT ? weir_fail(error, WEIR_EIO, "%s: there is no such file", path) : err;
}

static int sign_file(const char *path, const char *key, struct weir_error *error)
{
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    weir_arena_init(&arena, 0);
    int err = load_file(path, &arena, &artifact, error);
    if (err == WEIR_OK) {
        err = sign(&artifact, key, error);
    }
    if (err == WEIR_OK) {
        err = weir_model_artifact_save(&artifact, path, error);
    }
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl model: %s: %s version %" PRIu64 " carries %zu signature%s\n",
                      path, artifact.manifest.name, artifact.manifest.version,
                      artifact.signature_count, artifact.signature_count == 1 ? "" : "s");
    }
    weir_arena_fini(&arena);
    return err;
}

/* Signatures may have come; the signed bytes must be those that were registered. */
static int take_back(struct connection *connection, const char *path,
                     const struct weir_model_artifact *artifact, struct weir_error *error)
{
    struct model_choice choice;
    char word[24];
    (void)snprintf(word, sizeof(word), "%" PRIu64, artifact->manifest.version);
    int err = model_choice_init(&choice, connection, word, error);
    if (err != WEIR_OK) {
        return err;
    }
    if (choice.artifact.body_size != artifact->body_size ||
        memcmp(choice.artifact.body, artifact->body, artifact->body_size) != 0) {
        err = weir_fail(error, WEIR_ECONFLICT,
                        "%s is not the model %s that is registered: export that one again", path,
                        word);
    } else {
        choice.artifact = *artifact;
        err = model_choice_store(&choice, connection, error);
    }
    model_choice_fini(&choice);
    return err;
}

static int import(struct connection *connection, const char *path, struct weir_error *error)
{
    struct weir_arena arena;
    struct weir_model_artifact artifact;
    weir_arena_init(&arena, 0);
    int err = load_file(path, &arena, &artifact, error);
    if (err == WEIR_OK) {
        err = take_back(connection, path, &artifact, error);
    }
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl model: model %" PRIu64 " now carries %zu signatures\n",
                      artifact.manifest.version, artifact.signature_count);
    }
    weir_arena_fini(&arena);
    return err;
}

static int run_online(const struct model_options *options, const struct weir_command_line *line,
                      struct weir_error *error)
{
    struct connection *connection = NULL;
    const char *word = line->operands[0];
    int err = ctl_command_open(&options->session, &connection, error);
    if (err != WEIR_OK) {
        return err;
    }
    if (strcmp(word, "push") == 0) {
        err = push(connection, options, line->operands[1], error);
    } else if (strcmp(word, "off") == 0) {
        err = off(connection, options->to, error);
    } else {
        err = import(connection, line->operands[1], error);
    }
    connection_close(connection);
    return err;
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct model_options *options = context;
    const int count = line->operand_count;
    const char *word = count > 0 ? line->operands[0] : "";
    const bool pushes = strcmp(word, "push") == 0 && count == 2;
    const bool ends = strcmp(word, "off") == 0 && count == 1;
    const bool signs = strcmp(word, "sign") == 0 && count == 2;
    if (!pushes && !ends && !signs && (strcmp(word, "import") != 0 || count != 2)) {
        return ctl_command_usage(&table, error);
    }
    if ((pushes || ends) && options->to == TO_NOBODY) {
        return weir_fail(error, WEIR_EINVAL, "say with --to whom: sensors or fleet");
    }
    if (signs) {
        return options->key == NULL
                   ? weir_fail(error, WEIR_EINVAL, "say with --sign-key which key signs")
                   : sign_file(line->operands[1], options->key, error);
    }
    return run_online(options, line, error);
}

const struct ctl_command ctl_model_command = {
    .name = "model",
    .summary = "sign a model, say where it scores",
    .table = &table,
    .options_size = sizeof(struct model_options),
    .run = run,
};
