/* SPDX-License-Identifier: Apache-2.0
 *
 * packet_socket: what libpcap does not ask of Linux's packet socket, asked on its descriptor.
 *
 * Shape:   an intake that is closed lets no packet in, and none is counted; what is in the ring
 *          stays. So a capture begins and ends between two packets, with its counters exact.
 * Errors:  WEIR_EIO with errno's meaning kept; on another kind of socket everything but
 *          packet_socket_is() fails.
 * Threads: any.
 * Source:  packet(7); Linux, Documentation/networking/packet_mmap.rst.
 */
#ifndef WEIR_SENSOR_CAPTURE_PACKET_SOCKET_H
#define WEIR_SENSOR_CAPTURE_PACKET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

bool packet_socket_is(int fd);

WEIR_MUST_CHECK int packet_socket_close_intake(int fd);

/* Takes the socket's filter away: every packet is let in. */
WEIR_MUST_CHECK int packet_socket_open_intake(int fd);

/* Opens the intake for what a BPF program (struct sock_filter, as libpcap compiles it) lets in. */
WEIR_MUST_CHECK int packet_socket_filter_intake(int fd, const void *instructions, size_t count);

/* Joins a group that shares an interface's packets, both directions of a connection at one member,
 * after the kernel has put IPv4 fragments together. *group 0: a new group, whose number + 1 is
 * written to it (the first group's number is 0). */
WEIR_MUST_CHECK int packet_socket_join(int fd, uint32_t *group);

#endif
