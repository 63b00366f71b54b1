/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/learn/split.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/rng.h"

#define PARTS_MAX 64U

struct member {
    uint64_t hash; /* of the row's vector: equal vectors are neighbours after sorting */
    uint32_t row;
};

struct group {
    uint32_t first; /* index of its first member */
    uint32_t size;
    uint32_t row; /* lowest row: the group's name */
    uint8_t label;
};

struct groups {
    struct member *members;
    struct group *at;
    size_t count;
};

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return a->row < b->row ? -1 : (a->row > b->row ? 1 : 0);
}

static int compare_groups(const void *left, const void *right)
{
    const struct group *a = left;
    const struct group *b = right;
    return a->row < b->row ? -1 : (a->row > b->row ? 1 : 0);
}

static void groups_fini(struct groups *groups)
{
    free(groups->members);
    free(groups->at);
}

/* Two different vectors of one hash would share a group, which does no harm. */
static int groups_init(struct groups *groups, const struct sample_set *set, const uint32_t *rows,
                       size_t count)
{
    *groups = (struct groups){
        .members = calloc(count + 1, sizeof(struct member)),
        .at = calloc(count + 1, sizeof(struct group)),
    };
    if (groups->members == NULL || groups->at == NULL) {
        groups_fini(groups);
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        groups->members[i].row = rows[i];
        groups->members[i].hash =
            weir_hash(sample_set_row(set, rows[i]), set->schema->count * sizeof(float));
    }
    qsort(groups->members, count, sizeof(struct member), compare_members);
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &groups->members[i];
        if (i == 0 || member->hash != member[-1].hash) {
            groups->at[groups->count++] = (struct group){.first = (uint32_t)i,
                                                         .row = member->row,
                                                         .label = set->labels[member->row]};
        }
        groups->at[groups->count - 1].size++;
    }
    qsort(groups->at, groups->count, sizeof(struct group), compare_groups);
    return 0;
}

/* Fisher and Yates. */
static void shuffle(struct groups *groups, struct weir_rng *rng)
{
    for (size_t i = groups->count; i > 1; i--) {
        const size_t j = (size_t)weir_rng_below(rng, i);
        const struct group moved = groups->at[i - 1];
        groups->at[i - 1] = groups->at[j];
        groups->at[j] = moved;
    }
}

struct plan {
    double shares[PARTS_MAX]; /* relative sizes of the parts */
    uint16_t parts;
    uint64_t seed;
};

/* Deals the groups of each label, shuffled, to the part that is furthest behind its share. */
static void deal(const struct groups *groups, const struct plan *plan, uint16_t *part)
{
    double dealt[SAMPLE_SET_UNLABELLED + 1][PARTS_MAX] = {{0.0}};
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->at[i];
        double *have = dealt[group->label];
        uint16_t neediest = 0;
        for (uint16_t j = 1; j < plan->parts; j++) {
            if (have[j] / plan->shares[j] < have[neediest] / plan->shares[neediest]) {
                neediest = j;
            }
        }
        have[neediest] += (double)group->size;
        for (uint32_t j = 0; j < group->size; j++) {
            part[groups->members[group->first + j].row] = neediest;
        }
    }
}

static int split_rows(const struct sample_set *set, const uint32_t *rows, size_t count,
                      const struct plan *plan, uint16_t *part)
{
    struct groups groups = {0};
    struct weir_rng rng;
    const int err = groups_init(&groups, set, rows, count);
    if (err != 0) {
        return err;
    }
    weir_rng_init(&rng, plan->seed);
    shuffle(&groups, &rng);
    deal(&groups, plan, part);
    groups_fini(&groups);
    return 0;
}

int split_held_out(const struct sample_set *set, double share_0_1, uint64_t seed, uint16_t *part)
{
    weir_check(share_0_1 >= 0.0 && share_0_1 < 1.0);
    memset(part, 0, set->rows * sizeof(*part));
    if (share_0_1 == 0.0) {
        return 0;
    }
    uint32_t *rows = calloc(set->rows + 1, sizeof(*rows));
    if (rows == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < set->rows; i++) {
        rows[i] = (uint32_t)i;
    }
    const struct plan plan = {.shares = {1.0 - share_0_1, share_0_1}, .parts = 2, .seed = seed};
    const int err = split_rows(set, rows, set->rows, &plan, part);
    free(rows);
    return err;
}

int split_folds(const struct sample_set *set, const uint32_t *rows, size_t count, uint16_t folds,
                uint64_t seed, uint16_t *part)
{
    struct plan plan = {.parts = folds, .seed = seed};
    weir_check(folds >= 2 && folds <= PARTS_MAX);
    for (uint16_t i = 0; i < folds; i++) {
        plan.shares[i] = 1.0;
    }
    return split_rows(set, rows, count, &plan, part);
}

static int compare_hashes(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : (a > b ? 1 : 0);
}

int split_count_shared(const struct sample_set *set, const uint32_t *rows, size_t count,
                       const struct sample_set *other, uint64_t *shared)
{
    const size_t bytes = set->schema->count * sizeof(float);
    uint64_t *hashes = calloc(count + 1, sizeof(*hashes));
    if (hashes == NULL) {
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        hashes[i] = weir_hash(sample_set_row(set, rows[i]), bytes);
    }
    qsort(hashes, count, sizeof(*hashes), compare_hashes);
    uint64_t found = 0;
    for (size_t i = 0; i < other->rows; i++) {
        const uint64_t wanted = weir_hash(sample_set_row(other, i), bytes);
        found += bsearch(&wanted, hashes, count, sizeof(*hashes), compare_hashes) != NULL ? 1 : 0;
    }
    free(hashes);
    *shared = found;
    return 0;
}
