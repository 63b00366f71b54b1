# SPDX-License-Identifier: Apache-2.0
"""Pairs of virtual cards in a network namespace of their own, and packets sent over them.

    with Namespace(cards=2) as wire, Sensor(wire, folder, "--output", path) as sensor:
        wire.replay(capture, gap_us=20)
        sensor.end()
        assert sensor.counts["packets.seen"] == ...

What is sent into out-N comes out of in-N, where a sensor listens. Run as a program, this file is
the sender. Needs root; usable() says why when it cannot be.
"""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

if __name__ != "__main__":
    from tests.integration.fleet import SENSOR, read_pcap

COUNT = re.compile(r"^([a-z0-9_]+\.[a-z0-9_]+) +(\d+)$", re.MULTILINE)
BEGUN_S = 1.2  # a sensor lets packets in so long after it has said that it is confined


def run(*words):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True)


def usable():
    """None, or why this machine cannot make cards."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    name = f"weir-try-{os.getpid()}"
    try:
        run("ip", "netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"cannot make a network namespace: {error}"
    try:
        run("ip", "-n", name, "link", "add", "out-0", "type", "veth", "peer", "name", "in-0")
    except subprocess.CalledProcessError as error:
        return f"cannot make a pair of virtual cards: {error.stderr}"
    finally:
        run("ip", "netns", "del", name)
    return None


class Namespace:
    def __init__(self, cards=1):
        self.name, self.cards = f"weir-{os.getpid()}-{time.monotonic_ns() % 10**9}", cards

    def __enter__(self):
        run("ip", "netns", "add", self.name)
        run(*self.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"))
        for i in range(self.cards):
            run("ip", "-n", self.name, "link", "add", f"out-{i}", "mtu", "65000", "type", "veth",
                "peer", "name", f"in-{i}", "mtu", "65000")
            run("ip", "-n", self.name, "link", "set", f"out-{i}", "up")
            run("ip", "-n", self.name, "link", "set", f"in-{i}", "up")
        return self

    def __exit__(self, *exception):
        run("ip", "netns", "del", self.name)

    def inside(self, *words):
        return ["ip", "netns", "exec", self.name, *[str(w) for w in words]]

    def replay(self, capture, speed=0, times=1):
        """Sends a capture, each direction of a pair of hosts over a card of its own when there are
        two; so many times as fast as it was, or (0) as fast as can be. Returns how many packets
        were sent."""
        done = subprocess.run(self.inside(sys.executable, __file__, capture, self.cards, speed,
                                          times),
                              check=True, capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        return int(done.stdout)


class Sensor:
    """A sensor that listens inside, with its closing counts once it has ended."""

    def __init__(self, wire, folder, *arguments):
        self.log, self.counts = pathlib.Path(folder) / "sensor.log", {}
        interfaces = [w for i in range(wire.cards) for w in ("--interface", f"in-{i}")]
        with open(self.log, "wb") as errors:
            self.popen = subprocess.Popen(
                wire.inside(SENSOR, *interfaces, "--run-user", "root", *arguments), stderr=errors)

    def __enter__(self):
        deadline = time.monotonic() + 30
        while "sensor.confined" not in self.text():
            assert self.popen.poll() is None and time.monotonic() < deadline, self.text()
            time.sleep(0.05)
        time.sleep(BEGUN_S)
        return self

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self, timeout_s=60):
        """SIGTERM; the exit code. Counts that were not printed are 0."""
        self.popen.send_signal(signal.SIGTERM)
        code = self.popen.wait(timeout_s)
        self.counts = {name: int(value) for name, value in COUNT.findall(self.text())}
        return code

    def count(self, *names):
        return sum(self.counts.get(name, 0) for name in names)

    def __exit__(self, *exception):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()


def direction(frame):
    """0 or 1: which of its two addresses an IP packet comes from."""
    at = 12
    while frame[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    ip = frame[at + 2:]
    if frame[at:at + 2] == b"\x08\x00":
        return int(ip[12:16] > ip[16:20])
    return int(ip[8:24] > ip[24:40])


def send(capture, cards, speed, times):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
    from tests.integration.fleet import read_pcap as read
    packets = read(pathlib.Path(capture))[1]
    sockets = []
    for i in range(cards):
        sockets.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        sockets[i].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        sockets[i].bind((f"out-{i}", 0))
    begin, first, sent = time.perf_counter(), packets[0][0], 0
    for _ in range(times):
        for stamp, _, frame in packets:
            due = (stamp - first) * 1e-6 / speed if speed > 0 else 0
            if due - (time.perf_counter() - begin) > 0.0005:
                time.sleep(due - (time.perf_counter() - begin))
            sockets[direction(frame) if cards > 1 else 0].send(frame)
            sent += 1
    print(sent)


if __name__ == "__main__":
    send(sys.argv[1], *[int(word) for word in sys.argv[2:5]])
