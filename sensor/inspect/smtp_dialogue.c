/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/smtp_dialogue.h"

#include <string.h>
#include <strings.h>

#include "sensor/inspect/reply_code.h"

#define REPLY_READY 220
#define REPLY_DATA  354

static bool begins(const char *line, size_t size, const char *word)
{
    return size >= strlen(word) && strncasecmp(line, word, strlen(word)) == 0;
}

/* The first address or name stays. */
static void put_once(char *text, size_t room, const char *from, size_t size)
{
    while (size > 0 && (from[0] == ' ' || from[0] == '<')) {
        from++;
        size--;
    }
    const char *end = memchr(from, '>', size);
    const char *blank = memchr(from, ' ', size);
    size = end != NULL ? (size_t)(end - from) : blank != NULL ? (size_t)(blank - from) : size;
    if (text[0] == '\0') {
        weir_detail_text_put(text, room, from, size);
    }
}

static void read_command(struct smtp_dialogue *dialogue, const char *line, size_t size,
                         struct weir_smtp_details *details)
{
    if (begins(line, size, "HELO ") || begins(line, size, "EHLO ")) {
        put_once(details->helo, sizeof(details->helo), line + 5, size - 5);
    } else if (begins(line, size, "MAIL FROM:")) {
        put_once(details->mailfrom, sizeof(details->mailfrom), line + 10, size - 10);
    } else if (begins(line, size, "RCPT TO:")) {
        weir_detail_count(&details->recipients);
    } else if (begins(line, size, "BDAT ")) {
        weir_detail_count(&details->messages);
        dialogue->unreadable = true;
    } else if (begins(line, size, "STARTTLS")) {
        dialogue->asked_tls = true;
    }
}

static void read_reply(struct smtp_dialogue *dialogue, const char *line, size_t size,
                       struct weir_smtp_details *details)
{
    const unsigned code = reply_code_of(line, size);
    if (code == 0 || details->tls) {
        return;
    }
    details->reply_code = code;
    if (code == REPLY_DATA && !dialogue->in_body) {
        dialogue->in_body = true;
        weir_detail_count(&details->messages);
    }
    if (dialogue->asked_tls) {
        details->tls = code == REPLY_READY;
        dialogue->unreadable = dialogue->unreadable || details->tls;
        dialogue->asked_tls = false;
    }
}

void smtp_dialogue_add(struct smtp_dialogue *dialogue, bool from_client, const char *line,
                       size_t size, struct weir_smtp_details *details)
{
    if (!from_client) {
        read_reply(dialogue, line, size, details);
    } else if (dialogue->in_body) {
        dialogue->in_body = !(size == 1 && line[0] == '.');
    } else if (!dialogue->unreadable) {
        read_command(dialogue, line, size, details);
    }
}
