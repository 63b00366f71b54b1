/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_smtp_dialogue: any lines of both sides give valid details; a line that begins with a digit
 * is the server's.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"

#include "sensor/inspect/smtp_dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct smtp_dialogue dialogue = {0};
    struct weir_flow_details details = {.present = 1U << WEIR_DETAIL_SMTP};
    size_t lines = 0;
    for (size_t at = 0; at < size; lines++) {
        const uint8_t *end = memchr(bytes + at, '\n', size - at);
        const size_t length = end != NULL ? (size_t)(end - bytes) - at : size - at;
        const bool client = length == 0 || bytes[at] < '0' || bytes[at] > '9';
        smtp_dialogue_add(&dialogue, client, (const char *)bytes + at, length, &details.smtp);
        at += length + 1;
    }
    weir_check(weir_flow_details_valid(&details, NULL));
    weir_check(details.smtp.messages <= lines && details.smtp.recipients <= lines);
    return 0;
}
