/* SPDX-License-Identifier: Apache-2.0
 *
 * weir-traffic: makes captures of a small firm's branches, with labelled attacks, out of a seed.
 *
 * The same options give the same bytes on every machine.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/option.h"
#include "common/base/sysexit.h"

#include "deploy/demo/traffic/attack.h"
#include "deploy/demo/traffic/lookalike.h"
#include "deploy/demo/traffic/ordinary.h"

enum profile {
    PROFILE_TRAIN,
    PROFILE_FRESH,
    PROFILE_CALM
};

struct options {
    char *out;
    uint64_t seed, connections, branches;
    int64_t duration_us;
    uint64_t start_s;
    int profile;
};

static const struct weir_option rows[] = {
    {.key = "traffic.out",
     .flag = "out",
     .letter = 'o',
     .type = WEIR_OPTION_TEXT,
     .offset = offsetof(struct options, out),
     .value = "FOLDER",
     .help = "where branch-1.pcap .., whole.pcap and labels.tsv go (made if missing)"},
    {.key = "traffic.profile",
     .flag = "profile",
     .type = WEIR_OPTION_CHOICE,
     .offset = offsetof(struct options, profile),
     .initial = "train",
     .choices = "train|fresh|calm",
     .value = "NAME",
     .help = "train: three attacks; fresh: other rates, a fourth attack, look-alikes; calm: none"},
    {.key = "traffic.seed",
     .flag = "seed",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct options, seed),
     .initial = "1",
     .max = 9e15,
     .value = "N",
     .help = "what the dice start from"},
    {.key = "traffic.connections",
     .flag = "connections",
     .letter = 'n',
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct options, connections),
     .initial = "6000",
     .max = 5e6,
     .value = "N",
     .help = "ordinary connections, about; attacks come on top"},
    {.key = "traffic.branches",
     .flag = "branches",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct options, branches),
     .initial = "3",
     .min = 1,
     .max = STAGE_BRANCHES_MAX,
     .value = "N",
     .help = "branches"},
    {.key = "traffic.duration",
     .flag = "duration",
     .type = WEIR_OPTION_SPAN,
     .offset = offsetof(struct options, duration_us),
     .initial = "300 s",
     .min = 60e6,
     .max = 86400e6,
     .value = "SPAN",
     .help = "time the capture covers"},
    {.key = "traffic.start",
     .flag = "start",
     .type = WEIR_OPTION_COUNT,
     .offset = offsetof(struct options, start_s),
     .initial = "1700000000",
     .max = 4e9,
     .value = "SECONDS",
     .help = "time of the first packet, seconds since 1970"},
};

static const struct weir_option_table table = {
    .program = "weir-traffic",
    .summary = "Makes captures of a small firm's branches, with labelled attacks, out of a seed.",
    .usage = "--out FOLDER [OPTION...]",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
    .epilogue = "Example: weir-traffic --out /tmp/t --profile train --seed 7 --connections 20000\n",
};

/* An episode that begins after so much of the whole play. */
static struct attack_episode episode(const struct options *options, double after, double strength,
                                     double pace)
{
    return (struct attack_episode){
        .time_us = (int64_t)options->start_s * INT64_C(1000000) +
                   (int64_t)((double)options->duration_us * after),
        .strength = strength,
        .pace = pace,
    };
}

/* Three episodes of each attack, none like the other: whoever learns from a single one learns its
 * rate. */
static void play_train(struct stage *stage, const struct options *options)
{
    attack_port_scan(stage, episode(options, 0.20, 0.5, 1.0));
    attack_port_scan(stage, episode(options, 0.65, 0.3, 3.0));
    attack_port_scan(stage, episode(options, 0.82, 0.2, 0.5));
    attack_syn_flood(stage, episode(options, 0.50, 0.6, 1.0));
    attack_syn_flood(stage, episode(options, 0.10, 0.2, 3.0));
    attack_syn_flood(stage, episode(options, 0.90, 0.2, 0.5));
    attack_ftp_guess(stage, episode(options, 0.30, 0.5, 1.0));
    attack_ftp_guess(stage, episode(options, 0.05, 0.3, 2.5));
    attack_ftp_guess(stage, episode(options, 0.75, 0.3, 0.5));
}

