"""Every way in which the sensor and a reference may differ on a conversation, as a predicate.

A predicate sees packets only, never a result of the sensor or of the reference. `conversation.py`
says what a conversation is. The reasons are repeated, with figures, in README.md.
"""
import collections

from tests.reference.packet import ACK, FIN, ICMP, RST, SCTP, SYN, TCP, UDP

PARTIAL_CLOSE_US = 3_000_000  # Zeek's tcp_partial_close_delay

Class = collections.namedtuple("Class", "name reference reason applies")


def tunnel_of_others(capture, conversation):
    """Its packets carried those of other conversations."""
    return conversation in capture.tunnels


def within_teredo(capture, conversation):
    """Teredo carried its packets."""
    packets = capture.conversations.get(conversation, [])
    return any("tunnel" in packet.layers for packet in packets)


def teredo_between_peers(capture, conversation):
    """Teredo carried its packets, at a port not its own."""
    return conversation in capture.between_peers and conversation not in capture.conversations


def nothing_above_ip(capture, conversation):
    """A protocol without ports and messages, such as "no next header" (59)."""
    return conversation[0] not in (TCP, UDP, ICMP, SCTP)


def fragment_after_whole_datagram(capture, conversation):
    """Between these hosts a later fragment came when its datagram was whole already, or came alone."""
    covered, last = collections.defaultdict(set), {}
    for packet in capture.hosts[(conversation[0], conversation[1][0], conversation[2][0])]:
        if not packet.is_fragment:
            continue
        datagram = capture.datagram(packet)
        if packet.offset > 0 and datagram in last and \
                sum(size for _, size in covered[datagram]) >= last[datagram]:
            return True
        covered[datagram].add((packet.offset, packet.ip_payload))
        if not packet.more:
            last[datagram] = packet.offset + packet.ip_payload
    return False


def capture_of_one_instant(capture, _):
    return len({packet.time_us for packet in capture.packets}) == 1 < len(capture.packets)


def syn_repeated_after_reset(capture, conversation):
    """A RST, and within the linger of 5 s a SYN with the number of the SYN before it."""
    last_syn, reset_us = {}, None
    for packet in capture.conversations.get(conversation, []):
        if packet.proto != TCP or not packet.transport:
            continue
        if packet.flags & RST:
            reset_us = packet.time_us
        elif packet.flags & (SYN | ACK) == SYN:
            if reset_us is not None and packet.time_us - reset_us <= 5_000_000 and \
                    last_syn.get(packet.src) == packet.seq:
                return True
            last_syn[packet.src] = packet.seq
    return False


def silence_after_partial_close(capture, conversation):
    """No SYN at all; a FIN, and then 3 s and more of silence before a further packet."""
    packets = [packet for packet in capture.conversations.get(conversation, [])
               if packet.proto == TCP]
    if any(packet.flags & SYN for packet in packets):
        return False
    fin = False
    for earlier, later in zip(packets, packets[1:]):
        fin = fin or earlier.flags & FIN != 0
        if fin and later.time_us - earlier.time_us >= PARTIAL_CLOSE_US:
            return True
    return False


CLASSES = [
    Class("tunnel_of_others", "both",
          "a tunnel's packets are metered by their innermost headers (specification 6.4); Zeek has the "
          "tunnel as a connection besides, and Argus does not open Teredo", tunnel_of_others),
    Class("within_teredo", "argus", "Argus does not open Teredo: it counts these packets in the tunnel's own flow",
          within_teredo),
    Class("teredo_between_peers", "zeek",
          "Zeek finds Teredo at any port; the sensor opens it at port 3544 alone, because a port and "
          "40 fitting bytes prove less than they cost", teredo_between_peers),
    Class("nothing_above_ip", "zeek",
          "Zeek logs TCP, UDP, ICMP and no other protocol", nothing_above_ip),
    Class("fragment_after_whole_datagram", "argus",
          "Argus forgets a datagram when its last piece has come and gives a repeated piece to a flow "
          "of ports 0; here it stays with its datagram for 30 s", fragment_after_whole_datagram),
    Class("capture_of_one_instant", "argus",
          "every packet of the file has the same time stamp; Argus writes one record with state ERR "
          "and zero packets", capture_of_one_instant),
    Class("syn_repeated_after_reset", "zeek",
          "specification 1.2.4 (iii): a SYN with the same sequence number is a repetition, not port "
          "reuse; Zeek begins a connection at each", syn_repeated_after_reset),
    Class("silence_after_partial_close", "zeek",
          "Zeek forgets a connection whose beginning it did not see 3 s after one FIN, and begins "
          "another with the next packet; flow.tcp_halfclose is 120 s here",
          silence_after_partial_close),
]


def class_of(reference, capture, conversation):
    """The name of the first class that this conversation's packets belong to, or None."""
    for entry in CLASSES:
        if entry.reference in (reference, "both") and entry.applies(capture, conversation):
            return entry.name
    return None
