/* SPDX-License-Identifier: Apache-2.0 */
#include "common/flow/flow_rates.h"

static float rate(uint64_t count, int64_t duration_us)
{
    return duration_us > 0 ? (float)((double)count * 1e6 / (double)duration_us) : 0.0F;
}

static float asymmetry(uint64_t orig, uint64_t resp)
{
    const double sum = (double)orig + (double)resp;
    return sum > 0.0 ? (float)(((double)orig - (double)resp) / sum) : 0.0F;
}

struct weir_flow_rates weir_flow_rates_of(const struct weir_flow_record *record)
{
    return (struct weir_flow_rates){
        .orig_pkt_rate = rate(record->orig.packets, record->duration_us),
        .resp_pkt_rate = rate(record->resp.packets, record->duration_us),
        .orig_byte_rate = rate(record->orig.ip_bytes, record->duration_us),
        .resp_byte_rate = rate(record->resp.ip_bytes, record->duration_us),
        .pkt_asym = asymmetry(record->orig.packets, record->resp.packets),
        .byte_asym = asymmetry(record->orig.ip_bytes, record->resp.ip_bytes),
    };
}
