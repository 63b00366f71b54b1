"""JA3, JA3S, JA4 and HASSH of a capture's streams, computed a second time from their definitions.

Streams are put together the plain way: what follows the SYN without a gap. Nothing here is shared
with the sensor but the packets.
"""
import collections
import hashlib
import struct

from tests.reference.capture_file import frames
from tests.reference.conversation import key
from tests.reference.packet import ACK, SYN, TCP, decode, metered, text_of

HEAD_MAX = 8192
VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}


def _md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def _sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _heads(path):
    """(conversation, whether it is the client's, its first bytes) of each direction."""
    begins, clients, pieces = {}, {}, collections.defaultdict(dict)
    for frame in frames(path):
        packet = metered(decode(frame))
        if packet is None or packet.problem or packet.proto != TCP or not packet.transport:
            continue
        side = (packet.src, packet.sport, packet.dst, packet.dport)
        if packet.flags & SYN:
            if side in begins and begins[side] != packet.seq:
                pieces[side] = None  # the ports are used again: two streams under one name
            begins[side], clients[side] = packet.seq, not packet.flags & ACK
        elif pieces[side] is not None and packet.payload_bytes:
            whole = len(packet.payload) == packet.payload_bytes
            pieces[side].setdefault(packet.seq, packet.payload if whole else None)
    for side, begin in begins.items():
        head, at = b"", (begin + 1) & 0xFFFFFFFF
        while pieces[side] and at in pieces[side] and len(head) < HEAD_MAX:
            piece = pieces[side][at]
            if piece is None:
                break
            head += piece
            at = (at + len(piece)) & 0xFFFFFFFF
        if head:
            source, sport, destination, dport = side
            yield (key(TCP, text_of(source), sport, text_of(destination), dport)[0], clients[side],
                   head)


def _first_message(head):
    """The first handshake message over the records at the beginning of a stream, or None."""
    message, at = b"", 0
    while at + 5 <= len(head) and head[at] == 22 and head[at + 1] == 3:
        size = struct.unpack_from(">H", head, at + 3)[0]
        message += head[at + 5:at + 5 + size]
        at += 5 + size
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big"):
            return message[0], message[4:4 + int.from_bytes(message[1:4], "big")]
    return None


def _numbers(data):
    return [v for v in struct.unpack(f">{len(data) // 2}H", data[:len(data) // 2 * 2])
            if not (v & 0x0F0F == 0x0A0A and v >> 8 == v & 0xFF)]


def _extensions(data):
    found, at = [], 2
    end = 2 + struct.unpack_from(">H", data)[0] if len(data) >= 2 else 0
    while at + 4 <= end:
        kind, size = struct.unpack_from(">HH", data, at)
        found.append((kind, data[at + 4:at + 4 + size]))
        at += 4 + size
    return found


def _client(body):
    version = struct.unpack_from(">H", body)[0]
    at = 35 + body[34]
    size = struct.unpack_from(">H", body, at)[0]
    ciphers = _numbers(body[at + 2:at + 2 + size])
    at += 2 + size
    all_extensions = _extensions(body[at + 1 + body[at]:])
    extensions = [pair for pair in all_extensions if _numbers(struct.pack(">H", pair[0]))]
    value = dict(reversed(extensions))
    dash = "-".join
    ja3 = _md5(",".join((str(version), dash(map(str, ciphers)),
                         dash(str(kind) for kind, _ in extensions),
                         dash(map(str, _numbers(value.get(10, b"")[2:]))),
                         dash(map(str, value.get(11, b"")[1:])))))
    offered = max(_numbers(value[43][1:]), default=version) if 43 in value else version
    alpn = value.get(16, b"\0\0\0")[3:3 + value[16][2]] if 16 in value else b""
    ends = alpn[:1] + alpn[-1:]
    text = ends.decode() if ends.isalnum() else (alpn.hex()[:1] + alpn.hex()[-1:] or "00")
    kinds = sorted(f"{kind:04x}" for kind, _ in extensions if kind not in (0, 16))
    signatures = [f"{v:04x}" for v in _numbers(value.get(13, b"")[2:])]
    hashed = ",".join(kinds) + ("_" + ",".join(signatures) if signatures else "")
    ja4 = (f"t{VERSIONS.get(offered, '00')}{'d' if 0 in value else 'i'}{min(len(ciphers), 99):02}"
           f"{min(len(extensions), 99):02}{text}_"
           f"{_sha256(','.join(sorted(f'{c:04x}' for c in ciphers))) if ciphers else '0' * 12}_"
           f"{_sha256(hashed) if kinds else '0' * 12}")
    return {"ja3": ja3, "ja4": ja4}


def _server(body):
    version = struct.unpack_from(">H", body)[0]
    at = 35 + body[34]
    cipher = struct.unpack_from(">H", body, at)[0]
    kinds = "-".join(str(kind) for kind, _ in _extensions(body[at + 3:]))
    return {"ja3s": _md5(f"{version},{cipher},{kinds}")}


def _hassh(head, client):
    end = head.find(b"\n") + 1
    while end > 0 and not head.startswith(b"SSH-2.0"):
        head, end = head[end:], head[end:].find(b"\n") + 1
    packet = head[end:]
    if end <= 0 or len(packet) < 22 or packet[5] != 20:
        return {}
    lists, at = [], 22
    for _ in range(8):
        if at + 4 > len(packet):
            return {}
        size = struct.unpack_from(">I", packet, at)[0]
        if at + 4 + size > len(packet):
            return {}
        lists.append(packet[at + 4:at + 4 + size].decode())
        at += 4 + size
    wanted = (0, 2, 4, 6) if client else (0, 3, 5, 7)
    return {"hassh" if client else "hasshServer": _md5(";".join(lists[i] for i in wanted))}


def fingerprints(path):
    """Conversation to {name: value}, of every stream that shows its first message whole."""
    found = collections.defaultdict(dict)
    for conversation, client, head in _heads(path):
        message = _first_message(head)
        if message is not None and message[0] in (1, 2):
            found[conversation].update(_client(message[1]) if message[0] == 1 else
                                       _server(message[1]))
        elif head.startswith(b"SSH-"):
            found[conversation].update(_hassh(head, client))
    return {conversation: values for conversation, values in found.items() if values}
