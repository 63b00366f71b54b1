# SPDX-License-Identifier: Apache-2.0
"""A sensor on virtual cards: what it meters, and that every packet is in one counter."""
# alone: cards and sensors must keep up with the clock
import csv
import subprocess
import time

import pytest

from tests.integration import veth
from tests.integration.fleet import SENSOR, make_traffic, read_pcap

NO_CARDS = veth.usable()
pytestmark = pytest.mark.skipif(NO_CARDS is not None, reason=str(NO_CARDS))

SHOWN = ("src_ip", "dst_ip", "src_port", "dst_port", "proto", "service", "conn_state", "history",
         "orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts", "orig_ip_bytes", "resp_ip_bytes")
SPEED = 20
UNDECODABLE = ("arp", "not_ip", "truncated_header", "bad_version", "bad_length", "too_deep",
               "unsupported_link", "not_link_data", "noise")


def flows_of(path):
    """Without ICMP, whose flows last five seconds of a time that a replay changes."""
    with open(path, newline="", encoding="utf-8") as file:
        return sorted(tuple(row[name] for name in SHOWN) for row in csv.DictReader(file)
                      if row["proto"] != "1")


@pytest.fixture(name="capture", scope="module")
def capture_fixture(tmp_path_factory):
    """Traffic of a minute, replayed in a few seconds; without fragments, which the kernel puts
    together when threads share an interface."""
    folder = make_traffic(tmp_path_factory.mktemp("traffic"), profile="calm", connections=400,
                          duration_s=60)
    header, packets = read_pcap(folder / "whole.pcap")
    kept = [record for _, record, frame in packets
            if frame[12:14] != b"\x08\x00" or (frame[20] & 0x3F) | frame[21] == 0]
    (folder / "unbroken.pcap").write_bytes(header + b"".join(kept))
    return folder / "unbroken.pcap"


@pytest.fixture(name="expected", scope="module")
def expected_fixture(capture, tmp_path_factory):
    """The flows of the file."""
    path = tmp_path_factory.mktemp("file") / "flows.csv"
    subprocess.run([SENSOR, "--read", capture, "--output", path, "--flow-checksums", "ignore"],
                   check=True, capture_output=True)
    return flows_of(path)


def without_service(flows):
    """Threads do not know what was announced to another one: ftp_data is then `other`."""
    at = SHOWN.index("service")
    return sorted(flow[:at] + flow[at + 1:] for flow in flows)


def assert_ledger(sensor, sent):
    """Every packet and every flow in exactly one counter."""
    undecodable = sensor.count(*[f"packets.{name}" for name in UNDECODABLE])
    seen = sensor.count("packets.seen")
    assert seen == sent, sensor.text()
    assert seen == sensor.count("packets.dropped_kernel", "packets.filtered", "packets.decoded",
                                "packets.waiting") + undecodable, sensor.text()
    assert sensor.count("packets.waiting") == 0, sensor.text()
    assert sensor.count("flows.created") == sensor.count("flows.open", "flows.final")


def test_a_fibre_tap_gives_the_flows_of_the_wire(capture, expected, tmp_path):
    """Each direction of a conversation on a card of its own."""
    with veth.Namespace(cards=2) as wire, \
            veth.Sensor(wire, tmp_path, "--output", tmp_path / "flows.csv") as sensor:
        sent = wire.replay(capture, speed=SPEED)
        assert sensor.end() == 0
        assert_ledger(sensor, sent)
        assert sensor.count("packets.dropped_kernel") == 0
    assert flows_of(tmp_path / "flows.csv") == expected


@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_threads_gives_the_flows_of_the_wire(capture, expected, tmp_path, threads):
    with veth.Namespace() as wire, \
            veth.Sensor(wire, tmp_path, "--output", tmp_path / "flows.csv",
                        "--capture-threads", threads) as sensor:
        sent = wire.replay(capture, speed=SPEED)
        assert sensor.end() == 0
        assert_ledger(sensor, sent)
    assert without_service(flows_of(tmp_path / "flows.csv")) == without_service(expected)


def test_threads_share_a_fibre_tap(capture, expected, tmp_path):
    with veth.Namespace(cards=2) as wire, \
            veth.Sensor(wire, tmp_path, "--output", tmp_path / "flows.csv",
                        "--capture-threads", 2) as sensor:
        sent = wire.replay(capture, speed=SPEED)
        assert sensor.end() == 0
        assert_ledger(sensor, sent)
    assert without_service(flows_of(tmp_path / "flows.csv")) == without_service(expected)


@pytest.mark.parametrize("threads", [1, 2])
def test_under_forced_loss_every_packet_is_in_one_counter(capture, tmp_path, threads):
    with veth.Namespace() as wire, \
            veth.Sensor(wire, tmp_path, "--output", tmp_path / "flows.csv", "--capture-threads",
                        threads, "--capture-buffer", "512 KiB", "--simulate-stall",
                        "50 ms") as sensor:
        sent = wire.replay(capture, times=max(1, 60000 // len(read_pcap(capture)[1])))
        assert sensor.end() == 0
        assert_ledger(sensor, sent)
        assert sensor.count("packets.dropped_kernel") > 0, "nothing was lost: no test"


def test_under_overload_less_is_done_and_then_all_again(capture, tmp_path):
    with veth.Namespace() as wire, \
            veth.Sensor(wire, tmp_path, "--output", tmp_path / "flows.csv", "--capture-buffer",
                        "512 KiB", "--simulate-stall", "50 ms") as sensor:
        sent = 0
        while "level=counters" not in sensor.text():
            assert sent < 3000000, sensor.text()
            sent += wire.replay(capture, times=max(1, 60000 // len(read_pcap(capture)[1])))
        deadline = time.monotonic() + 60
        while "level=full" not in sensor.text():
            assert time.monotonic() < deadline, sensor.text()
            time.sleep(0.2)
        assert sensor.end() == 0
        assert_ledger(sensor, sent)
        for step in ("level=no_inspection before=full", "level=no_statistics before=no_inspection",
                     "level=counters before=no_statistics", "level=no_statistics before=counters",
                     "level=full before=no_inspection"):
            assert step in sensor.text()
        assert sensor.count("overload.no_inspection_s") >= 5
    with open(tmp_path / "flows.csv", newline="", encoding="utf-8") as file:
        details = {row["detail"] for row in csv.DictReader(file)}
    assert len(details) > 1, f"no record says that less was done: {details}"


def test_flows_expire_when_no_packet_comes(capture, tmp_path):
    with veth.Namespace() as wire, \
            veth.Sensor(wire, tmp_path, "--output", tmp_path / "flows.csv", "--flow-udp-idle",
                        "1 s", "--filter", "udp") as sensor:
        wire.replay(capture)
        deadline = time.monotonic() + 20
        while not (tmp_path / "flows.csv").exists() or not flows_of(tmp_path / "flows.csv"):
            assert time.monotonic() < deadline, "no flow has ended on a silent wire"
            time.sleep(0.2)
        assert sensor.end() == 0
