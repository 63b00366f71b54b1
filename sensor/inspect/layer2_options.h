/* SPDX-License-Identifier: Apache-2.0
 *
 * layer2_options: what a site tells the layer-2 rules of itself, and their limits.
 *
 * Owns:    nothing: the lists are the caller's and live as long as what was made with the options.
 * Source:  specification 5.3.
 */
#ifndef WEIR_SENSOR_INSPECT_LAYER2_OPTIONS_H
#define WEIR_SENSOR_INSPECT_LAYER2_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/address.h"

#define LAYER2_ANY_VLAN 0xffffU

struct layer2_mac {
    uint8_t bytes[6];
};

struct layer2_prefix { /* addresses of a network */
    struct weir_address address;
    uint8_t bits;
    uint16_t vlan; /* LAYER2_ANY_VLAN: of every one */
};

struct layer2_options {
    const struct layer2_prefix *prefixes; /* A-OUT; of a VLAN without one, nothing is outside */
    size_t prefix_count;
    const struct weir_address *critical; /* gateways and DNS servers: A-DUP, N-NA are critical */
    size_t critical_count;
    const struct layer2_mac *routers; /* A-MULTI, N-RA */
    size_t router_count;
    const struct layer2_mac *proxies; /* ARP proxies, hosts of virtual machines: A-MULTI */
    size_t proxy_count;
    const struct layer2_mac *cluster_macs; /* share their addresses, as virtual routers do */
    size_t cluster_count;
    const struct weir_address *dhcp_servers; /* D-DHCP */
    size_t dhcp_server_count;

    int64_t learn_us;       /* 24 h from a VLAN's first packet: its stations are no news, and, where
                               no list is given, its routers and DHCP servers are right */
    int64_t flood_grace_us; /* 60 s from a VLAN's first packet: all of its stations are new then */
    int64_t merge_us;       /* 1 h: see layer2_events */
    size_t stations_max;    /* 16,384 */
    size_t bindings_max;    /* 8,192 addresses */
    size_t requests_max;    /* 4,096 within 5 s */
    size_t senders_max;     /* 1,024 stations that send ARP */
    size_t vlans_max;       /* 256 */
    size_t events_max;      /* 1,024 open ones */
    uint64_t hash_key;
};

/* No lists; the limits above. About 4 MB. */
extern const struct layer2_options layer2_options_defaults;

/* Virtual routers' addresses (VRRP, HSRP, GLBP) and cluster_macs, which many stations may use. */
bool layer2_options_is_shared(const struct layer2_options *options, const uint8_t mac[6]);

bool layer2_options_is_router(const struct layer2_options *options, const uint8_t mac[6]);
bool layer2_options_is_proxy(const struct layer2_options *options, const uint8_t mac[6]);
bool layer2_options_is_critical(const struct layer2_options *options,
                                const struct weir_address *address);
bool layer2_options_is_dhcp_server(const struct layer2_options *options,
                                   const struct weir_address *address);

/* True when the VLAN has prefixes and the address is in none of them. */
bool layer2_options_is_outside(const struct layer2_options *options, uint16_t vlan,
                               const struct weir_address *address);

#endif
