/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_record.h"

#include <stddef.h>
#include <string.h>

#include "common/flow/flow_details.h"
#include "common/flow/flow_statistics.h"
#include "common/flow/service.h"

/* 9999-12-31T23:59:59.999999Z, the last instant that is written with four digits for the year. */
#define LAST_US INT64_C(253402300799999999)

#define VLAN_ID_MAX 4095

/* Above what a flow can hold; small enough that message times never overflow (kdd_messages). */
#define ICMP_MESSAGES_MAX UINT32_MAX

static bool valid_address(const struct weir_address *address, uint8_t ip_version)
{
    static const uint8_t zeros[16] = {0};
    if (address->size != (ip_version == 4 ? 4 : 16)) {
        return false;
    }
    return memcmp(address->bytes + address->size, zeros, sizeof(zeros) - address->size) == 0;
}

/* What a letter may be part of: a table, because every record is checked at both ends of the wire.
 */
#define BASE64  1U
#define HISTORY 2U

static const uint8_t letter_uses[256] = {
    ['+'] = BASE64,           ['/'] = BASE64,           ['0'] = BASE64,
    ['1'] = BASE64,           ['2'] = BASE64,           ['3'] = BASE64,
    ['4'] = BASE64,           ['5'] = BASE64,           ['6'] = BASE64,
    ['7'] = BASE64,           ['8'] = BASE64,           ['9'] = BASE64,
    ['A'] = BASE64 | HISTORY, ['B'] = BASE64,           ['C'] = BASE64 | HISTORY,
    ['D'] = BASE64 | HISTORY, ['E'] = BASE64,           ['F'] = BASE64 | HISTORY,
    ['G'] = BASE64 | HISTORY, ['H'] = BASE64 | HISTORY, ['I'] = BASE64 | HISTORY,
    ['J'] = BASE64,           ['K'] = BASE64,           ['L'] = BASE64,
    ['M'] = BASE64,           ['N'] = BASE64,           ['O'] = BASE64,
    ['P'] = BASE64,           ['Q'] = BASE64 | HISTORY, ['R'] = BASE64 | HISTORY,
    ['S'] = BASE64 | HISTORY, ['T'] = BASE64 | HISTORY, ['U'] = BASE64,
    ['V'] = BASE64,           ['W'] = BASE64 | HISTORY, ['X'] = BASE64 | HISTORY,
    ['Y'] = BASE64,           ['Z'] = BASE64,           ['^'] = HISTORY,
    ['a'] = BASE64 | HISTORY, ['b'] = BASE64,           ['c'] = BASE64 | HISTORY,
    ['d'] = BASE64 | HISTORY, ['e'] = BASE64,           ['f'] = BASE64 | HISTORY,
    ['g'] = BASE64 | HISTORY, ['h'] = BASE64 | HISTORY, ['i'] = BASE64 | HISTORY,
    ['j'] = BASE64,           ['k'] = BASE64,           ['l'] = BASE64,
    ['m'] = BASE64,           ['n'] = BASE64,           ['o'] = BASE64,
    ['p'] = BASE64,           ['q'] = BASE64 | HISTORY, ['r'] = BASE64 | HISTORY,
    ['s'] = BASE64 | HISTORY, ['t'] = BASE64 | HISTORY, ['u'] = BASE64,
    ['v'] = BASE64,           ['w'] = BASE64 | HISTORY, ['x'] = BASE64 | HISTORY,
    ['y'] = BASE64,           ['z'] = BASE64,
};

static bool valid_community_id(const char id[WEIR_COMMUNITY_ID_SIZE])
{
    if (memcmp(id, "1:", 2) != 0 || id[29] != '=' || id[30] != '\0') {
        return false;
    }
    unsigned uses = BASE64;
    for (size_t i = 2; i < 29; i++) {
        uses &= letter_uses[(unsigned char)id[i]];
    }
    return uses != 0;
}

static bool valid_history(const char history[WEIR_HISTORY_SIZE])
{
    for (size_t i = 0; i < WEIR_HISTORY_SIZE; i++) {
        if (history[i] == '\0') {
            return true;
        }
        if ((letter_uses[(unsigned char)history[i]] & HISTORY) == 0) {
            return false;
        }
    }
    return false;
}

static const char *bad_time(const struct weir_flow_record *r)
{
    if (r->start_us < 0 || r->start_us > LAST_US) {
        return "start_us";
    }
    if (r->end_us < r->start_us || r->end_us > LAST_US) {
        return "end_us";
    }
    if (r->duration_us < 0 || r->duration_us > r->end_us - r->start_us) {
        return "duration_us";
    }
    return NULL;
}

