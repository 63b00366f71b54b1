/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_app: any two heads have a verdict, and one that was settled before their end is the same at
 * their end.
 *
 * Seeds are written by app_seeds.py, which states their form.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/cursor.h"

#include "sensor/inspect/app.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A copy of its own, so that a read past its end is seen. */
static uint8_t *copy(const uint8_t *bytes, size_t size)
{
    uint8_t *own = malloc(size > 0 ? size : 1);
    weir_check(own != NULL);
    if (size > 0) {
        memcpy(own, bytes, size);
    }
    return own;
}

/* Datagrams do not grow; streams do, here both by the same share. */
static void check_growth(const struct app_heads *heads, enum weir_app last)
{
    for (size_t sixteenth = 0; sixteenth < 16; sixteenth++) {
        struct app_heads cut = *heads;
        bool settled = false;
        cut.ended = false;
        cut.orig.size = heads->orig.size * sixteenth / 16;
        cut.resp.size = heads->resp.size * sixteenth / 16;
        const enum weir_app app = app_judge(&cut, &settled);
        weir_check(!settled || app == last);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct weir_cursor cursor = weir_cursor_over(bytes, size);
    struct app_heads heads = {0};
    uint8_t flags = 0;
    uint16_t orig_size = 0;
    if (!weir_cursor_u8(&cursor, &flags) || !weir_cursor_u16(&cursor, &heads.orig_port) ||
        !weir_cursor_u16(&cursor, &heads.resp_port) || !weir_cursor_u16(&cursor, &orig_size)) {
        return 0;
    }
    heads.proto = (flags & 1U) != 0 ? 17 : 6;
    heads.ended = (flags & 2U) != 0;
    heads.orig.size = orig_size < cursor.left ? orig_size : cursor.left;
    heads.resp.size = cursor.left - heads.orig.size;
    heads.orig.datagram_size = (flags & 4U) != 0 ? heads.orig.size * 2 : 0;
    uint8_t *orig = copy(cursor.next, heads.orig.size);
    uint8_t *resp = copy(cursor.next + heads.orig.size, heads.resp.size);
    heads.orig.bytes = orig;
    heads.resp.bytes = resp;
    const enum weir_app app = app_recognise(&heads);
    weir_check(weir_app_text(app) != NULL);
    if (heads.proto == 6) {
        check_growth(&heads, app);
    }
    free(orig);
    free(resp);
    return 0;
}
