"""A sensor whose collector is away and whose spool is full ends when it is told to."""
# sanitizers: run
import pathlib
import signal
import subprocess
import time

import pytest

from tests.reference.sensor_run import SENSOR, generated

PATIENCE_S = 60
STUCK_S = 2      # without reading on
READING_S = 300  # until then, in the slowest build on a busy machine


@pytest.fixture(name="stuck")
def stuck_fixture(tmp_path):
    """A sensor that meters more than its spool holds and has nobody to deliver to."""
    capture = generated(tmp_path / "traffic", "--profile", "calm", "--connections", 40000)
    for name in ("own", "collector"):
        subprocess.run([SENSOR, "--make-key", tmp_path / name], check=True, capture_output=True)
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(
            [SENSOR, "--read", capture, "--collector", "tcp://127.0.0.1:1",
             "--key", tmp_path / "own", "--collector-key", tmp_path / "collector",
             "--spool", tmp_path / "spool", "--spool-limit", "1 MiB", "--spool-policy", "block",
             "--spool-sync", "none", "--run-user", "root", "--collector-drain", "1 s"], stderr=log)
        yield process, tmp_path / "log", capture
        if process.poll() is None:
            process.kill()
        process.wait()


def place_in(process, capture):
    """How far a process has read a file; 0 when it has not opened it yet."""
    folder = pathlib.Path(f"/proc/{process.pid}")
    for link in (folder / "fd").iterdir():
        if link.resolve() == capture.resolve():
            return int((folder / "fdinfo" / link.name).read_text().split()[1])
    return 0


def wait_until_stuck(process, capture):
    place, since = 0, time.monotonic()
    deadline = since + READING_S
    while place == 0 or time.monotonic() - since < STUCK_S:
        assert time.monotonic() < deadline, "it reads on"
        time.sleep(0.1)
        now = place_in(process, capture)
        if now != place:
            place, since = now, time.monotonic()


def test_a_full_spool_that_blocks_does_not_keep_a_sensor_from_ending(stuck):
    process, log, capture = stuck
    wait_until_stuck(process, capture)
    assert process.poll() is None, log.read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_S) == 75, log.read_text()
    assert "wait in the spool" in log.read_text()
    assert "shipping.not_spooled" in log.read_text()
