/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"

#define CHUNK_ROWS 64U

static int fit_kind(const struct fit_options *options, const struct sample_set *set,
                    const uint32_t *rows, size_t count, struct fit *fit, struct weir_error *error)
{
    switch (options->kind) {
    case WEIR_MODEL_FOREST: {
        const int err = forest_fit(&options->forest, set, rows, count, &fit->forest, error);
        return err != 0 ? err : forest_encode(fit->forest, &fit->payload, error);
    }
    case WEIR_MODEL_BOOSTED:
    case WEIR_MODEL_LEAFWISE:
    case WEIR_MODEL_TREE:
    case WEIR_MODEL_SVM:
    case WEIR_MODEL_KNN:
    case WEIR_MODEL_LOGISTIC:
    case WEIR_MODEL_BAYES:
    case WEIR_MODEL_KMEANS:
    case WEIR_MODEL_ISOLATION:
        break;
    }
    return weir_fail(error, WEIR_EINVAL, "this version cannot fit a model of kind %s",
                     weir_model_kind_text(options->kind));
}

int fit_model(const struct fit_options *options, const struct sample_set *set, const uint32_t *rows,
              size_t count, struct fit *out, struct weir_error *error)
{
    struct fit fit = {0};
    const struct weir_mono began = weir_mono_now();
    int err = fit_kind(options, set, rows, count, &fit, error);
    fit.fit_s = (double)weir_mono_since_us(weir_mono_now(), began) / 1e6;
    if (err == 0) {
        err = weir_model_load(fit.payload.bytes, fit.payload.size, set->schema, &fit.model, error);
    }
    if (err != 0) {
        fit_fini(&fit);
        return err;
    }
    *out = fit;
    return 0;
}

void fit_fini(struct fit *fit)
{
    weir_buffer_fini(&fit->payload);
    weir_model_free(fit->model);
    forest_free(fit->forest);
    *fit = (struct fit){0};
}

void fit_score(const struct fit *fit, const struct sample_set *set, const uint32_t *rows,
               size_t count, float *scores)
{
    float vectors[CHUNK_ROWS * WEIR_FEATURES_MAX];
    const size_t width = set->schema->count;
    for (size_t done = 0; done < count;) {
        const size_t chunk = count - done < CHUNK_ROWS ? count - done : CHUNK_ROWS;
        for (size_t i = 0; i < chunk; i++) {
            memcpy(vectors + i * width, sample_set_row(set, rows[done + i]), width * sizeof(float));
        }
        weir_model_score_many(fit->model, vectors, chunk, scores + done);
        done += chunk;
    }
}

int fit_check_agreement(const struct fit *fit, const struct sample_set *set, const uint32_t *rows,
                        size_t count, double *largest, struct weir_error *error)
{
    float *ours = calloc(count + 1, sizeof(*ours));
    float *theirs = calloc(count + 1, sizeof(*theirs));
    int err = ours == NULL || theirs == NULL
                  ? weir_fail(error, WEIR_ENOMEM, "scores: out of memory")
                  : forest_score(fit->forest, set, rows, count, theirs, error);
    if (err == 0) {
        fit_score(fit, set, rows, count, ours);
    }
    for (size_t i = 0; i < count && err == 0; i++) {
        const double difference = fabs((double)ours[i] - (double)theirs[i]);
        if (!(difference <= FIT_AGREEMENT)) {
            err = weir_fail(error, WEIR_ECONFLICT,
                            "our scorer gives %.9g where XGBoost gives %.9g (row %u): the model "
                            "is not used; please report this",
                            (double)ours[i], (double)theirs[i], rows[i]);
        }
        *largest = difference > *largest ? difference : *largest;
    }
    free(ours);
    free(theirs);
    return err;
}
