/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor_options.h"

#include <stddef.h>

#include "common/base/table_writer.h"

#include "common/flow/flow_batch.h"

#include "sensor/export/junction.h"
#include "sensor/export/record_writer.h"
#include "sensor/limits.h"

/* How long a flow may be silent; a reload takes it. */
#define TIMEOUT(name, field, usual, least, most, text)                                             \
    {                                                                                              \
        .key = "flow." name, .type = WEIR_OPTION_SPAN,                                             \
        .offset = offsetof(struct sensor_options, timeouts.field), .initial = (usual),             \
        .min = (least), .max = (most), .value = "SPAN", .reloadable = true, .help = (text)         \
    }

static const struct weir_option rows[] = {
    {.key = "capture.read",
     .flag = "read",
     .letter = 'r',
     .type = WEIR_OPTION_LIST,
     .offset = offsetof(struct sensor_options, read),
     .value = "FILE",
     .help = "read a capture file, - for standard input; several are merged by time"},
    {.key = "capture.interface",
     .flag = "interface",
     .letter = 'i',
     .type = WEIR_OPTION_LIST,
     .offset = offsetof(struct sensor_options, interfaces),
     .value = "NAME",
     .help = "capture on an interface; several make one observation point"},
    {.key = "capture.filter",
     .flag = "filter",
     .letter = 'f',
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, filter),
     .value = "EXPRESSION",
     .help = "capture filter, as of pcap-filter(7)"},
    {.key = "capture.snaplen",
     .flag = "snaplen",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, snaplen),
     .initial = "262144",
     .min = 64,
     .max = 262144,
     .value = "BYTES",
     .help = "bytes kept of a packet on interfaces"},
    {.key = "capture.buffer",
     .type = WEIR_OPTION_SIZE,
     .offset = offsetof(struct sensor_options, buffer_bytes),
     .initial = "16 MiB",
     .min = 65536,
     .max = 1073741824,
     .value = "SIZE",
     .help = "kernel buffer per interface"},
    {.key = "capture.promiscuous",
     .type = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sensor_options, promiscuous),
     .initial = "yes",
     .help = "see packets for other hosts too"},
    {.key = "capture.threads",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, threads),
     .initial = "1",
     .min = 1,
     .max = JUNCTION_LANES_MAX,
     .value = "N",
     .help = "threads that share the packets of interfaces, by connection; IPv4 fragments are then "
             "put together before they are seen. Files are read by one"},
    {.key = "replay.speed",
     .flag = "replay-speed",
     .type = WEIR_OPTION_REAL,
     .offset = offsetof(struct sensor_options, replay_speed),
     .initial = "0",
     .min = 0,
     .max = 1e6,
     .value = "FACTOR",
     .help = "1 = real time, 10 = ten times; times are moved so that the replay ends now. 0 = as "
             "fast as possible, times untouched"},
    {.key = "replay.span",
     .flag = "replay-span",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, replay_span),
     .value = "FIRST_US:LAST_US",
     .help = "span of the whole capture of which these files are a part"},
    {.key = "replay.begin",
     .flag = "replay-begin",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, replay_begin_us),
     .initial = "0",
     .min = 0,
     .max = 9e15,
     .value = "WALL_US",
     .help = "when the replay begins; the same for sensors that share a capture. 0 = now"},
    {.key = "replay.resume",
     .flag = "resume",
     .type = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sensor_options, resume),
     .help = "go on with the replay of these files that the spool remembers"},
    {.key = "output.file",
     .flag = "output",
     .letter = 'o',
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, output),
     .value = "FILE",
     .help = "write records here, - for standard output"},
    {.key = "output.format",
     .flag = "format",
     .letter = 'F',
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, format),
     .initial = "csv",
     .choices = "csv|jsonl|zeek-conn|kdd|none",
     .value = "NAME",
     .help = "how records are written; none meters and prints only the closing counts"},
    {.key = "flow.max_flows",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, flows_max),
     .initial = "1000000",
     .min = 16,
     .max = 16777216,
     .value = "N",
     .help = "live flows; beyond them the one idle longest is ended"},
    {.key = "flow.start_delay",
     .type = WEIR_OPTION_SPAN,
     .offset = offsetof(struct sensor_options, timeouts.start_delay_us),
     .initial = "5 s",
     .min = 1e6,
     .max = 60e6,
     .value = "SPAN",
     .help = "a flow still open then is announced by a START record"},
    TIMEOUT("active", interim_us, "60 s", 1e6, 86400e6, "period of INTERIM records"),
    TIMEOUT("tcp_attempt", tcp_attempt_us, "30 s", 1e6, 3600e6,
            "idle timeout of a connection that was never established"),
    TIMEOUT("tcp_idle", tcp_idle_us, "300 s", 1e6, 86400e6,
            "idle timeout of an established connection"),
    TIMEOUT("tcp_idle_interactive", tcp_idle_interactive_us, "3600 s", 1e6, 86400e6,
            "the same for ports 21, 22, 23 and 513"),
    TIMEOUT("tcp_halfclose", tcp_halfclose_us, "120 s", 1e6, 86400e6, "idle timeout after one FIN"),
    TIMEOUT("tcp_close_linger", tcp_close_linger_us, "5 s", 0, 600e6,
            "stray packets are counted so long after both FINs"),
    TIMEOUT("tcp_reset_linger", tcp_reset_linger_us, "5 s", 0, 600e6, "and after a RST"),
    TIMEOUT("udp_idle", udp_idle_us, "60 s", 1e6, 86400e6, "idle timeout of UDP"),
    TIMEOUT("udp_dns_done", udp_dns_done_us, "5 s", 0, 600e6,
            "idle timeout after a matched DNS answer"),
    TIMEOUT("other_idle", other_idle_us, "60 s", 1e6, 86400e6, "idle timeout of other protocols"),
    {.key = "flow.flip",
     .type = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sensor_options, flip),
     .initial = "yes",
     .help = "take a likely server port as the responder when the beginning was not seen"},
    {.key = "flow.key_vlan",
     .type = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sensor_options, key_vlan),
     .initial = "no",
     .help = "VLAN ids are part of the flow key"},
    {.key = "decode.tunnels",
     .type = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sensor_options, tunnels),
     .initial = "yes",
     .help = "meter what GRE, ERSPAN, IP in IP, VXLAN, GENEVE, Teredo and GTP-U carry; VLAN, MPLS "
             "and PPPoE are always opened"},
    {.key = "flow.checksums",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, checksums),
     .initial = "auto",
     .choices = "auto|verify|ignore",
     .value = "NAME",
     .help = "segments with a wrong checksum are ignored: auto = in files, not on interfaces, "
             "where a card may compute them after the capture"},
    {.key = "flow.community_id_seed",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, community_id_seed),
     .initial = "0",
     .min = 0,
     .max = 65535,
     .value = "N",
     .help = "seed of the Community ID, the same for all tools of an organisation"},
    {.key = "flow.tag_key",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, tag_key),
     .initial = "0",
     .min = 0,
     .max = 9e15,
     .value = "N",
     .secret = true,
     .help =
         "key of the tag by which one connection is known at several sensors; the fleet shares it"},
    {.key = "collector.endpoint",
     .flag = "collector",
     .letter = 'c',
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, collector),
     .value = "tcp://HOST:PORT",
     .help = "ship records to this collector"},
    {.key = "collector.key",
     .flag = "key",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, key),
     .value = "FILE",
     .help = "this sensor's own key (--make-key); mode 0600"},
    {.key = "collector.server_key",
     .flag = "collector-key",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, collector_key),
     .value = "FILE",
     .help = "the collector's public key"},
    {.key = "collector.stream",
     .flag = "stream",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, stream),
     .value = "NAME",
     .help = "live, or the name of a replay that its sensors share; default live for interfaces "
             "and paced replays, else replay"},
    {.key = "collector.heartbeat",
     .type = WEIR_OPTION_SPAN,
     .offset = offsetof(struct sensor_options, heartbeat_us),
     .initial = "2 s",
     .min = 100e3,
     .max = 60e6,
     .value = "SPAN",
     .help = "how often to say how far this sensor has come"},
    {.key = "collector.drain",
     .type = WEIR_OPTION_SPAN,
     .offset = offsetof(struct sensor_options, drain_us),
     .initial = "5 s",
     .min = 0,
     .max = 3600e6,
     .value = "SPAN",
     .reloadable = true,
     .help = "when stopped, how long to go on delivering; the rest stays in the spool"},
    {.key = "spool.folder",
     .flag = "spool",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, spool_folder),
     .initial = "/var/lib/weir/spool",
     .value = "FOLDER",
     .help = "where batches wait for their acknowledgement"},
    {.key = "spool.limit",
     .type = WEIR_OPTION_SIZE,
     .offset = offsetof(struct sensor_options, spool_limit_bytes),
     .initial = "1 GiB",
     .min = 1048576,
     .max = 1099511627776,
     .value = "SIZE",
     .help = "bytes of batches kept"},
    {.key = "spool.policy",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, spool_policy),
     .initial = "drop_oldest",
     .choices = "drop_oldest|drop_newest|block",
     .value = "NAME",
     .help = "when the spool is full"},
    {.key = "spool.sync",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, spool_sync),
     .initial = "batch",
     .choices = "batch|none",
     .value = "NAME",
     .help =
         "batch: what was spooled survives a loss of power; none: the death of the process only"},
    {.key = "model.folder",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, model_folder),
     .initial = "/var/lib/weir/models",
     .value = "FOLDER",
     .help = "where the last three models are kept"},
    {.key = "model.trusted_key",
     .flag = "trusted-key",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, model_trusted_key),
     .value = "FILE",
     .help = "public key that signs models; without it no model is taken"},
    {.key = "model.max_size",
     .type = WEIR_OPTION_SIZE,
     .offset = offsetof(struct sensor_options, model_max_bytes),
     .initial = "16 MiB",
     .min = 1024,
     .max = 67108864,
     .value = "SIZE",
     .help = "larger models are refused"},
    {.key = "model.wait",
     .flag = "wait-model",
     .type = WEIR_OPTION_SPAN,
     .offset = offsetof(struct sensor_options, model_wait_us),
     .initial = "0 s",
     .min = 0,
     .max = 3600e6,
     .value = "SPAN",
     .help = "before the first packet, wait so long for a model"},
    {.key = "inspect.enabled",
     .type = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sensor_options, inspect_enabled),
     .initial = "yes",
     .help = "read payload at all; no collector can change what this section says"},
    {.key = "inspect.classes",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, inspect_classes),
     .initial = "all",
     .value = "NAME,...",
     .help = "streams whose content is read: shell, ftp, ftp_data, smtp, pop, imap, http, text"},
    {.key = "inspect.names",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, inspect_names),
     .initial = "send",
     .choices = "send|hash|drop",
     .value = "NAME",
     .help = "names of hosts, paths and users in records: as they are, as a keyed hash, or not"},
    {.key = "inspect.names_key",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, inspect_names_key),
     .initial = "0",
     .max = 9e15,
     .value = "N",
     .secret = true,
     .help = "key of inspect.names = hash"},
    {.key = "inspect.max_bytes",
     .type = WEIR_OPTION_SIZE,
     .offset = offsetof(struct sensor_options, inspect_max_bytes),
     .initial = "256 KiB",
     .min = 1024,
     .max = 16777216,
     .value = "SIZE",
     .help = "read of each direction of a connection"},
    {.key = "inspect.flows",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct sensor_options, inspect_flows),
     .initial = "0",
     .max = 16777216,
     .value = "N",
     .help = "flow table by which the pools of inspection are sized. 0 = flow.max_flows"},
    {.key = "log.level",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, log_level),
     .initial = "info",
     .choices = "error|warn|info|debug",
     .value = "NAME",
     .reloadable = true,
     .help = "what goes to standard error"},
    {.key = "run.make_key",
     .flag = "make-key",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, make_key),
     .value = "FILE",
     .help = "make this sensor's key pair, print its public half, and stop"},
    {.key = "run.simulate_overload",
     .flag = "simulate-overload",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, simulate_overload),
     .initial = "full",
     .choices = "full|no_inspection|no_statistics|counters",
     .value = "LEVEL",
     .help = "for tests: do no more than this with each packet, whatever the load. full = the load "
             "decides"},
    {.key = "run.simulate_stall",
     .flag = "simulate-stall",
     .type = WEIR_OPTION_SPAN,
     .offset = offsetof(struct sensor_options, simulate_stall_us),
     .initial = "0 s",
     .min = 0,
     .max = 60e6,
     .value = "SPAN",
     .help = "for tests: stand still so long after every 1024 packets"},
    {.key = "run.user",
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct sensor_options, user),
     .value = "NAME",
     .help = "who to become once everything is open, when started as root: without it weir, or for "
             "files alone nobody; root stays"},
    {.key = "run.seccomp",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, seccomp),
     .initial = "kill",
     .choices = "kill|log|off",
     .value = "NAME",
     .help = "what a system call that a sensor does not need does: kill ends it, log tells the "
             "audit log"},
    {.key = "run.list_interfaces",
     .flag = "list-interfaces",
     .type = WEIR_OPTION_FLAG,
     .offset = offsetof(struct sensor_options, list_interfaces),
     .help = "print what can be captured on, and stop"},
    {.key = "run.list_format",
     .flag = "list-format",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct sensor_options, list_format),
     .initial = "table",
     .choices = WEIR_TABLE_FORMATS,
     .value = "NAME",
     .help = "how --list-interfaces prints"},
    {.key = "run.simulate_limit",
     .flag = "simulate-limit",
     .type = WEIR_OPTION_LIST,
     .offset = offsetof(struct sensor_options, limits_given),
     .value = "NAME=VALUE",
     .help = "for tests: a limit is this small, so that what happens at it can be seen"},
};

