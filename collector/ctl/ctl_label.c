/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_label.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/table_writer.h"

#include "collector/ctl/flow_uid.h"
#include "collector/ctl/label_file.h"
#include "collector/store/flows_query.h"
#include "collector/store/label_list.h"
#include "collector/store/labels.h"

struct label_options {
    struct ctl_session_options session;
    char *as, *who, *why;
    char *address, *orig, *resp, *proto, *stream, *from, *to;
    uint64_t port, limit;
};

#define FIELD(name) offsetof(struct label_options, name)
#define TEXT(section, name, word, says)                                                            \
    {                                                                                              \
        .key = section "." #name, .flag = #name, .type = WEIR_OPTION_TEXT, .offset = FIELD(name),  \
        .value = (word), .help = (says)                                                            \
    }

static const struct weir_option rows[] = {
    CTL_COMMAND_DATABASE_ROWS,
    CTL_COMMAND_FORMAT_ROW,
    TEXT("label", as, "LABEL", "the label: normal, or the name of an attack"),
    TEXT("label", who, "NAME", "who says so; without it the database user"),
    TEXT("label", why, "TEXT", "for what reason"),
    TEXT("pattern", address, "ADDRESS", "address or prefix at either end"),
    TEXT("pattern", orig, "ADDRESS", "address or prefix of the originator"),
    TEXT("pattern", resp, "ADDRESS", "address or prefix of the responder"),
    {.key = "pattern.port",
     .flag = "port",
     .letter = 'p',
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(port),
     .min = 0,
     .max = 65535,
     .value = "PORT",
     .help = "port of the responder; 0 = any"},
    TEXT("pattern", proto, "PROTO", "tcp, udp, icmp, icmp6, sctp or a number"),
    TEXT("pattern", stream, "NAME", "live, or the name of a replay (import: the flows to label)"),
    TEXT("pattern", from, "TIME", "flows that start at or after"),
    TEXT("pattern", to, "TIME", "flows that start before"),
    {.key = "output.limit",
     .flag = "limit",
     .letter = 'n',
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(limit),
     .initial = "100",
     .min = 0,
     .max = 1e12,
     .value = "N",
     .help = "rows of list at most; 0 = all"},
};

static const struct weir_option_table table = {
    .program = "weirctl label",
    .summary = "weirctl label - say what flows are",
    .usage = "UID... --as=LABEL | PATTERN --as=LABEL | list | import FILE | retract --as=LABEL",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "UID names one flow, as `weirctl flows` prints it. Without UID, the label holds for all\n"
        "flows, stored or still to come, that fit the pattern. A flow's own label beats a\n"
        "pattern's; among equals the last one given holds. `normal` is no attack, every other\n"
        "text is one.\n"
        "\n"
        "list     the labels that hold, newest first\n"
        "import   labels stored flows from a list of connections: tab-separated, a line of names,\n"
        "         then start_us proto orig_h orig_p resp_h resp_p branch label. A line names the\n"
        "         flows with these ends that start within a second of it\n"
        "retract  takes back every label of this text (--who: given by this one alone)\n"
        "\n" CTL_COMMAND_PASSWORDS "\n"
        "Examples:\n"
        "  weirctl label paris-1/0a1b2c3d/17 --as portscan --why 'ticket 4711'\n"
        "  weirctl label --orig 10.1.0.9 --from 2026-01-05T10:00:00Z --to 2026-01-05T11:00:00Z \\\n"
        "      --as portscan\n"
        "  weirctl label import labels.tsv --stream monday\n",
};

/* The flow of a uid, while flows_query_run looks for it. */
struct search {
    struct flow_uid uid;
    struct labels_row row;
    size_t found;
};

static bool on_flow(const struct stored_flow *flow, void *context)
{
    struct search *search = context;
    if (memcmp(flow->boot.bytes, search->uid.boot, FLOW_UID_BOOT_BYTES) == 0) {
        search->row.sensor_id = flow->sensor_id;
        search->row.boot = flow->boot;
        search->row.flow_id = flow->record.flow_id;
        search->found++;
    }
    return true;
}

