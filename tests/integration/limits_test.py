"""At each limit its policy is seen at work: the named counter counts, and nothing is lost unnamed."""
# sanitizers: run
import json
import re
import signal
import socket
import struct
import subprocess
import time

import pytest

from tests.reference.sensor_run import SENSOR, generated, run

PATIENCE_S = 60
SYN, PSH, ACK = 2, 8, 16


def ip_packet(protocol, source, destination, payload, ident=0, fragment=0):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(destination))
    return bytes(12) + b"\x08\x00" + header + payload


def udp(source_port, size=40):
    return struct.pack(">HHHH", source_port, 9999, 8 + size, 0) + bytes(size)


def tcp(ports, sequence, acknowledged, flags, size=0):
    return struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 8192, 0, 0) + bytes(size)


def write_capture(path, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            out.write(struct.pack("<IIII", 1700000000, i * 100, len(frame), len(frame)) + frame)
    return path


def many_flows():
    return [ip_packet(17, f"10.0.{i // 200}.{i % 200 + 1}", "10.9.9.9", udp(2000 + i))
            for i in range(400)]


def flows_with_holes():
    """Twenty connections, each with a byte range that never comes."""
    frames = []
    for i in range(20):
        client, server, ports = f"10.1.0.{i + 1}", "10.9.9.9", (3000 + i, 8080)
        back = ports[::-1]
        frames += [ip_packet(6, client, server, tcp(ports, 100, 0, SYN)),
                   ip_packet(6, server, client, tcp(back, 500, 101, SYN | ACK)),
                   ip_packet(6, client, server, tcp(ports, 101, 501, ACK)),
                   ip_packet(6, client, server, tcp(ports, 401, 501, PSH | ACK, 100))]
    return frames


def requests_with_holes():
    """Twenty requests to a web server, each with a piece that comes before the one that is due."""
    frames = []
    first, last = b"GET /some/where HTTP/1.1\r\nHost: a", b"b\r\nUser-Agent: test\r\n\r\n"
    for i in range(20):
        client, server, ports = f"10.3.0.{i + 1}", "10.9.9.9", (5000 + i, 80)
        back = ports[::-1]
        frames += [ip_packet(6, client, server, tcp(ports, 100, 0, SYN)),
                   ip_packet(6, server, client, tcp(back, 500, 101, SYN | ACK)),
                   ip_packet(6, client, server, tcp(ports, 101, 501, ACK)),
                   ip_packet(6, client, server, tcp(ports, 101, 501, PSH | ACK) + first),
                   ip_packet(6, client, server,
                             tcp(ports, 101 + len(first) + 50, 501, PSH | ACK) + last)]
    return frames


def headless_fragments():
    """First fragments of datagrams whose rest never comes."""
    return [ip_packet(17, "10.2.0.1", "10.9.9.9", udp(4000 + i), ident=i + 1, fragment=0x2000)
            for i in range(64)]


def counts(stderr):
    return {name: int(value) for name, value in re.findall(r"^(\S+) +(\d+)$", stderr.decode(), re.M)}


def check_ledger(done, frames, records):
    """Every packet, byte and flow of the capture is in exactly one counter."""
    have = counts(done.stderr)
    assert have["packets.seen"] == have["packets.decoded"] == len(frames)
    assert have["ip_bytes.metered"] == sum(len(frame) - 14 for frame in frames)
    assert have["flows.created"] == have["flows.final"] == len(records)
    in_records = sum(row["orig_ip_bytes"] + row["resp_ip_bytes"] for row in records)
    assert in_records == have["ip_bytes.metered"]
    assert sum(row["orig_pkts"] + row["resp_pkts"] for row in records) == len(frames)
    return have


@pytest.mark.parametrize("frames, limit, counter", [
    (many_flows, "flows=16", "flows.evicted"),
    (many_flows, "statistics=1", "statistics.denied"),
    (many_flows, "inspections=1", "inspections.denied"),
    (requests_with_holes, "segments=1", "segments.denied"),
    (flows_with_holes, "holes=1", "holes.denied"),
    (headless_fragments, "fragments=16", "fragments.evicted"),
])
def test_a_limit_of_the_meter_is_counted_and_the_ledger_adds_up(tmp_path, frames, limit, counter):
    frames = frames()
    capture = write_capture(tmp_path / "capture", frames)
    for words, hit in (([], False), (["--simulate-limit", limit], True)):
        done = run("--read", capture, "--output", "-", "--format", "jsonl", "--flow-checksums",
                   "ignore", *words)
        assert done.returncode == 0, done.stderr
        records = [json.loads(line) for line in done.stdout.splitlines()]
        have = check_ledger(done, frames, records)
        assert (have.get(counter, 0) > 0) == hit, have
        unmeasured = [row for row in records if not row["measured"]]
        assert (len(unmeasured) > 0) == (hit and counter == "statistics.denied")
        unread = [row for row in records if row["detail"] == "no_inspection"]
        assert len(unread) == (have[counter] if hit and counter == "inspections.denied" else 0)
        assert all(row["content_truncated"] for row in unread)


@pytest.fixture(name="ship")
def ship_fixture(tmp_path):
    """Words that ship to a collector which is not there."""
    for name in ("own", "collector"):
        subprocess.run([SENSOR, "--make-key", tmp_path / name], check=True, capture_output=True)
    return ["--collector", "tcp://127.0.0.1:1", "--key", tmp_path / "own", "--collector-key",
            tmp_path / "collector", "--spool", tmp_path / "spool", "--spool-sync", "none",
            "--run-user", "root", "--collector-drain", "0 s"]


def state_of(path):
    """The counters, and (used, limit, hit) of each limit."""
    text = path.read_text()
    counters = dict(re.findall(r"^(\w+\.\S+) +(\d+)$", text.split("[counters]")[1], re.M))
    limits = re.findall(r"^(\w+) +(\d+|-) +(\d+|-) +(\d+|-) ", text.split("[limits]")[1], re.M)
    return {k: int(v) for k, v in counters.items()}, {row[0]: row[1:] for row in limits}


def stored_state(capture, words, folder):
    """Meters all of the capture with nobody to deliver to; what the sensor says of itself then."""
    log = folder / "log"
    state = folder / "spool" / "weir-sensor.state"
    with open(log, "wb") as stderr:
        popen = subprocess.Popen([SENSOR, "--read", capture, *words], stderr=stderr)
    try:
        return settled_state(popen, log, state)
    finally:
        if popen.poll() is None:
            popen.kill()
        popen.wait()


def settled_state(popen, log, state):
    """What the sensor says once it has metered all; then it is ended."""
    end = time.monotonic() + PATIENCE_S
    counters, limits = {}, {}
    while time.monotonic() < end:
        assert popen.poll() is None, log.read_text()
        if state.parent.exists():  # before that it does not wait for signals yet
            popen.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        if state.exists():
            counters, limits = state_of(state)
        if counters.get("flows.open") == 0 and counters.get("flows.final", 0) > 0:
            break
    time.sleep(0.5)
    popen.send_signal(signal.SIGUSR1)
    time.sleep(0.3)
    counters, limits = state_of(state)
    popen.send_signal(signal.SIGTERM)
    assert popen.wait(timeout=PATIENCE_S) == 75, log.read_text()
    return counters, limits


def test_a_spool_that_is_full_counts_what_it_drops(tmp_path, ship):
    capture = generated(tmp_path / "traffic", "--profile", "calm", "--connections", 15000)
    counters, limits = stored_state(capture, [*ship, "--simulate-limit", "spool=1048576"], tmp_path)
    assert counters["flows.created"] == counters["flows.open"] + counters["flows.final"]
    assert counters["spool.dropped_records"] > 0
    assert counters["ring.dropped_records"] == 0
    assert limits["spool"][1:] == ("1048576", str(counters["spool.dropped_records"]))
    assert int(limits["spool"][0]) <= 1048576


def test_a_ring_of_one_makes_files_wait_and_loses_nothing(tmp_path, ship):
    capture = generated(tmp_path / "traffic", "--profile", "calm", "--connections", 4000)
    counters, _ = stored_state(capture, [*ship, "--simulate-limit", "ring=1"], tmp_path)
    assert counters["flows.created"] == counters["flows.final"] > 4000
    assert counters["ring.dropped_records"] == counters["spool.dropped_records"] == 0
    assert counters["spool.batches"] > 0


def test_a_limit_nobody_knows_is_answered_with_those_there_are(tmp_path):
    capture = write_capture(tmp_path / "capture", many_flows()[:1])
    done = run("--read", capture, "--output", "-", "--simulate-limit", "patience=3")
    assert done.returncode == 64
    assert b"flows, holes" in done.stderr and b"patience=3" in done.stderr
