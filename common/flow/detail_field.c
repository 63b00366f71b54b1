/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/detail_field.h"

#include <string.h>

#include "common/base/check.h"

#define FIELD(block, kind_, member, bytes_, number_, name_, privacy_)                              \
    {.name = (name_),                                                                              \
     .offset = offsetof(struct weir_##block##_details, member),                                    \
     .bytes = (bytes_),                                                                            \
     .kind = WEIR_FIELD_##kind_,                                                                   \
     .privacy = WEIR_FIELD_##privacy_,                                                             \
     .number = (number_)},

#define DNS_FIELD(...)   FIELD(dns, __VA_ARGS__)
#define HTTP_FIELD(...)  FIELD(http, __VA_ARGS__)
#define TLS_FIELD(...)   FIELD(tls, __VA_ARGS__)
#define SSH_FIELD(...)   FIELD(ssh, __VA_ARGS__)
#define FTP_FIELD(...)   FIELD(ftp, __VA_ARGS__)
#define SMTP_FIELD(...)  FIELD(smtp, __VA_ARGS__)
#define MAIL_FIELD(...)  FIELD(mail, __VA_ARGS__)
#define LOGIN_FIELD(...) FIELD(login, __VA_ARGS__)
#define DHCP_FIELD(...)  FIELD(dhcp, __VA_ARGS__)

#define X(block, BLOCK, number)                                                                    \
    static const struct weir_detail_field block##_fields[] = {                                     \
        WEIR_##BLOCK##_DETAILS(BLOCK##_FIELD)};
WEIR_DETAIL_BLOCKS(X)
#undef X

#define X(block, BLOCK, number_)                                                                   \
    {.name = #block,                                                                               \
     .fields = block##_fields,                                                                     \
     .count = sizeof(block##_fields) / sizeof(block##_fields[0]),                                  \
     .offset = offsetof(struct weir_flow_details, block),                                          \
     .bytes = sizeof(struct weir_##block##_details),                                               \
     .number = (number_)},
static const struct weir_detail_block blocks[] = {WEIR_DETAIL_BLOCKS(X)};
#undef X

const struct weir_detail_block *weir_detail_blocks(void)
{
    return blocks;
}

void *weir_detail_block_of(struct weir_flow_details *details, const struct weir_detail_block *block)
{
    return (uint8_t *)details + block->offset;
}

const void *weir_detail_block_in(const struct weir_flow_details *details,
                                 const struct weir_detail_block *block)
{
    return (const uint8_t *)details + block->offset;
}

static const void *member_in(const struct weir_detail_field *field, const void *block)
{
    return (const uint8_t *)block + field->offset;
}

static bool is_number(const struct weir_detail_field *field)
{
    return field->kind == WEIR_FIELD_COUNT || field->kind == WEIR_FIELD_NUMBER ||
           field->kind == WEIR_FIELD_MEASURE;
}

const char *weir_field_text(const struct weir_detail_field *field, const void *block)
{
    weir_check(field->kind == WEIR_FIELD_TEXT);
    return member_in(field, block);
}

bool weir_field_number(const struct weir_detail_field *field, const void *block, uint32_t *out)
{
    if (field->kind == WEIR_FIELD_FLAG) {
        bool flag = false;
        memcpy(&flag, member_in(field, block), sizeof(flag));
        *out = flag ? 1 : 0;
        return true;
    }
    weir_check(is_number(field));
    uint32_t kept = 0;
    memcpy(&kept, member_in(field, block), sizeof(kept));
    if (kept == 0 && field->kind != WEIR_FIELD_COUNT) {
        return false;
    }
    *out = field->kind == WEIR_FIELD_MEASURE ? kept - 1 : kept;
    return true;
}

const struct weir_address *weir_field_address(const struct weir_detail_field *field,
                                              const void *block)
{
    weir_check(field->kind == WEIR_FIELD_ADDRESS);
    return member_in(field, block);
}
