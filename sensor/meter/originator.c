/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/originator.h"

#include <stddef.h>

#include "common/flow/flow_record.h"

/* Ascending. */
static const uint16_t server_ports[] = {
    7,    9,    13,   21,   22,   23,   25,   37,   43,   53,   67,    69,    79,
    80,   88,   110,  111,  113,  119,  123,  135,  137,  138,  139,   143,   161,
    179,  389,  443,  445,  465,  500,  512,  513,  514,  515,  543,   544,   587,
    636,  853,  873,  993,  995,  1433, 1521, 1723, 1883, 1900, 3128,  3306,  3389,
    5060, 5061, 5190, 5353, 5432, 5900, 6379, 6667, 8080, 8443, 11211, 27017,
};

bool originator_server_port(uint16_t port)
{
    size_t low = 0;
    size_t high = sizeof(server_ports) / sizeof(server_ports[0]);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (server_ports[middle] < port) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sizeof(server_ports) / sizeof(server_ports[0]) && server_ports[low] == port;
}

bool originator_is_receiver(const struct packet *first, bool flip)
{
    if ((first->flags & PACKET_HAS_PORTS) == 0) {
        return false;
    }
    if (first->protocol == WEIR_PROTO_TCP && (first->tcp_flags & PACKET_TCP_SYN) != 0) {
        return (first->tcp_flags & PACKET_TCP_ACK) != 0;
    }
    const bool by_ports = first->protocol == WEIR_PROTO_TCP || first->protocol == WEIR_PROTO_UDP;
    return flip && by_ports && originator_server_port(first->source_port) &&
           !originator_server_port(first->destination_port);
}
