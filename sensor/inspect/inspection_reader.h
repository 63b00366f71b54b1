/* SPDX-License-Identifier: Apache-2.0
 *
 * inspection_reader: an inspection's protocol reader, and the details it fills.
 *
 * Shape:   a reader that has no more to wait for (DNS whose questions are answered) is given back
 *          and taken again when the flow goes on, so that idle flows hold none. Of the details only
 *          the blocks that are filled are emptied before.
 */
#ifndef WEIR_SENSOR_INSPECT_INSPECTION_READER_H
#define WEIR_SENSOR_INSPECT_INSPECTION_READER_H

#include "common/flow/app.h"
#include "common/flow/flow_details.h"

#include "sensor/inspect/inspection_act.h"

/* The inspection's details, or a place where they do no harm when it has none. */
struct weir_flow_details *inspection_reader_details(const struct act *act);

/* Makes one block of the details ready to be filled, taking the details first when need be. */
void inspection_reader_open(const struct act *act, enum weir_detail_block_index index);

/* Chooses the reader of an application. HTTP is read with its content, which knows requests and
 * responses too. */
void inspection_reader_begin(const struct act *act, enum weir_app app);

/* Shows a piece to the reader, which may then go. */
void inspection_reader_show(const struct act *act, const struct inspection_segment *piece);

/* Gives the reader back, and that of the portmapper. */
void inspection_reader_drop(const struct act *act);

#endif
