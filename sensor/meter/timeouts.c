/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/meter/timeouts.h"

#include "common/base/clock.h"

const struct timeouts timeouts_defaults = {
    .start_delay_us = 5 * WEIR_US_PER_S,
    .interim_us = 60 * WEIR_US_PER_S,
    .tcp_attempt_us = 30 * WEIR_US_PER_S,
    .tcp_idle_us = 300 * WEIR_US_PER_S,
    .tcp_idle_interactive_us = 3600 * WEIR_US_PER_S,
    .tcp_halfclose_us = 120 * WEIR_US_PER_S,
    .tcp_close_linger_us = 5 * WEIR_US_PER_S,
    .tcp_reset_linger_us = 5 * WEIR_US_PER_S,
    .tcp_reuse_idle_us = 1 * WEIR_US_PER_S,
    .udp_idle_us = 60 * WEIR_US_PER_S,
    .udp_dns_done_us = 5 * WEIR_US_PER_S,
    .other_idle_us = 60 * WEIR_US_PER_S,
};

bool timeouts_interactive(uint16_t resp_port)
{
    return resp_port == 21 || resp_port == 22 || resp_port == 23 || resp_port == 513;
}
