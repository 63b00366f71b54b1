"""What cannot be done is said in one line that names the place and what to do, and nothing else."""
# sanitizers: run
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess

import pytest

from tests.reference.sensor_run import SENSOR, generated, run

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights")


@pytest.fixture(name="whole", scope="module")
def whole_fixture(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("traffic"), "--profile", "calm", "--connections", 50)


@pytest.fixture(name="program")
def program_fixture():
    """A copy that anybody may run."""
    folder = pathlib.Path("/tmp") / f"weir-errors-{os.getpid()}"
    folder.mkdir(mode=0o755)
    shutil.copy(SENSOR, folder / "weir-sensor")
    (folder / "weir-sensor").chmod(0o755)
    yield folder / "weir-sensor"
    shutil.rmtree(folder)


def sentence(done, code):
    """The one line of a refusal."""
    text = done.stderr.decode()
    assert done.returncode == code, text
    lines = [line for line in text.splitlines() if line.startswith("weir-sensor: ")]
    assert len(lines) == 1 and done.stdout == b"", text
    assert all(" " <= letter for letter in lines[0])
    return lines[0]


def as_nobody(program, *words):
    return subprocess.run([program, *words], capture_output=True, check=False, timeout=60,
                          preexec_fn=lambda: (os.setgroups([]), os.setgid(NOBODY), os.setuid(NOBODY)))


@needs_root
def test_no_permission_names_the_capability(program):
    said = sentence(as_nobody(program, "--interface", "lo", "--output", "-"), 77)
    assert "interface lo" in said and "CAP_NET_RAW" in said


def test_no_such_interface_names_the_nearest_and_the_list():
    said = sentence(run("--interface", "lo0", "--output", "-"), 74 if os.geteuid() == 0 else 77)
    if os.geteuid() == 0:
        assert "lo0: no such interface; did you mean lo?" in said and "--list-interfaces" in said


def test_a_bad_filter_is_shown_with_libpcaps_reason(whole):
    said = sentence(run("--read", whole, "--filter", "tcp prot 3", "--output", "-"), 64)
    assert '"tcp prot 3"' in said and "syntax error" in said


@needs_root
def test_a_bad_filter_on_an_interface_is_shown_too():
    said = sentence(run("--interface", "lo", "--filter", "tcp prot 3", "--output", "-"), 64)
    assert '"tcp prot 3"' in said and "syntax error" in said


@pytest.mark.parametrize("words", [
    ["--flow-tcp-idle", "\x1b]0;owned\x07"], ["--\x1b[2J"], ["--format", "\x9b2J\x7f"],
    ["--simulate-limit", "\x1b[2J=1"], ["--inspect-classes", "\x1b[2J"], ["\x1b[2J"],
    ["--filter", "\x1b[2J"], ["--output", "/no\x1b[2Jfolder/x"], ["--run-user", "\x1b[2J"],
])
def test_no_value_reaches_the_terminal_as_it_is(whole, words):
    done = run("--read", whole, "--output", "-", *words)
    assert done.returncode != 0
    assert not any(byte < 0x20 and byte != 0x0a or byte == 0x7f for byte in done.stderr), done.stderr


def test_a_file_with_a_mistake_is_named_with_its_line(tmp_path, whole):
    config = tmp_path / "sensor.conf"
    config.write_text("[flow]\ntcp_idle = 60 s\nudp_idel = 5 s\n")
    said = sentence(run("--config", config, "--read", whole, "--output", "-"), 78)
    assert f"{config}:3:" in said and "did you mean flow.udp_idle?" in said


@needs_root
def test_a_folder_that_is_somebody_elses_is_named(program, tmp_path):
    folder = program.parent
    for name in ("own", "collector"):
        subprocess.run([SENSOR, "--make-key", folder / name], check=True, capture_output=True)
        (folder / name).chmod(0o600)
        os.chown(folder / name, NOBODY, NOBODY)
    (folder / "spool").mkdir(mode=0o755)
    capture = folder / "empty.pcap"
    capture.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    words = ["--read", capture, "--collector", "tcp://127.0.0.1:1", "--key", folder / "own",
             "--collector-key", folder / "collector", "--spool", folder / "spool"]
    said = sentence(as_nobody(program, *words), 77)
    assert f"{folder}/spool" in said and "nobody may not write" in said


def test_the_list_of_interfaces_can_be_read_by_programs():
    for form in ("csv", "json", "table"):
        done = run("--list-interfaces", "--list-format", form)
        assert done.returncode == 0, done.stderr
        if form == "json":
            rows = {row["name"]: row for row in json.loads(done.stdout)}
            assert set(rows["lo"]) == {"name", "description", "addresses", "link", "up", "captures"}
        assert b"lo" in done.stdout


def test_check_config_refuses_what_is_no_address_below_ip(whole, tmp_path):
    config = tmp_path / "sensor.conf"
    words = ["--read", whole, "--output", "-", "--config", config, "--check-config"]
    config.write_text("[layer2]\nrouters = 02:00:00:00:00:01\nprefixes = 7=10.0.0.0/24 fe80::/64\n")
    assert run(*words).returncode == 0
    for line, says in (("routers = gateway", "layer2.routers: want MAC addresses"),
                       ("critical = 10.0.0", "layer2.critical: want addresses"),
                       ("prefixes = 4095=10.0.0.0/24", "layer2.prefixes: want networks")):
        config.write_text(f"[layer2]\n{line}\n")
        assert says in sentence(run(*words), 64)


def test_what_is_watched_below_ip_is_what_the_section_says(tmp_path):
    """200 stations more than 60 s after the first packet are a flood, unless nobody watches."""
    capture = tmp_path / "stations.pcap"
    with open(capture, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for station in range(300):
            frame = bytes(6) + b"\x02\0\0\0" + struct.pack(">H", station) + b"\x08\x06" + bytes(46)
            out.write(struct.pack("<IIII", 100 if station else 1, 0, len(frame), len(frame)) + frame)
    words = ["--read", capture, "--output", "/dev/null"]
    flood = run(*words).stderr
    assert b"rule=M-FLOOD" in flood and re.search(rb"^layer2.events +2$", flood, re.M), flood
    news = run(*words, "--layer2-learn", "10 s").stderr
    assert re.search(rb"^layer2.events +201$", news, re.M), news
    assert b"layer2" not in run(*words, "--no-layer2-enabled").stderr