static int find_flow(struct connection *connection, const struct label_options *options,
                     const char *text, struct labels_row *row, struct weir_error *error)
{
    struct search search = {
        .row = {.label = options->as, .who = options->who, .why = options->why, .of_flow = true}};
    int err = flow_uid_parse(text, &search.uid, error);
    if (err != WEIR_OK) {
        return err;
    }
    const struct flows_query query = {.sensor = search.uid.sensor, .flow_id = search.uid.flow_id};
    err = flows_query_run(connection, &query, on_flow, &search, error);
    if (err == WEIR_OK && search.found != 1) {
        return weir_fail(error, search.found == 0 ? WEIR_ENOENT : WEIR_ECONFLICT,
                         search.found == 0 ? "no flow %.80s is stored"
                                           : "%.80s names flows of several boots",
                         text);
    }
    if (err == WEIR_OK) {
        *row = search.row;
    }
    return err;
}

static int label_flows(struct connection *connection, const struct label_options *options,
                       const struct weir_command_line *line, struct weir_error *error)
{
    const size_t count = (size_t)line->operand_count;
    struct labels_row *found = calloc(count, sizeof(*found));
    if (found == NULL) {
        return weir_fail(error, WEIR_ENOMEM, "out of memory");
    }
    int err = WEIR_OK;
    for (size_t i = 0; i < count && err == WEIR_OK; i++) {
        err = find_flow(connection, options, line->operands[i], &found[i], error);
    }
    if (err == WEIR_OK) {
        err = labels_add(connection, found, count, error);
    }
    free(found);
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl label: %zu flow%s labelled %s\n", count,
                      count == 1 ? "" : "s", options->as);
    }
    return err;
}

/* Either end is two patterns. */
static int label_pattern(struct connection *connection, const struct label_options *options,
                         struct weir_error *error)
{
    struct labels_row pattern = {.label = options->as,
                                 .who = options->who,
                                 .why = options->why,
                                 .stream = options->stream,
                                 .orig = options->orig,
                                 .resp = options->resp,
                                 .resp_p = options->port == 0 ? -1 : (int)options->port};
    int err = ctl_command_proto(options->proto, -1, &pattern.proto, error);
    if (err == WEIR_OK) {
        err = ctl_command_time(options->from, "--from", &pattern.from_us, error);
    }
    if (err == WEIR_OK) {
        err = ctl_command_time(options->to, "--to", &pattern.to_us, error);
    }
    if (err != WEIR_OK) {
        return err;
    }
    struct labels_row patterns[2] = {pattern, pattern};
    if (options->address != NULL) {
        patterns[0].orig = options->address;
        patterns[1].resp = options->address;
    }
    err = labels_add(connection, patterns, options->address != NULL ? 2 : 1, error);
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl label: flows that fit are %s from now on\n", options->as);
    }
    return err;
}

static void on_label(const struct label_list_row *row, void *context)
{
    struct weir_table_writer *writer = context;
    weir_table_writer_add_count(writer, row->id);
    weir_table_writer_add_time(writer, row->at_us);
    weir_table_writer_add_text(writer, row->who);
    weir_table_writer_add_text(writer, row->label);
    weir_table_writer_add_text(writer, row->what);
    if (row->why[0] == '\0') {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_text(writer, row->why);
    }
    weir_table_writer_end_row(writer);
}

static int list(struct connection *connection, const struct label_options *options,
                struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "id", .type = WEIR_COLUMN_COUNT},   {.name = "at", .type = WEIR_COLUMN_TIME},
        {.name = "who", .type = WEIR_COLUMN_TEXT},   {.name = "label", .type = WEIR_COLUMN_TEXT},
        {.name = "flows", .type = WEIR_COLUMN_TEXT}, {.name = "why", .type = WEIR_COLUMN_TEXT},
    };
    struct weir_table_writer *writer = NULL;
    int err = weir_table_writer_new((enum weir_table_format)options->session.format, columns,
                                    sizeof(columns) / sizeof(columns[0]), stdout, &writer);
    if (err != WEIR_OK) {
        return ctl_command_written(err, error);
    }
    err = label_list_read(connection, options->limit, on_label, writer, error);
    const int written = weir_table_writer_finish(writer);
    return err != WEIR_OK ? err : ctl_command_written(written, error);
}

