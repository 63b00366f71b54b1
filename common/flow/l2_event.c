/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/l2_event.h"

#include <stddef.h>

struct rule_row {
    const char *id, *text;
};

static const struct rule_row rules[] = {
#define X(name, value, rule_id, rule_text) [value] = {.id = (rule_id), .text = (rule_text)},
    WEIR_L2_RULE_TABLE(X)
#undef X
};

_Static_assert(sizeof(rules) / sizeof(rules[0]) == WEIR_L2_RULE_COUNT, "one row a rule");

const char *weir_l2_rule_id(enum weir_l2_rule rule)
{
    const unsigned at = (unsigned)rule;
    return at < WEIR_L2_RULE_COUNT ? rules[at].id : NULL;
}

const char *weir_l2_rule_text(enum weir_l2_rule rule)
{
    const unsigned at = (unsigned)rule;
    return at < WEIR_L2_RULE_COUNT ? rules[at].text : NULL;
}

const char *weir_severity_text(enum weir_severity severity)
{
    static const char *const texts[] = {"info", "low", "medium", "high", "critical"};
    const unsigned at = (unsigned)severity - 1U;
    return at < sizeof(texts) / sizeof(texts[0]) ? texts[at] : NULL;
}

static bool address_valid(const struct weir_address *address)
{
    return address->size == 0 || address->size == 4 || address->size == 16;
}

bool weir_l2_event_valid(const struct weir_l2_event *event, const char **why)
{
    const char *field = NULL;
    if (event->rule == WEIR_L2_NONE || event->rule >= WEIR_L2_RULE_COUNT) {
        field = "rule";
    } else if (weir_severity_text((enum weir_severity)event->severity) == NULL) {
        field = "severity";
    } else if (event->vlan > 4095) {
        field = "vlan";
    } else if (event->last_us < event->first_us) {
        field = "last_us";
    } else if (event->count == 0) {
        field = "count";
    } else if (!address_valid(&event->address)) {
        field = "address";
    } else if (!address_valid(&event->asker)) {
        field = "asker";
    }
    if (field != NULL && why != NULL) {
        *why = field;
    }
    return field == NULL;
}
