/* SPDX-License-Identifier: Apache-2.0 */
#include "common/model/model_kind.h"

#include <stddef.h>

const char *weir_model_kind_text(enum weir_model_kind kind)
{
    switch (kind) {
#define X(name, value, text)                                                                       \
    case name:                                                                                     \
        return text;
        WEIR_MODEL_KIND_TABLE(X)
#undef X
    }
    return NULL;
}
