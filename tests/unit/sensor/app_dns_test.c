/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_dns.h"

#include <stdbool.h>

#include "tests/support/app_claims.h"

#define QUERY  "\1\2\1\0\0\1\0\0\0\0\0\0"
#define ANSWER "\1\2\x81\0\0\1\0\1\0\0\0\0"
#define NAME   "\1a\0\0\1\0\1"
#define NETBIOS                                                                                    \
    "\x20"                                                                                         \
    "EJFDEBFEEBFACACACACACACACACACAAA"                                                             \
    "\0\0\x20\0\1"
#define LABEL_63 "012345678901234567890123456789012345678901234567890123456789012"

static const struct app_claim_row rows[] = {
    {"a question", app_dns_orig, DATAGRAM(QUERY NAME, 53), APP_YES},
    {"a question as an answer", app_dns_resp, DATAGRAM(QUERY NAME, 53), APP_NO},
    {"an answer first", app_dns_orig, DATAGRAM(ANSWER NAME, 999), APP_YES},
    {"two questions", app_dns_orig, DATAGRAM("\1\2\1\0\0\2\0\0\0\0\0\0" NAME, 53), APP_NO},
    {"operation 6", app_dns_orig, DATAGRAM("\1\2\x31\0\0\1\0\0\0\0\0\0" NAME, 53), APP_NO},
    {"201 answers", app_dns_resp, DATAGRAM("\1\2\x81\0\0\1\0\xc9\0\0\0\0" NAME, 53), APP_NO},
    {"a label of 64", app_dns_orig, DATAGRAM(QUERY "\x40" LABEL_63 "3\0\0\1\0\1", 53), APP_NO},
    {"a name of 256", app_dns_orig,
     DATAGRAM(QUERY "\x3f" LABEL_63 "\x3f" LABEL_63 "\x3f" LABEL_63 "\x3f" LABEL_63 "\0\0\1\0\1",
              53),
     APP_NO},
    {"a name that is a pointer", app_dns_orig, DATAGRAM(QUERY "\xc0\x0c\0\1\0\1", 53), APP_NO},
    {"type 0", app_dns_orig, DATAGRAM(QUERY "\0\0\0\0\1", 53), APP_NO},
    {"an answer of a header", app_dns_resp, DATAGRAM("\1\2\x81\5\0\0\0\0\0\0\0\0", 53), APP_FITS},
    {"a question over TCP", app_dns_orig, STREAM("\0\x13" QUERY NAME, 53), APP_YES},
    {"half a question over TCP", app_dns_orig, STREAM("\0\x13" QUERY "\1a", 53), APP_MORE},
    {"a length that cuts the name", app_dns_orig, STREAM("\0\x0e" QUERY NAME, 53), APP_NO},
    {"a length below the header's", app_dns_orig, STREAM("\0\x0b" QUERY NAME, 53), APP_NO},
    {"an answer first over TCP", app_dns_orig, STREAM("\0\x13" ANSWER NAME, 53), APP_NO},
    {"mDNS is not DNS", app_dns_orig, DATAGRAM(QUERY NAME, 5353), APP_NO},
    {"mDNS", app_dns_mdns, DATAGRAM("\0\0\0\0\0\2\0\0\0\0\0\0" NAME, 5353), APP_YES},
    {"mDNS elsewhere", app_dns_mdns, DATAGRAM(QUERY NAME, 5354), APP_NO},
    {"LLMNR", app_dns_llmnr, DATAGRAM(QUERY NAME, 5355), APP_YES},
    {"no records at all", app_dns_llmnr, DATAGRAM("\1\2\0\0\0\0\0\0\0\0\0\0" NAME, 5355), APP_NO},
    {"NetBIOS", app_dns_netbios_ns, DATAGRAM(QUERY NETBIOS, 137), APP_YES},
    {"a name that is not NetBIOS's", app_dns_netbios_ns, DATAGRAM(QUERY NAME, 137), APP_NO},
};

static void each_message_claims_what_its_header_and_port_say(void **state)
{
    (void)state;
    check_claims(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_claims_what_its_header_and_port_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
