"""One frame as the fields that a reference needs, and what it carries when it is a tunnel's.

The framing is named in `layers`, so that a difference can be told from the packet itself. `problem`
says why a packet has no flow.
"""
import ipaddress
import struct

from tests.reference.capture_file import Frame

TCP, UDP, ICMP, ICMPV6, SCTP = 6, 17, 1, 58, 132
TEREDO = 3544
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
ECHO = {ICMP: {8: True, 0: False}, ICMPV6: {128: True, 129: False}}
_VLAN = (0x8100, 0x88A8, 0x9100, 0x9200)
_texts = {}


def text_of(address):
    text = _texts.get(address)
    if text is None:
        text = _texts[address] = str(ipaddress.ip_address(address))
    return text


class Packet:
    """See the module. Lengths are those of the headers; `captured` payload may be shorter."""
    __slots__ = ("frame", "time_us", "wire", "layers", "problem", "version", "ip_bytes", "src", "dst",
                 "proto", "sport", "dport", "offset", "more", "ip_id", "ip_payload", "transport",
                 "flags", "seq", "ack", "window", "payload_bytes", "payload", "icmp_id", "cut",
                 "bad_checksum", "extensions", "options", "ttl", "tos", "dont_fragment", "reserved",
                 "urgent", "options_bytes", "options_size", "bad_ip_checksum", "bad_l4_checksum")

    def __init__(self, frame):
        self.frame, self.time_us, self.wire = frame, frame.time_us, frame.wire
        self.layers, self.problem, self.version, self.ip_bytes = (), None, 0, 0
        self.src = self.dst = b""
        self.proto, self.sport, self.dport, self.offset, self.more = -1, 0, 0, 0, False
        self.ip_id, self.ip_payload, self.transport, self.flags = 0, 0, False, 0
        self.seq = self.ack = self.window = self.payload_bytes = 0
        self.payload, self.icmp_id, self.cut = b"", None, False
        self.bad_checksum, self.extensions, self.options = False, (), 0
        self.ttl, self.tos, self.dont_fragment, self.reserved = 0, 0, False, False
        self.bad_ip_checksum = self.bad_l4_checksum = False
        self.urgent, self.options_bytes, self.options_size = 0, b"", 0

    @property
    def is_fragment(self):
        return self.offset > 0 or self.more

    @property
    def is_icmp(self):
        return self.proto in (ICMP, ICMPV6)


def _ethertype(data, at, kind, packet):
    while True:
        if kind in _VLAN:
            if len(data) < at + 4:
                packet.problem = "short"
                return at, None
            packet.layers += ("vlan",)
            kind = struct.unpack_from(">H", data, at + 2)[0]
            at += 4
        elif kind in (0x8847, 0x8848):
            packet.layers += ("mpls",)
            while len(data) >= at + 4 and not data[at + 2] & 1:
                at += 4
            at += 4
            nibble = data[at] >> 4 if len(data) > at else 0
            if nibble not in (4, 6):  # an Ethernet pseudowire, with a control word or without
                bare = struct.unpack_from(">H", data, at + 12)[0] if len(data) >= at + 14 else 0
                at += 4 if nibble == 0 and bare not in (0x800, 0x86DD, *_VLAN) else 0
                kind = struct.unpack_from(">H", data, at + 12)[0] if len(data) >= at + 14 else 0
                at += 14
                packet.layers += ("pseudowire",)
                continue
            return at, nibble
        elif kind == 0x8864:
            packet.layers += ("pppoe",)
            protocol = struct.unpack_from(">H", data, at + 6)[0] if len(data) >= at + 8 else 0
            return at + 8, {0x21: 4, 0x57: 6}.get(protocol)
        else:
            if kind < 0x600:
                packet.layers += ("llc",)
                if data[at:at + 6] == b"\xaa\xaa\x03\0\0\0" and len(data) >= at + 8:
                    kind = struct.unpack_from(">H", data, at + 6)[0]
                    at += 8
                    packet.layers += ("snap",)
                    continue
            return at, {0x800: 4, 0x86DD: 6}.get(kind)


def _radiotap(data, packet):
    packet.layers += ("radiotap",)
    at = struct.unpack_from("<H", data, 2)[0]
    if len(data) < at + 24 or data[at] & 0x0C != 8:
        return at, None
    control, flags = data[at], data[at + 1]
    at += 24 + (6 if flags & 3 == 3 else 0) + (2 if control & 0x80 else 0)
    at += 8 if flags & 0x40 else 0
    if data[at:at + 6] != b"\xaa\xaa\x03\0\0\0":
        return at, None
    return _ethertype(data, at + 8, struct.unpack_from(">H", data, at + 6)[0], packet)


