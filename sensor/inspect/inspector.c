/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/inspector.h"

#include <stdlib.h>

#include "sensor/inspect/content.h"
#include "sensor/inspect/detail_reader.h"
#include "sensor/inspect/inspection.h"
#include "sensor/inspect/line_reader.h"
#include "sensor/inspect/stream.h"
#include "sensor/inspect/stream_head.h"

#define POOL_MIN          1024
#define FTP_ENDPOINT_SETS 4096

/* One block for so many flows of the table. */
#define SHARE_INSPECTIONS 2
#define SHARE_HEADS       64
#define SHARE_CONTENTS    64
#define SHARE_LINES       64
#define SHARE_SEGMENTS    256
#define SHARE_READERS     128
#define SHARE_DETAILS     16

static uint32_t count_of(uint32_t flows, uint32_t share)
{
    const uint32_t count = flows / share;
    return count > POOL_MIN ? count : POOL_MIN;
}

static int new_pool(size_t size, uint32_t flows, uint32_t share, struct weir_block_pool **out)
{
    return weir_block_pool_new(size, count_of(flows, share), out);
}

static int new_pools(struct inspector *inspector, uint32_t flows)
{
    const struct policy *policy = &inspector->policy;
    int code = weir_block_pool_new(inspection_size(),
                                   policy->inspections != 0 ? policy->inspections
                                                            : count_of(flows, SHARE_INSPECTIONS),
                                   &inspector->inspections);
    if (code == WEIR_OK) {
        code = new_pool(sizeof(struct stream_head), flows, SHARE_HEADS, &inspector->heads);
    }
    if (code == WEIR_OK) {
        code = new_pool(sizeof(struct content), flows, SHARE_CONTENTS, &inspector->contents);
    }
    if (code == WEIR_OK) {
        code = new_pool(LINE_BYTES, flows, SHARE_LINES, &inspector->lines);
    }
    if (code == WEIR_OK) {
        code = weir_block_pool_new(sizeof(struct stream_segment),
                                   policy->segments != 0 ? policy->segments
                                                         : count_of(flows, SHARE_SEGMENTS),
                                   &inspector->segments);
    }
    if (code == WEIR_OK) {
        code = new_pool(sizeof(struct detail_reader), flows, SHARE_READERS, &inspector->readers);
    }
    return code != WEIR_OK ? code
                           : new_pool(sizeof(struct weir_flow_details), flows, SHARE_DETAILS,
                                      &inspector->details);
}

int inspector_new(const struct policy *policy, uint32_t flows, uint64_t hash_key,
                  struct inspector **out)
{
    struct inspector *inspector = calloc(1, sizeof(*inspector));
    if (inspector == NULL) {
        return WEIR_ENOMEM;
    }
    inspector->policy = *policy;
    pattern_set_init(&inspector->patterns);
    int code = new_pools(inspector, policy->flows != 0 ? policy->flows : flows);
    if (code == WEIR_OK) {
        code = ftp_endpoints_new(FTP_ENDPOINT_SETS, hash_key, &inspector->ftp);
    }
    if (code != WEIR_OK) {
        inspector_free(inspector);
        return code;
    }
    *out = inspector;
    return WEIR_OK;
}

void inspector_free(struct inspector *inspector)
{
    if (inspector == NULL) {
        return;
    }
    weir_block_pool_free(inspector->inspections);
    weir_block_pool_free(inspector->heads);
    weir_block_pool_free(inspector->contents);
    weir_block_pool_free(inspector->lines);
    weir_block_pool_free(inspector->segments);
    weir_block_pool_free(inspector->readers);
    weir_block_pool_free(inspector->details);
    ftp_endpoints_free(inspector->ftp);
    free(inspector);
}
