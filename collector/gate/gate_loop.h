/* SPDX-License-Identifier: Apache-2.0
 *
 * gate_loop: the gate process itself: the network-facing socket and nothing else.
 *
 * It knows no database, opens no file and keeps nothing: frames are checked and passed on. When it
 * dies, nothing is lost, because nothing it held was acknowledged.
 *
 * Threads: ZeroMQ's own and one loop.
 * Source:  architecture 5 (gate).
 */
#ifndef WEIR_COLLECTOR_GATE_GATE_LOOP_H
#define WEIR_COLLECTOR_GATE_GATE_LOOP_H

/* Runs until the collector closes the socket pair whose end `fd` is. Gives an exit code. */
int gate_loop_run(int fd);

#endif
