/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_ftp_control: any bytes, whole and byte by byte, announce the same endpoints.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"

#include "sensor/inspect/ftp_control.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    for (int client = 0; client < 2; client++) {
        struct ftp_control whole = {0};
        struct ftp_control split = {0};
        struct ftp_announcement said = {0};
        struct weir_cursor all = weir_cursor_over(bytes, size);
        size_t found = 0;
        while (ftp_control_next(&whole, client == 1, &all, &said)) {
            weir_check(said.port != 0);
            found++;
        }
        for (size_t i = 0; i < size; i++) {
            struct weir_cursor one = weir_cursor_over(bytes + i, 1);
            found -= ftp_control_next(&split, client == 1, &one, &said) ? 1 : 0;
        }
        weir_check(found == 0);
    }
    return 0;
}
