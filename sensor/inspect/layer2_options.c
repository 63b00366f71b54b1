/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/layer2_options.h"

#include <string.h>

#include "common/base/clock.h"

const struct layer2_options layer2_options_defaults = {
    .learn_us = 86400 * WEIR_US_PER_S,
    .flood_grace_us = 60 * WEIR_US_PER_S,
    .merge_us = 3600 * WEIR_US_PER_S,
    .stations_max = 16384,
    .bindings_max = 8192,
    .requests_max = 4096,
    .senders_max = 1024,
    .vlans_max = 256,
    .events_max = 1024,
};

static bool has_mac(const struct layer2_mac *macs, size_t count, const uint8_t mac[6])
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(macs[i].bytes, mac, 6) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_address(const struct weir_address *addresses, size_t count,
                        const struct weir_address *address)
{
    for (size_t i = 0; i < count; i++) {
        if (weir_address_equal(&addresses[i], address)) {
            return true;
        }
    }
    return false;
}

bool layer2_options_is_shared(const struct layer2_options *options, const uint8_t mac[6])
{
    static const uint8_t vrrp4[] = {0x00, 0x00, 0x5e, 0x00, 0x01};
    static const uint8_t vrrp6[] = {0x00, 0x00, 0x5e, 0x00, 0x02};
    static const uint8_t hsrp[] = {0x00, 0x00, 0x0c, 0x07, 0xac};
    static const uint8_t glbp[] = {0x00, 0x07, 0xb4};
    return memcmp(mac, vrrp4, sizeof(vrrp4)) == 0 || memcmp(mac, vrrp6, sizeof(vrrp6)) == 0 ||
           memcmp(mac, hsrp, sizeof(hsrp)) == 0 || memcmp(mac, glbp, sizeof(glbp)) == 0 ||
           has_mac(options->cluster_macs, options->cluster_count, mac);
}

bool layer2_options_is_router(const struct layer2_options *options, const uint8_t mac[6])
{
    return has_mac(options->routers, options->router_count, mac);
}

bool layer2_options_is_proxy(const struct layer2_options *options, const uint8_t mac[6])
{
    return has_mac(options->proxies, options->proxy_count, mac);
}

bool layer2_options_is_critical(const struct layer2_options *options,
                                const struct weir_address *address)
{
    return has_address(options->critical, options->critical_count, address);
}

bool layer2_options_is_dhcp_server(const struct layer2_options *options,
                                   const struct weir_address *address)
{
    return has_address(options->dhcp_servers, options->dhcp_server_count, address);
}

static bool is_within(const struct layer2_prefix *prefix, const struct weir_address *address)
{
    const unsigned whole = prefix->bits / 8U;
    const unsigned rest = prefix->bits % 8U;
    if (address->size != prefix->address.size || prefix->bits > address->size * 8U ||
        memcmp(address->bytes, prefix->address.bytes, whole) != 0) {
        return false;
    }
    const unsigned differs =
        rest == 0 ? 0U : (unsigned)(address->bytes[whole] ^ prefix->address.bytes[whole]);
    return differs >> (8U - rest) == 0;
}

bool layer2_options_is_outside(const struct layer2_options *options, uint16_t vlan,
                               const struct weir_address *address)
{
    bool has_prefix = false;
    for (size_t i = 0; i < options->prefix_count; i++) {
        const struct layer2_prefix *prefix = &options->prefixes[i];
        if ((prefix->vlan != vlan && prefix->vlan != LAYER2_ANY_VLAN) ||
            prefix->address.size != address->size) {
            continue;
        }
        if (is_within(prefix, address)) {
            return false;
        }
        has_prefix = true;
    }
    return has_prefix;
}
