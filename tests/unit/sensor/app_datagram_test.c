/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/app_datagram.h"

#include <stdbool.h>

#include "tests/support/app_claims.h"

#define ZEROS_8  "\0\0\0\0\0\0\0\0"
#define ZEROS_40 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8

static const struct app_claim_row rows[] = {
    {"a short first packet", app_datagram_quic_orig, DATAGRAM("\xc3\0\0\0\1\x08" ZEROS_40, 443),
     APP_NO},
    {"an answer of version 1", app_datagram_quic_resp, DATAGRAM("\xc3\0\0\0\1\x08" ZEROS_40, 443),
     APP_YES},
    {"an identifier of 21", app_datagram_quic_resp, DATAGRAM("\xc3\0\0\0\1\x15" ZEROS_40, 443),
     APP_NO},
    {"version 5", app_datagram_ntp, DATAGRAM("\x2b\1\6\xec" ZEROS_40 "\1\2\3\4", 123), APP_NO},
    {"mode 0", app_datagram_ntp, DATAGRAM("\x20\1\6\xec" ZEROS_40 "\1\2\3\4", 123), APP_NO},
    {"stratum 17", app_datagram_ntp, DATAGRAM("\x24\x11\6\xec" ZEROS_40 "\1\2\3\4", 123), APP_NO},
    {"47 bytes", app_datagram_ntp, DATAGRAM("\x24\1\6\xec" ZEROS_40 "\1\2\3", 123), APP_NO},
    {"no transmit time, on the port", app_datagram_ntp,
     DATAGRAM("\x24\1\6\xec" ZEROS_40 "\0\0\0\0", 123), APP_YES},
    {"no transmit time, off the port", app_datagram_ntp,
     DATAGRAM("\x24\1\6\xec" ZEROS_40 "\0\0\0\0", 124), APP_NO},
    {"a list of clients, off the port", app_datagram_ntp, DATAGRAM("\x17\0\3\x2a\0\0\0\0", 124),
     APP_NO},
    {"239 bytes", app_datagram_dhcp, DATAGRAM("\1\1\6\0" ZEROS_40, 67), APP_NO},
    {"a name without mode", app_datagram_tftp_orig, DATAGRAM("\0\1file\0", 69), APP_NO},
    {"a mode of its own", app_datagram_tftp_orig, DATAGRAM("\0\1file\0mail\0", 69), APP_NO},
    {"a mode in capitals", app_datagram_tftp_orig, DATAGRAM("\0\2file\0OCTET\0", 69), APP_YES},
    {"no name", app_datagram_tftp_orig, DATAGRAM("\0\1\0octet\0", 69), APP_NO},
    {"a question as an answer", app_datagram_tftp_resp, DATAGRAM("\0\1file\0", 69), APP_NO},
    {"no cookie", app_datagram_stun, DATAGRAM("\0\3\0\0\x21\x12\xa4\x43" ZEROS_8 "\0\0\0\0", 3478),
     APP_NO},
    {"a length that is not the datagram's", app_datagram_stun,
     DATAGRAM("\0\1\0\4\x21\x12\xa4\x42" ZEROS_8 "\0\0\0\0", 3478), APP_NO},
    {"a cookie", app_datagram_stun, DATAGRAM("\0\1\0\0\x21\x12\xa4\x42" ZEROS_8 "\0\0\0\0", 3478),
     APP_YES},
    {"attributes that fill it", app_datagram_radius,
     DATAGRAM("\1\1\0\x17" ZEROS_8 ZEROS_8 "\1\3a", 1812), APP_YES},
    {"an attribute that passes its end", app_datagram_radius,
     DATAGRAM("\1\1\0\x17" ZEROS_8 ZEROS_8 "\1\4a", 1812), APP_NO},
    {"an attribute of one byte", app_datagram_radius,
     DATAGRAM("\1\1\0\x17" ZEROS_8 ZEROS_8 "\1\1a", 1812), APP_NO},
    {"an initiation cut short", app_datagram_wireguard, DATAGRAM("\1\0\0\0" ZEROS_40, 51820),
     APP_NO},
    {"a reset", app_datagram_openvpn,
     DATAGRAM("\x38"
              "12345678\0\0\0\0\0",
              1194),
     APP_YES},
    {"a reset with a packet number", app_datagram_openvpn,
     DATAGRAM("\x38"
              "12345678\0\0\0\0\1",
              1194),
     APP_NO},
    {"a reset not yet whole", app_datagram_openvpn,
     STREAM("\0\x0e\x38"
            "1234",
            1194),
     APP_MORE},
    {"an exchange of no kind", app_datagram_ike,
     DATAGRAM("12345678" ZEROS_8 "\0\x20\x40\0\0\0\0\0\0\0\0\x1c", 500), APP_NO},
    {"an answer to nothing", app_datagram_ike,
     DATAGRAM(ZEROS_8 ZEROS_8 "\0\x10\5\0\0\0\0\0\0\0\0\x1c", 500), APP_YES},
    {"another length", app_datagram_ike,
     DATAGRAM(ZEROS_8 ZEROS_8 "\0\x10\5\0\0\0\0\0\0\0\0\x1d", 500), APP_NO},
    {"a request without cookie", app_datagram_stun,
     DATAGRAM("\0\1\0\x08" ZEROS_8 ZEROS_8 "\0\3\0\4\0\0\0\0", 3478), APP_YES},
    {"an attribute too long", app_datagram_stun,
     DATAGRAM("\0\1\0\x08" ZEROS_8 ZEROS_8 "\0\3\0\5\0\0\0\0", 3478), APP_NO},
    {"an exchange", app_datagram_ike,
     DATAGRAM("12345678" ZEROS_8 "\0\x20\x22\0\0\0\0\0\0\0\0\x1c", 500), APP_YES},
};

static void each_header_claims_what_its_fields_say(void **state)
{
    (void)state;
    check_claims(rows, sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_header_claims_what_its_fields_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
