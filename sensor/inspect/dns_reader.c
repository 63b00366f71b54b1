/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/dns_reader.h"

#include <string.h>

#include "common/base/hash.h"

#include "sensor/inspect/dns_message.h"

#define RCODE_NXDOMAIN 3

_Static_assert(sizeof(((struct weir_dns_details *)0)->query) == DNS_NAME_SIZE, "names fit");
_Static_assert(sizeof(((struct weir_dns_details *)0)->answers) == DNS_ANSWERS_SIZE, "answers fit");

/* Name, type and class in 32 bits; wrong matches need the same id too. */
static uint32_t question_digest(const struct dns_message *message)
{
    const uint64_t name = weir_hash(message->name, strlen(message->name));
    return (uint32_t)name ^ (uint32_t)(name >> 32) ^ (uint32_t)message->qtype << 16 ^
           message->qclass;
}

/* A response may leave the question out; its id then has to do. */
static bool fits(const struct dns_question *question, const struct dns_message *response)
{
    return question->id == response->id &&
           (!response->has_question || question->digest == question_digest(response));
}

static void take_at(struct dns_reader *reader, uint8_t at)
{
    reader->count--;
    memmove(reader->question + at, reader->question + at + 1,
            (size_t)(reader->count - at) * sizeof(reader->question[0]));
}

static void put_question(struct weir_dns_details *details, const struct dns_message *message)
{
    weir_detail_text_copy(details->query, sizeof(details->query), message->name);
    details->id = weir_detail_measure(message->id);
    details->qtype = message->qtype;
    details->qclass = message->qclass;
    details->rd = message->rd;
}

static void add_query(struct dns_reader *reader, const struct dns_message *message, int64_t time_us,
                      struct weir_dns_details *details)
{
    const struct dns_question question = {.id = message->id,
                                          .digest = question_digest(message),
                                          .time_us = time_us};
    weir_detail_count(&details->queries);
    if (!reader->first_known) {
        reader->first_known = true;
        reader->first = question;
        put_question(details, message);
    }
    for (uint8_t i = 0; i < reader->count; i++) {
        if (reader->question[i].id == question.id &&
            reader->question[i].digest == question.digest) {
            return; /* asked again */
        }
    }
    if (reader->count == DNS_QUESTIONS_MAX) { /* the oldest is the least likely to be answered */
        take_at(reader, 0);
    }
    reader->question[reader->count++] = question;
}

static void put_answer(struct weir_dns_details *details, const struct dns_message *message)
{
    weir_detail_text_copy(details->answers, sizeof(details->answers), message->answers);
    details->rcode = weir_detail_measure(message->rcode);
    details->aa = message->aa;
    details->tc = message->tc;
    details->ra = message->ra;
    details->answer_count = message->answer_count;
}

static void count_error(struct weir_dns_details *details, const struct dns_message *message)
{
    weir_detail_count(&details->errors);
    if (message->rcode == RCODE_NXDOMAIN) {
        weir_detail_count(&details->nxdomain);
    }
    details->error_rcode = message->rcode;
    weir_detail_text_copy(details->error_query, sizeof(details->error_query), message->name);
}

/* Takes the question this response answers out of those that wait. */
static bool take_question(struct dns_reader *reader, const struct dns_message *response,
                          struct dns_question *out)
{
    for (uint8_t i = 0; i < reader->count; i++) {
        if (fits(&reader->question[i], response)) {
            *out = reader->question[i];
            take_at(reader, i);
            return true;
        }
    }
    return false;
}

static void add_response(struct dns_reader *reader, const struct dns_message *message,
                         int64_t time_us, struct weir_dns_details *details)
{
    struct dns_question question = {0};
    weir_detail_count(&details->responses);
    if (!reader->first_known && message->has_question) { /* the query was not seen */
        reader->first_known = true;
        reader->first = (struct dns_question){.id = message->id,
                                              .digest = question_digest(message),
                                              .time_us = time_us};
        put_question(details, message);
    }
    const bool first =
        reader->first_known && !reader->first_answered && fits(&reader->first, message);
    if (first) {
        reader->first_answered = true;
        put_answer(details, message);
    }
    if (take_question(reader, message, &question)) {
        const uint32_t rtt = weir_detail_measure(time_us - question.time_us);
        weir_detail_count(&details->matched);
        details->rtt_us = first ? rtt : details->rtt_us;
        details->rtt_max_us = rtt > details->rtt_max_us ? rtt : details->rtt_max_us;
    }
    if (message->has_ttl) {
        const uint32_t ttl = weir_detail_measure(message->ttl_min_s);
        details->ttl_min_s =
            details->ttl_min_s == 0 || ttl < details->ttl_min_s ? ttl : details->ttl_min_s;
    }
    if (message->rcode != 0) {
        count_error(details, message);
    }
}

bool dns_reader_add(struct dns_reader *reader, const uint8_t *message, size_t size, int64_t time_us,
                    struct weir_dns_details *details)
{
    struct dns_message read;
    if (!dns_message_read(message, size, &read)) {
        return false;
    }
    if (read.is_response) {
        add_response(reader, &read, time_us, details);
    } else {
        add_query(reader, &read, time_us, details);
    }
    return true;
}
