/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_http_reader: any bytes, whole and byte by byte, give the same items and the same details.
 *
 * The first byte says where the client's bytes end and the server's begin, in sixteenths.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"

#include "sensor/inspect/http_details.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct heard {
    struct http_reader reader;
    struct weir_flow_details details;
    size_t items, letters;
};

static void hear(struct heard *heard, bool from_client, const uint8_t *bytes, size_t size)
{
    struct weir_cursor payload = weir_cursor_over(bytes, size);
    struct http_item item;
    while (http_reader_next(&heard->reader, from_client, &payload, &item)) {
        weir_check(item.target.size <= item.target_size && item.target.size <= HTTP_LINE_MAX);
        heard->items++;
        heard->letters += item.method.size + item.target.size + item.version.size + item.name.size +
                          item.value.size;
        for (size_t i = 0; i < item.value.size; i++) {
            heard->letters += (size_t)(item.value.at[i] == 'x'); /* every letter can be read */
        }
        if (item.event == HTTP_REQUEST && (item.target_size & 1) != 0) {
            http_reader_mark(&heard->reader);
        }
        http_details_add(&heard->details.http, &item);
    }
    weir_check(payload.left == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const size_t client = (size - 1) * (bytes[0] % 17U) / 16;
    struct heard whole = {.details.present = 1U << WEIR_DETAIL_HTTP};
    struct heard split = whole;
    hear(&whole, true, bytes + 1, client);
    hear(&whole, false, bytes + 1 + client, size - 1 - client);
    for (size_t i = 1; i < size; i++) {
        hear(&split, i <= client, bytes + i, 1);
    }
    weir_check(whole.items == split.items && whole.letters == split.letters);
    weir_check(memcmp(&whole.details, &split.details, sizeof(whole.details)) == 0);
    weir_check(weir_flow_details_valid(&whole.details, NULL));
    return 0;
}
