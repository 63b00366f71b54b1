/* SPDX-License-Identifier: Apache-2.0
 *
 * channel_socket: what both ends of a channel set and ask of a ZeroMQ socket.
 *
 * Errors:  0 or -1 with errno, as ZeroMQ's own calls.
 */
#ifndef WEIR_PROTO_CHANNEL_SOCKET_H
#define WEIR_PROTO_CHANNEL_SOCKET_H

/* Sets an option that takes an int. */
int weir_channel_socket_set(void *socket, int option, int value);

/* Limits and timers that no end may forget. heartbeat_ms 0 = 10000. */
int weir_channel_socket_init(void *socket, int heartbeat_ms);

int weir_channel_socket_fd(void *socket);

/* WEIR_CHANNEL_CAN_* bits. */
unsigned weir_channel_socket_events(void *socket);

/* Reads and drops what is left of a message of several parts. */
void weir_channel_socket_skip(void *socket);

#endif
