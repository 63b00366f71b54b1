/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/ring.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"

/* pushed and popped only grow; their difference is what is queued. The producer alone writes
 * pushed, the consumer alone writes popped.
 *
 * A side that found nothing to do sets its `waits` flag and then looks again; the other side first
 * publishes its counter and then takes the flag. Both orders are sequentially consistent, so at
 * least one of the two sees the other and no wake-up is lost. */
struct weir_ring {
    size_t capacity;
    int item_fd;
    int room_fd;
    _Atomic(size_t) pushed;
    _Atomic(size_t) popped;
    atomic_bool consumer_waits;
    atomic_bool producer_waits;
    void *slots[];
};

static void signal_fd(int fd)
{
    const uint64_t one = 1;
    /* A full counter is readable already, so a refused write loses nothing. */
    const ssize_t written = write(fd, &one, sizeof(one));
    (void)written;
}

static void drain_fd(int fd)
{
    uint64_t counted = 0;
    const ssize_t got = read(fd, &counted, sizeof(counted));
    (void)got;
}

int weir_ring_new(size_t capacity, struct weir_ring **out)
{
    if (capacity == 0 || (capacity & (capacity - 1)) != 0 || capacity > SIZE_MAX / 16) {
        return WEIR_EINVAL;
    }
    struct weir_ring *ring =
        (struct weir_ring *)calloc(1, sizeof(*ring) + capacity * sizeof(ring->slots[0]));
    if (ring == NULL) {
        return WEIR_ENOMEM;
    }
    ring->capacity = capacity;
    atomic_init(&ring->pushed, 0);
    atomic_init(&ring->popped, 0);
    atomic_init(&ring->consumer_waits, true);
    atomic_init(&ring->producer_waits, false);
    ring->item_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ring->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ring->item_fd < 0 || ring->room_fd < 0) {
        weir_ring_free(ring);
        return WEIR_EIO;
    }
    *out = ring;
    return WEIR_OK;
}

void weir_ring_free(struct weir_ring *ring)
{
    if (ring == NULL) {
        return;
    }
    if (ring->item_fd >= 0) {
        (void)close(ring->item_fd);
    }
    if (ring->room_fd >= 0) {
        (void)close(ring->room_fd);
    }
    free(ring);
}

static bool is_full(struct weir_ring *ring)
{
    return atomic_load(&ring->pushed) - atomic_load(&ring->popped) == ring->capacity;
}

static bool is_empty(struct weir_ring *ring)
{
    return atomic_load(&ring->pushed) == atomic_load(&ring->popped);
}

bool weir_ring_push(struct weir_ring *ring, void *item)
{
    if (is_full(ring)) {
        return false;
    }
    const size_t at = atomic_load(&ring->pushed);
    ring->slots[at & (ring->capacity - 1)] = item;
    atomic_store(&ring->pushed, at + 1);
    if (atomic_load(&ring->consumer_waits) && atomic_exchange(&ring->consumer_waits, false)) {
        signal_fd(ring->item_fd);
    }
    return true;
}

void *weir_ring_pop(struct weir_ring *ring)
{
    if (is_empty(ring)) {
        drain_fd(ring->item_fd);
        atomic_store(&ring->consumer_waits, true);
        if (is_empty(ring)) {
            return NULL;
        }
        /* Something came between: the descriptor must tell of whatever stays behind this item. */
        if (atomic_exchange(&ring->consumer_waits, false)) {
            signal_fd(ring->item_fd);
        }
    }
    const size_t at = atomic_load(&ring->popped);
    void *item = ring->slots[at & (ring->capacity - 1)];
    atomic_store(&ring->popped, at + 1);
    if (atomic_load(&ring->producer_waits) && atomic_exchange(&ring->producer_waits, false)) {
        signal_fd(ring->room_fd);
    }
    return item;
}

int weir_ring_fd(const struct weir_ring *ring)
{
    return ring->item_fd;
}

bool weir_ring_wait_room(struct weir_ring *ring, int timeout_ms)
{
    const struct weir_mono began = weir_mono_now();
    while (is_full(ring)) {
        drain_fd(ring->room_fd);
        atomic_store(&ring->producer_waits, true);
        if (!is_full(ring)) {
            break;
        }
        int64_t left_ms = -1;
        if (timeout_ms >= 0) {
            left_ms = timeout_ms - weir_mono_since_us(weir_mono_now(), began) / WEIR_US_PER_MS;
            if (left_ms <= 0) {
                return false;
            }
        }
        struct pollfd room = {.fd = ring->room_fd, .events = POLLIN};
        (void)poll(&room, 1, (int)left_ms);
    }
    return true;
}
