/* SPDX-License-Identifier: Apache-2.0
 *
 * batch_dictionary: the distinct addresses and texts of one batch, numbered as they come.
 *
 * Shape:   index 0 is the empty entry and not stored; entries have 1 to entry_max bytes.
 * Owns:    its entries and its table, kept between batches.
 * Errors:  out of memory is remembered in `failed`; indexes are 0 from then on.
 * Threads: one dictionary, one thread.
 */
#ifndef WEIR_PROTO_BATCH_DICTIONARY_H
#define WEIR_PROTO_BATCH_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"

#define WEIR_DICTIONARY_ENTRY_MAX 64  /* of addresses and histories */
#define WEIR_DICTIONARY_TEXT_MAX  255 /* of what blocks refer to */

struct weir_batch_dictionary {
    size_t entry_max;         /* bytes of the longest entry */
    uint64_t key;             /* secret: flows choose the entries, and shall not choose the slots */
    uint32_t *slots;          /* index of the entry, 0 = free */
    size_t slot_mask;         /* slots in use of this batch, less one */
    size_t slot_capacity;     /* slots allocated */
    uint32_t *offsets;        /* of entry i in bytes: offsets[i - 1] .. offsets[i] */
    size_t count;             /* entries besides the empty one */
    struct weir_buffer bytes; /* all entries in order */
    bool failed;
};

void weir_batch_dictionary_init(struct weir_batch_dictionary *dictionary, uint64_t key,
                                size_t entry_max);
void weir_batch_dictionary_fini(struct weir_batch_dictionary *dictionary);

/* Empties it and makes room for at most entry_count entries. */
void weir_batch_dictionary_reset(struct weir_batch_dictionary *dictionary, size_t entry_count);

/* The index of these bytes, a new one when they are new. size is at most
 * entry_max. */
uint32_t weir_batch_dictionary_add(struct weir_batch_dictionary *dictionary, const void *bytes,
                                   size_t size);

#endif
