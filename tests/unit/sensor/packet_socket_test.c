/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/capture/packet_socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/weir_test.h"

#define PORT 45998

/* On the loopback interface; skips the test where that is not permitted. */
static int open_socket(void)
{
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
    const struct sockaddr_ll to = {.sll_family = AF_PACKET,
                                   .sll_protocol = htons(ETH_P_ALL),
                                   .sll_ifindex = (int)if_nametoindex("lo")};
    if (fd < 0 || bind(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        print_message("skipped: no packet socket\n");
        skip();
    }
    return fd;
}

static void send_one(void)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(sendto(fd, "weir", 4, 0, (const struct sockaddr *)&to, sizeof(to)), 4);
    (void)close(fd);
}

/* Packets to PORT that wait in a socket. */
static unsigned received(int fd)
{
    uint8_t bytes[2048];
    unsigned count = 0;
    ssize_t size = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    (void)poll(&wait, 1, 50);
    while ((size = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        count +=
            size >= 38 && bytes[23] == 17 && bytes[36] == PORT >> 8 && bytes[37] == (PORT & 0xff)
                ? 1
                : 0;
    }
    return count;
}

static void a_closed_intake_lets_nothing_in(void **state)
{
    (void)state;
    const int fd = open_socket();
    assert_err(packet_socket_close_intake(fd), WEIR_OK);
    send_one();
    assert_int_equal(received(fd), 0);
    assert_err(packet_socket_open_intake(fd), WEIR_OK);
    send_one();
    assert_int_equal(received(fd), 2);
    (void)close(fd);
}

static void a_program_says_what_is_let_in(void **state)
{
    (void)state;
    const int fd = open_socket();
    const struct sock_filter none[] = {{.code = BPF_RET | BPF_K, .k = 0}};
    const struct sock_filter all[] = {{.code = BPF_RET | BPF_K, .k = 65535}};
    assert_err(packet_socket_filter_intake(fd, none, 1), WEIR_OK);
    send_one();
    assert_int_equal(received(fd), 0);
    assert_err(packet_socket_filter_intake(fd, all, 1), WEIR_OK);
    send_one();
    assert_int_equal(received(fd), 2);
    assert_err(packet_socket_filter_intake(fd, all, 0), WEIR_EIO);
    (void)close(fd);
}

static void a_group_shares_the_packets(void **state)
{
    (void)state;
    uint32_t group = 0;
    const int first = open_socket();
    const int second = open_socket();
    assert_err(packet_socket_join(first, &group), WEIR_OK);
    assert_true(group > 0);
    const uint32_t made = group;
    assert_err(packet_socket_join(second, &group), WEIR_OK);
    assert_int_equal(group, made);
    send_one();
    const unsigned at_first = received(first);
    const unsigned at_second = received(second);
    assert_int_equal(at_first + at_second, 2); /* as it leaves and as it arrives */
    assert_true(at_first == 0 || at_second == 0);
    (void)close(first);
    (void)close(second);
}

static void another_kind_of_socket_is_told_apart(void **state)
{
    (void)state;
    uint32_t group = 0;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_false(packet_socket_is(fd));
    assert_false(packet_socket_is(-1));
    assert_err(packet_socket_join(fd, &group), WEIR_EIO);
    assert_int_equal(group, 0);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_intake_lets_nothing_in),
        cmocka_unit_test(a_program_says_what_is_let_in),
        cmocka_unit_test(a_group_shares_the_packets),
        cmocka_unit_test(another_kind_of_socket_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
