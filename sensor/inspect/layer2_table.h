/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_table: what the layer-2 rules remember of a station, an address or a network.
 *
 * Shape:   fixed capacity; a key of VLAN, MAC and address (any part may be zero) leads to a zeroed
 *          value of fixed size. A full table forgets the entry that was touched longest ago, so
 *          that a flood of keys pushes out silence before it pushes out what is active.
 * Owns:    all of its memory, taken by new(). A value is good until the next touch().
 * Threads: one owner.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_TABLE_H
#define WEIR_SENSOR_INSPECT_LAYER2_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct layer2_key { /* hashed as bytes: no padding */
    uint8_t address[16];
    uint8_t mac[6];
    uint16_t vlan;
    uint64_t kind; /* of a table that holds several kinds of entries */
};
_Static_assert(sizeof(struct layer2_key) == 32, "the key is hashed as bytes");

struct layer2_table;

/* value_size is rounded up to eight. WEIR_EINVAL without capacity, WEIR_ENOMEM. */
WEIR_MUST_CHECK int layer2_table_new(size_t capacity, size_t value_size, uint64_t hash_key,
                                     struct layer2_table **out);
void layer2_table_free(struct layer2_table *table);

/* The value of the key; NULL when it is not known. Touches nothing. */
void *layer2_table_find(struct layer2_table *table, const struct layer2_key *key);

/* The value of the key, made zeroed when it is not known: *is_new (may be NULL) says so. */
void *layer2_table_touch(struct layer2_table *table, const struct layer2_key *key, bool *is_new);

/* The value touched longest ago and its key; NULL when the table is empty. */
void *layer2_table_oldest(struct layer2_table *table, const struct layer2_key **key);

/* Forgets the entry touched longest ago, if there is one. */
void layer2_table_forget_oldest(struct layer2_table *table);

bool layer2_table_is_full(const struct layer2_table *table);

/* Entries forgotten because the table was full. */
uint64_t layer2_table_evicted(const struct layer2_table *table);

#endif
