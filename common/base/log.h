/* SPDX-License-Identifier: Apache-2.0
 *
 * log: one line an event, to standard error: `2026-01-05T10:11:12.345Z warn sensor.spool_full
 * dropped=512`.
 *
 * The event name is stable and documented; the key=value pairs are for people and scripts. Values
 * with spaces or quotes are quoted (weir_log_value); control characters come out as '?'. At most 20
 * lines a second of one event pass; what was held back is said in one line (`suppressed=N`).
 * Nothing is logged per packet, and no secret ever.
 *
 * Threads: any; lines never mix.
 */
#ifndef WEIR_COMMON_BASE_LOG_H
#define WEIR_COMMON_BASE_LOG_H

enum weir_log_level {
    WEIR_LOG_ERROR, /* someone must act */
    WEIR_LOG_WARN,  /* degraded, going on */
    WEIR_LOG_INFO,  /* the life of the program */
    WEIR_LOG_DEBUG,
};

/* Lines above this level are not written. INFO until set. */
void weir_log_set_level(enum weir_log_level level);

/* format gives the key=value part: weir_log(WEIR_LOG_INFO, "gate.peer_joined", "sensor=%s", name).
 */
void weir_log(enum weir_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says what the rate limit still holds back; call it before the program ends. */
void weir_log_flush(void);

#define WEIR_LOG_VALUE_BYTES 160

/* text as a value, quoted where it must be and cut to fit; gives back `quoted`. */
const char *weir_log_value(const char *text, char quoted[WEIR_LOG_VALUE_BYTES]);

#endif
