# SPDX-License-Identifier: Apache-2.0
# alone: Ctrl-C is pressed at moments of the clock
"""deploy/demo/run, small: it ends well, its rows say what it promises, and Ctrl-C leaves nothing."""
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

from tests.support.postgres import bin_folder

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev")).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = ROOT / "deploy" / "demo" / "run"
OPTIONS = ["--no-install", "--build", str(BUILD)]

pytestmark = pytest.mark.skipif(bin_folder() is None, reason="PostgreSQL is not installed")


@pytest.fixture(name="place", scope="module")
def place_fixture():
    """A short path (a socket's holds 107 bytes) that the user postgres may walk through."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wd-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def environment(place):
    return {**os.environ, "TMPDIR": str(place)}


def demo(place, *options):
    return subprocess.run([RUN, *options], env=environment(place), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=600)


def processes_of(folder):
    """Command lines of what still runs from, or for, this folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink(entry / "cwd")
        except OSError:
            continue
        if str(folder) in line or where.startswith(str(folder)):
            found.append(f"{entry.name}: {line or where}")
    return found


class Kept:
    """A demo that ended with --keep: its output and its database."""

    def __init__(self, place):
        done = demo(place, *OPTIONS, "--keep", "--seed", "3", "--connections", "3000")
        self.output = done.stdout
        assert done.returncode == 0, done.stdout + done.stderr
        self.folder = pathlib.Path(re.search(r"--stop (\S+)", self.output)[1])

    def rows(self, sql):
        done = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d",
             f"host={self.folder}/pg/socket user=postgres dbname=postgres", "-c", sql],
            capture_output=True, text=True, check=True)
        return [line.split("|") for line in done.stdout.splitlines()]

    def labels(self, stream):
        return (self.folder / stream / "labels.tsv").read_text().splitlines()[1:]


@pytest.fixture(name="kept", scope="module")
def kept_fixture(place):
    kept = Kept(place)
    yield kept
    stopped = demo(place, "--stop", str(kept.folder))
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert not kept.folder.exists()
    assert processes_of(kept.folder) == []


@pytest.mark.parametrize("stream", ["train", "fresh"])
def test_every_connection_is_one_labelled_flow(kept, stream):
    generated = len(kept.labels(stream))
    stored, = kept.rows(f"SELECT count(*) FROM weir.flow WHERE stream = '{stream}'")
    labelled, = kept.rows(f"SELECT count(*) FROM weir.flow_label WHERE stream = '{stream}'")
    assert [int(stored[0]), int(labelled[0])] == [generated, generated]


def test_both_models_are_active_and_every_sensor_took_its_own(kept):
    active = dict(kept.rows("SELECT target, schema_name FROM weir.model_active"))
    assert active == {"sensor": "sensor", "fleet": "fleet"}
    took = kept.rows("SELECT s.name, s.model_version = a.version, s.model_refusal IS NULL"
                     " FROM weir.sensor s, weir.model_active a WHERE a.target = 'sensor' ORDER BY 1")
    assert took[:3] == [[f"sensor-{i}", "t", "t"] for i in (1, 2, 3)]
    assert [row[0] for row in took[3:]] == (["sensor-live"] if os.geteuid() == 0 else [])


def test_every_fresh_flow_has_both_scores_and_no_flow_of_the_training_has_one(kept):
    counted = kept.rows("SELECT stream, count(*) = count(sensor_score), count(*) = count(fleet_score),"
                        " count(sensor_score) + count(fleet_score) FROM weir.flow GROUP BY 1 ORDER BY 1")
    assert [row[:3] for row in counted] == [["fresh", "t", "t"], ["train", "f", "f"]]
    assert counted[1][3] == "0"


def test_attacks_that_were_in_the_training_are_found_again(kept):
    found = {label: [float(rate) for rate in rates] for label, *rates in kept.rows(
        "SELECT label, avg(sensor_flagged::int), avg(fleet_flagged::int) FROM weir.flow f"
        " JOIN weir.flow_label l USING (ts, sensor_id, boot, flow_id) WHERE f.stream = 'fresh'"
        " GROUP BY 1")}
    assert set(found) == {"normal", "portscan", "synflood", "ftp_guess", "pingsweep"}
    for label in ("portscan", "synflood"):
        assert min(found[label]) > 0.9, found
    assert found["ftp_guess"][1] > 0.5, found  # the fleet's model; one sensor alone sees a third
    assert max(found["normal"]) < 0.02, found


