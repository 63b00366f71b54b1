/* SPDX-License-Identifier: Apache-2.0
 *
 * app_ber: applications whose messages are in the Basic Encoding Rules: every length must agree
 * with the one around it.
 *
 * Shape:   each is an app_pattern_fn for the direction its name says; without one, for either.
 * Source:  specification 5.1.1; X.690; RFC 4511, 4120, 1157, 3416, 3412.
 */
#ifndef WEIR_SENSOR_INSPECT_APP_BER_H
#define WEIR_SENSOR_INSPECT_APP_BER_H

#include "sensor/inspect/app_pattern.h"

enum app_claim app_ber_ldap_orig(const struct app_side *side);
enum app_claim app_ber_ldap_resp(const struct app_side *side);
enum app_claim app_ber_kerberos_orig(const struct app_side *side);
enum app_claim app_ber_kerberos_resp(const struct app_side *side);
enum app_claim app_ber_snmp(const struct app_side *side);

#endif
