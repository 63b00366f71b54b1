/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/hash.h"

#include "common/flow/detail_field.h"

#define ALL_CLASSES ((UINT32_C(1) << POLICY_CLASS_COUNT) - 1)
#define HASH_TEXT   17 /* 16 hexadecimal digits and NUL */

const struct policy policy_defaults = {
    .enabled = true,
    .classes = ALL_CLASSES,
    .names = POLICY_NAMES_SEND,
    .max_bytes = 262144,
};

#define X(name, text) [POLICY_CLASS_##name] = (text),
static const char *const class_texts[POLICY_CLASS_COUNT] = {POLICY_CLASS_TABLE(X)};
#undef X

static uint32_t class_bit(const char *word, size_t size)
{
    if (size == 3 && memcmp(word, "all", 3) == 0) {
        return ALL_CLASSES;
    }
    for (unsigned i = 1; i < POLICY_CLASS_COUNT; i++) {
        if (strlen(class_texts[i]) == size && memcmp(class_texts[i], word, size) == 0) {
            return UINT32_C(1) << i;
        }
    }
    return 0;
}

int policy_parse_classes(const char *text, uint32_t *out, struct weir_error *error)
{
    uint32_t classes = 0;
    if (strcmp(text, "none") == 0) {
        *out = 0;
        return WEIR_OK;
    }
    for (const char *at = text;;) {
        const size_t size = strcspn(at, ",");
        const size_t skip = strspn(at, " ") < size ? strspn(at, " ") : size;
        const uint32_t bits = class_bit(at + skip, size - skip);
        if (bits == 0) {
            return weir_fail(error, WEIR_EINVAL,
                             "inspect.classes: nobody knows '%.*s'; want all, none, or some of "
                             "shell, ftp, ftp_data, smtp, pop, imap, http, text",
                             (int)(size - skip), at + skip);
        }
        classes |= bits;
        if (at[size] == '\0') {
            break;
        }
        at += size + 1;
    }
    *out = classes;
    return WEIR_OK;
}

/* Equal names stay equal, so what they do can still be counted; a short room cuts the digits. */
static void hash_text(char *text, size_t room, uint64_t key)
{
    char digits[HASH_TEXT];
    if (text[0] == '\0') {
        return;
    }
    (void)snprintf(digits, sizeof(digits), "%016" PRIx64, weir_hash_keyed(text, strlen(text), key));
    memset(text, 0, room);
    memcpy(text, digits, room - 1 < sizeof(digits) - 1 ? room - 1 : sizeof(digits) - 1);
}

static void hash_names(struct weir_flow_details *details, uint64_t key)
{
    const struct weir_detail_block *blocks = weir_detail_blocks();
    for (size_t i = 0; i < WEIR_DETAIL_BLOCK_COUNT; i++) {
        char *block = weir_detail_block_of(details, &blocks[i]);
        for (size_t j = 0; j < blocks[i].count; j++) {
            const struct weir_detail_field *field = &blocks[i].fields[j];
            if (field->privacy == WEIR_FIELD_NAMING && field->kind == WEIR_FIELD_TEXT) {
                hash_text(block + field->offset, field->bytes, key);
            }
        }
    }
}

void policy_apply(const struct policy *policy, struct weir_flow_details *details)
{
    switch (policy->names) {
    case POLICY_NAMES_SEND:
        return;
    case POLICY_NAMES_HASH:
        hash_names(details, policy->names_key);
        return;
    case POLICY_NAMES_DROP:
        weir_flow_details_withhold(details);
        return;
    }
}
