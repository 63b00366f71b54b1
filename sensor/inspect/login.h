/* SPDX-License-Identifier: Apache-2.0
 *
 * login: who a session says it is, and whether that was believed.
 *
 * Shape:   the id of the latest attempt, cut at LOGIN_ID_MAX bytes.
 * Source:  specification 1.8.2 (logged_in, is_host_login, is_guest_login) and 1.8.3 (HOT-IDS,
 *          GUEST-IDS); RFC 4616 and 4648 for SASL.
 */
#ifndef WEIR_SENSOR_INSPECT_LOGIN_H
#define WEIR_SENSOR_INSPECT_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/flow/flow_record.h"

#define LOGIN_ID_MAX 63

struct login {
    char id[LOGIN_ID_MAX + 1]; /* empty: none was given */
    uint8_t size;
};

/* An attempt with this id, which may stand in quotes; columns->is_guest_login says whether it is a
 * guest's. */
void login_attempt(struct login *login, const char *id, size_t size,
                   struct weir_kdd_content *columns);

/* The attempt succeeded: logged_in and is_host_login. True when the id is one of HOT-IDS and this
 * is the first time that is said. */
bool login_succeed(const struct login *login, struct weir_kdd_content *columns);

/* Another failure; the counter saturates. */
void login_fail(struct weir_kdd_content *columns);

bool login_is_root(const struct login *login);

/* The id in a base64 text of SASL: of PLAIN (authorization, NUL, id, NUL, password), else the whole
 * text. Gives its length, 0 for what is not base64. */
size_t login_decode(const char *text, size_t size, bool is_plain, char id[LOGIN_ID_MAX + 1]);

#endif
