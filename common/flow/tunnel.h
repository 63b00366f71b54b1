/* SPDX-License-Identifier: Apache-2.0
 *
 * tunnel: what carried a connection's packets, when its innermost headers are metered.
 *
 * Shape:   the outermost tunnel is named. The numbers are stored and sent: append, never renumber.
 * Source:  specification 6.4; RFC 2784, 2637, 7348, 8926, 4380, 4448; 3GPP TS 29.281.
 */
#ifndef WEIR_COMMON_FLOW_TUNNEL_H
#define WEIR_COMMON_FLOW_TUNNEL_H

#include <stdbool.h>

#define WEIR_TUNNEL_COUNT 10

/* Name in capitals, value, text. What tunnel_id is stands behind; elsewhere it is 0. */
#define WEIR_TUNNEL_TABLE(X)                                                                       \
    X(NONE, 0, "none")                                                                             \
    X(GRE, 1, "gre")       /* key; PPTP: call id */                                                \
    X(ERSPAN, 2, "erspan") /* session */                                                           \
    X(IPIP, 3, "ipip")     /* IPv4 in IPv4, any IP in IPv6 */                                      \
    X(SIXIN4, 4, "6in4")                                                                           \
    X(VXLAN, 5, "vxlan")   /* network identifier */                                                \
    X(GENEVE, 6, "geneve") /* network identifier */                                                \
    X(TEREDO, 7, "teredo")                                                                         \
    X(GTPU, 8, "gtpu")             /* tunnel endpoint identifier */                                \
    X(PSEUDOWIRE, 9, "pseudowire") /* Ethernet over MPLS: the last label */

enum weir_tunnel {
#define X(name, value, text) WEIR_TUNNEL_##name = (value),
    WEIR_TUNNEL_TABLE(X)
#undef X
};

/* "none", "gre", ...; NULL for a value out of range. */
const char *weir_tunnel_text(enum weir_tunnel tunnel);

/* The value of a text; false when it is none of them. */
bool weir_tunnel_parse(const char *text, enum weir_tunnel *out);

#endif
