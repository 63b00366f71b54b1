"""The unit of the sensor is tight, names what is installed, and its user is the one it runs as."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev"))
FOLDER = ROOT / "deploy" / "systemd"
UNIT = FOLDER / "weir-sensor.service"
MOST_EXPOSURE = 2.0


def settings(text):
    return re.findall(r"^(\w+)=(.*)$", text, re.M)


def test_the_unit_is_rated_at_most_2():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", UNIT],
                          capture_output=True, text=True, check=False)
    rated = re.search(r"exposure level for weir-sensor\.service: ([\d.]+)", done.stdout)
    assert rated, done.stdout + done.stderr
    assert "Unknown" not in done.stderr and "gnoring" not in done.stderr, done.stderr
    assert float(rated[1]) <= MOST_EXPOSURE, done.stdout


def test_the_unit_runs_the_sensor_as_a_notifying_service_of_its_own_user():
    have = dict(settings(UNIT.read_text()))
    assert have["Type"] == "notify" and int(have["WatchdogSec"]) > 0
    assert have["ExecReload"].split()[1:] == ["-HUP", "$MAINPID"]
    assert have["AmbientCapabilities"] == have["CapabilityBoundingSet"] == "CAP_NET_RAW"
    assert f"\nu {have['User']} " in (FOLDER / "weir-sensor.sysusers").read_text()


def groups():
    """systemd's groups of system calls: {"@name": [call or group, ...]}."""
    text = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True,
                          check=True).stdout
    found, name = {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            name = line.strip()
            found[name] = []
        elif name and line.startswith("    ") and not line.strip().startswith("#"):
            found[name].append(line.strip())
    return found


def calls(words, known):
    out, left = set(), list(words)
    while left:
        word = left.pop()
        if word.startswith("@"):
            left += known[word]
        else:
            out.add(word)
    return out


def test_the_unit_holds_back_no_call_that_the_sensor_needs():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    known = groups()
    passing = calls(["@default"], known)
    for name, value in settings(UNIT.read_text()):
        if name == "SystemCallFilter":
            words = calls(value.lstrip("~").split(), known)
            passing = passing - words if value.startswith("~") else passing | words
    source = (ROOT / "sensor" / "syscall_filter.c").read_text()
    table = source.split("allowed[] = {", 1)[1].split("};", 1)[0]
    table = re.sub(r"/\*.*?\*/", "", table, flags=re.S)
    needed = set(re.findall(r'"(\w+)"', table)) | {"seccomp", "capset", "prctl", "clone", "mmap"}
    assert len(needed) > 100
    assert not needed - passing, sorted(needed - passing)


def test_an_installed_unit_names_the_installed_program(tmp_path):
    if not (BUILD / "sensor" / "weir-sensor").exists():
        pytest.skip("weir-sensor is not built")
    done = subprocess.run(["cmake", "--install", BUILD, "--prefix", "/opt/weir"],
                          env={**os.environ, "DESTDIR": str(tmp_path)},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    unit = (tmp_path / "opt/weir/lib/systemd/system/weir-sensor.service").read_text()
    program = dict(settings(unit))["ExecStart"].split()[0]
    assert program == "/opt/weir/bin/weir-sensor"
    assert (tmp_path / program.lstrip("/")).stat().st_mode & 0o111
    assert (tmp_path / "opt/weir/share/man/man1/weir-sensor.1").exists()
    assert (tmp_path / "opt/weir/lib/sysusers.d/weir-sensor.conf").exists()
