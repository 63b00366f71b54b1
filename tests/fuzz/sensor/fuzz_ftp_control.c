/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_ftp_control: the lines of any bytes announce ports that a host can listen at, or nothing.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"

#include "sensor/inspect/ftp_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t from = 0;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && bytes[i] != '\n') {
            continue;
        }
        for (int client = 0; client < 2; client++) {
            struct ftp_announcement said = {0};
            if (ftp_control_read((const char *)bytes + from, i - from, client == 1, &said)) {
                weir_check(said.port != 0);
                weir_check(said.address.size == 0 || said.address.size == 4 ||
                           said.address.size == 16);
            }
        }
        from = i + 1;
    }
    return 0;
}
