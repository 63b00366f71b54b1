/* SPDX-License-Identifier: Apache-2.0
 *
 * originator: which end of a flow opened it, told from its first packet.
 *
 * Source:  specification 1.2.3.
 */
#ifndef WEIR_SENSOR_METER_ORIGINATOR_H
#define WEIR_SENSOR_METER_ORIGINATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/decode/packet.h"

/* True when the first packet's receiver is the originator. flip: rule (b) is on. */
bool originator_is_receiver(const struct packet *first, bool flip);

/* True for the likely server ports of rule (b). */
bool originator_server_port(uint16_t port);

#endif
