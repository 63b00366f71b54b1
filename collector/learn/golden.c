/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/golden.h"

#include <stdlib.h>

struct ranked {
    float score;
    uint32_t row;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    if (a->score != b->score) {
        return a->score < b->score ? -1 : 1;
    }
    return a->row < b->row ? -1 : (a->row > b->row ? 1 : 0);
}

int golden_choose(const uint32_t *rows, const float *scores, size_t count,
                  uint32_t chosen[GOLDEN_ROWS], size_t *chosen_count)
{
    struct ranked *ranked = calloc(count + 1, sizeof(*ranked));
    if (ranked == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        ranked[i] = (struct ranked){.score = scores[i], .row = rows[i]};
    }
    qsort(ranked, count, sizeof(*ranked), compare_ranked);
    const size_t wanted = count < GOLDEN_ROWS ? count : GOLDEN_ROWS;
    for (size_t i = 0; i < wanted; i++) {
        chosen[i] = ranked[wanted > 1 ? i * (count - 1) / (wanted - 1) : 0].row;
    }
    free(ranked);
    *chosen_count = wanted;
    return 0;
}
