/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_ber.h"

#include <stdbool.h>

#include "tests/support/app_claims.h"

static const struct app_claim_row rows[] = {
    {"a bind", app_ber_ldap_orig, STREAM("0\x0c\2\1\1`\7\2\1\3\4\0\x80\0", 389), APP_YES},
    {"a bind longer than its message", app_ber_ldap_orig,
     STREAM("0\x0c\2\1\1`\x08\2\1\3\4\0\x80\0", 389), APP_NO},
    {"a bind answered by a bind", app_ber_ldap_resp, STREAM("0\x0c\2\1\1`\7\2\1\3\4\0\x80\0", 389),
     APP_NO},
    {"an id of no bytes", app_ber_ldap_orig, STREAM("0\x0b\2\0`\7\2\1\3\4\0\x80\0", 389), APP_NO},
    {"a length of five bytes", app_ber_ldap_orig, STREAM("0\x85\0\0\0\0\x0c\2\1\1`\7", 389),
     APP_NO},
    {"a length that is missing", app_ber_ldap_orig, STREAM("0\x84\0\0", 389), APP_MORE},
    {"a length without bytes", app_ber_ldap_orig, STREAM("0\x80\2\1\1`\7", 389), APP_NO},
    {"a datagram longer than its message", app_ber_ldap_orig,
     DATAGRAM("0\x0c\2\1\1`\7\2\1\3\4\0\x80\0\0", 389), APP_NO},
    {"a version", app_ber_snmp, DATAGRAM("0\x0b\2\1\0\4\2ab\xa0\2\5\0", 161), APP_YES},
    {"version 2", app_ber_snmp, DATAGRAM("0\x0b\2\1\2\4\2ab\xa0\2\5\0", 161), APP_NO},
    {"a PDU of no kind", app_ber_snmp, DATAGRAM("0\x0b\2\1\0\4\2ab\xaf\2\5\0", 161), APP_NO},
    {"a PDU that does not fill", app_ber_snmp, DATAGRAM("0\x0b\2\1\0\4\2ab\xa0\1\5\0", 161),
     APP_NO},
    {"a ticket request", app_ber_kerberos_orig,
     STREAM("\0\0\0\x0b\x6a\x09\x30\x07\xa1\3\2\1\5\xa2\0", 88), APP_YES},
    {"version 4", app_ber_kerberos_orig, STREAM("\0\0\0\x0b\x6a\x09\x30\x07\xa1\3\2\1\4\xa2\0", 88),
     APP_NO},
    {"a length that does not fit", app_ber_kerberos_orig,
     STREAM("\0\0\0\x0c\x6a\x09\x30\x07\xa1\3\2\1\5\xa2\0", 88), APP_NO},
    {"a request as an answer", app_ber_kerberos_resp,
     STREAM("\0\0\0\x0b\x6a\x09\x30\x07\xa1\3\2\1\5\xa2\0", 88), APP_NO},
    {"a request in its beginning", app_ber_kerberos_orig, STREAM("\0\0\0\x0b\x6a\x09\x30", 88),
     APP_MORE},
};

static void every_length_must_agree_with_the_one_around_it(void **state)
{
    (void)state;
    check_claims(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_must_agree_with_the_one_around_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
