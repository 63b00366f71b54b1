/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/export/refusal.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"

#define WAIT_FIRST_US INT64_C(5000000)
#define WAIT_MAX_US   INT64_C(60000000)
#define RETURN_US     INT64_C(1000000) /* a collector that restarts is soon back */
#define TELL_AGAIN_US INT64_C(600000000)

static bool is_of_batch(uint32_t code)
{
    return code == WEIR_REFUSE_PROTOCOL || code == WEIR_REFUSE_CONFLICT;
}

static bool is_news(const struct refusal *refusal, const struct weir_refuse *refuse,
                    struct weir_mono now)
{
    return refusal->times == 0 || refusal->last.code != refuse->code ||
           strcmp(refusal->last.sentence, refuse->sentence) != 0 ||
           weir_mono_since_us(now, refusal->told_at) >= TELL_AGAIN_US;
}

/* What each code means for a person who reads the log of the sensor. */
static const char *advice(uint32_t code)
{
    switch (code) {
    case WEIR_REFUSE_VERSION:
        return "nothing is delivered until one of the two is upgraded";
    case WEIR_REFUSE_CLONE:
        return "nothing is delivered while another machine uses this key";
    case WEIR_REFUSE_STREAM:
        return "nothing is delivered to this stream";
    case WEIR_REFUSE_CONFLICT:
        return "what is not delivered goes on under a new boot id";
    case WEIR_REFUSE_PROTOCOL:
        return "the batch stays in the spool and is offered again: report this";
    case WEIR_REFUSE_SHUTDOWN:
        return "the collector stops; the spool keeps what comes";
    default:
        return "the spool keeps what comes";
    }
}

void refusal_add(struct refusal *refusal, const struct weir_refuse *refuse, struct weir_mono now)
{
    const bool is_stop = refuse->code == WEIR_REFUSE_SHUTDOWN;
    if (is_news(refusal, refuse, now)) {
        weir_log(is_stop ? WEIR_LOG_INFO : WEIR_LOG_ERROR, "uplink.refused",
                 "code=%u times=%" PRIu64 " reason=\"%s\" so=\"%s\"", refuse->code,
                 refusal->times + 1, refuse->sentence, advice(refuse->code));
        refusal->told_at = now;
    }
    const int64_t doubled_us = 2 * refusal->wait_us;
    refusal->wait_us = is_stop                    ? RETURN_US
                       : refusal->times == 0      ? WAIT_FIRST_US
                       : doubled_us > WAIT_MAX_US ? WAIT_MAX_US
                                                  : doubled_us;
    refusal->last = *refuse;
    refusal->times += 1;
}

void refusal_on_welcome(struct refusal *refusal)
{
    if (!is_of_batch(refusal->last.code)) {
        *refusal = (struct refusal){0};
    }
}

void refusal_on_progress(struct refusal *refusal)
{
    *refusal = (struct refusal){0};
}
