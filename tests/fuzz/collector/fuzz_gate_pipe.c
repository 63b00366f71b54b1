/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_gate_pipe: any bytes from the other end of the gate's pair, in pieces: each message given
 * out lies within what was written, and none is given twice.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/gate/gate_pipe.h"

#define HEADER_SIZE 5U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t take_all(struct gate_pipe *pipe)
{
    struct gate_message message;
    size_t taken = 0;
    volatile uint8_t seen = 0;
    while (gate_pipe_next(pipe, &message) == WEIR_OK) {
        for (size_t i = 0; i < message.size; i++) {
            seen = (uint8_t)(seen ^ message.body[i]);
        }
        taken += message.size + HEADER_SIZE;
    }
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gate_pipe pipe;
    int ends[2];
    size_t written = 0;
    size_t taken = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 ||
        gate_pipe_init(&pipe, ends[0]) != WEIR_OK) {
        abort();
    }
    while (written < size) { /* the first byte of a piece says how long it is */
        const size_t left = size - written - 1;
        const size_t piece = data[written] < left ? data[written] : left;
        if (piece > 0 && write(ends[1], data + written + 1, piece) != (ssize_t)piece) {
            break;
        }
        written += piece + 1;
        if (gate_pipe_fill(&pipe) != WEIR_OK) {
            break;
        }
        taken += take_all(&pipe);
    }
    if (taken > written) {
        abort();
    }
    (void)close(ends[1]);
    gate_pipe_fini(&pipe);
    return 0;
}