static void play_fresh(struct stage *stage, const struct options *options)
{
    const int64_t tenth_us = options->duration_us / 10;
    attack_port_scan(stage, episode(options, 0.60, 0.5, 1.6));
    attack_syn_flood(stage, episode(options, 0.20, 0.4, 1.6));
    attack_ftp_guess(stage, episode(options, 0.50, 0.6, 1.6));
    attack_ping_sweep(stage, episode(options, 0.40, 1.0, 1.0));
    lookalike_monitoring(stage, stage->start_us + tenth_us);
    lookalike_resolver(stage, stage->start_us + 3 * tenth_us);
    lookalike_backup(stage, stage->start_us + 7 * tenth_us);
}

static void play(struct stage *stage, const struct options *options)
{
    ordinary_play(stage, (size_t)options->connections);
    ordinary_ftp(stage, stage->start_us + options->duration_us / 10, 1);
    if (options->profile == PROFILE_TRAIN) {
        play_train(stage, options);
    } else if (options->profile == PROFILE_FRESH) {
        play_fresh(stage, options);
    }
}

static int write_labels(const struct stage *stage, const char *path, struct weir_error *error)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return weir_fail(error, WEIR_EIO, "%s: %s", path, strerror(errno));
    }
    const size_t written = fwrite(stage->labels.bytes, 1, stage->labels.size, file);
    if (fclose(file) != 0 || written != stage->labels.size) {
        return weir_fail(error, WEIR_EIO, "%s: could not write all of it", path);
    }
    return WEIR_OK;
}

static int write_all(struct stage *stage, const char *folder, struct weir_error *error)
{
    char path[4096];
    size_t packets = 0;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return weir_fail(error, WEIR_EIO, "%s: %s", folder, strerror(errno));
    }
    for (int branch = 0; branch <= stage->branches; branch++) {
        if (branch == 0) {
            (void)snprintf(path, sizeof(path), "%s/whole.pcap", folder);
        } else {
            (void)snprintf(path, sizeof(path), "%s/branch-%d.pcap", folder, branch);
        }
        const int code = wire_write(&stage->wire, (uint8_t)branch, path, &packets, error);
        if (code != WEIR_OK) {
            return code;
        }
        (void)printf("%-40s %9zu packets\n", path, packets);
    }
    (void)snprintf(path, sizeof(path), "%s/labels.tsv", folder);
    (void)printf("%-40s %9zu connections\n", path, stage->connections);
    return write_labels(stage, path, error);
}

static int run(const struct options *options, struct weir_error *error)
{
    if (options->out == NULL) {
        return weir_fail(error, WEIR_EINVAL, "say where the captures go: --out FOLDER");
    }
    struct stage stage;
    stage_init(&stage, options->seed, (int)options->branches,
               (int64_t)options->start_s * INT64_C(1000000), options->duration_us);
    play(&stage, options);
    const int code = write_all(&stage, options->out, error);
    stage_fini(&stage);
    return code;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct weir_command_line line = {0};
    struct weir_error error = {0};
    int code = weir_options_from_arguments(&table, argc, argv, &options, &line, &error);
    if (code == WEIR_OK && line.help) {
        weir_options_print_help(&table, stdout);
    } else if (code == WEIR_OK && line.version) {
        (void)printf("weir-traffic %s\n", WEIR_VERSION);
    } else if (code == WEIR_OK) {
        code = run(&options, &error);
    }
    if (code != WEIR_OK) {
        (void)fprintf(stderr, "weir-traffic: %s\n", error.text);
    }
    weir_options_fini(&table, &options);
    return weir_exit_code(code);
}
