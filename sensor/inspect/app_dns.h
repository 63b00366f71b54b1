/* SPDX-License-Identifier: Apache-2.0
 *
 * app_dns: applications that speak in DNS messages.
 *
 * mDNS, LLMNR and the NetBIOS name service are told from DNS by their ports 5353, 5355 and 137,
 * where the message is theirs and not DNS.
 *
 * Shape:   each is an app_pattern_fn for the direction its name says; without one, for either.
 * Source:  specification 5.1.1; RFC 1035, 6762, 4795, 1002 section 4.2;
 *          decisions/0002-weigh-both-directions.md.
 */
#ifndef WEIR_SENSOR_INSPECT_APP_DNS_H
#define WEIR_SENSOR_INSPECT_APP_DNS_H

#include "sensor/inspect/app_pattern.h"

enum app_claim app_dns_orig(const struct app_side *side);
enum app_claim app_dns_resp(const struct app_side *side);
enum app_claim app_dns_mdns(const struct app_side *side);
enum app_claim app_dns_llmnr(const struct app_side *side);
enum app_claim app_dns_netbios_ns(const struct app_side *side);

#endif
