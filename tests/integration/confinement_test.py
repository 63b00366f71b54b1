"""A running sensor has no rights left, and everything it does goes through its system call filter."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

import pytest

from tests.reference.sensor_run import SENSOR, generated

PATIENCE_S = 30
PCAP_HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change its user")


def filter_mode():
    """2 in /proc/PID/status; a build with a sanitizer loads no filter."""
    cache = SENSOR.parents[1] / "CMakeCache.txt"
    sanitized = cache.exists() and re.search(r"^WEIR_SANITIZE:\w+=.", cache.read_text(), re.M)
    return "0" if sanitized else "2"


def has_user(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


@pytest.fixture(name="whole", scope="module")
def whole_fixture(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("traffic"), "--profile", "calm", "--connections", 300)


@pytest.fixture(name="keys")
def keys_fixture(tmp_path):
    for name in ("own", "collector"):
        subprocess.run([SENSOR, "--make-key", tmp_path / name], check=True, capture_output=True)
    return ["--collector", "tcp://localhost:1", "--key", tmp_path / "own", "--collector-key",
            tmp_path / "collector", "--spool", tmp_path / "spool", "--spool-sync", "none",
            "--model-folder", tmp_path / "models", "--run-user", "root", "--collector-drain", "1 s"]


@pytest.fixture(name="started")
def started_fixture():
    """Processes of a test, ended with it however it goes."""
    processes = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


class Waiting:
    """A sensor that has opened its standard input and waits there for packets."""

    def __init__(self, *arguments, log, started):
        self.log = log
        self.popen = subprocess.Popen([SENSOR, "--read", "-", *arguments], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=open(log, "wb"))
        started.append(self.popen)
        self.popen.stdin.write(PCAP_HEADER)
        self.popen.stdin.flush()
        self.await_text("sensor.confined")

    def await_text(self, text):
        end = time.monotonic() + PATIENCE_S
        while text not in self.log.read_text():
            assert time.monotonic() < end and self.popen.poll() is None, self.log.read_text()
            time.sleep(0.02)

    def status(self):
        text = pathlib.Path(f"/proc/{self.popen.pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def end(self):
        self.popen.stdin.close()
        return self.popen.wait(timeout=PATIENCE_S)


def run(*arguments, stdin=None):
    return subprocess.run([SENSOR, *map(str, arguments)], stdin=stdin, capture_output=True,
                          timeout=120, check=False)


@is_root
@pytest.mark.parametrize("user", [None, "root", "daemon"])
def test_a_running_sensor_has_no_rights(tmp_path, started, user):
    arguments = ["--output", "-", "--log-level", "debug"] + (["--run-user", user] if user else [])
    sensor = Waiting(*arguments, log=tmp_path / "log",
                     started=started)
    status = sensor.status()
    name = user or ("weir" if has_user("weir") else "nobody")
    uid = str(pwd.getpwnam(name).pw_uid)
    assert status["Uid"].split() == [uid] * 4
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == filter_mode()
    limits = pathlib.Path(f"/proc/{sensor.popen.pid}/limits").read_text()
    assert "Max core file size        0                    0" in limits
    assert sensor.end() == 0


@is_root
def test_root_that_keeps_files_must_say_who_to_become(keys, whole):
    if has_user("weir"):
        pytest.skip("there is a user weir here")
    arguments = [word for word in keys if word not in ("--run-user", "root")]
    done = run("--read", whole, *arguments)
    assert done.returncode == 77
    assert b"useradd" in done.stderr and b"--run-user root" in done.stderr


def test_a_user_that_is_not_there_is_named(whole):
    done = run("--read", whole, "--output", "-", "--run-user", "no-such-user")
    assert done.returncode == 64
    assert b"there is no user no-such-user on this machine" in done.stderr


@is_root
def test_only_root_can_become_somebody_else(whole, tmp_path):
    program = tmp_path / "weir-sensor"
    shutil.copy(SENSOR, program)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.owner() == "root" and folder != pathlib.Path("/tmp"):
            folder.chmod(0o755)
    done = subprocess.run([program, "--read", "-", "--output", "-", "--run-user", "daemon"],
                          stdin=open(whole, "rb"), capture_output=True, check=False,
                          preexec_fn=lambda: os.setuid(65534))
    assert done.returncode == 77
    assert b"only root can become daemon" in done.stderr


@pytest.mark.parametrize("form", ["csv", "jsonl", "zeek-conn", "kdd", "none"])
def test_every_format_passes_the_filter(whole, form):
    done = run("--read", whole, "--output", "-", "--format", form, "--run-seccomp", "kill")
    assert done.returncode == 0, done.stderr


def test_files_standard_input_and_a_paced_replay_pass_the_filter(whole, tmp_path):
    parts = sorted(whole.parent.glob("branch-*.pcap"))
    words = [word for part in parts for word in ("--read", part)]
    with open(whole, "rb") as stdin:
        assert run("--read", "-", "--output", tmp_path / "a", stdin=stdin).returncode == 0
    done = run(*words, "--replay-speed", "1000000", "--output", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    done = run("--read", whole, "--filter", "tcp or host localhost", "--output", tmp_path / "c")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c").stat().st_size > 0


def test_signals_and_a_collector_that_is_away_pass_the_filter(keys, tmp_path, started):
    config = tmp_path / "sensor.conf"
    config.write_text("[flow]\ntcp_idle = 200 s\n")
    sensor = Waiting("--config", config, *keys, "--log-level", "debug", log=tmp_path / "log",
                     started=started)
    sensor.await_text("uplink.unreachable")
    config.write_text("[flow]\ntcp_idle = 100 s\nmax_flows = 5000\n")
    sensor.popen.send_signal(signal.SIGHUP)
    sensor.popen.send_signal(signal.SIGUSR1)
    sensor.popen.send_signal(signal.SIGTERM)
    sensor.popen.stdin.close()
    code = sensor.popen.wait(timeout=PATIENCE_S)
    assert code >= 0, f"ended by signal {-code}: {sensor.log.read_text()}"
    assert (tmp_path / "spool" / "weir-sensor.state").exists(), sensor.log.read_text()


@is_root
@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_live_capture_passes_the_filter_and_reloads_and_tells_its_state(
        keys, tmp_path, started, threads):
    if shutil.which("ip") is None:
        pytest.skip("iproute2 is not installed")
    config = tmp_path / "sensor.conf"
    config.write_text("[flow]\ntcp_idle = 200 s\n[log]\nlevel = debug\n")
    log = tmp_path / "log"
    send = ("import socket, time\nfor i in range(40):\n time.sleep(0.1)\n"
            " socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))")
    script = f'ip link set lo up || exit 77; {sys.executable} -c "{send}" & exec "$@"'
    words = [SENSOR, "--interface", "lo", "--config", config, "--capture-threads", threads, *keys,
             "--output", tmp_path / "flows"]
    with open(log, "wb") as stderr:
        popen = subprocess.Popen(["unshare", "-n", "sh", "-c", script, "sh", *words], stderr=stderr)
    started.append(popen)

    def await_text(text):
        end = time.monotonic() + PATIENCE_S
        while text not in log.read_text():
            if popen.poll() == 77:
                pytest.skip("no network namespace can be made here")
            assert time.monotonic() < end and popen.poll() is None, log.read_text()
            time.sleep(0.02)

    await_text("sensor.confined")
    time.sleep(0.3)
    status = pathlib.Path(f"/proc/{popen.pid}/status").read_text()
    assert "CapEff:\t0000000000000000" in status and f"Seccomp:\t{filter_mode()}" in status
    for task in pathlib.Path(f"/proc/{popen.pid}/task").iterdir():
        text = (task / "status").read_text()
        assert "CapEff:\t0000000000000000" in text and f"Seccomp:\t{filter_mode()}" in text
        assert "NoNewPrivs:\t1" in text
    config.write_text("[flow]\ntcp_idle = 100 s\nmax_flows = 5000\n[log]\nlevel = debug\n")
    popen.send_signal(signal.SIGHUP)
    await_text("reload.done")
    text = log.read_text()
    assert "reload.taken setting=flow.tcp_idle" in text
    assert "reload.waits setting=flow.max_flows" in text
    config.write_text("[flow]\ntcp_idle = 100 parsecs\n")
    popen.send_signal(signal.SIGHUP)
    await_text("reload.refused")
    assert "100 parsecs" in log.read_text()
    popen.send_signal(signal.SIGUSR1)
    await_text("sensor.state_saved")
    state = (tmp_path / "spool" / "weir-sensor.state").read_text()
    for head in ("[sensor]", "[uplink]", "[limits]", "[counters]"):
        assert head in state
    assert "connected                    no" in state
    popen.send_signal(signal.SIGTERM)
    assert popen.wait(timeout=PATIENCE_S) in (0, 75), log.read_text()
    assert "packets.seen" in log.read_text()


def test_a_spool_that_cannot_be_written_to_is_a_sentence(keys, whole, tmp_path):
    place = tmp_path / "plain-file"
    place.write_text("")
    words = [place / "spool" if word == tmp_path / "spool" else word for word in keys]
    done = run("--read", whole, *words)
    assert done.returncode in (74, 77), done.stderr
    assert str(place).encode() in done.stderr


def test_checking_the_configuration_looks_at_keys_and_user(keys, whole, tmp_path):
    assert run("--read", whole, *keys, "--check-config").returncode == 0
    done = run("--read", whole, *keys, "--run-user", "no-such-user", "--check-config")
    assert done.returncode == 64 and b"no-such-user" in done.stderr
    done = run("--read", whole, *keys, "--key", tmp_path / "lost.key", "--check-config")
    assert done.returncode != 0 and b"lost.key" in done.stderr
    done = run("--read", whole, *keys, "--inspect-classes", "http,gopher", "--check-config")
    assert done.returncode == 64 and b"gopher" in done.stderr
    assert not (tmp_path / "spool").exists()


def test_a_full_spool_is_told_with_what_to_do(keys, tmp_path, started):
    capture = generated(tmp_path / "traffic", "--profile", "calm", "--connections", 40000)
    log = tmp_path / "log"
    with open(log, "wb") as stderr:
        popen = subprocess.Popen([SENSOR, "--read", capture, *keys, "--simulate-limit",
                                  "spool=1048576"], stderr=stderr)
    started.append(popen)
    end = time.monotonic() + PATIENCE_S
    while "spool.full" not in log.read_text() and time.monotonic() < end:
        time.sleep(0.05)
    popen.send_signal(signal.SIGTERM)
    assert popen.wait(timeout=PATIENCE_S) == 75, log.read_text()
    assert "raise spool.limit" in log.read_text()
