/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/ctl/ctl_flows.h"

#include <stdio.h>

#include "common/base/table_writer.h"

#include "common/flow/address.h"
#include "common/flow/app.h"
#include "common/flow/conn_state.h"
#include "common/flow/service.h"

#include "collector/ctl/flow_uid.h"
#include "collector/store/flows_query.h"

struct flows_options {
    struct ctl_session_options session;
    char *from, *to, *address, *orig, *resp, *proto, *app, *sensor, *stream, *label;
    uint64_t port, limit;
    double min_score;
    bool flagged, labels, oldest_first, count;
};

#define FIELD(name) offsetof(struct flows_options, name)
#define TEXT(name, word, says)                                                                     \
    {                                                                                              \
        .key = "filter." #name, .flag = #name, .type = WEIR_OPTION_TEXT, .offset = FIELD(name),    \
        .value = (word), .help = (says)                                                            \
    }

static const struct weir_option rows[] = {
    CTL_COMMAND_DATABASE_ROWS,
    CTL_COMMAND_FORMAT_ROW,
    TEXT(from, "TIME", "flows that start at or after (2026-01-05T10:00:00Z)"),
    TEXT(to, "TIME", "flows that start before"),
    TEXT(address, "ADDRESS", "address or prefix at either end (10.1.0.0/16)"),
    TEXT(orig, "ADDRESS", "address or prefix of the originator"),
    TEXT(resp, "ADDRESS", "address or prefix of the responder"),
    {.key = "filter.port",
     .flag = "port",
     .letter = 'p',
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(port),
     .min = 0,
     .max = 65535,
     .value = "PORT",
     .help = "port of the responder; 0 = any"},
    TEXT(proto, "PROTO", "tcp, udp, icmp, icmp6, sctp or a number"),
    TEXT(app, "NAME",
         "flows of this application, whatever the port: none, unknown, tls, ssh, http, ..."),
    TEXT(sensor, "NAME", "flows that this sensor saw"),
    TEXT(stream, "NAME", "live, or the name of a replay"),
    TEXT(label, "LABEL", "flows with this label"),
    {.key = "filter.flagged",
     .flag = "flagged",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(flagged),
     .help = "only what a model flagged"},
    {.key = "filter.min_score",
     .flag = "min-score",
     .type = WEIR_OPTION_REAL,
     .offset = FIELD(min_score),
     .min = 0,
     .max = 1,
     .value = "SCORE",
     .help = "only what a model gave at least this score"},
    {.key = "output.limit",
     .flag = "limit",
     .letter = 'n',
     .type = WEIR_OPTION_COUNT,
     .offset = FIELD(limit),
     .initial = "100",
     .min = 0,
     .max = 1e12,
     .value = "N",
     .help = "rows at most; 0 = all"},
    {.key = "output.labels",
     .flag = "labels",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(labels),
     .help = "fill in the label column (costs a join)"},
    {.key = "output.oldest_first",
     .flag = "oldest-first",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(oldest_first),
     .help = "by time; without it the newest come first"},
    {.key = "output.count",
     .flag = "count",
     .type = WEIR_OPTION_FLAG,
     .offset = FIELD(count),
     .help = "print only how many flows fit"},
};

static const struct weir_option_table table = {
    .program = "weirctl flows",
    .summary = "weirctl flows - list stored flows that fit all of the filters",
    .usage = "[OPTION...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue =
        "uid names a flow for `weirctl label`, and in view weir.conn. For anything more than a\n"
        "look, ask the views by SQL: weir.conn (names of Zeek's conn.log),\n"
        "weir.kdd, weir.statistics, weir.flagged_now, weir.top_talkers(...).\n"
        "\n" CTL_COMMAND_PASSWORDS "\n"
        "Examples:\n"
        "  weirctl flows --flagged --limit 20\n"
        "  weirctl flows --address 10.1.0.0/16 --port 22 --proto tcp --from 2026-01-05\n"
        "  weirctl flows --app ssh --limit 5 --format json\n"
        "  weirctl flows --min-score 0.9 --limit 0 --format csv > suspects.csv\n",
};

