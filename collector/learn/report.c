/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

static void print_class(const char *name, const struct evaluation_class *one, FILE *out)
{
    (void)fprintf(out, "  %-14s %9.4f %9.4f %9.4f %9" PRIu64 "\n", name, one->precision,
                  one->recall, one->f1, one->support);
}

static void print_part(const struct report_part *part, const char *remark, FILE *out)
{
    const struct evaluation *evaluation = &part->evaluation;
    if (!part->present) {
        return;
    }
    (void)fprintf(out, "\n%s: %zu rows%s\n", part->name, evaluation->rows, remark);
    if (part->shared > 0) {
        (void)fprintf(out, "  %" PRIu64 " of these rows equal a training row\n", part->shared);
    }
    (void)fprintf(out, "  %-14s %9s %9s %9s %9s\n", "class", "precision", "recall", "f1", "rows");
    print_class("normal", &evaluation->classes[0], out);
    print_class("attack", &evaluation->classes[1], out);
    print_class("macro mean", &evaluation->macro, out);
    print_class("weighted mean", &evaluation->weighted, out);
    (void)fprintf(out, "  accuracy %.4f   ROC area %.4f   false-positive rate %.4f\n",
                  evaluation->accuracy, evaluation->roc_auc, evaluation->false_positive_rate);
    (void)fprintf(out, "  %-14s %14s %14s\n", "", "judged normal", "judged attack");
    (void)fprintf(out, "  %-14s %14" PRIu64 " %14" PRIu64 "\n", "truly normal",
                  evaluation->confusion[0][0], evaluation->confusion[0][1]);
    (void)fprintf(out, "  %-14s %14" PRIu64 " %14" PRIu64 "\n", "truly attack",
                  evaluation->confusion[1][0], evaluation->confusion[1][1]);
}

static void print_values(const char *name, const double *values, FILE *out)
{
    (void)fprintf(out, "  %-14s %9s", name, "");
    for (int metric = 0; metric < CROSS_VALIDATION_METRICS; metric++) {
        (void)fprintf(out, " %9.4f", values[metric]);
    }
    (void)fprintf(out, "\n");
}

static void print_cross_validation(const struct cross_validation *found, FILE *out)
{
    (void)fprintf(out, "\nCross-validation of the training part: %u folds, threshold %.6f\n",
                  found->folds, found->threshold);
    (void)fprintf(out, "  %-14s %9s", "fold", "rows");
    for (int metric = 0; metric < CROSS_VALIDATION_METRICS; metric++) {
        (void)fprintf(out, " %9s",
                      cross_validation_metric_text((enum cross_validation_metric)metric));
    }
    (void)fprintf(out, "\n");
    for (uint16_t fold = 0; fold < found->folds; fold++) {
        (void)fprintf(out, "  %-14u %9zu", fold + 1U, found->fold[fold].rows);
        for (int metric = 0; metric < CROSS_VALIDATION_METRICS; metric++) {
            (void)fprintf(out, " %9.4f",
                          cross_validation_metric_of(&found->fold[fold],
                                                     (enum cross_validation_metric)metric));
        }
        (void)fprintf(out, "\n");
    }
    print_values("mean", found->mean, out);
    print_values("deviation", found->deviation, out);
}

static void print_head(const struct report *report, FILE *out)
{
    (void)fprintf(out, "model      %s version %" PRIu64 ": %s for schema %s\n", report->name,
                  report->version, report->kind, report->schema);
    (void)fprintf(out, "rows       %zu from %s: %zu normal, %zu attack\n", report->rows,
                  report->source, report->normal, report->attack);
    (void)fprintf(out,
                  "left out   %" PRIu64 " malformed lines, %" PRIu64
                  " flows without windows; %" PRIu64 " unknown categories\n",
                  report->refused, report->skipped, report->unknown_categories);
    (void)fprintf(out, "digest     %s\n", report->digest);
    (void)fprintf(out, "parts      %zu training, %zu held out; seed %" PRIu64 "\n",
                  report->training_rows, report->held_out_rows, report->seed);
    (void)fprintf(out,
                  "fitted     %" PRIu64 " trees of depth %" PRIu64
                  " at most, %zu of %zu encoded columns (the rest are constant), %.1f s\n",
                  report->trees, report->depth, report->columns_used, report->columns,
                  report->fit_s);
    (void)fprintf(out, "payload    %zu bytes\n", report->payload_bytes);
    (void)fprintf(out, "agreement  ours and XGBoost's scores differ by at most %.2g on %zu rows\n",
                  report->agreement, report->agreement_rows);
    (void)fprintf(out, "threshold  %.6f (%s)\n", report->threshold, report->threshold_source);
}

