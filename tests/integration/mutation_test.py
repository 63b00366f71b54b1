"""Captures cut at every byte and with random bytes changed: weir-sensor reads them or refuses them, and
never falls over. With a sanitizer build (WEIR_BUILD) a report of the sanitizer is a failure too."""
# sanitizers: run
import random
import struct

import pytest

from tests.golden.captures import (A, ACK, B, CASES, FIN, PSH, SYN, Talk, build, icmp_bytes, ip, pcap,
                                   udp_bytes)
from tests.reference.sensor_run import run

SEED = 20260101
FLIPS = 3000
BATCH = 60  # mutants a process; those whose header is damaged go alone, as they end the run
FILE_HEADER, PACKET_HEADER = 24, 16
FORMATS = ("csv", "jsonl", "zeek-conn", "kdd")


def small_capture():
    """A little of everything the decoder and the meter have a path for."""
    ftp = Talk(dport=21).open().orig(ACK | PSH, b"PORT 10,0,0,1,4,1\r\n").orig(FIN | ACK)
    question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01"
    answer = b"\x12\x34\x81\x80" + question[4:]
    packets = ftp.packets + Talk(sport=41000, dport=1025, at=0.2).orig(SYN).packets
    packets += [(0.3, ip(A, B, 17, udp_bytes(A, 999, B, 53, question))),
                (0.4, ip(B, A, 17, udp_bytes(B, 53, A, 999, answer))),
                (0.5, ip(A, B, 1, icmp_bytes(8, 0, 9, b"e" * 8))),
                (0.6, ip(A, B, 17, udp_bytes(A, 7, B, 7, b"f" * 24)[:16], 5, 0, True)),
                (0.7, ip(A, B, 17, b"f" * 16, 5, 16, False)),
                (0.8, b"\x60\0\0\0\0\x10\x2c\x40" + b"\x20" * 32 +
                 b"\x11\0\0\x01\0\0\0\x01" + b"\0\x35\0\x36\0\x10\0\0")]
    return pcap(sorted(packets, key=lambda packet: packet[0]))


def pcapng(capture):
    """The same packets as enhanced packet blocks."""
    out = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    out += struct.pack("<IIHHII", 1, 20, 101, 0, 262144, 20)
    at = FILE_HEADER
    while at < len(capture):
        seconds, micros, size, wire = struct.unpack_from("<IIII", capture, at)
        at += PACKET_HEADER
        body = capture[at:at + size] + b"\0" * (-size % 4)
        at += size
        stamp = seconds * 1000000 + micros
        whole = 32 + len(body)
        out += struct.pack("<IIIIIII", 6, whole, 0, stamp >> 32, stamp & 0xFFFFFFFF, size, wire)
        out += body + struct.pack("<I", whole)
    return out


def survives(paths, form, what):
    arguments = [argument for path in paths for argument in ("--read", path)]
    done = run(*arguments, "--output", "-", "--format", form)
    text = done.stderr.decode("utf-8", "replace")
    assert done.returncode in (0, 65), f"{what}: exit {done.returncode}\n{text[-3000:]}"
    assert "Sanitizer" not in text and "runtime error" not in text, f"{what}\n{text[-3000:]}"
    return done


def all_survive(mutants, folder, what):
    """Runs (name, bytes) in batches over all formats in turn. Gives how many runs said 65."""
    refused = 0
    for number, begin in enumerate(range(0, len(mutants), BATCH)):
        batch = mutants[begin:begin + BATCH]
        paths = []
        for place, (_, data) in enumerate(batch):
            path = folder / f"m{place}.pcap"
            path.write_bytes(data)
            paths.append(path)
        names = f"{what} {batch[0][0]} .. {batch[-1][0]} (seed {SEED})"
        refused += survives(paths, FORMATS[number % len(FORMATS)], names).returncode == 65
    return refused


def changed(data, dice, first):
    """One to four bytes at or behind `first`: a bit turned, or another byte, or an extreme one."""
    mutant = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(first, len(mutant))
        mutant[at] = dice.choice([mutant[at] ^ (1 << dice.randrange(8)), dice.randrange(256), 0, 255])
    return bytes(mutant)


def changed_in_packets(data, dice):
    """As changed(), but the lengths that frame the file stay: the damage reaches the decoder."""
    bodies, at = [], FILE_HEADER
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        bodies += range(at + PACKET_HEADER, at + PACKET_HEADER + size)
        at += PACKET_HEADER + size
    mutant = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        place = dice.choice(bodies)
        mutant[place] = dice.choice([mutant[place] ^ (1 << dice.randrange(8)), dice.randrange(256)])
    return bytes(mutant)


def test_the_capture_itself_is_whole(tmp_path):
    path = tmp_path / "whole.pcap"
    path.write_bytes(small_capture())
    assert survives([path], "jsonl", "whole").stdout.count(b"\n") >= 5
    other = tmp_path / "whole.pcapng"
    other.write_bytes(pcapng(small_capture()))
    assert survives([other], "jsonl", "pcapng").stdout == survives([path], "jsonl", "pcap").stdout


def test_a_capture_cut_at_every_byte_is_read_or_refused(tmp_path):
    data = small_capture()
    for size in range(0, FILE_HEADER + PACKET_HEADER + 1):
        path = tmp_path / "head.pcap"
        path.write_bytes(data[:size])
        done = survives([path], "jsonl", f"cut at {size}")
        assert (done.returncode == 65) == (size != FILE_HEADER), size
    cuts = [(size, data[:size]) for size in range(FILE_HEADER + PACKET_HEADER, len(data))]
    assert all_survive(cuts, tmp_path, "cut at") > 0


def test_a_pcapng_capture_cut_at_every_second_byte_is_read_or_refused(tmp_path):
    data = pcapng(small_capture())
    for size in range(0, 49):
        path = tmp_path / "head.pcapng"
        path.write_bytes(data[:size])
        survives([path], "jsonl", f"pcapng cut at {size}")
    cuts = [(size, data[:size]) for size in range(48, len(data), 2)]
    assert all_survive(cuts, tmp_path, "pcapng cut at") > 0


@pytest.mark.parametrize("form", FORMATS)
def test_changed_packets_are_metered_or_counted(form, tmp_path):
    dice = random.Random(f"{SEED} {form}")
    data = small_capture()
    mutants = [(i, changed_in_packets(data, dice)) for i in range(FLIPS // len(FORMATS))]
    assert all_survive(mutants, tmp_path, f"packets {form}") == 0


def test_changed_attacks_are_metered_or_counted(tmp_path):
    dice = random.Random(f"{SEED} attacks")
    mutants = [(name, changed_in_packets(build(name), dice)) for name in CASES for _ in range(20)]
    assert all_survive(mutants, tmp_path, "attacks") == 0


def test_changed_files_are_read_or_refused(tmp_path):
    dice = random.Random(f"{SEED} files")
    capture = small_capture()
    for number in range(150):
        data = capture if number % 2 == 0 else pcapng(capture)
        path = tmp_path / "file"
        path.write_bytes(changed(data, dice, 0))
        survives([path], FORMATS[number % len(FORMATS)], f"file {number} (seed {SEED})")
