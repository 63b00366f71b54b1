"""A sensor whose collector is away and whose spool is full ends when it is told to."""
# sanitizers: run
import signal
import subprocess
import time

import pytest

from tests.reference.sensor_run import SENSOR, generated

PATIENCE_S = 60


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
        yield process, tmp_path / "log"
        if process.poll() is None:
            process.kill()
        process.wait()


def test_a_full_spool_that_blocks_does_not_keep_a_sensor_from_ending(stuck):
    process, log = stuck
    time.sleep(4)
    assert process.poll() is None, log.read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_S) == 75, log.read_text()
    assert "wait in the spool" in log.read_text()
    assert "shipping.not_spooled" in log.read_text()
