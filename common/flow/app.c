/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/app.h"

#include <stddef.h>
#include <string.h>

static const char *const app_texts[] = {
#define X(name, value, text) [value] = (text),
    WEIR_APP_TABLE(X)
#undef X
};

_Static_assert(sizeof(app_texts) / sizeof(app_texts[0]) == WEIR_APP_COUNT, "one text an app");

const char *weir_app_text(enum weir_app app)
{
    const unsigned at = (unsigned)app;
    return at < WEIR_APP_COUNT ? app_texts[at] : NULL;
}

bool weir_app_parse(const char *text, enum weir_app *out)
{
    for (unsigned i = 0; i < WEIR_APP_COUNT; i++) {
        if (strcmp(app_texts[i], text) == 0) {
            *out = (enum weir_app)i;
            return true;
        }
    }
    return false;
}
