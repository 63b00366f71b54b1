/* SPDX-License-Identifier: Apache-2.0
 *
 * content_scene: what stands around a stream while its content is read.
 *
 * Shape:   borrowed pointers, good for one call; none is NULL.
 */
#ifndef WEIR_SENSOR_INSPECT_CONTENT_SCENE_H
#define WEIR_SENSOR_INSPECT_CONTENT_SCENE_H

#include <stdint.h>

#include "common/base/block_pool.h"

#include "common/flow/flow_details.h"

#include "sensor/inspect/ftp_endpoints.h"
#include "sensor/inspect/inspection_flow.h"
#include "sensor/inspect/pattern.h"

struct content_scene {
    const struct pattern_set *patterns;
    struct weir_block_pool *lines;
    struct ftp_endpoints *ftp;
    const struct inspection_flow *flow;
    struct weir_flow_details *details;
    int64_t time_us;
};

/* The line with what it has of the wanted patterns. */
static inline struct pattern_line content_scene_find(const struct content_scene *scene,
                                                     const char *text, size_t size, uint64_t wanted)
{
    return (struct pattern_line){.text = text,
                                 .size = size,
                                 .found = pattern_find(scene->patterns, text, size, wanted)};
}

static inline void content_scene_add8(uint8_t *column)
{
    *column = (uint8_t)(*column + (*column < UINT8_MAX ? 1 : 0));
}

static inline void content_scene_add16(uint16_t *column)
{
    *column = (uint16_t)(*column + (*column < UINT16_MAX ? 1 : 0));
}

static inline void content_scene_add32(uint32_t *column)
{
    *column += *column < UINT32_MAX ? 1U : 0U;
}

#endif