const struct weir_option_table sensor_options_table = {
    .program = "weir-sensor",
    .summary = "Turns packets into flow records, scores them, and ships them to a collector.",
    .usage = "--read FILE... | --interface NAME... [OPTION...]",
    .default_path = "/etc/weir/sensor.conf",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue = "Examples:\n"
                "  weir-sensor --read day.pcap --output - --format zeek-conn\n"
                "  weir-sensor --read day.pcap --output flows.csv\n"
                "  weir-sensor --interface eth0 --collector tcp://collector.example:7707 \\\n"
                "      --key /etc/weir/sensor.key --collector-key /etc/weir/collector.pub\n",
};

bool sensor_options_verify(const struct sensor_options *options)
{
    return options->checksums == SENSOR_CHECKSUMS_AUTO
               ? options->interfaces.count == 0
               : options->checksums == SENSOR_CHECKSUMS_VERIFY;
}

uint64_t sensor_options_limit(const struct sensor_options *options, enum limits_name name,
                              uint64_t usual)
{
    struct limits limits = {0};
    const bool is_known = limits_parse(&options->limits_given, &limits, NULL) == WEIR_OK;
    return is_known ? limits_or(&limits, name, usual) : usual;
}

const char *sensor_options_stream(const struct sensor_options *options)
{
    if (options->stream != NULL) {
        return options->stream;
    }
    return options->read.count > 0 && options->replay_speed <= 0.0 ? "replay" : "live";
}

