/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/sensor_layer2.h"

#include <stdlib.h>
#include <string.h>

#define VLAN_MAX     4094
#define PREFIX_BYTES 64

static bool parse_mac(const char *text, struct layer2_mac *out)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    struct layer2_mac mac;
    for (size_t i = 0; i < sizeof(mac.bytes); i++) {
        const char *byte = text + 3 * i;
        if (strspn(byte, digits) != 2 || byte[2] != (i < sizeof(mac.bytes) - 1 ? ':' : '\0')) {
            return false;
        }
        mac.bytes[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    *out = mac;
    return true;
}

/* The whole text, a number up to most. */
static bool parse_number(const char *text, unsigned long most, unsigned long *out)
{
    const size_t size = strspn(text, "0123456789");
    if (size == 0 || size > 5 || text[size] != '\0') {
        return false;
    }
    const unsigned long number = strtoul(text, NULL, 10);
    if (number > most) {
        return false;
    }
    *out = number;
    return true;
}

/* "[VLAN=]ADDRESS/BITS" */
static bool parse_prefix(const char *text, struct layer2_prefix *out)
{
    char copy[PREFIX_BYTES];
    struct layer2_prefix prefix = {.vlan = LAYER2_ANY_VLAN};
    unsigned long number = 0;
    if (strlen(text) >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, strlen(text) + 1);
    char *network = strchr(copy, '=');
    if (network != NULL) {
        *network++ = '\0';
        if (!parse_number(copy, VLAN_MAX, &number)) {
            return false;
        }
        prefix.vlan = (uint16_t)number;
    } else {
        network = copy;
    }
    char *bits = strchr(network, '/');
    if (bits == NULL) {
        return false;
    }
    *bits++ = '\0';
    if (weir_address_parse(network, &prefix.address) != WEIR_OK ||
        !parse_number(bits, prefix.address.size * 8UL, &number)) {
        return false;
    }
    prefix.bits = (uint8_t)number;
    *out = prefix;
    return true;
}

static int refuse(const char *key, const char *want, const char *got, struct weir_error *error)
{
    return weir_fail(error, WEIR_EINVAL, "layer2.%s: want %s, got %.60s", key, want, got);
}

static int read_macs(const struct weir_text_list *words, const char *key, struct layer2_mac *at,
                     struct weir_error *error)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!parse_mac(words->at[i], &at[i])) {
            return refuse(key, "MAC addresses as 02:00:00:00:00:01", words->at[i], error);
        }
    }
    return WEIR_OK;
}

static int read_addresses(const struct weir_text_list *words, const char *key,
                          struct weir_address *at, struct weir_error *error)
{
    for (size_t i = 0; i < words->count; i++) {
        if (weir_address_parse(words->at[i], &at[i]) != WEIR_OK) {
            return refuse(key, "addresses as 10.0.0.1 or fe80::1", words->at[i], error);
        }
    }
    return WEIR_OK;
}

static int read_prefixes(const struct weir_text_list *words, struct layer2_prefix *at,
                         struct weir_error *error)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!parse_prefix(words->at[i], &at[i])) {
            return refuse("prefixes",
                          "networks as 10.0.0.0/24, or 20=10.0.20.0/24 for those of VLAN 20",
                          words->at[i], error);
        }
    }
    return WEIR_OK;
}

/* Room for every list, one block a kind; an empty list has a place too, so that NULL is failure. */
static bool take_room(const struct sensor_options *options, struct sensor_layer2 *out)
{
    out->macs =
        (struct layer2_mac *)calloc(options->layer2_routers.count + options->layer2_proxies.count +
                                        options->layer2_cluster_macs.count + 1,
                                    sizeof(*out->macs));
    out->addresses = (struct weir_address *)calloc(options->layer2_dhcp_servers.count +
                                                       options->layer2_critical.count + 1,
                                                   sizeof(*out->addresses));
    out->prefixes =
        (struct layer2_prefix *)calloc(options->layer2_prefixes.count + 1, sizeof(*out->prefixes));
    return out->macs != NULL && out->addresses != NULL && out->prefixes != NULL;
}

static int read_lists(const struct sensor_options *options, const struct sensor_layer2 *layer2,
                      struct weir_error *error)
{
    struct layer2_mac *proxies = layer2->macs + options->layer2_routers.count;
    struct layer2_mac *clusters = proxies + options->layer2_proxies.count;
    struct weir_address *critical = layer2->addresses + options->layer2_dhcp_servers.count;
    int code = read_macs(&options->layer2_routers, "routers", layer2->macs, error);
    code = code != WEIR_OK ? code : read_macs(&options->layer2_proxies, "proxies", proxies, error);
    code = code != WEIR_OK
               ? code
               : read_macs(&options->layer2_cluster_macs, "cluster_macs", clusters, error);
    code = code != WEIR_OK ? code
                           : read_addresses(&options->layer2_dhcp_servers, "dhcp_servers",
                                            layer2->addresses, error);
    code = code != WEIR_OK ? code
                           : read_addresses(&options->layer2_critical, "critical", critical, error);
    return code != WEIR_OK ? code
                           : read_prefixes(&options->layer2_prefixes, layer2->prefixes, error);
}

int sensor_layer2_init(const struct sensor_options *options, struct sensor_layer2 *out,
                       struct weir_error *error)
{
    struct sensor_layer2 layer2 = {.options = layer2_options_defaults};
    int code = take_room(options, &layer2) ? read_lists(options, &layer2, error)
                                           : weir_fail(error, WEIR_ENOMEM, "layer2: out of memory");
    if (code != WEIR_OK) {
        sensor_layer2_fini(&layer2);
        return code;
    }
    struct layer2_options *rules = &layer2.options;
    rules->learn_us = options->layer2_learn_us;
    rules->routers = layer2.macs;
    rules->router_count = options->layer2_routers.count;
    rules->proxies = rules->routers + rules->router_count;
    rules->proxy_count = options->layer2_proxies.count;
    rules->cluster_macs = rules->proxies + rules->proxy_count;
    rules->cluster_count = options->layer2_cluster_macs.count;
    rules->dhcp_servers = layer2.addresses;
    rules->dhcp_server_count = options->layer2_dhcp_servers.count;
    rules->critical = rules->dhcp_servers + rules->dhcp_server_count;
    rules->critical_count = options->layer2_critical.count;
    rules->prefixes = layer2.prefixes;
    rules->prefix_count = options->layer2_prefixes.count;
    *out = layer2;
    return WEIR_OK;
}

void sensor_layer2_fini(struct sensor_layer2 *layer2)
{
    free(layer2->macs);
    free(layer2->addresses);
    free(layer2->prefixes);
    *layer2 = (struct sensor_layer2){0};
}

int sensor_layer2_check(const struct sensor_options *options, struct weir_error *error)
{
    struct sensor_layer2 layer2;
    const int code = sensor_layer2_init(options, &layer2, error);
    if (code == WEIR_OK) {
        sensor_layer2_fini(&layer2);
    }
    return code;
}
