/* SPDX-License-Identifier: Apache-2.0
 *
 * inspection: what the payload of one flow says: application, KDD columns 10 to 22, details.
 *
 * This is the one seam between the meter and everything that reads payload. The meter names a flow
 * by the number of its inspection and shows it TCP segments and UDP datagrams; nothing here knows
 * what a flow table is.
 *
 * Shape:   a flow is first recognised (app): its heads, the first bytes of both directions, are
 *          kept until a signature settles it, and not at all when the first segment does. Then its
 *          stream is shown to the class of content it belongs to (content_*) and to the reader of
 *          its protocol (detail_reader), beginning with the head; what is encrypted, binary or not
 *          known wants nothing more.
 * Units:   time_us is packet time.
 * Owns:    blocks of the inspector's pools, until inspection_free().
 * Errors:  none. What could not be read is counted and marked content_truncated.
 * Source:  specification 1.8, 5.1.1, 1.6.1.
 */
#ifndef WEIR_SENSOR_INSPECT_INSPECTION_H
#define WEIR_SENSOR_INSPECT_INSPECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_record.h"

#include "sensor/inspect/inspection_flow.h"
#include "sensor/inspect/inspector.h"

/* What inspection_add() says of the flow. */
#define INSPECTION_WANTS_ORIG 0x01U /* more of what the originator sends */
#define INSPECTION_WANTS_RESP 0x02U
#define INSPECTION_PM_DUMP    0x04U /* the portmapper was asked for its list: service pm_dump */

/* Number of a new inspection, 0 when it may not be or the pool is empty (the flow is then not
 * inspected). start_seen: false when bytes came before the first segment; its application is then
 * not recognised, only the responder's port says what is read. */
uint32_t inspection_new(struct inspector *inspector, bool start_seen);

/* Takes payload that is not a pure repetition. Gives INSPECTION_ bits; when neither direction is
 * wanted any more the meter need not call again. */
unsigned inspection_add(struct inspector *inspector, uint32_t number,
                        const struct inspection_flow *flow,
                        const struct inspection_segment *segment);

/* The flow is over: what waited for more (a prompt, a short head) is judged as it stands. */
void inspection_end(struct inspector *inspector, uint32_t number,
                    const struct inspection_flow *flow, int64_t time_us);

/* Tells the processor that the inspection ends soon; then, when that had time to be answered, that
 * its details and content are looked at. */
void inspection_expect(struct inspector *inspector, uint32_t number);
void inspection_expect_blocks(struct inspector *inspector, uint32_t number);

/* Fills app, the columns 10 to 22, content_truncated (only ever set) and details of *record. With
 * number 0 these are what is true of a flow whose content was not read. The details stay the
 * inspector's, until inspection_free(). */
void inspection_report(struct inspector *inspector, uint32_t number,
                       const struct inspection_flow *flow, struct weir_flow_record *record);

/* Bytes of a block of the pool. */
size_t inspection_size(void);

/* Gives all blocks back; does nothing with 0. */
void inspection_free(struct inspector *inspector, uint32_t number);

#endif
