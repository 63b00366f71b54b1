# SPDX-License-Identifier: Apache-2.0
"""weir-traffic: same options, same bytes; right checksums; every label is one flow and the reverse."""
import collections
import csv
import hashlib
import os
import pathlib
import struct
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev")).resolve()
TRAFFIC = BUILD / "deploy" / "weir-traffic"
SENSOR = BUILD / "sensor" / "weir-sensor"
PROFILES = {"train": {"normal", "portscan", "synflood", "ftp_guess"},
            "fresh": {"normal", "portscan", "synflood", "ftp_guess", "pingsweep"},
            "calm": {"normal"}}


def make(folder, profile, seed=1):
    subprocess.run([TRAFFIC, "--out", folder, "--profile", profile, "--seed", str(seed),
                    "--connections", "1500"], check=True, capture_output=True)
    return folder


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def packets(path):
    """(time in us, frame, length on the wire) of each packet."""
    capture = path.read_bytes()
    assert capture[:4] == b"\xd4\xc3\xb2\xa1"
    at = 24
    while at < len(capture):
        seconds, micros, captured, length = struct.unpack_from("<IIII", capture, at)
        yield seconds * 1_000_000 + micros, capture[at + 16:at + 16 + captured], length
        at += 16 + captured


def ones_sum(octets):
    """RFC 1071: 0xffff over bytes that hold their own right checksum."""
    padded = octets + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def checksums(frame):
    """The sums over the IP header and over the transport's bytes; None where it has no such sum."""
    ip = frame[14:]
    if frame[12:14] == b"\x86\xdd":
        body = ip[40:40 + struct.unpack_from(">H", ip, 4)[0]]
        return None, ones_sum(ip[8:40] + struct.pack(">IHBB", len(body), 0, 0, ip[6]) + body)
    size, _, fragment = struct.unpack_from(">HHH", ip, 2)
    body = ip[20:size]
    if fragment & 0x3fff:
        return ones_sum(ip[:20]), None
    if ip[9] == 1:
        return ones_sum(ip[:20]), ones_sum(body)
    pseudo = ip[12:20] + struct.pack(">BBH", 0, ip[9], len(body))
    return ones_sum(ip[:20]), ones_sum(pseudo + body)


@pytest.fixture(name="made", scope="module", params=sorted(PROFILES))
def made_fixture(request, tmp_path_factory):
    return request.param, make(tmp_path_factory.mktemp(request.param), request.param)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(made, tmp_path):
    profile, folder = made
    assert digests(make(tmp_path / "again", profile)) == digests(folder)
    other = digests(make(tmp_path / "other", profile, seed=2))
    assert all(other[name] != digest for name, digest in digests(folder).items())


def test_packets_are_in_order_and_the_branches_together_are_the_whole(made):
    _, folder = made
    whole = list(packets(folder / "whole.pcap"))
    parts = [packet for i in (1, 2, 3) for packet in packets(folder / f"branch-{i}.pcap")]
    assert [time for time, _, _ in whole] == sorted(time for time, _, _ in whole)
    assert collections.Counter(whole) == collections.Counter(parts)


def test_checksums_of_whole_packets_are_right(made):
    _, folder = made
    checked = 0
    for _, frame, length in packets(folder / "whole.pcap"):
        if len(frame) == length:
            assert set(checksums(frame)) <= {0xffff, None}, frame.hex()
            checked += 1
    assert checked > 5000


def test_every_label_is_one_flow_and_every_flow_has_one_label(made, tmp_path):
    profile, folder = made
    with open(folder / "labels.tsv", encoding="ascii") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {row["label"] for row in rows} == PROFILES[profile]
    labels = collections.Counter(
        (row["proto"], row["orig_h"], row["orig_p"], row["resp_h"], row["resp_p"],
         row["start_us"]) for row in rows)
    subprocess.run([SENSOR, "--read", folder / "whole.pcap", "--output", tmp_path / "flows.csv"],
                   check=True, capture_output=True)
    with open(tmp_path / "flows.csv", encoding="ascii") as file:
        flows = collections.Counter(
            (row["proto"], row["src_ip"], row["src_port"], row["dst_ip"], row["dst_port"],
             row["start_us"]) for row in csv.DictReader(file))
    assert max(labels.values()) == 1
    assert labels == flows
