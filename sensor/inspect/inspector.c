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

/* A site that asks for few inspections has few blocks of anything. */
static uint32_t count_of(const struct policy *policy, uint32_t flows, uint32_t share)
{
    const uint32_t least = policy->inspections != 0 ? policy->inspections : POOL_MIN;
    return flows / share > least ? flows / share : least;
}

static int new_pools(struct inspector *inspector, uint32_t flows)
{
    const struct policy *policy = &inspector->policy;
    const uint32_t segments = count_of(policy, flows, SHARE_SEGMENTS);
    const uint32_t inspections = count_of(policy, flows, SHARE_INSPECTIONS);
    const struct {
        struct weir_block_pool **pool;
        size_t size;
        uint32_t count;
    } pools[] = {
        {&inspector->inspections, inspection_size(),
         policy->inspections != 0 ? policy->inspections : inspections},
        {&inspector->heads, sizeof(struct stream_head), count_of(policy, flows, SHARE_HEADS)},
        {&inspector->contents, sizeof(struct content), count_of(policy, flows, SHARE_CONTENTS)},
        {&inspector->lines, LINE_BYTES, count_of(policy, flows, SHARE_LINES)},
        {&inspector->segments, sizeof(struct stream_segment),
         policy->segments != 0 ? policy->segments : segments},
        {&inspector->readers, sizeof(struct detail_reader), count_of(policy, flows, SHARE_READERS)},
        {&inspector->details, sizeof(struct weir_flow_details),
         count_of(policy, flows, SHARE_DETAILS)},
    };
    int code = WEIR_OK;
    for (size_t i = 0; code == WEIR_OK && i < sizeof(pools) / sizeof(pools[0]); i++) {
        code = weir_block_pool_new(pools[i].size, pools[i].count, pools[i].pool);
    }
    return code;
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
