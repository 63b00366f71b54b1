/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/store/row_text.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t row_text_integer(const struct pg_result *rows, int row, int column)
{
    return strtoll(PQgetvalue(rows, row, column), NULL, 10);
}

double row_text_real(const struct pg_result *rows, int row, int column)
{
    return strtod(PQgetvalue(rows, row, column), NULL);
}

bool row_text_boolean(const struct pg_result *rows, int row, int column)
{
    return PQgetvalue(rows, row, column)[0] == 't';
}

void row_text_copy(const struct pg_result *rows, int row, int column, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", PQgetvalue(rows, row, column));
}

/* Value of a hexadecimal digit, or -1. */
static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* Reads pairs of digits, passing over dashes. */
static size_t read_hex(const char *text, uint8_t *bytes, size_t size)
{
    size_t count = 0;
    while (count < size && *text != '\0') {
        if (*text == '-') {
            text++;
            continue;
        }
        const int high = digit(text[0]);
        const int low = high < 0 ? -1 : digit(text[1]);
        if (low < 0) {
            break;
        }
        bytes[count] = (uint8_t)(high * 16 + low);
        count++;
        text += 2;
    }
    return count;
}

void row_text_boot(const struct pg_result *rows, int row, int column, struct weir_boot_id *boot)
{
    *boot = (struct weir_boot_id){{0}};
    (void)read_hex(PQgetvalue(rows, row, column), boot->bytes, sizeof(boot->bytes));
}

size_t row_text_bytes(const struct pg_result *rows, int row, int column, uint8_t *bytes,
                      size_t size)
{
    const char *text = PQgetvalue(rows, row, column);
    return strncmp(text, "\\x", 2) == 0 ? read_hex(text + 2, bytes, size) : 0;
}

const char *row_text_of(uint64_t value, char text[ROW_TEXT_SIZE])
{
    (void)snprintf(text, ROW_TEXT_SIZE, "%" PRId64, (int64_t)value);
    return text;
}
