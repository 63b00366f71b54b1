/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_score: nanoseconds to score a flow with a forest, one at a time and in batches.
 *
 * Usage: bench_score [TREES [DEPTH]]. Complete trees are made from
 * a fixed seed, which is the worst case: real trees have fewer leaves at full depth. The budget of
 * 100 trees of depth 6 is 1000 ns one at a time and 500 ns in batches.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/rng.h"

#include "common/model/model.h"

#include "tests/support/random_forest.h"

#define ROWS    4096U
#define REPEATS 100U

/* The fastest repeat: what the machine does when nothing else disturbs it. */
static void print_line(const char *name, int64_t best_us, double sum)
{
    const double ns = (double)best_us * 1000.0 / (double)ROWS;
    (void)printf("%-16s %8.0f ns_per_op %12.0f ops_per_s (mean score %.4f)\n", name, ns, 1e9 / ns,
                 sum / (double)ROWS);
}

static int64_t score_single(const struct weir_model *model, const float *vectors, size_t width,
                            double *sum)
{
    const struct weir_mono began = weir_mono_now();
    *sum = 0.0;
    for (size_t i = 0; i < ROWS; i++) {
        *sum += (double)weir_model_score(model, vectors + i * width);
    }
    return weir_mono_since_us(weir_mono_now(), began);
}

static int64_t score_batch(const struct weir_model *model, const float *vectors, float *scores,
                           double *sum)
{
    const struct weir_mono began = weir_mono_now();
    weir_model_score_many(model, vectors, ROWS, scores);
    const int64_t us = weir_mono_since_us(weir_mono_now(), began);
    *sum = 0.0;
    for (size_t i = 0; i < ROWS; i++) {
        *sum += (double)scores[i];
    }
    return us;
}

static void run(const struct weir_model *model, const float *vectors, size_t width)
{
    float scores[ROWS];
    double sum = 0.0;
    int64_t best_us[2] = {INT64_MAX, INT64_MAX};
    for (size_t repeat = 0; repeat < REPEATS; repeat++) {
        const int64_t us = score_single(model, vectors, width, &sum);
        best_us[0] = us < best_us[0] ? us : best_us[0];
    }
    print_line("score.single", best_us[0], sum);
    for (size_t repeat = 0; repeat < REPEATS; repeat++) {
        const int64_t us = score_batch(model, vectors, scores, &sum);
        best_us[1] = us < best_us[1] ? us : best_us[1];
    }
    print_line("score.batch", best_us[1], sum);
}

int main(int argc, char **argv)
{
    const size_t trees = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 100;
    const unsigned depth = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 6;
    const struct weir_feature_schema *schema = weir_feature_schema_find("kdd41");
    struct weir_encoding encoding;
    struct weir_rng rng;
    struct weir_buffer payload = {0};
    struct weir_model *model = NULL;
    struct weir_error error = {0};
    float *vectors = calloc(ROWS * WEIR_FEATURES_MAX, sizeof(*vectors));
    if (vectors == NULL || trees == 0 || depth == 0 || depth > 14 ||
        weir_encoding_init(&encoding, schema) != 0) {
        free(vectors);
        return EXIT_FAILURE;
    }
    weir_rng_init(&rng, 1);
    random_forest_encode(&rng, &encoding, trees, depth, &payload);
    if (weir_model_load(payload.bytes, payload.size, schema, &model, &error) != 0) {
        (void)fprintf(stderr, "bench_score: %s\n", error.text);
        weir_buffer_fini(&payload);
        free(vectors);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < ROWS * schema->count; i++) {
        const uint16_t categories = encoding.categories[i % schema->count];
        vectors[i] =
            categories > 0 ? (float)weir_rng_below(&rng, categories) : (float)weir_rng_share(&rng);
    }
    (void)printf("%zu trees of depth %u, complete; %zu payload bytes\n", trees, depth,
                 payload.size);
    run(model, vectors, schema->count);
    weir_model_free(model);
    weir_buffer_fini(&payload);
    free(vectors);
    return EXIT_SUCCESS;
}
