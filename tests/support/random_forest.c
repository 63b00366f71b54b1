/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/random_forest.h"

#include <stdlib.h>

#include "common/model/model.h"
#include "common/model/payload.h"
#include "common/model/tree_ensemble.h"

static struct weir_tree_node random_test(struct weir_rng *rng, const struct weir_encoding *encoding)
{
    const size_t column = (size_t)weir_rng_below(rng, encoding->schema->count);
    const uint64_t categories = encoding->categories[column];
    return (struct weir_tree_node){
        .column = (uint16_t)column,
        .category = categories > 0 ? (int16_t)weir_rng_below(rng, categories) : WEIR_TREE_NUMBER,
        .value = categories > 0 ? 0.0F : (float)weir_rng_share(rng),
    };
}

/* Complete trees: node i has children 2i + 1 and 2i + 2. */
void random_forest_encode(struct weir_rng *rng, const struct weir_encoding *encoding,
                          size_t tree_count, unsigned depth, struct weir_buffer *payload)
{
    const uint32_t inner = (1U << depth) - 1U;
    const uint32_t nodes_each = 2U * inner + 1U;
    struct weir_tree_node *nodes = calloc(tree_count * nodes_each, sizeof(*nodes));
    uint32_t *tree_nodes = calloc(tree_count, sizeof(*tree_nodes));
    struct weir_buffer body = {0};
    if (nodes == NULL || tree_nodes == NULL) {
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < tree_count; i++) {
        tree_nodes[i] = nodes_each;
        for (uint32_t j = 0; j < nodes_each; j++) {
            struct weir_tree_node *node = &nodes[i * nodes_each + j];
            *node = random_test(rng, encoding);
            node->left = (uint16_t)(2U * j + 1U);
            if (j >= inner) {
                *node = (struct weir_tree_node){.column = WEIR_TREE_LEAF,
                                                .category = WEIR_TREE_NUMBER,
                                                .value = (float)weir_rng_share(rng) - 0.5F};
            }
        }
    }
    const struct weir_tree_ensemble_options options = {.link = WEIR_TREE_LINK_LOGISTIC,
                                                       .nodes = nodes,
                                                       .tree_nodes = tree_nodes,
                                                       .tree_count = tree_count};
    weir_tree_ensemble_encode(&options, &body);
    const struct weir_payload content = {.kind = WEIR_MODEL_FOREST,
                                         .schema_hash = weir_feature_schema_hash(encoding->schema),
                                         .body = body.bytes,
                                         .body_bytes = body.size};
    weir_payload_encode(&content, payload);
    weir_buffer_fini(&body);
    free(nodes);
    free(tree_nodes);
}
