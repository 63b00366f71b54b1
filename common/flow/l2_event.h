/* SPDX-License-Identifier: Apache-2.0
 *
 * l2_event: something on a site's own wire below IP that a person should look at: what a sensor
 * saw of ARP, neighbour discovery, DHCP servers and MAC addresses.
 *
 * Shape:   plain data. One event stands for every occurrence of a rule with the same subject within
 *          a time; it is told again when more came, with the same first_us and a higher revision.
 *          The numbers of the rules are stored and sent: append, never renumber.
 * Units:   _us are microseconds since 1970 (packet time).
 * Source:  specification 5.2 (severity), 5.3 (rules).
 */
#ifndef WEIR_COMMON_FLOW_L2_EVENT_H
#define WEIR_COMMON_FLOW_L2_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/flow/address.h"

#define WEIR_L2_RULE_COUNT 15

/* Name in capitals, value, the specification's id, what it says. */
#define WEIR_L2_RULE_TABLE(X)                                                                      \
    X(NONE, 0, "none", "no rule")                                                                  \
    X(A_GARP, 1, "A-GARP", "gratuitous ARP again and again")                                       \
    X(A_DUP, 2, "A-DUP", "two stations claim one address")                                         \
    X(A_FLIP, 3, "A-FLIP", "the station of an address changes back and forth")                     \
    X(A_UNSOL, 4, "A-UNSOL", "ARP replies that nobody asked for")                                  \
    X(A_MULTI, 5, "A-MULTI", "one station claims many addresses")                                  \
    X(A_MISM, 6, "A-MISM", "the frame and the ARP packet in it name different senders")            \
    X(A_SCAN, 7, "A-SCAN", "one station asks for many addresses")                                  \
    X(A_OUT, 8, "A-OUT", "ARP for addresses that do not belong to this network")                   \
    X(M_FLOOD, 9, "M-FLOOD", "many new stations at once")                                          \
    X(M_NEW, 10, "M-NEW", "a station that was never seen before")                                  \
    X(N_RA, 11, "N-RA", "a router advertisement from a station that is no known router")           \
    X(N_NA, 12, "N-NA", "two stations advertise one IPv6 address")                                 \
    X(D_DHCP, 13, "D-DHCP", "a DHCP server that is not known")                                     \
    X(A_GARP_VLAN, 14, "A-GARP", "gratuitous ARP from many stations of a network")

enum weir_l2_rule {
#define X(name, value, id, text) WEIR_L2_##name = (value),
    WEIR_L2_RULE_TABLE(X)
#undef X
};

enum weir_severity { /* 5.2 */
    WEIR_SEVERITY_INFO = 1,
    WEIR_SEVERITY_LOW = 2,
    WEIR_SEVERITY_MEDIUM = 3,
    WEIR_SEVERITY_HIGH = 4,
    WEIR_SEVERITY_CRITICAL = 5,
};

struct weir_l2_event {
    int64_t first_us, last_us;   /* of what was counted */
    uint64_t count;              /* packets, or addresses or stations where the rule counts those */
    struct weir_address address; /* that it is about: claimed, asked for, offered; size 0 = none */
    struct weir_address asker;   /* the other address of the packet; size 0 = none */
    uint32_t revision;           /* 0 the first time it is told */
    uint16_t vlan;               /* outermost tag; 0 = untagged */
    uint8_t rule;                /* enum weir_l2_rule */
    uint8_t severity;            /* enum weir_severity */
    uint8_t mac[6];              /* that it is about */
    uint8_t other_mac[6];        /* the rival, or the sender the ARP packet names; zero = none */
};

/* "A-GARP" and the sentence; NULL for a value out of range. Two rules share the id A-GARP. */
const char *weir_l2_rule_id(enum weir_l2_rule rule);
const char *weir_l2_rule_text(enum weir_l2_rule rule);

/* "info", "low", ..., "critical"; NULL for a value out of range. */
const char *weir_severity_text(enum weir_severity severity);

/* True when every field is in its range; *why (may be NULL) names the first that is not. */
bool weir_l2_event_valid(const struct weir_l2_event *event, const char **why);

#endif
