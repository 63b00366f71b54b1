/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_message: one DNS message: its header, its question, what its answers say.
 *
 * Shape:   names are lower case texts without the last dot, "." for the root; bytes that are no
 *          plain letters stand as \xNN and a dot inside a label as \x2e. A message that is cut
 *          gives the records before the cut.
 * Source:  RFC 1035 4.1, RFC 3596.
 */
#ifndef WEIR_SENSOR_INSPECT_DNS_MESSAGE_H
#define WEIR_SENSOR_INSPECT_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_SIZE    256
#define DNS_ANSWERS_SIZE 192
#define DNS_RECORDS_MAX  200 /* in a section, specification 5.1.1 */

struct dns_message {
    uint16_t id;
    bool is_response, aa, tc, rd, ra;
    uint8_t opcode, rcode;
    uint16_t answer_count; /* of the header */
    bool has_question;
    uint16_t qtype, qclass;
    bool has_ttl;
    uint32_t ttl_min_s; /* over the answers that were read */
    char name[DNS_NAME_SIZE];
    char answers[DNS_ANSWERS_SIZE]; /* addresses and canonical names, joined by "," */
};

/* Reads a message. False when it is none: a header that cannot be, or a question that is broken. */
bool dns_message_read(const uint8_t *bytes, size_t size, struct dns_message *out);

#endif
