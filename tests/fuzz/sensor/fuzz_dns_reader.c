/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_dns_reader: any messages, each behind its length, as over TCP.
 *
 * Cut out whole or byte by byte they are the same messages; no counter runs past another.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"

#include "sensor/inspect/dns_reader.h"
#include "sensor/inspect/dns_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct heard {
    struct dns_stream stream;
    struct dns_reader reader;
    struct weir_flow_details details;
    int64_t messages;
};

static void hear(struct heard *heard, const uint8_t *bytes, size_t size)
{
    struct weir_cursor payload = weir_cursor_over(bytes, size);
    struct weir_cursor message;
    while (dns_stream_next(&heard->stream, &payload, &message)) {
        heard->messages++;
        (void)dns_reader_add(&heard->reader, message.next, message.left, heard->messages * 1000,
                             &heard->details.dns);
    }
    weir_check(payload.left == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct heard whole = {.details.present = 1U << WEIR_DETAIL_DNS};
    struct heard split = whole;
    hear(&whole, bytes, size);
    for (size_t i = 0; i < size; i++) {
        hear(&split, bytes + i, 1);
    }
    const struct weir_dns_details *dns = &whole.details.dns;
    weir_check(whole.messages == split.messages);
    weir_check(memcmp(&whole.details, &split.details, sizeof(whole.details)) == 0);
    weir_check(weir_flow_details_valid(&whole.details, NULL));
    weir_check(dns->matched <= dns->responses && dns->matched <= dns->queries);
    weir_check(dns->nxdomain <= dns->errors && dns->errors <= dns->responses);
    return 0;
}
