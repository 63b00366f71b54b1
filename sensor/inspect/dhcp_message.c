/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dhcp_message.h"

#include <stdio.h>
#include <string.h>

#include "common/base/cursor.h"

#define OP_REQUEST    1
#define OP_REPLY      2
#define HARDWARE_MAC  1
#define MAC_SIZE      6
#define COOKIE        0x63825363U
#define OWN_ADDRESSES 4 /* ciaddr, yiaddr, siaddr, giaddr */
#define YOURS         1
#define CHADDR_SIZE   16
#define NAMES_SIZE    192 /* server name and boot file */

#define OPTION_PAD       0
#define OPTION_HOST_NAME 12
#define OPTION_REQUESTED 50
#define OPTION_LEASE     51
#define OPTION_TYPE      53
#define OPTION_SERVER    54
#define OPTION_VENDOR    60
#define OPTION_FQDN      81
#define OPTION_END       255
#define FQDN_HEAD        3 /* flags and two bytes of no use */
#define FQDN_WIRE        4 /* flag: the name is in labels */

static void put_address(struct weir_address *address, const uint8_t bytes[4])
{
    memset(address, 0, sizeof(*address));
    memcpy(address->bytes, bytes, 4);
    address->size = 4;
}

static bool is_zero(const uint8_t bytes[4])
{
    return (bytes[0] | bytes[1] | bytes[2] | bytes[3]) == 0;
}

static void add_option(struct weir_dhcp_details *details, uint8_t option, struct weir_cursor value)
{
    uint8_t byte = 0;
    switch (option) {
    case OPTION_TYPE:
        if (weir_cursor_u8(&value, &byte)) {
            details->message_type = byte;
        }
        break;
    case OPTION_HOST_NAME:
        weir_detail_text_put(details->host_name, sizeof(details->host_name), value.next,
                             value.left);
        break;
    case OPTION_FQDN: /* second choice: the host name is what others show */
        if (details->host_name[0] == '\0' && value.left > FQDN_HEAD &&
            (value.next[0] & FQDN_WIRE) == 0) {
            weir_detail_text_put(details->host_name, sizeof(details->host_name),
                                 value.next + FQDN_HEAD, value.left - FQDN_HEAD);
        }
        break;
    case OPTION_VENDOR:
        weir_detail_text_put(details->vendor_class, sizeof(details->vendor_class), value.next,
                             value.left);
        break;
    case OPTION_REQUESTED:
        if (value.left == 4) {
            put_address(&details->requested, value.next);
        }
        break;
    case OPTION_SERVER:
        if (value.left == 4) {
            put_address(&details->server, value.next);
        }
        break;
    case OPTION_LEASE:
        (void)weir_cursor_u32(&value, &details->lease_s);
        break;
    default:
        break;
    }
}

static void read_options(struct weir_cursor options, struct weir_dhcp_details *details)
{
    uint8_t option = 0;
    while (weir_cursor_u8(&options, &option) && option != OPTION_END) {
        uint8_t size = 0;
        const uint8_t *bytes = NULL;
        if (option == OPTION_PAD) {
            continue;
        }
        if (!weir_cursor_u8(&options, &size) || !weir_cursor_bytes(&options, size, &bytes)) {
            return;
        }
        add_option(details, option, weir_cursor_over(bytes, size));
    }
}

bool dhcp_message_read(const uint8_t *message, size_t size, struct weir_dhcp_details *details)
{
    struct weir_cursor at = weir_cursor_over(message, size);
    const uint8_t *own = NULL;
    const uint8_t *hardware = NULL;
    uint8_t op = 0;
    uint8_t hardware_type = 0;
    uint8_t hardware_size = 0;
    uint32_t cookie = 0;
    /* hops, transaction, seconds and flags lie between the hardware's size and the addresses */
    if (!weir_cursor_u8(&at, &op) || !weir_cursor_u8(&at, &hardware_type) ||
        !weir_cursor_u8(&at, &hardware_size) || !weir_cursor_skip(&at, 1 + 4 + 2 + 2) ||
        !weir_cursor_bytes(&at, (size_t)4 * OWN_ADDRESSES, &own) ||
        !weir_cursor_bytes(&at, CHADDR_SIZE, &hardware) || !weir_cursor_skip(&at, NAMES_SIZE) ||
        !weir_cursor_u32(&at, &cookie) || cookie != COOKIE ||
        (op != OP_REQUEST && op != OP_REPLY)) {
        return false;
    }
    char mac[sizeof(details->client_mac)] = "";
    if (hardware_type == HARDWARE_MAC && hardware_size == MAC_SIZE) {
        (void)snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", hardware[0], hardware[1],
                       hardware[2], hardware[3], hardware[4], hardware[5]);
    }
    if (strcmp(mac, details->client_mac) != 0) { /* all who broadcast share one flow */
        *details = (struct weir_dhcp_details){.messages = details->messages};
        memcpy(details->client_mac, mac, sizeof(mac));
    }
    weir_detail_count(&details->messages);
    const uint8_t *yours = own + (size_t)4 * YOURS;
    if (op == OP_REPLY && !is_zero(yours)) {
        put_address(&details->assigned, yours);
    }
    read_options(at, details);
    return true;
}
