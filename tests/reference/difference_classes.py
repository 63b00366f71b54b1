"""Every way in which the sensor and a reference may differ on a conversation, as a predicate.

A predicate sees packets only, never a result of the sensor or of the reference. `conversation.py`
says what a conversation is. The reasons are repeated, with figures, in README.md.
"""
import collections

from tests.reference.packet import FIN, RST, SYN, ACK, TCP, UDP, read_by_sensor

PARTIAL_CLOSE_US = 3_000_000  # Zeek's tcp_partial_close_delay
ZEEK_SERVER_PORTS = {3544}  # in Zeek's list of likely server ports, not in specification 1.2.3

Class = collections.namedtuple("Class", "name reference reason applies")


def frames_not_read(capture, conversation):
    packets = capture.conversations.get(conversation, [])
    return any(not read_by_sensor(packet) for packet in packets)


def carried_by_a_tunnel(capture, conversation):
    """The conversation is within a GRE or Teredo packet, or is that GRE itself."""
    if conversation[0] == 47:
        outer = set(map(id, capture.conversations.get(conversation, [])))
        return bool(outer) and any(capture.tunnelled.values())
    return conversation in capture.tunnelled and conversation not in capture.conversations


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


def first_datagram_from_a_port_of_zeek(capture, conversation):
    packets = capture.conversations.get(conversation, [])
    return bool(packets) and packets[0].proto == UDP and packets[0].sport in ZEEK_SERVER_PORTS and \
        packets[0].dport not in ZEEK_SERVER_PORTS


CLASSES = [
    Class("frames_not_read", "both",
          "MPLS, PPPoE, radiotap and LLC frames are not decoded yet: such packets are counted as "
          "not_ip or unsupported_link and are in no flow", frames_not_read),
    Class("carried_by_a_tunnel", "both",
          "GRE and Teredo are metered by their outer header as yet; the reference meters what they "
          "carry", carried_by_a_tunnel),
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
    Class("first_datagram_from_a_port_of_zeek", "zeek",
          "Zeek takes 3544 (Teredo) as a server port and turns the flow round; specification 1.2.3 "
          "does not list it", first_datagram_from_a_port_of_zeek),
]


def class_of(reference, capture, conversation):
    """The name of the first class that this conversation's packets belong to, or None."""
    for entry in CLASSES:
        if entry.reference in (reference, "both") and entry.applies(capture, conversation):
            return entry.name
    return None
