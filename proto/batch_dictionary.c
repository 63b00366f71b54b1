/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/batch_dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/hash.h"

#define SLOTS_MIN 64U

void weir_batch_dictionary_init(struct weir_batch_dictionary *dictionary, uint64_t key,
                                size_t entry_max)
{
    *dictionary = (struct weir_batch_dictionary){.key = key, .entry_max = entry_max};
}

void weir_batch_dictionary_fini(struct weir_batch_dictionary *dictionary)
{
    free(dictionary->slots);
    free(dictionary->offsets);
    weir_buffer_fini(&dictionary->bytes);
    *dictionary = (struct weir_batch_dictionary){0};
}

/* At most half of the slots are ever taken, so that a search always ends. */
void weir_batch_dictionary_reset(struct weir_batch_dictionary *dictionary, size_t entry_count)
{
    size_t slots = SLOTS_MIN;
    while (slots / 2 < entry_count) {
        slots *= 2;
    }
    weir_buffer_reset(&dictionary->bytes);
    dictionary->count = 0;
    dictionary->failed = false;
    if (slots > dictionary->slot_capacity) {
        free(dictionary->slots);
        free(dictionary->offsets);
        dictionary->slots = (uint32_t *)malloc(slots * sizeof(*dictionary->slots));
        dictionary->offsets = (uint32_t *)malloc((slots + 1) * sizeof(*dictionary->offsets));
        dictionary->slot_capacity = slots;
        if (dictionary->slots == NULL || dictionary->offsets == NULL) {
            dictionary->slot_capacity = 0;
            dictionary->failed = true;
            return;
        }
    }
    dictionary->slot_mask = slots - 1;
    memset(dictionary->slots, 0, slots * sizeof(*dictionary->slots));
    dictionary->offsets[0] = 0;
}

uint32_t weir_batch_dictionary_add(struct weir_batch_dictionary *dictionary, const void *bytes,
                                   size_t size)
{
    weir_check(size <= dictionary->entry_max);
    if (size == 0 || dictionary->failed) {
        return 0;
    }
    size_t slot = (size_t)weir_hash_keyed(bytes, size, dictionary->key) & dictionary->slot_mask;
    while (dictionary->slots[slot] != 0) {
        const uint32_t index = dictionary->slots[slot];
        const uint32_t from = dictionary->offsets[index - 1];
        if (dictionary->offsets[index] - from == size &&
            memcmp(dictionary->bytes.bytes + from, bytes, size) == 0) {
            return index;
        }
        slot = (slot + 1) & dictionary->slot_mask;
    }
    weir_check(dictionary->count < (dictionary->slot_mask + 1) / 2);
    weir_buffer_add(&dictionary->bytes, bytes, size);
    if (dictionary->bytes.failed) {
        dictionary->failed = true;
        return 0;
    }
    dictionary->count++;
    dictionary->offsets[dictionary->count] = (uint32_t)dictionary->bytes.size;
    dictionary->slots[slot] = (uint32_t)dictionary->count;
    return (uint32_t)dictionary->count;
}
