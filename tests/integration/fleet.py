# SPDX-License-Identifier: Apache-2.0
"""A whole fleet of real processes for the integration tests: database, collector, sensors.

    with Cluster() as cluster, Fleet(cluster, tmp_path, sensors=3) as fleet:
        fleet.start_collector("--expect-sensors", "3")
        sensors = [fleet.start_sensor(i, [file], "--stream", "replay") for i, file in ...]
        fleet.wait(sensors)

Every process is ended by its id when the fleet is left; what they logged stays in fleet.folder
until pytest removes it. split() deals a capture out to several sensors.
"""
import hashlib
import os
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev")).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
SENSOR = BUILD / "sensor" / "weir-sensor"
COLLECTOR = BUILD / "collector" / "weir-collector"
TRAINER = BUILD / "collector" / "weir-trainer"
TRAFFIC = BUILD / "deploy" / "weir-traffic"
WEIRCTL = BUILD / "collector" / "weirctl"
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
# The 41 columns of view kdd.
KDD = ("duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent hot "
       "num_failed_logins logged_in num_compromised root_shell su_attempted num_root "
       "num_file_creations num_shells num_access_files num_outbound_cmds is_host_login "
       "is_guest_login count srv_count serror_rate srv_serror_rate rerror_rate srv_rerror_rate "
       "same_srv_rate diff_srv_rate srv_diff_host_rate dst_host_count dst_host_srv_count "
       "dst_host_same_srv_rate dst_host_diff_srv_rate dst_host_same_src_port_rate "
       "dst_host_srv_diff_host_rate dst_host_serror_rate dst_host_srv_serror_rate "
       "dst_host_rerror_rate dst_host_srv_rerror_rate").split()
LOG_LINE = re.compile(r"^\S+ (?:error|warn|info|debug) (\S+) ?(.*)$")