static int print_result(const struct label_import_result *result, int format,
                        struct weir_error *error)
{
    static const struct weir_column columns[] = {
        {.name = "connections", .type = WEIR_COLUMN_COUNT},
        {.name = "matched", .type = WEIR_COLUMN_COUNT},
        {.name = "unmatched", .type = WEIR_COLUMN_COUNT},
        {.name = "flows", .type = WEIR_COLUMN_COUNT},
        {.name = "labelled", .type = WEIR_COLUMN_COUNT},
    };
    struct weir_table_writer *writer = NULL;
    int err = weir_table_writer_new((enum weir_table_format)format, columns,
                                    sizeof(columns) / sizeof(columns[0]), stdout, &writer);
    if (err == WEIR_OK) {
        weir_table_writer_add_count(writer, result->rows);
        weir_table_writer_add_count(writer, result->matched);
        weir_table_writer_add_count(writer, result->rows - result->matched);
        weir_table_writer_add_count(writer, result->flows);
        weir_table_writer_add_count(writer, result->labelled);
        weir_table_writer_end_row(writer);
        err = weir_table_writer_finish(writer);
    }
    return ctl_command_written(err, error);
}

static int import(struct connection *connection, const struct label_options *options,
                  const char *path, struct weir_error *error)
{
    const struct label_import_terms terms = {.stream = options->stream,
                                             .who = options->who,
                                             .why = options->why};
    struct label_import importing;
    struct label_import_result result;
    int err = label_import_begin(&importing, connection, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = label_file_load(path, &importing, error);
    if (err != WEIR_OK) {
        label_import_cancel(&importing);
        return err;
    }
    err = label_import_finish(&importing, &terms, &result, error);
    return err != WEIR_OK ? err : print_result(&result, options->session.format, error);
}

static int retract(struct connection *connection, const struct label_options *options,
                   struct weir_error *error)
{
    uint64_t removed = 0;
    const int err = labels_retract(connection, options->as, options->who, &removed, error);
    if (err == WEIR_OK) {
        (void)fprintf(stderr, "weirctl label: %" PRIu64 " labels taken back\n", removed);
    }
    return err;
}

static int dispatch(struct connection *connection, const struct label_options *options,
                    const struct weir_command_line *line, struct weir_error *error)
{
    const char *word = line->operand_count > 0 ? line->operands[0] : "";
    if (strcmp(word, "list") == 0) {
        return list(connection, options, error);
    }
    if (strcmp(word, "import") == 0) {
        return import(connection, options, line->operands[1], error);
    }
    if (strcmp(word, "retract") == 0) {
        return retract(connection, options, error);
    }
    return line->operand_count > 0 ? label_flows(connection, options, line, error)
                                   : label_pattern(connection, options, error);
}

/* What can be said without a database. */
static int check(const struct label_options *options, const struct weir_command_line *line,
                 struct weir_error *error)
{
    const char *word = line->operand_count > 0 ? line->operands[0] : "";
    const bool lists = strcmp(word, "list") == 0;
    const bool imports = strcmp(word, "import") == 0;
    const bool retracts = strcmp(word, "retract") == 0;
    if (((lists || retracts) && line->operand_count != 1) ||
        (imports && line->operand_count != 2)) {
        return ctl_command_usage(&table, error);
    }
    if (!lists && !imports &&
        (options->as == NULL || options->as[0] == '\0' || strlen(options->as) > 64)) {
        return weir_fail(error, WEIR_EINVAL, "say with --as which label (1 to 64 bytes)");
    }
    if (options->address != NULL && (options->orig != NULL || options->resp != NULL)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--address is either end; it does not go with --orig and --resp");
    }
    int err = ctl_command_network(options->address, "--address", error);
    if (err == WEIR_OK) {
        err = ctl_command_network(options->orig, "--orig", error);
    }
    return err == WEIR_OK ? ctl_command_network(options->resp, "--resp", error) : err;
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct label_options *options = context;
    struct connection *connection = NULL;
    int err = check(options, line, error);
    if (err == WEIR_OK) {
        err = ctl_command_open(&options->session, &connection, error);
    }
    if (err == WEIR_OK) {
        err = dispatch(connection, options, line, error);
    }
    connection_close(connection);
    return err;
}

const struct ctl_command ctl_label_command = {
    .name = "label",
    .summary = "say what flows are: one, a pattern, or a whole list",
    .table = &table,
    .options_size = sizeof(struct label_options),
    .run = run,
};
