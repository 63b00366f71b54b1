/* SPDX-License-Identifier: Apache-2.0
 *
 * service: the seventy service names of NSL-KDD, and the key by which "same service" is counted.
 *
 * Shape:   labels are numbers 0 .. 69 in the alphabetical order of specification 1.6.4 (ASCII
 *          case-insensitive: IRC between imap4 and iso_tsap, X11 before Z39_50).
 * Source:  specification 1.6 and 1.9.1. The label names; the key, which is finer, counts.
 */
#ifndef WEIR_COMMON_FLOW_SERVICE_H
#define WEIR_COMMON_FLOW_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#define WEIR_SERVICE_COUNT 70

/* What the port alone cannot say about a TCP connection. */
enum weir_service_hint {
    WEIR_SERVICE_HINT_NONE = 0,
    WEIR_SERVICE_HINT_FTP_DATA = 1, /* announced by an FTP session of the same two hosts */
    WEIR_SERVICE_HINT_PM_DUMP = 2,  /* a portmapper DUMP call was seen */
};

/* The label's text; NULL when label >= WEIR_SERVICE_COUNT. */
const char *weir_service_text(uint8_t label);

/* The label of a text; false when it is none of the seventy. */
bool weir_service_parse(const char *text, uint8_t *out);

/* Label of a connection. ports: TCP and UDP port numbers; ICMP type as source, code as responder.
 * proto is the IP protocol number (1, 6, 17, 58); any other gives `other`. */
uint8_t weir_service_label(uint8_t proto, uint16_t orig_port, uint16_t resp_port,
                           enum weir_service_hint hint);

/* Service key of 1.9.1: equal keys are the same service. label is what weir_service_label gave. */
uint32_t weir_service_key(uint8_t proto, uint16_t resp_port, uint8_t label);

/* True for protocols and ICMPv6 types that have a KDD vector (specification 1.2). */
bool weir_service_has_vector(uint8_t proto, uint16_t icmp_type);

#endif