struct listing {
    struct weir_table_writer *writer;
    struct flow_uid_names names;
};

static const struct weir_column columns[] = {
    {.name = "start", .type = WEIR_COLUMN_TIME},
    {.name = "sensor", .type = WEIR_COLUMN_TEXT},
    {.name = "proto", .type = WEIR_COLUMN_TEXT},
    {.name = "orig", .type = WEIR_COLUMN_TEXT},
    {.name = "orig_port", .type = WEIR_COLUMN_COUNT},
    {.name = "resp", .type = WEIR_COLUMN_TEXT},
    {.name = "resp_port", .type = WEIR_COLUMN_COUNT},
    {.name = "service", .type = WEIR_COLUMN_TEXT},
    {.name = "app", .type = WEIR_COLUMN_TEXT},
    {.name = "state", .type = WEIR_COLUMN_TEXT},
    {.name = "duration_s", .type = WEIR_COLUMN_REAL, .decimals = 3},
    {.name = "orig_bytes", .type = WEIR_COLUMN_COUNT},
    {.name = "resp_bytes", .type = WEIR_COLUMN_COUNT},
    {.name = "sensor_score", .type = WEIR_COLUMN_REAL, .decimals = 4},
    {.name = "fleet_score", .type = WEIR_COLUMN_REAL, .decimals = 4},
    {.name = "flagged", .type = WEIR_COLUMN_TEXT},
    {.name = "label", .type = WEIR_COLUMN_TEXT},
    {.name = "stream", .type = WEIR_COLUMN_TEXT},
    {.name = "uid", .type = WEIR_COLUMN_TEXT},
};

static void add_side(struct weir_table_writer *writer, const struct weir_flow_side *side)
{
    char text[WEIR_ADDRESS_TEXT_SIZE];
    weir_address_text(&side->address, text);
    weir_table_writer_add_text(writer, text);
    weir_table_writer_add_count(writer, side->port);
}

static void add_proto(struct weir_table_writer *writer, uint8_t proto)
{
    static const char *const names[256] = {
        [WEIR_PROTO_ICMP] = "icmp",    [WEIR_PROTO_TCP] = "tcp",   [WEIR_PROTO_UDP] = "udp",
        [WEIR_PROTO_ICMPV6] = "icmp6", [WEIR_PROTO_SCTP] = "sctp",
    };
    char number[8];
    (void)snprintf(number, sizeof(number), "%u", proto);
    weir_table_writer_add_text(writer, names[proto] != NULL ? names[proto] : number);
}

static void add_score(struct weir_table_writer *writer, const struct weir_verdict *verdict)
{
    if (verdict->model_version == 0) {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_real(writer, (double)verdict->score);
    }
}

static void add_verdicts(struct weir_table_writer *writer, const struct weir_verdict *sensor,
                         const struct weir_verdict *fleet)
{
    add_score(writer, sensor);
    add_score(writer, fleet);
    if (sensor->model_version == 0 && fleet->model_version == 0) {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_text(writer, sensor->flagged && fleet->flagged ? "both"
                                           : sensor->flagged                 ? "sensor"
                                           : fleet->flagged                  ? "fleet"
                                                                             : "no");
    }
}

static void add_names(struct weir_table_writer *writer, const struct weir_flow_record *record)
{
    const char *service = weir_service_text(record->service);
    const char *app = weir_app_text((enum weir_app)record->app);
    const char *state = weir_conn_state_text((enum weir_conn_state)record->conn_state);
    weir_table_writer_add_text(writer, service != NULL ? service : "?");
    weir_table_writer_add_text(writer, app != NULL ? app : "?");
    weir_table_writer_add_text(writer, state != NULL ? state : "?");
}

