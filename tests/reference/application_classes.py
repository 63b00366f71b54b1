"""Every way in which our application may differ from nDPI's or Zeek's, as a predicate.

As in difference_classes.py a predicate sees packets only. The reasons are repeated in README.md.
"""
import collections

from tests.reference.difference_classes import teredo_between_peers, tunnel_of_others
from tests.reference.packet import SYN, TCP, UDP

Class = collections.namedtuple("Class", "name reference reason applies")

ENOUGH_ENDED = 4  # bytes in either direction, specification 5.1.1
NOT_IN_TABLE = {(UDP, 138): "NetBIOS datagrams", (UDP, 546): "DHCPv6", (UDP, 547): "DHCPv6",
                (UDP, 3544): "Teredo"}


def _packets(capture, conversation):
    return capture.conversations.get(conversation, []) or \
        capture.between_peers.get(conversation, [])


def start_not_seen(capture, conversation):
    """TCP, and data comes before the first SYN, or there is no SYN."""
    if conversation[0] != TCP:
        return False
    for packet in _packets(capture, conversation):
        if packet.flags & SYN:
            return False
        if packet.payload_bytes > 0:
            return True
    return True


def hardly_any_payload(capture, conversation):
    sizes = collections.Counter()
    for packet in _packets(capture, conversation):
        sizes[packet.src] += packet.payload_bytes
    return max(sizes.values(), default=0) < ENOUGH_ENDED


def not_in_the_table(_, conversation):
    proto, (_, one), (_, two) = conversation
    return (proto, one) in NOT_IN_TABLE or (proto, two) in NOT_IN_TABLE


def telnet_without_name(_, conversation):
    return conversation[0] == TCP and 23 in (conversation[1][1], conversation[2][1])


def request_without_version(capture, conversation):
    """The first data is a line that begins with GET and names no version: HTTP/0.9."""
    for packet in _packets(capture, conversation):
        if packet.payload_bytes > 0:
            line = bytes(packet.payload).split(b"\r\n")[0]
            return line.startswith(b"GET /") and b" HTTP/" not in line
    return False


CLASSES = [
    Class("hardly_any_payload", "ndpi",
          "fewer than 4 bytes in either direction: nDPI then guesses by port or address",
          hardly_any_payload),
    Class("start_not_seen", "ndpi",
          "specification 5.1.1 recognises only a connection whose start was seen; nDPI looks at any "
          "data, mid-stream answers included", start_not_seen),
    Class("not_in_the_table", "both",
          "the NetBIOS datagram service, DHCPv6 and Teredo are not among the applications of "
          "specification 5.1.1", not_in_the_table),
    Class("request_without_version", "zeek",
          "specification 5.1.1 wants a version on the request's line; Zeek takes HTTP/0.9 for HTTP",
          request_without_version),
    Class("telnet_without_name", "zeek", "Zeek's analyzer of telnet does not write a service",
          telnet_without_name),
    Class("tunnel_of_others", "both", "as in difference_classes.py", tunnel_of_others),
    Class("teredo_between_peers", "both", "as in difference_classes.py", teredo_between_peers),
]


def class_of(reference, capture, conversation):
    """The name of the first class that this conversation's packets belong to, or None."""
    for entry in CLASSES:
        if entry.reference in (reference, "both") and entry.applies(capture, conversation):
            return entry.name
    return None
