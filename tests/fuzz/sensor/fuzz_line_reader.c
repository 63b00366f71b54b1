/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_line_reader: any bytes, whole and byte by byte, are the same lines.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/base/hash.h"

#include "sensor/inspect/line_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What the lines of the payload are, added to *sum. */
static void read(struct line_reader *reader, struct weir_block_pool *pool,
                 struct weir_cursor payload, uint64_t *sum)
{
    struct line line = {0};
    while (line_reader_next(reader, pool, &payload, &line)) {
        weir_check(line.size <= LINE_BYTES && line.size <= line.full_size);
        *sum = *sum * 31 + weir_hash(line.text, line.size) + line.full_size;
    }
    weir_check(payload.left == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct weir_block_pool *pool = NULL;
    if (weir_block_pool_new(LINE_BYTES, 2, &pool) != WEIR_OK) {
        return 0;
    }
    for (int cr_ends = 0; cr_ends < 2; cr_ends++) {
        struct line_reader whole = {.cr_ends = cr_ends == 1};
        struct line_reader split = {.cr_ends = cr_ends == 1};
        struct line told[2] = {{0}};
        uint64_t sums[2] = {0};
        read(&whole, pool, weir_cursor_over(bytes, size), &sums[0]);
        for (size_t i = 0; i < size; i++) {
            read(&split, pool, weir_cursor_over(bytes + i, 1), &sums[1]);
        }
        weir_check(sums[0] == sums[1] && whole.negotiated == split.negotiated);
        weir_check(line_reader_tell(&whole, pool, &told[0]) ==
                   line_reader_tell(&split, pool, &told[1]));
        weir_check(told[0].size == told[1].size && told[0].full_size == told[1].full_size);
        line_reader_fini(&whole, pool);
        line_reader_fini(&split, pool);
    }
    weir_check(weir_block_pool_used(pool) == 0);
    weir_block_pool_free(pool);
    return 0;
}
