/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/packet_socket.h"

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

bool packet_socket_is(int fd)
{
    int domain = 0;
    socklen_t size = sizeof(domain);
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_PACKET;
}

int packet_socket_close_intake(int fd)
{
    struct sock_filter refuse[] = {{.code = BPF_RET | BPF_K, .k = 0}};
    const struct sock_fprog program = {.len = 1, .filter = refuse};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 ? WEIR_OK
                                                                                        : WEIR_EIO;
}

int packet_socket_open_intake(int fd)
{
    const int none = 0;
    return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)) == 0 ? WEIR_OK
                                                                                  : WEIR_EIO;
}

int packet_socket_filter_intake(int fd, const void *instructions, size_t count)
{
    struct sock_filter copied[BPF_MAXINSNS];
    if (count == 0 || count > BPF_MAXINSNS) {
        return WEIR_EIO;
    }
    memcpy(copied, instructions, count * sizeof(copied[0]));
    const struct sock_fprog program = {.len = (unsigned short)count, .filter = copied};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 ? WEIR_OK
                                                                                        : WEIR_EIO;
}

int packet_socket_join(int fd, uint32_t *group)
{
    const uint32_t kind = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;
    const uint32_t how = *group == 0 ? kind | PACKET_FANOUT_FLAG_UNIQUEID : kind;
    const uint32_t wanted = (*group == 0 ? 0 : *group - 1) | how << 16;
    uint32_t joined = 0;
    socklen_t size = sizeof(joined);
    if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &wanted, sizeof(wanted)) != 0 ||
        getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &joined, &size) != 0) {
        return WEIR_EIO;
    }
    *group = (joined & UINT16_MAX) + 1;
    return WEIR_OK;
}
