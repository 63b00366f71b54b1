/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_bytes.h"

#include <string.h>

#include "common/base/check.h"

/* Subject C=DE, O=Example, CN=www.example.org; issuer C=US, CN=Test CA; made with Python's
 * cryptography 48. */
static const uint8_t certificate[] = {
    0x30, 0x82, 0x01, 0x44, 0x30, 0x81, 0xeb, 0xa0, 0x03, 0x02, 0x01, 0x02, 0x02, 0x01, 0x4d, 0x30,
    0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x30, 0x1f, 0x31, 0x0b, 0x30,
    0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, 0x55, 0x53, 0x31, 0x10, 0x30, 0x0e, 0x06, 0x03,
    0x55, 0x04, 0x03, 0x0c, 0x07, 0x54, 0x65, 0x73, 0x74, 0x20, 0x43, 0x41, 0x30, 0x1e, 0x17, 0x0d,
    0x32, 0x36, 0x30, 0x31, 0x30, 0x31, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x5a, 0x17, 0x0d, 0x32,
    0x37, 0x30, 0x31, 0x30, 0x31, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x5a, 0x30, 0x39, 0x31, 0x0b,
    0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, 0x44, 0x45, 0x31, 0x10, 0x30, 0x0e, 0x06,
    0x03, 0x55, 0x04, 0x0a, 0x0c, 0x07, 0x45, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x31, 0x18, 0x30,
    0x16, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x0f, 0x77, 0x77, 0x77, 0x2e, 0x65, 0x78, 0x61, 0x6d,
    0x70, 0x6c, 0x65, 0x2e, 0x6f, 0x72, 0x67, 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42,
    0x00, 0x04, 0x26, 0xef, 0xce, 0xbd, 0x0e, 0xe9, 0xe3, 0x4a, 0x66, 0x91, 0x87, 0xe1, 0x8b, 0x3a,
    0x91, 0x22, 0xb2, 0xf7, 0x33, 0x94, 0x5b, 0x64, 0x9c, 0xc9, 0xf9, 0xf9, 0x21, 0xe9, 0xf9, 0xda,
    0xd8, 0x12, 0x90, 0x23, 0x8b, 0xde, 0x9c, 0xc7, 0xbb, 0x33, 0x0d, 0x15, 0x0c, 0x67, 0x70, 0x4d,
    0xd2, 0x5a, 0xe7, 0x05, 0x52, 0x05, 0x74, 0x4b, 0x6f, 0x31, 0xbf, 0x40, 0x70, 0x74, 0x58, 0x72,
    0xd0, 0xe6, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x03, 0x48,
    0x00, 0x30, 0x45, 0x02, 0x21, 0x00, 0xf4, 0xe6, 0xa9, 0xcd, 0x7d, 0xe3, 0x33, 0xc2, 0x91, 0x79,
    0x93, 0x70, 0x26, 0x8e, 0x55, 0x72, 0xa5, 0x71, 0xa8, 0x7d, 0x0d, 0x44, 0x63, 0xb4, 0x19, 0x54,
    0x72, 0x1a, 0x0b, 0xab, 0xa5, 0x56, 0x02, 0x20, 0x45, 0x4b, 0x3d, 0xf8, 0xd6, 0xf1, 0x59, 0x0d,
    0x17, 0xd7, 0x65, 0xe7, 0x9f, 0x5c, 0x82, 0x29, 0xfc, 0x36, 0xd6, 0x64, 0x98, 0xe2, 0x17, 0xc9,
    0x8c, 0x4b, 0xed, 0x13, 0xaf, 0x48, 0xf9, 0xd8};

static const uint16_t browser_ciphers[] = {0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                           0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                                           0x009c, 0x009d, 0x002f, 0x0035};

static void put(struct tls_bytes *to, const void *bytes, size_t size)
{
    weir_check(to->size + size <= sizeof(to->bytes));
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void put_u8(struct tls_bytes *to, unsigned value)
{
    const uint8_t byte = (uint8_t)value;
    put(to, &byte, 1);
}

static void put_u16(struct tls_bytes *to, unsigned value)
{
    put_u8(to, value >> 8);
    put_u8(to, value & 0xff);
}

/* Writes the bytes behind `at` into the `width` bytes before it. */
static void close_length(struct tls_bytes *to, size_t at, size_t width)
{
    const size_t size = to->size - at;
    for (size_t i = 0; i < width; i++) {
        to->bytes[at - 1 - i] = (uint8_t)(size >> (8 * i));
    }
}

static size_t open_length(struct tls_bytes *to, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        put_u8(to, 0);
    }
    return to->size;
}

static size_t open_message(struct tls_bytes *to, unsigned type, unsigned version)
{
    put_u8(to, type);
    const size_t at = open_length(to, 3);
    put_u16(to, version);
    for (unsigned i = 0; i < 32; i++) {
        put_u8(to, i);
    }
    return at;
}

