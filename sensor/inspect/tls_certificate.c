/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/tls_certificate.h"

#include <string.h>

#define DER_INTEGER  0x02U
#define DER_OID      0x06U
#define DER_SEQUENCE 0x30U
#define DER_SET      0x31U
#define DER_VERSION  0xa0U
#define PARTS_MAX    16 /* of a name */
#define LENGTHS_SIZE 6  /* of the list and of its first certificate */

struct attribute { /* an object identifier and what it is written as */
    uint8_t size;
    uint8_t oid[10];
    const char *name;
};

static const struct attribute attributes[] = {
    {3, {0x55, 4, 3}, "CN"},
    {3, {0x55, 4, 5}, "serialNumber"},
    {3, {0x55, 4, 6}, "C"},
    {3, {0x55, 4, 7}, "L"},
    {3, {0x55, 4, 8}, "ST"},
    {3, {0x55, 4, 9}, "street"},
    {3, {0x55, 4, 10}, "O"},
    {3, {0x55, 4, 11}, "OU"},
    {9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}, "emailAddress"},
    {10, {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25}, "DC"},
};

/* Opens the next value: its tag, and a cursor over its content, which may lack its end. */
static bool der_open_cut(struct weir_cursor *from, uint8_t *tag, struct weir_cursor *content,
                         size_t *out_size)
{
    struct weir_cursor probe = *from;
    uint8_t read = 0;
    uint8_t first = 0;
    if (!weir_cursor_u8(&probe, &read) || !weir_cursor_u8(&probe, &first)) {
        return false;
    }
    size_t size = first;
    if ((first & 0x80U) != 0) {
        size = 0;
        if (first == 0x80U || first > 0x83U) { /* no length of its own, or beyond 16 MiB */
            return false;
        }
        for (unsigned i = 0; i < (first & 0x7fU); i++) {
            uint8_t next = 0;
            if (!weir_cursor_u8(&probe, &next)) {
                return false;
            }
            size = size << 8 | next;
        }
    }
    *content = weir_cursor_over(probe.next, size < probe.left ? size : probe.left);
    (void)weir_cursor_skip(&probe, content->left);
    *tag = read;
    *out_size = size;
    *from = probe;
    return true;
}

/* The same for a value that is all there. */
static bool der_open(struct weir_cursor *from, uint8_t *tag, struct weir_cursor *content)
{
    struct weir_cursor probe = *from;
    size_t size = 0;
    if (!der_open_cut(&probe, tag, content, &size) || content->left < size) {
        return false;
    }
    *from = probe;
    return true;
}

static bool der_expect(struct weir_cursor *from, uint8_t tag, struct weir_cursor *content)
{
    struct weir_cursor probe = *from;
    struct weir_cursor found = {0};
    uint8_t read = 0;
    if (!der_open(&probe, &read, &found) || read != tag) {
        return false;
    }
    *from = probe;
    *content = found;
    return true;
}

static bool der_expect_cut(struct weir_cursor *from, uint8_t tag, struct weir_cursor *content)
{
    struct weir_cursor probe = *from;
    struct weir_cursor found = {0};
    uint8_t read = 0;
    size_t size = 0;
    if (!der_open_cut(&probe, &read, &found, &size) || read != tag) {
        return false;
    }
    *from = probe;
    *content = found;
    return true;
}

static const char *attribute_name(struct weir_cursor oid)
{
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (oid.left == attributes[i].size &&
            memcmp(oid.next, attributes[i].oid, attributes[i].size) == 0) {
            return attributes[i].name;
        }
    }
    return NULL;
}

static void append_text(char *text, size_t room, const char *word)
{
    weir_detail_text_append(text, room, word, strlen(word));
}

/* "CN=www.example.org" behind text; a part of unknown kind is left out. */
static void append_part(struct weir_cursor set, char *text, size_t room)
{
    struct weir_cursor pair = {0};
    struct weir_cursor oid = {0};
    struct weir_cursor value = {0};
    uint8_t tag = 0;
    if (!der_expect(&set, DER_SEQUENCE, &pair) || !der_expect(&pair, DER_OID, &oid) ||
        !der_open(&pair, &tag, &value)) {
        return;
    }
    const char *name = attribute_name(oid);
    if (name == NULL) {
        return;
    }
    append_text(text, room, text[0] == '\0' ? "" : ",");
    append_text(text, room, name);
    append_text(text, room, "=");
    weir_detail_text_append(text, room, value.next, value.left);
}

static void write_name(struct weir_cursor name, char *text, size_t room)
{
    struct weir_cursor part[PARTS_MAX];
    size_t count = 0;
    text[0] = '\0';
    while (count < PARTS_MAX && der_expect(&name, DER_SET, &part[count])) {
        count++;
    }
    while (count > 0) {
        append_part(part[--count], text, room);
    }
}

bool tls_certificate_read(struct weir_cursor body, struct weir_tls_details *details)
{
    struct weir_cursor certificate = {0};
    struct weir_cursor signed_part = {0};
    struct weir_cursor ignored = {0};
    struct weir_cursor issuer = {0};
    struct weir_cursor subject = {0};
    if (!weir_cursor_skip(&body, LENGTHS_SIZE) ||
        !der_expect_cut(&body, DER_SEQUENCE, &certificate) ||
        !der_expect_cut(&certificate, DER_SEQUENCE, &signed_part)) {
        return false;
    }
    (void)der_expect(&signed_part, DER_VERSION, &ignored); /* absent in version 1 */
    if (!der_expect(&signed_part, DER_INTEGER, &ignored) ||
        !der_expect(&signed_part, DER_SEQUENCE, &ignored) ||
        !der_expect(&signed_part, DER_SEQUENCE, &issuer)) {
        return false;
    }
    write_name(issuer, details->issuer, sizeof(details->issuer));
    if (der_expect(&signed_part, DER_SEQUENCE, &ignored) &&
        der_expect(&signed_part, DER_SEQUENCE, &subject)) {
        write_name(subject, details->subject, sizeof(details->subject));
    }
    return true;
}