def test_the_report_shows_what_is_in_the_rows(kept):
    for head in ("Held-out figures", "Flows per sensor", "Applications", "Top talkers", "Bytes received", "Bytes sent",
                 "Flagged flows with", "Flagged flows that", "What the sensors counted",
                 "Detection rate", "attacks that were missed",
                 "normal flows that were flagged", "Connect with"):
        assert head in kept.output
    flows, sensor, fleet = kept.rows(
        "SELECT count(*), count(*) FILTER (WHERE sensor_flagged), count(*) FILTER (WHERE fleet_flagged)"
        " FROM weir.flow f JOIN weir.flow_label l USING (ts, sensor_id, boot, flow_id)"
        " WHERE f.stream = 'fresh' AND label = 'portscan'")[0]
    shown = next(line for line in kept.output.splitlines() if line.startswith(" portscan "))
    cells = [cell.strip() for cell in shown.split("|")]
    assert [cells[1], cells[2], cells[4]] == [flows, sensor, fleet]
    wide = [line for line in kept.output.splitlines() if len(line) > 100 and "/tmp" not in line]
    assert wide == []


def test_applications_are_recognised(kept):
    found = dict(kept.rows("SELECT app, count(*) FROM weir.conn WHERE stream = 'fresh' GROUP BY 1"))
    assert {"dns", "http", "smtp", "ftp", "ssh"} <= set(found)
    shown = next(line for line in kept.output.splitlines() if line.startswith(" dns "))
    assert shown.split("|")[1].strip() == found["dns"]


def test_every_packet_of_the_captures_is_in_the_ledger(kept):
    rows = kept.rows("SELECT sensor, sum(unaccounted), sum(flows_unaccounted), sum(records_dropped),"
                     " sum(flows_created) FROM weir.sensor_loss WHERE sensor ~ '[123]' GROUP BY 1")
    assert len(rows) == 3 and all(row[1:4] == ["0", "0", "0"] for row in rows), rows
    flows, = kept.rows("SELECT count(*) FROM weir.flow WHERE stream <> 'live'")
    assert sum(int(row[4]) for row in rows) == int(flows[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="capturing needs root")
def test_a_live_sensor_shows_that_all_stages_are_alive(kept):
    assert "Age of a live sensor" in kept.output
    ages, = kept.rows("SELECT sensor, whole_way BETWEEN '0' AND '30 s', silent_for < '2 min'"
                      " FROM weir.pipeline_liveness WHERE number IS NOT NULL")
    assert ages == ["sensor-live", "t", "t"]


def test_the_queries_to_try_can_be_tried(kept):
    connect = re.search(r"^  psql ('host=.*')$", kept.output, re.MULTILINE)[1].strip("'")
    text = kept.output[kept.output.index("and try:\n"):kept.output.index("The demo took")]
    queries = [query for query in text.removeprefix("and try:\n").split(";\n") if query.strip()]
    assert len(queries) == 3
    for query in queries:
        done = subprocess.run(["psql", "-X", "-A", "-t", "-d", connect, "-c", query],
                              capture_output=True, text=True, check=True)
        assert done.stdout.strip() != "", query


def test_secrets_are_their_owners_alone(kept):
    for name in ("collector", "signer", "sensor-1", "sensor-2", "sensor-3"):
        assert (kept.folder / name).stat().st_mode & 0o777 == 0o700
        assert (kept.folder / name / "key").stat().st_mode & 0o777 == 0o600
    assert (kept.folder / "pg" / "socket").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("after", ["packages", "build", "collector", "traffic 'train'", "labels 'train'"])
def test_ctrl_c_leaves_no_process_and_no_folder(place, after):
    """On a terminal, pressed a moment after the step of this name: in the middle of the next one."""
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execve(RUN, [str(RUN), *OPTIONS, "--connections", "2000"], environment(place))
    seen = b""
    pressed = False
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
        if not pressed and re.search(rf" \d+/\d+ {after}[^\r\n]*: [^\r\n]*\(\d+ s\)".encode(), seen):
            time.sleep(0.3)
            os.write(terminal, b"\x03")
            pressed = True
    text = seen.decode(errors="replace")
    assert pressed, text
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130, text
    folder = pathlib.Path(re.search(r"everything lies in (\S+)", text)[1])
    assert not folder.exists(), text
    assert processes_of(folder) == [], text


def test_a_build_without_programs_is_named_and_leaves_nothing(place, tmp_path):
    done = demo(place, "--no-install", "--build", str(tmp_path))
    assert done.returncode == 1
    assert "there is no weir-sensor" in done.stdout
    folder = pathlib.Path(re.search(r"everything lies in (\S+)", done.stdout)[1])
    assert not folder.exists()


def test_wrong_options_are_refused(place):
    assert demo(place, "--seed", "many").returncode == 64
    assert demo(place, "--fast").returncode == 64
    assert demo(place, "--stop", str(place)).returncode == 65
    assert place.exists()
