/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_session.h"

#include <stdbool.h>

#include "tests/support/app_claims.h"

static const struct app_claim_row rows[] = {
    {"a record of 16,641 bytes", app_session_tls_orig, STREAM("\x16\3\1\x41\1\1", 443), APP_NO},
    {"a record of 16,640 bytes", app_session_tls_orig, STREAM("\x16\3\1\x41\0\1", 443), APP_YES},
    {"version 3.5", app_session_tls_orig, STREAM("\x16\3\5\0\x40\1", 443), APP_NO},
    {"a server's hello first", app_session_tls_orig, STREAM("\x16\3\1\0\x40\2", 443), APP_NO},
    {"an alert of two bytes", app_session_tls_resp, STREAM("\x15\3\1\0\2\2\x28", 443), APP_YES},
    {"an alert of three bytes", app_session_tls_resp, STREAM("\x15\3\1\0\3\2\x28", 443), APP_NO},
    {"an SSL 2 hello that adds up", app_session_tls_orig,
     STREAM("\x80\x1c\1\3\0\0\3\0\0\0\x10", 443), APP_YES},
    {"one that does not", app_session_tls_orig, STREAM("\x80\x1d\1\3\0\0\3\0\0\0\x10", 443),
     APP_NO},
    {"version 2 only", app_session_tls_orig, STREAM("\x80\x1c\1\0\2\0\3\0\0\0\x10", 443), APP_NO},
    {"a session request alone", app_session_smb, STREAM("\x81\0\0\x44 CKFD", 139), APP_MORE},
    {"a session refused", app_session_smb, STREAM("\x83\0\0\1\x8f", 139), APP_NO},
    {"a message of another kind", app_session_smb,
     STREAM("\0\0\0\x10\xfc"
            "SMB",
            445),
     APP_NO},
    {"a length that is not the request's", app_session_rdp_orig, STREAM("\3\0\0\x13\x0d\xe0", 3389),
     APP_NO},
    {"a request", app_session_rdp_orig, STREAM("\3\0\0\x13\x0e\xe0", 3389), APP_YES},
    {"protocol 9", app_session_mysql_resp,
     STREAM("\x40\0\0\0\x09"
            "5.5\0",
            3306),
     APP_NO},
    {"a version without end", app_session_mysql_resp,
     STREAM("\x40\0\0\0\x0a"
            "5.5",
            3306),
     APP_MORE},
    {"an empty version", app_session_mysql_resp, STREAM("\x40\0\0\0\x0a\0", 3306), APP_NO},
    {"a startup without names", app_session_postgres_orig, STREAM("\0\0\0\x10\0\3\0\0\1", 5432),
     APP_NO},
    {"protocol 2.0", app_session_postgres_orig, STREAM("\0\0\0\x10\0\2\0\0user", 5432), APP_NO},
    {"an authentication of no kind", app_session_postgres_resp,
     STREAM("R\0\0\0\x08\0\0\0\x20", 5432), APP_NO},
    {"a status of 2", app_session_mssql_orig, STREAM("\x12\2\0\x20\0\0\1\0\0\0", 1433), APP_NO},
    {"a login", app_session_mssql_orig, STREAM("\x10\1\1\x20\0\0\1\0", 1433), APP_YES},
    {"RPC version 3", app_session_rpc_orig,
     DATAGRAM("\1\2\3\4\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0", 111), APP_NO},
    {"a record mark too short", app_session_rpc_orig, STREAM("\x80\0\0\x10\1\2\3\4\0\0\0\0", 111),
     APP_NO},
    {"eleven methods", app_session_socks_orig, STREAM("\5\x0b\0\1", 1080), APP_NO},
    {"a method of no number", app_session_socks_orig, STREAM("\5\1\x20", 1080), APP_NO},
    {"methods, and the answer awaited", app_session_socks_orig, STREAM("\5\1\0", 1080), APP_MORE},
    {"methods, then no request", app_session_socks_orig, STREAM("\5\1\0\7", 1080), APP_NO},
    {"a bind, which is not in the table", app_session_socks_orig, STREAM("\4\2\0\x50", 1080),
     APP_NO},
    {"port 0", app_session_socks_orig, STREAM("\4\1\0\0", 1080), APP_NO},
    {"a dictionary without end", app_session_bittorrent, DATAGRAM("d1:ad2:", 6881), APP_NO},
    {"a protocol that is not 0", app_session_modbus_orig, STREAM("\0\1\0\1\0\6\1\3", 502), APP_NO},
    {"function 0", app_session_modbus_orig, STREAM("\0\1\0\0\0\2\1\0", 502), APP_NO},
    {"an exception as a question", app_session_modbus_orig, STREAM("\0\1\0\0\0\2\1\x83", 502),
     APP_NO},
    {"another port", app_session_modbus_orig, STREAM("\0\1\0\0\0\2\1\3", 503), APP_HALF},
    {"a length not reached", app_session_modbus_orig, STREAM("\0\1\0\0\0\6\1\3", 502), APP_MORE},
    {"another name", app_session_mqtt_orig, STREAM("\x10\x0c\0\4MQTX", 1883), APP_NO},
    {"a return code of 6", app_session_mqtt_resp, STREAM("\x20\2\0\6", 1883), APP_NO},
};

static void each_first_message_claims_what_it_shows(void **state)
{
    (void)state;
    check_claims(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_first_message_claims_what_it_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