def _network(frame, packet):
    """Where the network header begins and its IP version (None: not IP)."""
    data, link = frame.bytes, frame.link
    if link == 1:
        if len(data) < 14:
            packet.problem = "short"
            return 0, None
        return _ethertype(data, 14, struct.unpack_from(">H", data, 12)[0], packet)
    if link in (113, 276):
        size, at = (16, 14) if link == 113 else (20, 0)
        if len(data) < size:
            packet.problem = "short"
            return 0, None
        return _ethertype(data, size, struct.unpack_from(">H", data, at)[0], packet)
    if link in (12, 14, 101, 228, 229):
        return 0, (data[0] >> 4 if data else None)
    if link in (0, 108):
        family = struct.unpack_from(">I", data)[0] if len(data) >= 4 else 0
        family = struct.unpack(">I", struct.pack("<I", family))[0] if family > 0xFFFF else family
        return 4, {2: 4, 10: 6, 24: 6, 28: 6, 30: 6}.get(family)
    if link == 127:
        return _radiotap(data, packet)
    packet.layers += (f"link {link}",)
    return 0, None


def _sum(data):
    data = data if len(data) % 2 == 0 else data + b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _ipv4(data, wire_left, packet):
    if len(data) < 20:
        return "short"
    if data[0] >> 4 != 4:
        return "version"
    header = (data[0] & 15) * 4
    total, packet.ip_id, field = struct.unpack_from(">HHH", data, 2)
    derived = total == 0
    total = wire_left if derived else total
    short_header = header < 20
    header = max(header, 20)
    if total < header:
        return "length"
    if len(data) < header:
        return "short"
    packet.version, packet.ip_bytes, packet.options = 4, total, header - 20
    packet.offset, packet.more = (field & 0x1FFF) * 8, field & 0x2000 != 0
    packet.proto, packet.src, packet.dst = data[9], data[12:16], data[16:20]
    packet.tos, packet.ttl = data[1], data[8]
    packet.dont_fragment, packet.reserved = field & 0x4000 != 0, field & 0x8000 != 0
    packet.bad_checksum = packet.bad_ip_checksum = _sum(data[:header]) != 0xFFFF
    packet.ip_payload = total - header
    if short_header:  # where the transport header begins, nobody knows
        return None
    return _transport(data[header:total], derived, packet)


def _ipv6(data, wire_left, packet):
    if len(data) < 40:
        return "short"
    if data[0] >> 4 != 6:
        return "version"
    size, following = struct.unpack_from(">HB", data, 4)
    derived = size == 0 and following != 59
    size = wire_left - 40 if derived else size
    packet.version, packet.ip_bytes, packet.src, packet.dst = 6, 40 + size, data[8:24], data[24:40]
    packet.tos, packet.ttl = (data[0] << 4 | data[1] >> 4) & 255, data[7]
    rest, left = data[40:40 + size], size
    packet.cut = len(rest) < left
    for _ in range(16):
        if following not in (0, 43, 44, 51, 60):
            break
        packet.extensions += (following,)
        if len(rest) < 8:
            return "short" if packet.cut else "length"
        step = 8 if following == 44 else (rest[1] + 2) * 4 if following == 51 else (rest[1] + 1) * 8
        if step > left:
            return "length"
        if following == 44:
            field, packet.ip_id = struct.unpack_from(">HI", rest, 2)
            packet.offset, packet.more = field & 0xFFF8, field & 1 != 0
        following = rest[0]
        if len(rest) < step:
            return "short" if packet.cut else "length"
        rest, left = rest[step:], left - step
        if packet.offset > 0:
            break
    else:
        return "deep"
    packet.proto, packet.ip_payload = following, left
    return _transport(rest, derived, packet)


def _bad_sum(packet, rest, size):
    if packet.proto == ICMP:
        return _sum(rest[:size]) != 0xFFFF
    if packet.proto == UDP and packet.version == 4 and rest[6:8] == b"\0\0":
        return False
    pseudo = packet.src + packet.dst + struct.pack(">II", size, packet.proto)
    if packet.proto in (TCP, UDP):
        at = 16 if packet.proto == TCP else 6
        if rest[at:at + 2] == struct.pack(">H", _sum(pseudo)):
            return False  # left for the sender's card to compute
    return _sum(pseudo + rest[:size]) != 0xFFFF


