# SPDX-License-Identifier: Apache-2.0
"""A capture of very many short connections, quick to make and small: for tests that count flows.

A third each of answered DNS questions, TCP connections of six packets and refused ones, some pings,
and a few connections that stay open for half a minute, so that START and INTERIM records occur. The
checksums are zero (weir-sensor --flow-checksums ignore). The same seed gives the same bytes.
"""
import random
import struct

FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
ETHERNET = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0"
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16
TCP_SCRIPT = ((0, 0, SYN, 0), (900, 1, SYN | ACK, 0), (1800, 0, ACK, 0), (2000, 0, PUSH | ACK, 18),
              (9000, 1, FIN | ACK, 0), (9900, 0, FIN | ACK, 0), (10800, 1, ACK, 0))


def ipv4(protocol, source, target, body):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0, source,
                       target) + body


def udp(flow, is_answer, number):
    client, port, server, service = flow
    source, target = (service, port) if is_answer else (port, service)
    question = struct.pack("!HHHHHH", number & 0xFFFF, 0x8180 if is_answer else 0x0100, 1, 0, 0, 0)
    payload = question + b"\x04weir\x07example\0\0\x01\0\x01"
    ends = (server, client) if is_answer else (client, server)
    return ipv4(17, *ends, struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload)


def tcp(flow, is_answer, flags, numbers, payload_size):
    client, port, server, service = flow
    ports = (service, port) if is_answer else (port, service)
    ends = (server, client) if is_answer else (client, server)
    return ipv4(6, *ends, struct.pack("!HHIIBBHHH", *ports, *numbers, 0x50, flags, 8192, 0, 0)
                + b"x" * payload_size)


def connection(at_us, flow, number):
    """A whole TCP connection as (time, packet)s."""
    sent = [number * 7919 & 0xFFFFFFFF, number * 104729 & 0xFFFFFFFF]
    for offset_us, side, flags, size in TCP_SCRIPT:
        numbers = (sent[side], sent[1 - side] if flags & ACK else 0)
        yield at_us + offset_us, tcp(flow, side == 1, flags, numbers, size)
        sent[side] = sent[side] + size + (flags & (SYN | FIN) != 0) & 0xFFFFFFFF


def open_connection(at_us, flow, number):
    """One that talks now and then for half a minute and is reset."""
    packets = list(connection(at_us, flow, number))[:4]
    yield from packets
    for i in range(4):
        yield at_us + (i + 1) * 8000000, packets[2][1]
    yield at_us + 33000000, tcp(flow, False, RST, (number * 7919 + 19 & 0xFFFFFFFF, 0), 0)


def one_flow(dice, at_us, number, branch):
    client = bytes((10, branch + 1, 0, dice.randrange(1, 80)))
    server = bytes((192, 0, 2, dice.randrange(1, 40)))
    flow = (client, 1024 + number // 3 % 60000, server, dice.choice((53, 80, 443, 25, 22)))
    kind = dice.random()
    if kind < 0.40:
        flow = flow[:3] + (53,)
        yield at_us, udp(flow, False, number)
        yield at_us + 3000, udp(flow, True, number)
    elif kind < 0.65:
        yield from connection(at_us, flow, number)
    elif kind < 0.95:
        yield at_us, tcp(flow, False, SYN, (number, 0), 0)
        yield at_us + 700, tcp(flow, True, RST | ACK, (0, number + 1), 0)
    elif kind < 0.97:
        yield from open_connection(at_us, flow, number)
    else:
        echo = struct.pack("!HHHH", 0, number & 0xFFFF, 1, 0) + bytes(24)
        yield at_us, ipv4(1, client, server, b"\x08\0" + echo[2:])
        yield at_us + 1100, ipv4(1, server, client, b"\0\0" + echo[2:])


def write_tiny_flows(folder, flows, branches, seed, duration_s=600, start_s=1700000000):
    """Writes folder/branch-N.pcap, about flows / branches connections each; returns the paths."""
    dice = random.Random(seed)
    packets = [[] for _ in range(branches)]
    for number in range(flows):
        at_us = start_s * 1000000 + number * duration_s * 1000000 // flows
        branch = dice.randrange(branches)
        packets[branch] += one_flow(dice, at_us, number, branch)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for branch, mine in enumerate(packets):
        mine.sort(key=lambda packet: packet[0])
        paths.append(folder / f"branch-{branch + 1}.pcap")
        with open(paths[-1], "wb") as out:
            out.write(FILE_HEADER)
            for time_us, packet in mine:
                size = len(ETHERNET) + len(packet)
                out.write(struct.pack("<IIII", time_us // 1000000, time_us % 1000000, size, size)
                          + ETHERNET + packet)
    return paths
