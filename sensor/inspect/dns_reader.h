/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_reader: the questions and answers of one flow, matched by id and question.
 *
 * Shape:   whole messages in; up to DNS_QUESTIONS_MAX questions wait for their answer, a further
 *          one takes the place of the oldest. A repeated question keeps its first time.
 * Owns:    its state; zeroed, it is a new flow.
 * Source:  RFC 1035 4; specification 2.8.
 */
#ifndef WEIR_SENSOR_INSPECT_DNS_READER_H
#define WEIR_SENSOR_INSPECT_DNS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_details.h"

#define DNS_QUESTIONS_MAX 8

struct dns_question {
    int64_t time_us;
    uint32_t digest; /* of name, type and class */
    uint16_t id;
};

struct dns_reader {
    struct dns_question question[DNS_QUESTIONS_MAX];
    uint8_t count;
    bool first_known; /* the details' query is `first` */
    bool first_answered;
    struct dns_question first;
};

/* Takes one message, which may be cut. False when it is not DNS; then nothing changed. */
bool dns_reader_add(struct dns_reader *reader, const uint8_t *message, size_t size, int64_t time_us,
                    struct weir_dns_details *details);

#endif
