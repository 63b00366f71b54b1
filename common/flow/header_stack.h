/* SPDX-License-Identifier: Apache-2.0
 *
 * header_stack: which headers a packet had, from the outermost in, as one number.
 *
 * Shape:   5 bits a header, the innermost lowest; 0 = no header. Twelve headers fit; of a deeper
 *          packet the last place says MORE. Equal stacks are equal numbers.
 *          The codes are stored and sent: append, never renumber.
 * Source:  specification 3.1 (hdr_stack), in the notation "eth:vlan:ipv4:tcp".
 */
#ifndef WEIR_COMMON_FLOW_HEADER_STACK_H
#define WEIR_COMMON_FLOW_HEADER_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_HEADER_STACK_TEXT 128 /* holds the text of any stack */

/* Name in capitals, code, text. */
#define WEIR_HEADER_TABLE(X)                                                                       \
    X(ETHERNET, 1, "eth")                                                                          \
    X(VLAN, 2, "vlan")                                                                             \
    X(MPLS, 3, "mpls")                                                                             \
    X(PPPOE, 4, "pppoe")                                                                           \
    X(PPP, 5, "ppp")                                                                               \
    X(LLC, 6, "llc")                                                                               \
    X(SNAP, 7, "snap")                                                                             \
    X(COOKED, 8, "sll")                                                                            \
    X(LOOPBACK, 9, "null")                                                                         \
    X(RADIOTAP, 10, "radiotap")                                                                    \
    X(WLAN, 11, "wlan")                                                                            \
    X(NFLOG, 12, "nflog")                                                                          \
    X(HDLC, 13, "hdlc")                                                                            \
    X(IPV4, 14, "ipv4")                                                                            \
    X(IPV6, 15, "ipv6")                                                                            \
    X(EXTENSION, 16, "ext6") /* an IPv6 extension header */                                        \
    X(GRE, 17, "gre")                                                                              \
    X(ERSPAN, 18, "erspan")                                                                        \
    X(VXLAN, 19, "vxlan")                                                                          \
    X(GENEVE, 20, "geneve")                                                                        \
    X(TEREDO, 21, "teredo")                                                                        \
    X(GTPU, 22, "gtpu")                                                                            \
    X(TCP, 23, "tcp")                                                                              \
    X(UDP, 24, "udp")                                                                              \
    X(ICMP, 25, "icmp")                                                                            \
    X(ICMPV6, 26, "icmpv6")                                                                        \
    X(SCTP, 27, "sctp")                                                                            \
    X(ESP, 28, "esp")                                                                              \
    X(MPLS_MULTICAST, 29, "mplsm")                                                                 \
    X(OTHER, 30, "other") /* another transport protocol */                                         \
    X(MORE, 31, "more")

enum weir_header {
    WEIR_HEADER_NONE = 0,
#define X(name, code, text) WEIR_HEADER_##name = (code),
    WEIR_HEADER_TABLE(X)
#undef X
};

/* The stack with one header more, further in. */
static inline uint64_t weir_header_stack_push(uint64_t stack, enum weir_header header)
{
    if (__builtin_expect(stack >> 55 != 0, 0)) {
        return stack | WEIR_HEADER_MORE;
    }
    return (stack << 5) | (uint64_t)header;
}

/* Whether the header is anywhere in the stack. */
bool weir_header_stack_has(uint64_t stack, enum weir_header header);

/* Whether the number can be a stack: no bits above the twelfth, no gap. 0 is one of no headers. */
bool weir_header_stack_valid(uint64_t stack);

/* Writes "eth:ipv4:tcp" and a NUL; cut where room ends. Gives the length written. */
size_t weir_header_stack_text(uint64_t stack, char *out, size_t room);

#endif