void report_print_table(const struct report *report, FILE *out)
{
    print_head(report, out);
    if (report->cross_validated) {
        print_cross_validation(&report->cross_validation, out);
    }
    print_part(&report->held_out, ", never seen while fitting", out);
    print_part(&report->test, ", another file", out);
    print_part(&report->training, ", seen while fitting: this is memory, not quality", out);
    if (report->output != NULL) {
        (void)fprintf(out, "\nwritten to %s (unsigned)\n", report->output);
    }
    if (report->registered) {
        (void)fprintf(out, "\nregistered as version %" PRIu64 " (candidate)\n", report->version);
    }
}

static json_t *json_class(const struct evaluation_class *one)
{
    return json_pack("{s:f, s:f, s:f, s:I}", "precision", one->precision, "recall", one->recall,
                     "f1", one->f1, "rows", (json_int_t)one->support);
}

/* JSON has no NaN. */
static json_t *json_value(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_evaluation(const struct evaluation *found)
{
    return json_pack("{s:I, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:[[I,I],[I,I]]}", "rows",
                     (json_int_t)found->rows, "threshold", found->threshold, "accuracy",
                     found->accuracy, "false_positive_rate", found->false_positive_rate, "roc_auc",
                     json_value(found->roc_auc), "normal", json_class(&found->classes[0]), "attack",
                     json_class(&found->classes[1]), "macro", json_class(&found->macro), "weighted",
                     json_class(&found->weighted), "confusion", (json_int_t)found->confusion[0][0],
                     (json_int_t)found->confusion[0][1], (json_int_t)found->confusion[1][0],
                     (json_int_t)found->confusion[1][1]);
}

static json_t *json_part(const struct report_part *part)
{
    json_t *object = json_evaluation(&part->evaluation);
    (void)json_object_set_new(object, "name", json_string(part->name));
    (void)json_object_set_new(object, "rows_shared_with_training",
                              json_integer((json_int_t)part->shared));
    return object;
}

static json_t *json_cross_validation(const struct cross_validation *found)
{
    json_t *mean = json_object();
    json_t *deviation = json_object();
    json_t *folds = json_array();
    for (int i = 0; i < CROSS_VALIDATION_METRICS; i++) {
        const char *text = cross_validation_metric_text((enum cross_validation_metric)i);
        (void)json_object_set_new(mean, text, json_value(found->mean[i]));
        (void)json_object_set_new(deviation, text, json_value(found->deviation[i]));
    }
    for (uint16_t fold = 0; fold < found->folds; fold++) {
        (void)json_array_append_new(folds, json_evaluation(&found->fold[fold]));
    }
    return json_pack("{s:f, s:o, s:o, s:o, s:o}", "threshold", found->threshold, "mean", mean,
                     "deviation", deviation, "folds", folds, "pooled",
                     json_evaluation(&found->pooled));
}

static json_t *json_report(const struct report *report)
{
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "name",
                  report->name, "kind", report->kind, "schema", report->schema, "version",
                  (json_int_t)report->version, "source", report->source, "rows",
                  (json_int_t)report->rows, "normal", (json_int_t)report->normal, "attack",
                  (json_int_t)report->attack, "refused", (json_int_t)report->refused, "skipped",
                  (json_int_t)report->skipped, "unknown_categories",
                  (json_int_t)report->unknown_categories, "digest", report->digest);
    json_t *fitted =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:f, s:I, s:f, s:s}",
                  "training_rows", (json_int_t)report->training_rows, "held_out_rows",
                  (json_int_t)report->held_out_rows, "seed", (json_int_t)report->seed, "trees",
                  (json_int_t)report->trees, "depth", (json_int_t)report->depth, "columns_used",
                  (json_int_t)report->columns_used, "columns", (json_int_t)report->columns, "fit_s",
                  report->fit_s, "payload_bytes", (json_int_t)report->payload_bytes, "agreement",
                  report->agreement, "agreement_rows", (json_int_t)report->agreement_rows,
                  "threshold", report->threshold, "threshold_source", report->threshold_source);
    (void)json_object_update_new(root, fitted);
    if (report->cross_validated) {
        (void)json_object_set_new(root, "cross_validation",
                                  json_cross_validation(&report->cross_validation));
    }
    const struct report_part *const parts[] = {&report->held_out, &report->test, &report->training};
    const char *const names[] = {"held_out", "test", "training_not_a_measure_of_quality"};
    for (size_t i = 0; i < 3; i++) {
        if (parts[i]->present) {
            (void)json_object_set_new(root, names[i], json_part(parts[i]));
        }
    }
    return root;
}

int report_print_json(const struct report *report, FILE *out)
{
    json_t *root = json_report(report);
    if (root == NULL) {
        return WEIR_ENOMEM;
    }
    const int dumped = json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(root);
    return dumped == 0 && fputc('\n', out) != EOF ? 0 : WEIR_EIO;
}
