"""Reads pcap and pcapng files, so that no reference depends on the library that the sensor uses."""
import gzip
import struct


class Frame:
    __slots__ = ("time_us", "link", "wire", "bytes", "number")

    def __init__(self, number, time_us, link, wire, data):
        self.number, self.time_us, self.link, self.wire, self.bytes = number, time_us, link, wire, data


def _pcap(data, order, nanoseconds):
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    header = struct.Struct(order + "IIII")
    at, number = 24, 0
    while at + 16 <= len(data):
        seconds, fraction, captured, wire = header.unpack_from(data, at)
        at += 16
        if at + captured > len(data):
            return
        micros = fraction // 1000 if nanoseconds else fraction
        yield Frame(number, seconds * 1000000 + micros, link, wire, data[at:at + captured])
        at += captured
        number += 1


def _resolution(options, order):
    """Ticks a second of an interface description block."""
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, at)
        if code == 0:
            break
        if code == 9 and size == 1:
            value = options[at + 4]
            return 2 ** (value & 0x7F) if value & 0x80 else 10 ** value
        at += 4 + (size + 3) // 4 * 4
    return 1000000


def _pcapng(data):
    at, number, order, interfaces = 0, 0, "<", []
    while at + 12 <= len(data):
        kind = struct.unpack_from("<I", data, at)[0]
        if kind == 0x0A0D0D0A:
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, size = struct.unpack_from(order + "II", data, at)
        body = data[at + 8:at + size - 4]
        if kind == 1:
            link = struct.unpack_from(order + "H", body)[0]
            interfaces.append((link, _resolution(body[8:], order)))
        elif kind == 6:
            interface, high, low, captured, wire = struct.unpack_from(order + "IIIII", body)
            link, ticks = interfaces[interface]
            time_us = ((high << 32) | low) * 1000000 // ticks
            yield Frame(number, time_us, link, wire, body[20:20 + captured])
            number += 1
        elif kind == 3:
            wire = struct.unpack_from(order + "I", body)[0]
            yield Frame(number, 0, interfaces[0][0], wire, body[4:4 + wire])
            number += 1
        at += size


def content(path):
    with open(path, "rb") as file:
        data = file.read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def frames(path):
    data = content(path)
    magic = data[:4]
    for order in "<>":
        if magic == struct.pack(order + "I", 0xA1B2C3D4):
            return _pcap(data, order, False)
        if magic == struct.pack(order + "I", 0xA1B23C4D):
            return _pcap(data, order, True)
    assert magic == b"\x0a\x0d\x0d\x0a", f"{path} is no capture"
    return _pcapng(data)
