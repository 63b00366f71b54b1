"""Small captures, one for each case that specification 1.11 names, made from nothing.

`build(name)` gives a capture file's bytes; CASES says what its connections are by the tables of 1.5,
worked out by hand. As a program: writes the files of expected/ anew (read the diff before commit).
"""
import pathlib
import struct
import subprocess
import tempfile

from tests.reference.sensor_run import SENSOR

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
A, B = "10.0.0.1", "10.0.0.2"
START = 1_600_000_000_000_000
EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
FORMATS = ("jsonl", "zeek-conn", "kdd")


def _sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _address(text):
    return bytes(int(part) for part in text.split("."))


def ip(source, destination, proto, payload, number=1, offset=0, more=False):
    field = offset // 8 | (0x2000 if more else 0)
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number, field, 64, proto, 0,
                       _address(source), _address(destination))
    return head[:10] + struct.pack(">H", _sum(head)) + head[12:] + payload


def _with_sum(source, destination, proto, segment, at):
    pseudo = _address(source) + _address(destination) + struct.pack(">BBH", 0, proto, len(segment))
    return segment[:at] + struct.pack(">H", _sum(pseudo + segment)) + segment[at + 2:]


def tcp(source, sport, destination, dport, flags, seq, ack=0, payload=b""):
    segment = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 8192, 0, 0) + payload
    return ip(source, destination, 6, _with_sum(source, destination, 6, segment, 16))


def udp_bytes(source, sport, destination, dport, payload):
    datagram = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    return _with_sum(source, destination, 17, datagram, 6)


def icmp_bytes(kind, code, number, payload):
    message = struct.pack(">BBHHH", kind, code, 0, number, 1) + payload
    return message[:2] + struct.pack(">H", _sum(message)) + message[4:]


class Talk:
    """A TCP connection from A to B, step by step: numbers follow from what was sent."""

    def __init__(self, sport=40000, dport=80, seq=1000, peer=5000, at=0.0):
        self.ports, self.numbers = (sport, dport), [seq, peer]
        self.clock, self.packets = at, []

    def send(self, side, flags, payload=b"", after=0.1):
        ends = [(A, self.ports[0]), (B, self.ports[1])]
        source, destination = (ends[0], ends[1]) if side == 0 else (ends[1], ends[0])
        ack = self.numbers[1 - side] if flags & ACK else 0
        self.packets.append((self.clock, tcp(*source, *destination, flags, self.numbers[side], ack,
                                             payload)))
        self.numbers[side] += len(payload) + (1 if flags & (SYN | FIN) else 0)
        self.clock += after
        return self

    def orig(self, flags, payload=b"", after=0.1):
        return self.send(0, flags, payload, after)

    def resp(self, flags, payload=b"", after=0.1):
        return self.send(1, flags, payload, after)

    def open(self):
        return self.orig(SYN).resp(SYN | ACK).orig(ACK)

    def chat(self):
        return self.orig(ACK | PSH, b"GET / HTTP/1.0\r\n\r\n").resp(ACK | PSH, b"x" * 300).orig(ACK)


def teardrop():
    """Two fragments of which the second lies within the first."""
    whole = udp_bytes(A, 1000, B, 2000, b"t" * 28)
    first = ip(A, B, 17, whole[:36], 242, 0, True)
    second = ip(A, B, 17, b"s" * 4, 242, 24, False)
    return [(0.0, first), (0.001, second), (60.0, ip(A, B, 17, udp_bytes(A, 9, B, 9, b"later")))]


def ping_of_death():
    """Fragments of 1,480 bytes up to one that ends beyond 65,535."""
    head = icmp_bytes(8, 0, 77, b"p" * 1472)
    packets = [(0.0, ip(A, B, 1, head, 99, 0, True))]
    packets += [(0.001 * i, ip(A, B, 1, b"p" * 1480, 99, 1480 * i, True)) for i in range(1, 44)]
    packets.append((0.045, ip(A, B, 1, b"p" * 1000, 99, 65120, False)))
    return packets


def _closed():
    return Talk().open().chat().orig(FIN | ACK).resp(FIN | ACK).orig(ACK)