static const char *bad_identity(const struct weir_flow_record *r)
{
    if (r->record_type < WEIR_RECORD_START || r->record_type > WEIR_RECORD_FINAL) {
        return "record_type";
    }
    if (r->record_no == 0) {
        return "record_no";
    }
    if (r->ip_version != 4 && r->ip_version != 6) {
        return "ip_version";
    }
    if (!valid_address(&r->orig.address, r->ip_version)) {
        return "orig_h";
    }
    if (!valid_address(&r->resp.address, r->ip_version)) {
        return "resp_h";
    }
    if (r->vlan_count > WEIR_VLAN_MAX) {
        return "vlan_count";
    }
    for (size_t i = 0; i < r->vlan_count; i++) {
        if (r->vlan[i] > VLAN_ID_MAX) {
            return "vlan";
        }
    }
    if (!valid_community_id(r->community_id)) {
        return "community_id";
    }
    return valid_history(r->history) ? NULL : "history";
}

static bool valid_end_reason(uint8_t record_type, uint8_t end_reason)
{
    switch (record_type) {
    case WEIR_RECORD_START:
        return end_reason == WEIR_END_NONE;
    case WEIR_RECORD_INTERIM:
        return end_reason == WEIR_END_NONE || end_reason == WEIR_END_ACTIVE;
    default:
        return end_reason != WEIR_END_NONE && end_reason != WEIR_END_ACTIVE &&
               end_reason <= WEIR_END_LACK_OF_RESOURCES;
    }
}

static const char *bad_state(const struct weir_flow_record *r)
{
    const bool final = r->record_type == WEIR_RECORD_FINAL;
    if (r->conn_state >= WEIR_CONN_STATE_COUNT || (final && r->conn_state == WEIR_CONN_OPEN)) {
        return "conn_state";
    }
    if (r->flag >= WEIR_FLAG_COUNT || (final && r->flag == WEIR_FLAG_OPEN)) {
        return "flag";
    }
    if (r->early_flag >= WEIR_FLAG_COUNT) {
        return "early_flag";
    }
    if (!valid_end_reason(r->record_type, r->end_reason)) {
        return "end_reason";
    }
    if (r->service >= WEIR_SERVICE_COUNT) {
        return "service";
    }
    if (r->has_vector && !weir_service_has_vector(r->proto, r->orig.port)) {
        return "has_vector";
    }
    return NULL;
}

static const char *bad_icmp(const struct weir_flow_record *r)
{
    const struct weir_icmp_side *sides[2] = {&r->icmp_orig, &r->icmp_resp};
    const bool icmp = r->proto == WEIR_PROTO_ICMP || r->proto == WEIR_PROTO_ICMPV6;
    for (size_t i = 0; i < 2; i++) {
        const struct weir_icmp_side *side = sides[i];
        if (side->messages > (icmp ? ICMP_MESSAGES_MAX : 0)) {
            return "icmp.msg_count";
        }
        if (side->messages > 0 && (side->first_us < r->start_us || side->last_us > r->end_us ||
                                   side->first_us > side->last_us)) {
            return "icmp.first_us";
        }
    }
    /* The originator's last message carries the vector. */
    const bool needs_message = icmp && r->has_vector && r->record_type == WEIR_RECORD_FINAL;
    return needs_message && r->icmp_orig.messages == 0 ? "icmp.msg_count" : NULL;
}

static const char *bad_content(const struct weir_kdd_content *content)
{
    if (content->wrong_fragment > 3) {
        return "wrong_fragment";
    }
    if (content->num_failed_logins > 5) {
        return "num_failed_logins";
    }
    if (content->logged_in > 1) {
        return "logged_in";
    }
    if (content->root_shell > 1) {
        return "root_shell";
    }
    if (content->su_attempted > 2) {
        return "su_attempted";
    }
    if (content->is_host_login > 1) {
        return "is_host_login";
    }
    return content->is_guest_login > 1 ? "is_guest_login" : NULL;
}

const char *weir_detail_text(enum weir_detail detail)
{
    static const char *const texts[WEIR_DETAIL_COUNT] = {"full", "no_inspection", "no_statistics",
                                                         "counters"};
    return (unsigned)detail < WEIR_DETAIL_COUNT ? texts[detail] : NULL;
}

bool weir_flow_record_valid(const struct weir_flow_record *record, const char **why)
{
    const char *bad = bad_identity(record);
    if (bad == NULL) {
        bad = bad_time(record);
    }
    if (bad == NULL) {
        bad = bad_state(record);
    }
    if (bad == NULL) {
        bad = bad_icmp(record);
    }
    if (bad == NULL) {
        bad = bad_content(&record->content);
    }
    if (bad == NULL && !weir_kdd_counts_valid(&record->immediate)) {
        bad = "immediate";
    }
    /* Written so that NaN fails. */
    if (bad == NULL && !(record->verdict.score >= 0.0F && record->verdict.score <= 1.0F)) {
        bad = "score";
    }
    if (bad == NULL && record->detail >= WEIR_DETAIL_COUNT) {
        bad = "detail";
    }
    if (bad == NULL && record->statistics != NULL) {
        (void)weir_flow_statistics_valid(record->statistics, &bad);
    }
    if (bad == NULL && record->details != NULL) {
        (void)weir_flow_details_valid(record->details, &bad);
    }
    if (bad != NULL && why != NULL) {
        *why = bad;
    }
    return bad == NULL;
}
