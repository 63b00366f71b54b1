/* SPDX-License-Identifier: Apache-2.0
 *
 * packet_cuts: what must hold of a packet however early its capture ends.
 */
#ifndef WEIR_TESTS_SUPPORT_PACKET_CUTS_H
#define WEIR_TESTS_SUPPORT_PACKET_CUTS_H

#include "tests/support/packet_bytes.h"

/* Decodes a good packet cut at every byte: it is PACKET_SHORT up to the last byte of its headers,
 * then whole, with the same headers and less payload. */
void packet_cuts_check(const struct packet_bytes *bytes, int link_type);

#endif
