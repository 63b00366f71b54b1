/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_inspection: any payload, in any order, at any port, leaves columns in range and no block
 * behind.
 *
 * The first byte picks protocol and port, and so the class of content. Then come segments: a byte
 * of flags (direction, cut, 200 ms pass), a signed shift of the sequence number, a length, the
 * bytes.
 */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/base/cursor.h"

#include "sensor/inspect/inspection.h"

#define FROM_ORIG 0x01U
#define CUT       0x02U
#define IDLE      0x04U

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_range(const struct weir_kdd_content *columns)
{
    weir_check(columns->logged_in <= 1 && columns->root_shell <= 1 && columns->su_attempted <= 2 &&
               columns->is_host_login <= 1 && columns->is_guest_login <= 1);
}

static void check_empty(const struct inspector *inspector)
{
    weir_check(weir_block_pool_used(inspector->inspections) == 0 &&
               weir_block_pool_used(inspector->heads) == 0 &&
               weir_block_pool_used(inspector->contents) == 0 &&
               weir_block_pool_used(inspector->lines) == 0 &&
               weir_block_pool_used(inspector->segments) == 0 &&
               weir_block_pool_used(inspector->readers) == 0 &&
               weir_block_pool_used(inspector->details) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint16_t ports[] = {21,  23,   25,  80,  110, 143, 512, 513,
                                     514, 7777, 443, 111, 22,  53,  67,  20};
    struct weir_cursor input = weir_cursor_over(bytes, size);
    struct inspector *inspector = NULL;
    struct policy policy = policy_defaults;
    uint8_t choice = 0;
    policy.inspections = 4;
    policy.segments = 8;
    if (!weir_cursor_u8(&input, &choice) || inspector_new(&policy, 16, 7, &inspector) != WEIR_OK) {
        return 0;
    }
    policy.names = choice % 3 == 0 ? POLICY_NAMES_HASH : POLICY_NAMES_SEND;
    struct inspection_flow flow = {.orig = {.size = 4},
                                   .resp = {.size = 4, .bytes = {1}},
                                   .orig_port = 40000,
                                   .resp_port = ports[choice & 15U],
                                   .protocol = (choice & 16U) != 0 ? 17 : 6,
                                   .is_ftp_data = (choice & 15U) == 15,
                                   .established = true};
    const uint32_t number = inspection_new(inspector, (choice & 32U) == 0);
    uint32_t next[2] = {0xfffffff0U, 5};
    uint8_t flags = 0;
    uint8_t shift = 0;
    uint8_t length = 0;
    int64_t time_us = 0;
    while (weir_cursor_u8(&input, &flags) && weir_cursor_u8(&input, &shift) &&
           weir_cursor_u8(&input, &length)) {
        const uint32_t taken = length < input.left ? length : (uint32_t)input.left;
        const int side = (flags & FROM_ORIG) != 0 ? 0 : 1;
        const struct inspection_segment segment = {
            .time_us = time_us,
            .bytes = input.next,
            .captured = taken,
            .size = taken + ((flags & CUT) != 0 ? 1U : 0U),
            .sequence = next[side] + shift - (shift < 128 ? 0U : 256U),
            .begin = next[side],
            .has_begin = time_us == 0,
            .from_orig = side == 0,
        };
        time_us += (flags & IDLE) != 0 ? 200000 : 1000;
        next[side] += taken;
        if (segment.size > 0) {
            (void)inspection_add(inspector, number, &flow, &segment);
            flow.orig_payload = flow.orig_payload || side == 0;
        }
        (void)weir_cursor_skip(&input, taken);
    }
    struct weir_flow_record record = {0};
    inspection_end(inspector, number, &flow, time_us);
    inspection_report(inspector, number, &flow, &record);
    check_range(&record.content);
    weir_check(record.details == NULL || weir_flow_details_valid(record.details, NULL));
    inspection_free(inspector, number);
    check_empty(inspector);
    inspector_free(inspector);
    return 0;
}
