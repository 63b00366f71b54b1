/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_portmap: any bytes, whole and byte by byte, hold a DUMP call or not.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"

#include "sensor/inspect/portmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct portmap whole = {0};
    struct portmap split = {0};
    const bool found = portmap_add(&whole, bytes, size);
    bool found_split = false;
    for (size_t i = 0; i < size; i++) {
        found_split = portmap_add(&split, bytes + i, 1) || found_split;
    }
    weir_check(found == found_split);
    return 0;
}
