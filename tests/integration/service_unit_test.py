"""The unit of the sensor is tight, names what is installed, and its user is the one it runs as."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev"))
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "systemd"
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
