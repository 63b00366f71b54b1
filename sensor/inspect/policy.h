/* SPDX-License-Identifier: Apache-2.0
 *
 * policy: what this site lets its sensor read, and which names may leave it.
 *
 * It is filled from the [inspect] section of the sensor's own configuration file and from nowhere
 * else: no message of the collector carries it, so nothing that is pushed can override it.
 *
 * Shape:   plain data, fixed for the life of the process.
 * Units:   bytes; pool sizes are numbers of flows or blocks.
 * Source:  specification 1.8.1 (content.max_bytes), 1.8.4 (kdd.strict_pop); the "local
 *          policy section".
 */
#ifndef WEIR_SENSOR_INSPECT_POLICY_H
#define WEIR_SENSOR_INSPECT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

/* Classes of streams whose content is read, one bit each. */
#define POLICY_CLASS_TABLE(X)                                                                      \
    X(SHELL, "shell")                                                                              \
    X(FTP, "ftp")                                                                                  \
    X(FTP_DATA, "ftp_data")                                                                        \
    X(SMTP, "smtp")                                                                                \
    X(POP, "pop")                                                                                  \
    X(IMAP, "imap")                                                                                \
    X(HTTP, "http")                                                                                \
    X(TEXT, "text")

enum policy_class {
    POLICY_CLASS_NONE = 0, /* nothing that is read line by line */
#define X(name, text) POLICY_CLASS_##name,
    POLICY_CLASS_TABLE(X)
#undef X
    POLICY_CLASS_COUNT
};

enum policy_names { /* same order as the choices of inspect.names */
    POLICY_NAMES_SEND,
    POLICY_NAMES_HASH, /* keyed: equal names stay equal at this site, and cannot be read */
    POLICY_NAMES_DROP,
};

struct policy {
    bool enabled;            /* false: no payload is read at all */
    uint32_t classes;        /* 1 << enum policy_class */
    bool strict_pop;         /* logged_in of POP as NSL-KDD has it: whoever asked is logged in */
    enum policy_names names; /* SNI, HTTP host and path, DNS and DHCP names, login ids, ... */
    uint64_t names_key;      /* of the hash */
    uint32_t max_bytes;      /* read of each direction */
    uint32_t flows;          /* size of a flow table by which pools are sized; 0 = the real one */
    uint32_t inspections;    /* flows inspected at a time; 0 = half of `flows` */
    uint32_t segments;       /* blocks for what is out of order; 0 = by `flows` */
};

/* Everything is read, names are sent, 256 KiB a direction. */
extern const struct policy policy_defaults;

/* "shell,http,..." or "all" or "none" into the bits of `classes`. WEIR_EINVAL and a sentence that
 * names the word nobody knows. */
WEIR_MUST_CHECK int policy_parse_classes(const char *text, uint32_t *out, struct weir_error *error);

static inline bool policy_reads(const struct policy *policy, enum policy_class class)
{
    return (policy->classes & (UINT32_C(1) << class)) != 0;
}

struct weir_flow_details;

/* Hashes or empties what names somebody, as the policy says. */
void policy_apply(const struct policy *policy, struct weir_flow_details *details);

#endif