def _transport(rest, derived, packet):
    size = packet.ip_payload
    packet.cut = len(rest) < size
    packet.payload, packet.payload_bytes = rest, size
    if packet.offset > 0:
        return None
    need = {TCP: 20, UDP: 8, ICMP: 4, ICMPV6: 4}.get(packet.proto, 0)
    if len(rest) < need:
        if size >= need:
            return "short"
        if not packet.is_fragment:
            return "length"
        if len(rest) >= 4:
            packet.sport, packet.dport = struct.unpack_from(">HH", rest)
        packet.payload, packet.payload_bytes = b"", 0
        return None
    if packet.proto == TCP:
        packet.sport, packet.dport, packet.seq, packet.ack = struct.unpack_from(">HHII", rest)
        header = (rest[12] >> 4) * 4
        if header > size and packet.is_fragment:
            header = size
        if header < 20 or header > size:
            packet.payload, packet.payload_bytes = b"", 0
            return None
        packet.flags, packet.window = rest[13], struct.unpack_from(">H", rest, 14)[0]
        packet.urgent = struct.unpack_from(">H", rest, 18)[0]
        packet.options_bytes, packet.options_size = rest[20:header], header - 20
        packet.payload, packet.payload_bytes = rest[header:], size - header
    elif packet.proto == UDP:
        packet.sport, packet.dport, length = struct.unpack_from(">HHH", rest)
        if 0 < length < 8:
            packet.payload, packet.payload_bytes = b"", 0
            return None
        packet.payload_bytes = min(length - 8, size - 8) if length else size - 8
        packet.payload = rest[8:8 + packet.payload_bytes]
        size = min(length, size) if length else size
    elif packet.is_icmp:
        if len(rest) < 8 <= size:
            return "short"
        packet.sport, packet.dport = rest[0], rest[1]
        with_id = packet.sport in (0, 8, 13, 14, 15, 16, 17, 18) if packet.proto == ICMP else \
            packet.sport in (128, 129)
        if with_id and len(rest) >= 8:
            packet.icmp_id = struct.unpack_from(">H", rest, 4)[0]
    elif packet.proto == SCTP and len(rest) >= 4:
        packet.sport, packet.dport = struct.unpack_from(">HH", rest)
        return None
    else:
        return None
    packet.transport = True
    if not packet.is_fragment and not packet.cut and not derived and _bad_sum(packet, rest, size):
        packet.bad_checksum = packet.bad_l4_checksum = True
    return None


def decode(frame):
    packet = Packet(frame)
    at, version = _network(frame, packet)
    if packet.problem is None and version not in (4, 6):
        packet.problem = "not ip"
    if packet.problem is None:
        data = frame.bytes[at:]
        left = max(frame.wire - at, len(data)) if frame.wire <= at else frame.wire - at
        packet.problem = (_ipv4 if version == 4 else _ipv6)(data, left, packet)
    return packet


def _inner(outer, data, version):
    """The packet that `outer` carries in data; None when that is no packet."""
    inner = Packet(Frame(outer.frame.number, outer.time_us, 101, len(data), data))
    inner.problem = (_ipv4 if version == 4 else _ipv6)(data, len(data), inner)
    if not inner.version or inner.problem is not None or inner.ip_bytes > len(data):
        return None
    inner.frame, inner.wire, inner.layers = outer.frame, outer.wire, outer.layers + ("tunnel",)
    return inner


def _teredo(packet):
    data = packet.payload
    if data[:2] == b"\0\1" and len(data) >= 4:  # RFC 4380 authentication
        data = data[13 + data[2] + data[3]:]
    if data[:2] == b"\0\0":  # and origin indication
        data = data[8:]
    if len(data) >= 40 and data[0] >> 4 == 6 and \
            struct.unpack_from(">H", data, 4)[0] == len(data) - 40:
        return _inner(packet, data, 6)
    return None


def within_tunnel(packet):
    """The packet that GRE, IP or Teredo (at any port) carries in this one, or None."""
    if packet.problem is not None or packet.is_fragment:
        return None
    if packet.proto == 47 and len(packet.payload) >= 4:
        flags, kind = struct.unpack_from(">HH", packet.payload)
        at = 4 + sum(4 for bit in (0x8000, 0x2000, 0x1000) if flags & bit)
        version = {0x800: 4, 0x86DD: 6}.get(kind)
        return _inner(packet, packet.payload[at:], version) if version else None
    if packet.proto in (4, 41):
        return _inner(packet, packet.payload, 4 if packet.proto == 4 else 6)
    return _teredo(packet) if packet.proto == UDP and packet.transport else None


def metered(packet):
    """The packet whose headers the sensor meters: the innermost (specification 6.4). Teredo is looked
    for at its own port only."""
    for _ in range(4):
        if packet.proto == UDP and TEREDO not in (packet.sport, packet.dport):
            break
        inner = within_tunnel(packet)
        if inner is None:
            break
        packet = inner
    return packet
