/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/interface_list.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <string.h>

#define ADDRESSES_SIZE 512
#define SHORT_SNAPLEN  64
#define FAR            3U /* letters: another name than that is not meant */

static const struct weir_column columns[] = {
    {.name = "name", .type = WEIR_COLUMN_TEXT},
    {.name = "description", .type = WEIR_COLUMN_TEXT},
    {.name = "addresses", .type = WEIR_COLUMN_TEXT},
    {.name = "link", .type = WEIR_COLUMN_TEXT},
    {.name = "up", .type = WEIR_COLUMN_FLAG},
    {.name = "captures", .type = WEIR_COLUMN_TEXT},
};

/* Address by address, as many as find room. */
static void write_addresses(const pcap_if_t *interface, char out[ADDRESSES_SIZE])
{
    size_t used = 0;
    out[0] = '\0';
    for (const pcap_addr_t *at = interface->addresses; at != NULL; at = at->next) {
        char text[INET6_ADDRSTRLEN] = "";
        if (at->addr == NULL) {
            continue;
        }
        if (at->addr->sa_family == AF_INET) {
            struct sockaddr_in in;
            memcpy(&in, at->addr, sizeof(in));
            (void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
        } else if (at->addr->sa_family == AF_INET6) {
            struct sockaddr_in6 in6;
            memcpy(&in6, at->addr, sizeof(in6));
            (void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
        }
        if (text[0] != '\0' && used + strlen(text) + 2 < ADDRESSES_SIZE) {
            used += (size_t)snprintf(out + used, ADDRESSES_SIZE - used, "%s%s", used > 0 ? " " : "",
                                     text);
        }
    }
}

/* Opens it for a moment: *link_type is known only when that works. Gives why not, or "yes". */
static const char *try_capture(const char *name, int *link_type)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_create(name, text);
    if (pcap == NULL) {
        return "no";
    }
    (void)pcap_set_snaplen(pcap, SHORT_SNAPLEN);
    (void)pcap_set_promisc(pcap, 0);
    const int status = pcap_activate(pcap);
    const char *captures = "yes";
    if (status == PCAP_ERROR_PERM_DENIED) {
        captures = "no: needs CAP_NET_RAW";
    } else if (status == PCAP_ERROR_IFACE_NOT_UP) {
        captures = "no: it is down";
    } else if (status < 0) {
        captures = "no";
    } else {
        *link_type = pcap_datalink(pcap);
    }
    pcap_close(pcap);
    return captures;
}

/* libpcap lists buses and captures' pseudo devices too; no flow comes from them. */
static bool has_packets(const char *name)
{
    static const char *const others[] = {"usbmon", "bluetooth", "dbus", "nfqueue"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strncmp(name, others[i], strlen(others[i])) == 0) {
            return false;
        }
    }
    return true;
}

static void add_text(struct weir_table_writer *writer, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        weir_table_writer_add_text(writer, text);
    } else {
        weir_table_writer_add_null(writer);
    }
}

static void add_row(struct weir_table_writer *writer, const pcap_if_t *interface)
{
    char addresses[ADDRESSES_SIZE];
    int link_type = -1;
    write_addresses(interface, addresses);
    const char *captures = try_capture(interface->name, &link_type);
    const char *link = link_type >= 0 ? pcap_datalink_val_to_name(link_type) : NULL;
    weir_table_writer_add_text(writer, interface->name);
    add_text(writer, interface->description);
    add_text(writer, addresses);
    add_text(writer, link);
    weir_table_writer_add_flag(writer, (interface->flags & PCAP_IF_UP) != 0);
    weir_table_writer_add_text(writer, captures);
    weir_table_writer_end_row(writer);
}

int interface_list_print(enum weir_table_format format, FILE *out, struct weir_error *error)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all = NULL;
    struct weir_table_writer *writer = NULL;
    if (pcap_findalldevs(&all, text) != 0) {
        return weir_fail(error, WEIR_EIO, "the interfaces cannot be listed: %s", text);
    }
    int code =
        weir_table_writer_new(format, columns, sizeof(columns) / sizeof(columns[0]), out, &writer);
    if (code == WEIR_OK) {
        for (const pcap_if_t *at = all; at != NULL; at = at->next) {
            if (has_packets(at->name)) {
                add_row(writer, at);
            }
        }
        code = weir_table_writer_finish(writer);
    }
    pcap_freealldevs(all);
    return code == WEIR_OK
               ? WEIR_OK
               : weir_fail(error, code, "the list cannot be written: %s", weir_err_text(code));
}

/* Levenshtein's distance of two short names. */
static size_t distance(const char *a, const char *b)
{
    size_t row[INTERFACE_LIST_NAME_SIZE];
    const size_t wide = strlen(b);
    for (size_t j = 0; j <= wide; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= wide; j++) {
            const size_t change = corner + (a[i - 1] == b[j - 1] ? 0U : 1U);
            const size_t less = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            corner = row[j];
            row[j] = change < less ? change : less;
        }
    }
    return row[wide];
}

bool interface_list_nearest(const char *name, char nearest[INTERFACE_LIST_NAME_SIZE])
{
    struct if_nameindex *all = if_nameindex();
    size_t least = FAR;
    if (all == NULL) {
        return false;
    }
    for (const struct if_nameindex *at = all; at->if_index != 0; at++) {
        if (strlen(at->if_name) < INTERFACE_LIST_NAME_SIZE && distance(name, at->if_name) < least) {
            least = distance(name, at->if_name);
            (void)snprintf(nearest, INTERFACE_LIST_NAME_SIZE, "%s", at->if_name);
        }
    }
    if_freenameindex(all);
    return least < FAR;
}
