"""Conversations: all packets of one pair of (address, port) and protocol, over the whole capture.

Timeouts, port reuse and the cutting of long flows make no difference here: both sides are summed.
ICMP has no ports, and of other protocols none are compared: their conversations are pairs of hosts.
"""
import collections

from tests.reference.capture_file import frames
from tests.reference.packet import TCP, UDP, decode, metered, text_of, within_tunnel


def key(proto, source, sport, destination, dport):
    """The conversation, and whether the packet goes from its first end to its second."""
    if proto not in (TCP, UDP):
        sport = dport = 0
    proto = 1 if proto == 58 else proto
    first, second = (source, sport), (destination, dport)
    return ((proto, first, second), True) if first <= second else ((proto, second, first), False)


def hosts_of(conversation):
    proto, first, second = conversation
    return proto, first[0], second[0]


class Capture:
    """Every packet of a file, and the conversation of each that is IP.

    conversations: key to the packets that are metered, the innermost; hosts: protocol and pair of
    hosts to packets; tunnels: key to the packets that carried others; between_peers: key to the
    packets that Teredo carries at a port not its own.
    """

    def __init__(self, path):
        outermost = [decode(frame) for frame in frames(path)]
        self.packets = [metered(packet) for packet in outermost]
        self.conversations = collections.defaultdict(list)
        self.hosts = collections.defaultdict(list)
        self.tunnels = collections.defaultdict(list)
        self.between_peers = collections.defaultdict(list)
        self._first_fragment = {}
        for packet in self.packets:
            if packet.version and packet.more and packet.offset == 0 and packet.problem is None:
                self._first_fragment.setdefault(self.datagram(packet), (packet.sport, packet.dport))
        for packet in self.packets:
            if packet.version:
                conversation, _ = self.key_of(packet)
                self.conversations[conversation].append(packet)
                self.hosts[hosts_of(conversation)].append(packet)
                inner = within_tunnel(packet)
                if inner is not None:
                    self.between_peers[self.key_of(inner)[0]].append(inner)
        for outer, packet in zip(outermost, self.packets):
            if outer is not packet:
                self.tunnels[self.key_of(outer)[0]].append(outer)

    @staticmethod
    def datagram(packet):
        return packet.src, packet.dst, packet.proto, packet.ip_id

    def key_of(self, packet):
        """Later fragments belong where the datagram's first one does."""
        sport, dport = packet.sport, packet.dport
        if packet.offset > 0:
            sport, dport = self._first_fragment.get(self.datagram(packet), (0, 0))
        return key(packet.proto, text_of(packet.src), sport, text_of(packet.dst), dport)

    def link_overhead(self):
        """Bytes of frames that are not the IP packet's, per conversation and direction: what Argus
        counts beyond IP. It does so for Ethernet and 802.11 only, without radiotap's header."""
        overhead = collections.defaultdict(lambda: [0, 0])
        for packet in self.packets:
            if packet.version and packet.frame.link in (1, 127):
                conversation, forward = self.key_of(packet)
                before = packet.frame.bytes[2] if packet.frame.link == 127 else 0
                overhead[conversation][0 if forward else 1] += \
                    packet.wire - before - packet.ip_bytes
        return overhead
