/* SPDX-License-Identifier: Apache-2.0
 *
 * app_datagram: applications whose UDP datagram has a fixed header.
 *
 * A header with few fixed bits (NTP off its port, RADIUS) is believed only when all its fields are
 * in range and its lengths are those of the datagram.
 *
 * Shape:   each is an app_pattern_fn for the direction its name says; without one, for either.
 *          STUN and OpenVPN also run over TCP.
 * Source:  specification 5.1.1; RFC 9000, 9369, 5905, 1305 appendix B, 2131, 1350, 3489, 8489,
 *          2865, 7296, 2408, 3948; the papers of WireGuard and OpenVPN's protocol description.
 */
#ifndef WEIR_SENSOR_INSPECT_APP_DATAGRAM_H
#define WEIR_SENSOR_INSPECT_APP_DATAGRAM_H

#include "sensor/inspect/app_pattern.h"

enum app_claim app_datagram_quic_orig(const struct app_side *side);
enum app_claim app_datagram_quic_resp(const struct app_side *side);
enum app_claim app_datagram_ntp(const struct app_side *side);
enum app_claim app_datagram_dhcp(const struct app_side *side);
enum app_claim app_datagram_tftp_orig(const struct app_side *side);
enum app_claim app_datagram_tftp_resp(const struct app_side *side);
enum app_claim app_datagram_stun(const struct app_side *side);
enum app_claim app_datagram_radius(const struct app_side *side);
enum app_claim app_datagram_wireguard(const struct app_side *side);
enum app_claim app_datagram_openvpn(const struct app_side *side);
enum app_claim app_datagram_ike(const struct app_side *side);

#endif
