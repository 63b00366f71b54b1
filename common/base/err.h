/* SPDX-License-Identifier: Apache-2.0
 *
 * weir_err: the one list of error codes every layer shares.
 *
 * A function that can fail returns int: 0 on success, a negative WEIR_E* code on failure. Results
 * travel in out-parameters, which are written only on success. A code says what went wrong in kind;
 * where a person needs the particulars (config, files, database, peers) the function also fills a
 * struct weir_error.
 */
#ifndef WEIR_COMMON_BASE_ERR_H
#define WEIR_COMMON_BASE_ERR_H

/* code, value, text. Values are part of logs and tests: append, never renumber. */
#define WEIR_ERR_TABLE(X)                                                                          \
    X(WEIR_ENOMEM, -1, "out of memory")                                                            \
    X(WEIR_EINVAL, -2, "invalid argument")                                                         \
    X(WEIR_EFULL, -3, "fixed capacity reached")                                                    \
    X(WEIR_ETRUNC, -4, "input ends too early")                                                     \
    X(WEIR_EFORMAT, -5, "malformed input")                                                         \
    X(WEIR_EVERSION, -6, "unsupported version")                                                    \
    X(WEIR_ESCHEMA, -7, "feature schema mismatch")                                                 \
    X(WEIR_ENOENT, -8, "no such entry")                                                            \
    X(WEIR_EAGAIN, -9, "try again later")                                                          \
    X(WEIR_EIO, -10, "input/output error")                                                         \
    X(WEIR_EPEER, -11, "peer refused or vanished")                                                 \
    X(WEIR_ELIMIT, -12, "input exceeds a stated limit")                                            \
    X(WEIR_EPERM, -13, "permission denied")                                                        \
    X(WEIR_ECONFLICT, -14, "contradicts what is stored")                                           \
    X(WEIR_EDB, -15, "database error")

enum weir_err {
    WEIR_OK = 0,
#define X(code, value, text) code = (value),
    WEIR_ERR_TABLE(X)
#undef X
};

/* The particulars of a control-plane failure. Never filled on the per-packet path. */
struct weir_error {
    int code; /* WEIR_E*, or WEIR_OK */
    char
        text[240]; /* one line, no newline: "sensor.conf:12: idle_timeout: want 1..3600 s, got 0" */
};

/* The caller must look at the result. */
#define WEIR_MUST_CHECK __attribute__((warn_unused_result))

/* Static text for a code; "unknown error" for any other value. Never NULL. */
const char *weir_err_text(int code);

/* Fills *error (which may be NULL) and gives code, so a failure is one line:
 *     return weir_fail(error, WEIR_EFORMAT, "%s:%d: ...", path, line);
 * A macro, so that compilers see that a failure is not 0. It names `code` twice. */
#define weir_fail(error, code, ...) (weir_error_set((error), (code), __VA_ARGS__), (code))

/* Fills *error, which may be NULL. */
void weir_error_set(struct weir_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