def _reuse():
    first = _closed()
    second = Talk(seq=900000, peer=800000, at=first.clock + 0.5).open().chat().orig(RST | ACK)
    return first.packets + second.packets


# name: (packets, [conn_state and flag of each connection in order of start])
CASES = {
    "syn_only": (lambda: Talk().orig(SYN).packets, [("S0", "S0")]),
    "syn_then_reset": (lambda: Talk().orig(SYN).resp(RST | ACK).packets, [("REJ", "REJ")]),
    "synack_then_reset_by_originator": (
        lambda: Talk().orig(SYN).resp(SYN | ACK).orig(RST).packets, [("RSTO", "RSTO")]),
    "data_then_reset_by_responder": (
        lambda: Talk().open().chat().resp(RST | ACK).packets, [("RSTR", "RSTR")]),
    "fin_by_originator_only": (
        lambda: Talk().open().chat().orig(FIN | ACK).resp(ACK).packets, [("S2", "S2")]),
    "fin_by_responder_only": (
        lambda: Talk().open().chat().resp(FIN | ACK).orig(ACK).packets, [("S3", "S3")]),
    "syn_then_fin": (lambda: Talk().orig(SYN).orig(FIN | ACK).packets, [("SH", "SH")]),
    "syn_then_reset_by_originator": (
        lambda: Talk().orig(SYN).orig(RST).packets, [("RSTOS0", "RSTOS0")]),
    "synack_first": (
        lambda: Talk().resp(SYN | ACK).orig(ACK).packets, [("S1", "S1")]),
    "fin_of_responder_first": (
        lambda: Talk().resp(SYN | ACK).resp(FIN | ACK).packets, [("SHR", "SH")]),
    "mid_stream": (
        lambda: Talk(dport=8081).orig(ACK | PSH, b"middle").resp(ACK, b"answer").packets,
        [("OTH", "OTH")]),
    "established": (lambda: Talk().open().chat().packets, [("S1", "S1")]),
    "normal_close": (lambda: _closed().packets, [("SF", "SF")]),
    "simultaneous_close": (
        lambda: Talk().open().chat().orig(FIN | ACK, after=0.0).resp(FIN | ACK).orig(ACK).resp(ACK)
        .packets, [("SF", "SF")]),
    "port_reuse": (_reuse, [("SF", "SF"), ("RSTO", "RSTO")]),
    "reset_by_responder_mid_stream": (
        lambda: Talk().resp(RST).packets, [("RSTRH", "RSTR")]),
    "teardrop": (teardrop, [("S0", "SF"), ("S0", "SF")]),
    "ping_of_death": (ping_of_death, [("OTH", "SF")]),
    "land": (lambda: [(0.0, tcp(A, 139, A, 139, SYN, 1))], [("S0", "S0")]),
    "echo_and_answer": (
        lambda: [(0.0, ip(A, B, 1, icmp_bytes(8, 0, 5, b"e" * 56))),
                 (0.01, ip(B, A, 1, icmp_bytes(0, 0, 5, b"e" * 56)))], [("OTH", "SF")]),
    "udp_unanswered": (
        lambda: [(0.0, ip(A, B, 17, udp_bytes(A, 5000, B, 161, b"u" * 40)))], [("S0", "SF")]),
    "urgent_data": (
        lambda: Talk(dport=23).open().orig(ACK | URG, b"!").orig(ACK | URG, b"!").packets,
        [("S1", "S1")]),
}


def pcap(packets):
    """Raw IP in a capture file; packets are (seconds after START, bytes)."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101)
    for seconds, data in packets:
        time_us = START + round(seconds * 1_000_000)
        out += struct.pack("<IIII", time_us // 1_000_000, time_us % 1_000_000, len(data), len(data))
        out += data
    return out


def build(name):
    return pcap(CASES[name][0]())


def main():
    EXPECTED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in CASES:
            path = pathlib.Path(folder) / f"{name}.pcap"
            path.write_bytes(build(name))
            for form in FORMATS:
                done = subprocess.run([SENSOR, "--read", path, "--output", "-", "--format", form],
                                      capture_output=True, check=True)
                (EXPECTED / f"{name}.{form}").write_bytes(done.stdout)


if __name__ == "__main__":
    main()
