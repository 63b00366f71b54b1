/* SPDX-License-Identifier: Apache-2.0
 *
 * model_kind: the ten kinds of model, by number and by name.
 */
#ifndef WEIR_COMMON_MODEL_MODEL_KIND_H
#define WEIR_COMMON_MODEL_MODEL_KIND_H

/* Values are stored in artefacts and tables: append, never renumber. */
#define WEIR_MODEL_KIND_TABLE(X)                                                                   \
    X(WEIR_MODEL_FOREST, 1, "forest")                                                              \
    X(WEIR_MODEL_BOOSTED, 2, "boosted")                                                            \
    X(WEIR_MODEL_LEAFWISE, 3, "leafwise")                                                          \
    X(WEIR_MODEL_TREE, 4, "tree")                                                                  \
    X(WEIR_MODEL_SVM, 5, "svm")                                                                    \
    X(WEIR_MODEL_KNN, 6, "knn")                                                                    \
    X(WEIR_MODEL_LOGISTIC, 7, "logistic")                                                          \
    X(WEIR_MODEL_BAYES, 8, "bayes")                                                                \
    X(WEIR_MODEL_KMEANS, 9, "kmeans")                                                              \
    X(WEIR_MODEL_ISOLATION, 10, "isolation")

enum weir_model_kind {
#define X(name, value, text) name = (value),
    WEIR_MODEL_KIND_TABLE(X)
#undef X
};

/* "forest", "boosted", ...; NULL for a value that is no kind. */
const char *weir_model_kind_text(enum weir_model_kind kind);

#endif
