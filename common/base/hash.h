/* SPDX-License-Identifier: Apache-2.0
 *
 * hash: 64-bit hashes of bytes (XXH3), keyed where an attacker chooses the input.
 *
 * Source:  libxxhash, XXH3_64bits.
 */
#ifndef WEIR_COMMON_BASE_HASH_H
#define WEIR_COMMON_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A checksum: the same bytes give the same value on every machine. */
uint64_t weir_hash(const void *bytes, size_t size);

/* For tables: the key is secret per process or per deployment, so no one can aim at one bucket. */
uint64_t weir_hash_keyed(const void *bytes, size_t size, uint64_t key);

#endif
