/* SPDX-License-Identifier: Apache-2.0
 *
 * timeouts: how long a flow may be silent, by what it is.
 *
 * Units:   microseconds of packet time.
 * Source:  specification 6.3.
 */
#ifndef WEIR_SENSOR_METER_TIMEOUTS_H
#define WEIR_SENSOR_METER_TIMEOUTS_H

#include <stdbool.h>
#include <stdint.h>

struct timeouts {
    int64_t start_delay_us;          /* START and the early flag; ICMP flows end here */
    int64_t interim_us;              /* INTERIM period */
    int64_t tcp_attempt_us;          /* SYN only, or the originator never acknowledged */
    int64_t tcp_idle_us;             /* established */
    int64_t tcp_idle_interactive_us; /* ports 21, 22, 23, 513 */
    int64_t tcp_halfclose_us;        /* one FIN */
    int64_t tcp_close_linger_us;     /* after both FINs */
    int64_t tcp_reset_linger_us;     /* after a RST */
    int64_t tcp_reuse_idle_us;       /* a new SYN on a flow idle this long is a new connection */
    int64_t udp_idle_us;
    int64_t udp_dns_done_us; /* after a matched DNS answer */
    int64_t other_idle_us;
};

extern const struct timeouts timeouts_defaults;

/* True for responder ports whose sessions are silent for long and still alive. */
bool timeouts_interactive(uint16_t resp_port);

#endif
