/* SPDX-License-Identifier: Apache-2.0
 *
 * checksum: the ones' complement sum of IP, TCP, UDP and ICMP.
 *
 * Source:  RFC 1071.
 */
#ifndef WEIR_SENSOR_DECODE_CHECKSUM_H
#define WEIR_SENSOR_DECODE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#define CHECKSUM_GOOD 0xffffU /* the sum over bytes that include their own right checksum */

/* The folded sum of `sum` and these bytes. Only the last part of a sum may have odd size. */
uint16_t checksum_add(uint16_t sum, const uint8_t *bytes, size_t size);

#endif
