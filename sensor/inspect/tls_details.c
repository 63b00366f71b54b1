/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_details.h"

#include "sensor/inspect/ja3.h"
#include "sensor/inspect/ja4.h"

static void put_version(struct weir_tls_details *details, uint16_t version)
{
    static const char *const names[] = {"SSLv3", "TLSv10", "TLSv11", "TLSv12", "TLSv13"};
    details->version[0] = '\0';
    if (version >= TLS_VERSION_SSL3 && version <= TLS_VERSION_1_3) {
        const char *name = names[version - TLS_VERSION_SSL3];
        weir_detail_text_put(details->version, sizeof(details->version), name,
                             name[0] == 'S' ? 5 : 6);
    }
}

/* Host names are compared and grouped, so they are kept in lower case. */
static void put_server_name(struct weir_tls_details *details, struct weir_cursor name)
{
    uint8_t lower[sizeof(details->server_name)];
    const size_t size = name.left < sizeof(lower) ? name.left : sizeof(lower);
    for (size_t i = 0; i < size; i++) {
        const bool upper = name.next[i] >= 'A' && name.next[i] <= 'Z';
        lower[i] = (uint8_t)(upper ? name.next[i] | 0x20 : name.next[i]);
    }
    weir_detail_text_put(details->server_name, sizeof(details->server_name), lower, size);
}

bool tls_details_add_client(struct weir_tls_details *details, struct weir_cursor body,
                            char transport)
{
    struct tls_client_hello hello;
    if (!tls_hello_read_client(body, &hello)) {
        return false;
    }
    details->client_hello = true;
    details->client_version = hello.version;
    details->supported_version = hello.supported;
    if (!details->server_hello) {
        put_version(details, hello.supported != 0 ? hello.supported : hello.version);
    }
    put_server_name(details, hello.server_name);
    weir_detail_text_put(details->alpn, sizeof(details->alpn), hello.alpn.next, hello.alpn.left);
    if (hello.whole) {
        ja3_client(&hello, details->ja3);
        (void)ja4_client(&hello, transport, details->ja4);
    }
    return true;
}

bool tls_details_add_server(struct weir_tls_details *details, struct weir_cursor body)
{
    struct tls_server_hello hello;
    if (!tls_hello_read_server(body, &hello)) {
        return false;
    }
    details->server_hello = true;
    details->cipher = hello.cipher;
    put_version(details, hello.supported != 0 ? hello.supported : hello.version);
    weir_detail_text_put(details->next_protocol, sizeof(details->next_protocol), hello.alpn.next,
                         hello.alpn.left);
    if (hello.whole) {
        ja3_server(&hello, details->ja3s);
    }
    return true;
}