static int check_source(const struct sensor_options *options, struct weir_error *error)
{
    if (options->read.count == 0 && options->interfaces.count == 0) {
        return weir_fail(error, WEIR_EINVAL,
                         "say where packets come from: --read FILE or --interface NAME");
    }
    if (options->read.count > 0 && options->interfaces.count > 0) {
        return weir_fail(error, WEIR_EINVAL, "--read and --interface cannot be used together");
    }
    if (options->resume && (options->read.count == 0 || options->replay_speed > 0.0)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--resume needs --read at full speed: it meters the files again");
    }
    return WEIR_OK;
}

int sensor_options_check(const struct sensor_options *options, struct weir_error *error)
{
    const int code = check_source(options, error);
    if (code != WEIR_OK) {
        return code;
    }
    if (options->interfaces.count > 0 && options->format == RECORD_FORMAT_KDD) {
        return weir_fail(error, WEIR_EINVAL,
                         "--format kdd counts over the whole input at its end, and an interface "
                         "has none: capture to a file first, or ask the collector's view weir.kdd");
    }
    struct limits limits;
    const int parsed = limits_parse(&options->limits_given, &limits, error);
    if (parsed != WEIR_OK) {
        return parsed;
    }
    if (options->output == NULL && options->collector == NULL) {
        return weir_fail(
            error, WEIR_EINVAL,
            "say where records go: --output FILE (- for standard output) or --collector ENDPOINT");
    }
    if (options->collector != NULL && (options->key == NULL || options->collector_key == NULL)) {
        return weir_fail(error, WEIR_EINVAL,
                         "--collector needs --key FILE (made by --make-key) and --collector-key "
                         "FILE (the collector's public key)");
    }
    if (!weir_stream_name_valid(sensor_options_stream(options))) {
        return weir_fail(error, WEIR_EINVAL,
                         "--stream: want 1 to 63 printable ASCII characters without blanks");
    }
    return WEIR_OK;
}
