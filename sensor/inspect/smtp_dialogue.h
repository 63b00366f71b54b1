/* SPDX-License-Identifier: Apache-2.0
 *
 * smtp_dialogue: who greets whom and how much mail is sent, line by line.
 *
 * Shape:   lines without their end, of both directions in the order they came. Lines of a message's
 *          body are passed over. After BDAT or an accepted STARTTLS the client's lines are no
 *          longer commands and are not read.
 * Owns:    its state; zeroed, it is a new connection.
 * Source:  RFC 5321 4, RFC 3030 (BDAT), RFC 3207 (STARTTLS).
 */
#ifndef WEIR_SENSOR_INSPECT_SMTP_DIALOGUE_H
#define WEIR_SENSOR_INSPECT_SMTP_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/flow/flow_details.h"

struct smtp_dialogue {
    bool in_body;    /* between 354 and the line "." */
    bool asked_tls;  /* STARTTLS waits for its answer */
    bool unreadable; /* what the client sends are no lines any more */
};

void smtp_dialogue_add(struct smtp_dialogue *dialogue, bool from_client, const char *line,
                       size_t size, struct weir_smtp_details *details);

#endif