def data_folder():
    """Where captures that are too large for the project may lie, or None."""
    folder = pathlib.Path(os.environ.get("WEIR_DATA", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None


def z85_decode(text):
    """ZeroMQ RFC 32: five characters, four bytes."""
    out = b""
    for i in range(0, len(text), 5):
        value = 0
        for character in text[i:i + 5]:
            value = value * 85 + Z85.index(character)
        out += value.to_bytes(4, "big")
    return out


def make_traffic(folder, profile="train", connections=3000, seed=1, duration_s=300):
    """Captures of our own generator; returns the folder with whole.pcap and branch-N.pcap."""
    subprocess.run([TRAFFIC, "--out", folder, "--profile", profile, "--seed", str(seed),
                    "--connections", str(connections), "--duration", f"{duration_s} s"],
                   check=True, capture_output=True)
    return folder


def read_pcap(path):
    """(file header, [(time in us, record bytes, frame)]) of a little-endian pcap file."""
    raw = path.read_bytes()
    magic, link = struct.unpack_from("<I", raw)[0], struct.unpack_from("<I", raw, 20)[0]
    assert magic in (0xA1B2C3D4, 0xA1B23C4D) and link == 1, f"{path}: want little-endian Ethernet"
    per_us = 1000 if magic == 0xA1B23C4D else 1
    packets, at = [], 24
    while at + 16 <= len(raw):
        seconds, fraction, size, _ = struct.unpack_from("<IIII", raw, at)
        packets.append((seconds * 1000000 + fraction // per_us, raw[at:at + 16 + size],
                        raw[at + 16:at + 16 + size]))
        at += 16 + size
    return raw[:24], packets


def host_pair(frame):
    """The two addresses of a frame, the smaller first; None when it is not IP."""
    at = 12
    while frame[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    kind, ip = frame[at:at + 2], frame[at + 2:]
    if kind == b"\x08\x00" and len(ip) >= 20:
        return tuple(sorted((ip[12:16], ip[16:20])))
    if kind == b"\x86\xdd" and len(ip) >= 40:
        return tuple(sorted((ip[8:24], ip[24:40])))
    return None


def by_address(sensors):
    """Deals pairs out by their smaller address: an address is at one place."""
    return lambda pair: hashlib.sha256(pair[0]).digest()[0] % sensors


def by_random_pair(sensors, seed):
    """Deals pairs of hosts out at random."""
    dice, dealt = random.Random(seed), {}
    return lambda pair: dealt.setdefault(pair, dice.randrange(sensors))


def split(path, sensors, deal, folder):
    """Writes folder/part-N.pcap: each packet where deal(pair) says, what is not IP at part 0."""
    header, packets = read_pcap(path)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"part-{i}.pcap" for i in range(sensors)]
    parts = [bytearray(header) for _ in paths]
    for _, record, frame in packets:
        pair = host_pair(frame)
        parts[0 if pair is None else deal(pair)] += record
    for part, to in zip(parts, paths):
        to.write_bytes(part)
    assert all(len(part) > 24 for part in parts), "a sensor was dealt nothing"
    return paths


def span_of(path):
    """(first, last) packet time in microseconds."""
    times = [packet[0] for packet in read_pcap(path)[1]]
    return min(times), max(times)


class Process:
    """One running program; its standard error goes to a file that outlives restarts."""

    def __init__(self, name, arguments, log, environment=None):
        self.name, self.log = name, log
        with open(log, "ab") as errors:
            self.popen = subprocess.Popen(
                [str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, env={**os.environ, **(environment or {})})

    def runs(self):
        return self.popen.poll() is None

    def state(self):
        """The kernel's letter: R runs, S sleeps, T is stopped; empty when it has ended."""
        try:
            stat = pathlib.Path(f"/proc/{self.popen.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return ""
        return stat.rpartition(")")[2].split()[0]

    def kill(self):
        """kill -9. False when it had ended before."""
        if not self.runs():
            return False
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(30)
        return True

    def end(self, timeout_s=20):
        """SIGTERM, and kill -9 for one that does not hear it. Returns the exit code."""
        if self.runs():
            self.popen.send_signal(signal.SIGCONT)
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.popen.returncode


def events(log, name=None):
    """[(event, text)] of a log file, of one kind of event when name is given."""
    found = []
    for line in pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines():
        match = LOG_LINE.match(line)
        if match and name in (None, match.group(1)):
            found.append((match.group(1), match.group(2)))
    return found


class Fleet:
    """One database of a cluster, one collector, some sensors with keys of their own."""

    def __init__(self, cluster, folder, sensors=3, database="fleet", template=None):
        self.cluster, self.folder, self.database = cluster, pathlib.Path(folder), database
        self.processes, self.starts = [], 0
        self.inside = []  # words before each program: where it runs
        self.folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.endpoint = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        if template is None:
            cluster.execute(f"CREATE DATABASE {database}")
            subprocess.run([WEIRCTL, "db", "init", "--database", cluster.dsn(database=database)],
                           check=True, capture_output=True)
        else:
            cluster.execute(f"CREATE DATABASE {database} TEMPLATE {template}")
        self._make_key("collector")
        for i in range(sensors):
            public = z85_decode(self._make_key(f"sensor-{i}")).hex()
            self.sql(f"INSERT INTO weir.branch (name) VALUES ('{self.folder.name}-{i}');"
                     "INSERT INTO weir.sensor (name, branch, public_key) VALUES"
                     f" ('{self.folder.name}-{i}', '{self.folder.name}-{i}', '\\x{public}')")

    def _make_key(self, name):
        done = subprocess.run([SENSOR, "--make-key", self.folder / name], check=True,
                              capture_output=True, text=True)
        return done.stdout.split()[-1]

    def sql(self, text):
        return self.cluster.execute(text, database=self.database)

    def start_collector(self, *arguments, environment=None):
        process = Process("collector", [
            *self.inside, COLLECTOR, "--listen", self.endpoint, "--key", self.folder / "collector",
            "--database", self.cluster.dsn(database=self.database), *arguments],
            self.folder / "collector.log", environment)
        self.processes.append(process)
        return process

    def start_sensor(self, number, files, *arguments):
        reads = [word for file in files for word in ("--read", file)]
        process = Process(f"sensor-{number}", [
            *self.inside, SENSOR, *reads, "--collector", self.endpoint, "--key", self.folder / f"sensor-{number}",
            "--collector-key", self.folder / "collector", "--spool",
            self.folder / f"spool-{number}", "--run-user", "root", *arguments],
            self.folder / f"sensor-{number}.log")
        self.processes.append(process)
        return process

    def wait(self, sensors, timeout_s):
        """Waits until sensors have delivered everything and ended by themselves."""
        deadline = time.monotonic() + timeout_s
        while any(sensor.runs() for sensor in sensors):
            assert time.monotonic() < deadline, "no end of the replay:\n" + self.tail()
            time.sleep(0.05)
        codes = [sensor.popen.returncode for sensor in sensors]
        assert codes == [0] * len(codes), f"sensors ended with {codes}:\n" + self.tail()

    def tail(self, lines=15):
        """The end of every log, for messages of failed tests."""
        out = []
        for log in sorted(self.folder.glob("*.log")):
            text = log.read_text(encoding="utf-8", errors="replace").splitlines()
            out += [f"== {log.name}", *text[-lines:]]
        return "\n".join(out)

    def close(self):
        for process in reversed(self.processes):
            process.end()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
