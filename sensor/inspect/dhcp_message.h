/* SPDX-License-Identifier: Apache-2.0
 *
 * dhcp_message: who asks for an address and what it is given.
 *
 * Source:  RFC 2131 2, RFC 2132.
 */
#ifndef WEIR_SENSOR_INSPECT_DHCP_MESSAGE_H
#define WEIR_SENSOR_INSPECT_DHCP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_details.h"

/* Adds what one message says to details; later messages replace earlier ones, and those of another
 * client (all that broadcast share a flow) all but the count. False when it is not DHCP; then
 * nothing changed. */
bool dhcp_message_read(const uint8_t *message, size_t size, struct weir_dhcp_details *details);

#endif