static bool on_flow(const struct stored_flow *flow, void *context)
{
    const struct listing *listing = context;
    const struct weir_flow_record *record = &flow->record;
    struct weir_table_writer *writer = listing->writer;
    char uid[FLOW_UID_SIZE];
    flow_uid_text(&listing->names, flow, uid);
    weir_table_writer_add_time(writer, record->start_us);
    weir_table_writer_add_text(writer, flow_uid_sensor(&listing->names, flow->sensor_id));
    add_proto(writer, record->proto);
    add_side(writer, &record->orig);
    add_side(writer, &record->resp);
    add_names(writer, record);
    weir_table_writer_add_real(writer, (double)record->duration_us / 1e6);
    weir_table_writer_add_count(writer, record->orig.bytes);
    weir_table_writer_add_count(writer, record->resp.bytes);
    add_verdicts(writer, &record->verdict, &flow->row.fleet);
    if (flow->label[0] == '\0') {
        weir_table_writer_add_null(writer);
    } else {
        weir_table_writer_add_text(writer, flow->label);
    }
    weir_table_writer_add_text(writer, flow->stream);
    weir_table_writer_add_text(writer, uid);
    weir_table_writer_end_row(writer);
    return true;
}

static int list(struct connection *connection, const struct flows_query *query, int format,
                struct weir_error *error)
{
    struct listing listing = {0};
    int err = flow_uid_names_init(&listing.names, connection, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = weir_table_writer_new((enum weir_table_format)format, columns,
                                sizeof(columns) / sizeof(columns[0]), stdout, &listing.writer);
    if (err != WEIR_OK) {
        flow_uid_names_fini(&listing.names);
        return ctl_command_written(err, error);
    }
    err = flows_query_run(connection, query, on_flow, &listing, error);
    const int written = weir_table_writer_finish(listing.writer);
    flow_uid_names_fini(&listing.names);
    return err != WEIR_OK ? err : ctl_command_written(written, error);
}

static int print_count(struct connection *connection, const struct flows_query *query, int format,
                       struct weir_error *error)
{
    static const struct weir_column column = {.name = "flows", .type = WEIR_COLUMN_COUNT};
    struct weir_table_writer *writer = NULL;
    uint64_t count = 0;
    int err = flows_query_count(connection, query, &count, error);
    if (err != WEIR_OK) {
        return err;
    }
    err = weir_table_writer_new((enum weir_table_format)format, &column, 1, stdout, &writer);
    if (err == WEIR_OK) {
        weir_table_writer_add_count(writer, count);
        weir_table_writer_end_row(writer);
        err = weir_table_writer_finish(writer);
    }
    return ctl_command_written(err, error);
}

static int make_query(const struct flows_options *options, struct flows_query *query,
                      struct weir_error *error)
{
    int proto = 0;
    *query = (struct flows_query){
        .stream = options->stream,
        .sensor = options->sensor,
        .host = options->address,
        .orig = options->orig,
        .resp = options->resp,
        .port = (uint16_t)options->port,
        .app = options->app,
        .label = options->label,
        .flagged = options->flagged,
        .min_score = options->min_score,
        .with_label = options->labels,
        .oldest_first = options->oldest_first,
        .limit = options->limit,
    };
    int err = ctl_command_time(options->from, "--from", &query->from_us, error);
    if (err == WEIR_OK) {
        err = ctl_command_time(options->to, "--to", &query->to_us, error);
    }
    if (err == WEIR_OK) {
        err = ctl_command_proto(options->proto, 0, &proto, error);
        query->proto = (uint8_t)proto;
    }
    return err;
}

static int run(void *context, const struct weir_command_line *line, struct weir_error *error)
{
    const struct flows_options *options = context;
    struct connection *connection = NULL;
    struct flows_query query;
    if (line->operand_count != 0) {
        return ctl_command_usage(&table, error);
    }
    int err = make_query(options, &query, error);
    if (err == WEIR_OK) {
        err = ctl_command_open(&options->session, &connection, error);
    }
    if (err != WEIR_OK) {
        return err;
    }
    err = options->count ? print_count(connection, &query, options->session.format, error)
                         : list(connection, &query, options->session.format, error);
    connection_close(connection);
    return err;
}

const struct ctl_command ctl_flows_command = {
    .name = "flows",
    .summary = "list stored flows that fit a filter",
    .table = &table,
    .options_size = sizeof(struct flows_options),
    .run = run,
};
