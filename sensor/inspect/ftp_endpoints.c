/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/inspect/ftp_endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"

#define WAYS 4

struct endpoint_key { /* hashed and compared as bytes */
    uint8_t listener[16], peer[16];
    uint16_t port;
    uint8_t listener_size, peer_size;
};

_Static_assert(sizeof(struct endpoint_key) == 36, "no padding");

struct place {
    struct endpoint_key key;
    bool used, logged_in;
    int64_t announced_us;
};

struct ftp_endpoints {
    struct place (*sets)[WAYS];
    uint32_t mask;
    uint64_t hash_key;
    uint64_t added; /* nothing is looked up before the first announcement */
};

int ftp_endpoints_new(uint32_t sets, uint64_t hash_key, struct ftp_endpoints **out)
{
    if (sets == 0 || (sets & (sets - 1)) != 0 || sets > UINT32_C(1) << 20) {
        return WEIR_EINVAL;
    }
    struct ftp_endpoints *endpoints = calloc(1, sizeof(*endpoints));
    if (endpoints == NULL) {
        return WEIR_ENOMEM;
    }
    endpoints->sets = calloc(sets, sizeof(endpoints->sets[0]));
    if (endpoints->sets == NULL) {
        free(endpoints);
        return WEIR_ENOMEM;
    }
    endpoints->mask = sets - 1;
    endpoints->hash_key = hash_key;
    *out = endpoints;
    return WEIR_OK;
}

void ftp_endpoints_free(struct ftp_endpoints *endpoints)
{
    if (endpoints == NULL) {
        return;
    }
    free(endpoints->sets);
    free(endpoints);
}

static struct endpoint_key key_of(const struct ftp_endpoint *endpoint)
{
    struct endpoint_key key = {.port = endpoint->port,
                               .listener_size = endpoint->listener.size,
                               .peer_size = endpoint->peer.size};
    memcpy(key.listener, endpoint->listener.bytes, sizeof(key.listener));
    memcpy(key.peer, endpoint->peer.bytes, sizeof(key.peer));
    return key;
}

static struct place *set_of(const struct ftp_endpoints *endpoints, const struct endpoint_key *key)
{
    const uint64_t hash = weir_hash_keyed(key, sizeof(*key), endpoints->hash_key);
    return endpoints->sets[(uint32_t)hash & endpoints->mask];
}

void ftp_endpoints_add(struct ftp_endpoints *endpoints, const struct ftp_endpoint *endpoint,
                       int64_t now_us)
{
    const struct endpoint_key key = key_of(endpoint);
    struct place *set = set_of(endpoints, &key);
    struct place *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].used && memcmp(&set[i].key, &key, sizeof(key)) == 0) {
            place = &set[i];
            break;
        }
        if (place->used && (!set[i].used || set[i].announced_us < place->announced_us)) {
            place = &set[i];
        }
    }
    *place = (struct place){.key = key,
                            .used = true,
                            .logged_in = endpoint->logged_in,
                            .announced_us = now_us};
    endpoints->added++;
}

bool ftp_endpoints_find(const struct ftp_endpoints *endpoints, const struct ftp_endpoint *endpoint,
                        int64_t now_us, bool *logged_in)
{
    if (endpoints->added == 0) {
        return false;
    }
    const struct endpoint_key key = key_of(endpoint);
    const struct place *set = set_of(endpoints, &key);
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].used && memcmp(&set[i].key, &key, sizeof(key)) == 0) {
            if (now_us - set[i].announced_us > FTP_ENDPOINTS_VALID_US) {
                return false;
            }
            if (logged_in != NULL) {
                *logged_in = set[i].logged_in;
            }
            return true;
        }
    }
    return false;
}
