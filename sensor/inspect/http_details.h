/* SPDX-License-Identifier: Apache-2.0
 *
 * http_details: what a record says of an HTTP connection, from the reader's items.
 */
#ifndef WEIR_SENSOR_INSPECT_HTTP_DETAILS_H
#define WEIR_SENSOR_INSPECT_HTTP_DETAILS_H

#include "common/flow/flow_details.h"

#include "sensor/inspect/http_reader.h"

/* Adds one item: texts of the first request and response, counts of all. */
void http_details_add(struct weir_http_details *details, const struct http_item *item);

#endif
