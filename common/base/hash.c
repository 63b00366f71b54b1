/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t weir_hash(const void *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}

uint64_t weir_hash_keyed(const void *bytes, size_t size, uint64_t key)
{
    return XXH3_64bits_withSeed(bytes, size, key);
}