static void put_extension(struct tls_bytes *to, unsigned type, const void *bytes, size_t size)
{
    put_u16(to, type);
    put_u16(to, (unsigned)size);
    put(to, bytes, size);
}

static void put_server_name(struct tls_bytes *to, const char *name)
{
    const size_t size = strlen(name);
    put_u16(to, 0);
    put_u16(to, (unsigned)size + 5);
    put_u16(to, (unsigned)size + 3);
    put_u8(to, 0);
    put_u16(to, (unsigned)size);
    put(to, name, size);
}

void tls_bytes_browser(struct tls_bytes *to, const char *server_name, size_t padding)
{
    static const uint8_t zeros[4096];
    to->size = 0;
    const size_t message = open_message(to, 1, 0x0303);
    put_u8(to, 32);
    put(to, zeros, 32);
    const size_t ciphers = open_length(to, 2);
    for (size_t i = 0; i < sizeof(browser_ciphers) / sizeof(browser_ciphers[0]); i++) {
        put_u16(to, browser_ciphers[i]);
    }
    close_length(to, ciphers, 2);
    put(to, "\x01\x00", 2);
    const size_t extensions = open_length(to, 2);
    put_extension(to, 0x2a2a, "", 0);
    put_server_name(to, server_name);
    put_extension(to, 0x0017, "", 0);
    put_extension(to, 0xff01, "\x00", 1);
    put_extension(to, 0x000a, "\x00\x08\x3a\x3a\x00\x1d\x00\x17\x00\x18", 10);
    put_extension(to, 0x000b, "\x01\x00", 2);
    put_extension(to, 0x0023, "", 0);
    put_extension(to, 0x0010, "\x00\x0c\x02h2\x08http/1.1", 14);
    put_extension(to, 0x0005, "\x01\x00\x00\x00\x00", 5);
    put_extension(to, 0x000d,
                  "\x00\x10\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01", 18);
    put_extension(to, 0x0012, "", 0);
    put_extension(to, 0x0033, "\x00\x03\x3a\x3a\x00", 5);
    put_extension(to, 0x002d, "\x01\x01", 2);
    put_extension(to, 0x002b, "\x06\x4a\x4a\x03\x04\x03\x03", 7);
    put_extension(to, 0x001b, "\x02\x00\x02", 3);
    put_extension(to, 0x4469, "\x00\x03\x02h2", 5);
    put_extension(to, 0x5a5a, "\x00", 1);
    put_extension(to, 0x0015, zeros, padding);
    close_length(to, extensions, 2);
    close_length(to, message, 3);
}

void tls_bytes_old(struct tls_bytes *to, const uint16_t *ciphers, size_t count, bool groups)
{
    to->size = 0;
    const size_t message = open_message(to, 1, 0x0301);
    put_u8(to, 0);
    put_u16(to, (unsigned)(2 * count));
    for (size_t i = 0; i < count; i++) {
        put_u16(to, ciphers[i]);
    }
    put(to, "\x01\x00", 2);
    if (groups) {
        const size_t extensions = open_length(to, 2);
        put_server_name(to, "example.org");
        put_extension(to, 0x000a, "\x00\x06\x00\x17\x00\x18\x00\x19", 8);
        put_extension(to, 0x000b, "\x01\x00", 2);
        close_length(to, extensions, 2);
    }
    close_length(to, message, 3);
}

void tls_bytes_server(struct tls_bytes *to, bool tls13)
{
    to->size = 0;
    const size_t message = open_message(to, 2, 0x0303);
    put_u8(to, 0);
    put_u16(to, tls13 ? 0x1301 : 0xc02f);
    put_u8(to, 0);
    const size_t extensions = open_length(to, 2);
    if (tls13) {
        put_extension(to, 0x002b, "\x03\x04", 2);
        put_extension(to, 0x0033, "\x00\x1d\x00\x00", 4);
    } else {
        put_extension(to, 0xff01, "\x00", 1);
        put_extension(to, 0x0010, "\x00\x03\x02h2", 5);
    }
    close_length(to, extensions, 2);
    close_length(to, message, 3);
}

void tls_bytes_certificate(struct tls_bytes *to)
{
    to->size = 0;
    put_u8(to, 11);
    const size_t message = open_length(to, 3);
    const size_t list = open_length(to, 3);
    const size_t first = open_length(to, 3);
    put(to, certificate, sizeof(certificate));
    close_length(to, first, 3);
    close_length(to, list, 3);
    close_length(to, message, 3);
}

void tls_bytes_record(struct tls_bytes *to, const struct tls_bytes *messages, size_t record_max)
{
    for (size_t at = 0; at < messages->size; at += record_max) {
        const size_t left = messages->size - at;
        put(to, "\x16\x03\x01", 3);
        put_u16(to, (unsigned)(left < record_max ? left : record_max));
        put(to, messages->bytes + at, left < record_max ? left : record_max);
    }
}
