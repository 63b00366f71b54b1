/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/kdd_columns.h"

#define PORT_POP2   109
#define PORT_FINGER 79
#define PORT_SSH    22

/* Streams whose content is not looked at, too: the connection was established and asked something.
 */
static bool is_used(const struct inspection_flow *flow, enum weir_app app)
{
    return flow->established && flow->orig_payload && app != WEIR_APP_TLS && app != WEIR_APP_SSH &&
           flow->resp_port != PORT_FINGER && flow->resp_port != PORT_SSH &&
           flow->resp_port != PORT_POP2;
}

/* Classes in which only a login that was seen to succeed counts. */
static bool has_login(enum policy_class class, const struct policy *policy)
{
    if (class == POLICY_CLASS_POP && policy->strict_pop) {
        return false;
    }
    return class == POLICY_CLASS_SHELL || class == POLICY_CLASS_FTP ||
           class == POLICY_CLASS_FTP_DATA || class == POLICY_CLASS_POP ||
           class == POLICY_CLASS_IMAP;
}

void kdd_columns_fill(const struct policy *policy, const struct inspection_flow *flow,
                      enum weir_app app, const struct content *content,
                      struct weir_kdd_content *columns)
{
    const uint16_t urgent = columns->urgent;
    const uint8_t wrong_fragment = columns->wrong_fragment;
    enum policy_class class = content_class(app, flow);
    *columns = (struct weir_kdd_content){0};
    if (content != NULL) {
        class = (enum policy_class)content->class;
        if (class != POLICY_CLASS_TEXT || content_text_is_text(&content->text)) {
            *columns = content->columns;
        }
    }
    if (!has_login(class, policy)) {
        columns->logged_in = is_used(flow, app) ? 1 : 0;
    }
    columns->urgent = urgent;
    columns->wrong_fragment = wrong_fragment;
}
