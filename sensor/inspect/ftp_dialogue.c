/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ftp_dialogue.h"

#include <string.h>
#include <strings.h>

#include "sensor/inspect/reply_code.h"

#define REPLY_AUTH 234

static const char *const transfers[] = {"RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"};

static bool is_verb(const char *line, size_t size, const char *verb)
{
    const size_t length = strlen(verb);
    return size >= length && strncasecmp(line, verb, length) == 0 &&
           (size == length || line[length] == ' ');
}

static bool is_letter(char letter)
{
    return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');
}

static void read_command(struct ftp_dialogue *dialogue, const char *line, size_t size,
                         struct weir_ftp_details *details)
{
    if (size < 3 || !is_letter(line[0]) || !is_letter(line[1]) || !is_letter(line[2])) {
        return;
    }
    weir_detail_count(&details->commands);
    dialogue->asked_tls = is_verb(line, size, "AUTH");
    dialogue->asked_transfer = false;
    for (size_t i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
        dialogue->asked_transfer = dialogue->asked_transfer || is_verb(line, size, transfers[i]);
    }
    if (is_verb(line, size, "USER") && size > 5) {
        weir_detail_text_put(details->user, sizeof(details->user), line + 5, size - 5);
    }
}

void ftp_dialogue_add(struct ftp_dialogue *dialogue, bool from_client, const char *line,
                      size_t size, struct weir_ftp_details *details)
{
    if (details->tls) {
        return;
    }
    if (from_client) {
        read_command(dialogue, line, size, details);
        return;
    }
    const unsigned code = reply_code_of(line, size);
    if (code == 0) {
        return;
    }
    details->reply_code = code;
    if (dialogue->asked_transfer && code < 300) { /* 125, 150, or at once 226 */
        weir_detail_count(&details->transfers);
    }
    details->tls = dialogue->asked_tls && code == REPLY_AUTH;
    dialogue->asked_transfer = false;
    dialogue->asked_tls = false;
}
