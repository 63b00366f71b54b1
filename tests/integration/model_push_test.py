# SPDX-License-Identifier: Apache-2.0
"""A model from stored rows to the sensors' verdicts, with real processes, as an operator does it.

Two sensors replay, their flows are labelled and learned from; the model is signed, offered, pulled,
checked, active, acknowledged; what is replayed next carries both scores. Models of another schema
and models signed by nobody known are refused with a sentence, and the one before goes on scoring.
"""
import json
import pathlib
import subprocess
import time

import pytest

from tests.integration.fleet import BUILD, Fleet, SENSOR, make_traffic
from tests.support.postgres import Cluster

WEIRCTL = BUILD / "collector" / "weirctl"
WAIT_S = 60


class Site:
    """A fleet of two sensors, and what its operator does at the shell."""

    def __init__(self, cluster, folder):
        self.fleet = Fleet(cluster, folder / "fleet", sensors=2)
        self.folder = folder
        self.dsn = cluster.dsn(database=self.fleet.database)
        self.signing = folder / "signing.key"
        self.weirctl("key", "signing", self.signing)

    def weirctl(self, *arguments, database=False, code=0):
        words = [WEIRCTL, *arguments] + (["--database", self.dsn] if database else [])
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
        assert done.returncode == code, (arguments, done.returncode, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def replay(self, captures, stream, *arguments):
        sensors = [self.fleet.start_sensor(
            i, [capture], "--stream", stream, "--trusted-key", f"{self.signing}.pub",
            "--model-folder", self.folder / f"models-{i}", *arguments)
            for i, capture in enumerate(captures)]
        self.fleet.wait(sensors, 120)

    def train(self, schema, name):
        self.weirctl("train", "--schema", schema, "--stream", "training", "--name", name,
                     "--trees", "20", "--folds", "2", "--created", "2026-01-01T00:00:00Z",
                     database=True)

    def sensors(self):
        return json.loads(self.weirctl("sensors", "--format", "json", database=True))

    def await_sensors(self, said):
        deadline = time.monotonic() + WAIT_S
        while not all(said(row) for row in self.sensors()):
            assert time.monotonic() < deadline, (self.sensors(), self.fleet.tail())
            time.sleep(0.2)

    def version(self, name):
        rows = json.loads(self.weirctl("models", "--format", "json", database=True))
        return max(row["version"] for row in rows if row["name"] == name)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("push")
    with Cluster() as cluster:
        site = Site(cluster, folder)
        with site.fleet:
            site.fleet.start_collector("--expect-sensors", "2")
            training = make_traffic(folder / "training", "train", 1500, seed=3)
            site.captures = [training / "branch-1.pcap", training / "branch-2.pcap"]
            site.replay(site.captures, "training")
            site.weirctl("label", "import", training / "labels.tsv", "--stream", "training",
                         database=True)
            yield site


def scored(site, stream):
    """(rows, with the sensor's score, with the fleet's, sensor models, sensor model, fleet model)"""
    return [int(value or 0) for value in site.fleet.sql(
        "SELECT count(*), count(sensor_score), count(fleet_score), count(DISTINCT sensor_model),"
        " min(sensor_model), min(fleet_model)"
        f" FROM weir.flow WHERE stream = '{stream}' AND reason IS NULL")[0]]


def test_both_scores_are_in_every_row(site):
    site.train("sensor", "branch-sensor")
    site.train("fleet", "headquarters")
    site.weirctl("model", "push", "branch-sensor", "--to", "sensors", "--sign-key", site.signing,
                 database=True)
    site.weirctl("model", "push", "headquarters", "--to", "fleet", "--sign-key", site.signing,
                 database=True)
    site.replay(site.captures, "second", "--wait-model", "30 s")
    site.version_active = site.version("branch-sensor")
    rows, by_sensor, by_fleet, models, sensor_model, fleet_model = scored(site, "second")
    assert rows > 1000
    assert (by_sensor, by_fleet, models) == (rows, rows, 1)
    assert sensor_model == site.version_active
    assert fleet_model == site.version("headquarters")
    site.await_sensors(lambda row: row["model"] == site.version_active)


def test_sensor_model_finds_the_attacks_it_has_seen(site):
    found = site.fleet.sql(
        "SELECT count(*) FILTER (WHERE f.sensor_flagged) * 100 / count(*)"
        " FROM weir.flow f JOIN weir.flow s USING (orig_h, orig_p, resp_h, resp_p, proto, ts)"
        " JOIN weir.flow_label l ON (l.sensor_id, l.boot, l.flow_id) = (s.sensor_id, s.boot, s.flow_id)"
        " WHERE f.stream = 'second' AND s.stream = 'training' AND l.label <> 'normal'")
    assert int(found[0][0]) >= 90, "a model that does not know its own training traffic"


def test_model_of_another_schema_is_refused_with_a_sentence(site):
    text = nsl_text(site)
    artefact = site.folder / "nsl.model"
    subprocess.run([BUILD / "collector" / "weir-trainer", "--nsl-kdd", text, "--name", "nsl",
                    "--trees", "5", "--folds", "0", "--database", site.dsn, "--output", artefact],
                   check=True, capture_output=True)
    refused = site.weirctl("model", "push", "nsl", "--to", "sensors", "--sign-key", site.signing,
                           database=True, code=65)
    assert "kdd41" in refused and "sensor" in refused
    site.weirctl("model", "push", "nsl", "--to", "sensors", "--sign-key", site.signing, "--force",
                 database=True)
    site.replay(site.captures, "third")
    site.await_sensors(lambda row: "schema" in (row["model_refusal"] or ""))
    rows, by_sensor, _, models, sensor_model, _ = scored(site, "third")
    assert (by_sensor, models, sensor_model) == (rows, 1, site.version_active)


def test_model_signed_by_a_stranger_is_refused(site):
    stranger = site.folder / "stranger.key"
    site.weirctl("key", "signing", stranger)
    site.train("sensor", "foreign")
    site.weirctl("model", "push", "foreign", "--to", "sensors", "--sign-key", stranger,
                 database=True)
    site.replay(site.captures, "fourth")
    site.await_sensors(lambda row: "sign" in (row["model_refusal"] or ""))
    rows, by_sensor, _, models, sensor_model, _ = scored(site, "fourth")
    assert (by_sensor, models, sensor_model) == (rows, 1, site.version_active)


def nsl_text(site):
    """The training capture as an NSL-KDD file: our kdd columns, labelled by destination port."""
    path = pathlib.Path(site.folder / "kdd.txt")
    kdd = subprocess.run([SENSOR, "--read", site.captures[0], "--output", "-", "--format", "kdd"],
                         check=True, capture_output=True, text=True).stdout
    rows = [line for line in kdd.splitlines() if line and not line.startswith("duration")]
    path.write_text("".join(
        f"{row},{'neptune' if row.split(',')[3] == 'S0' else 'normal'}\n" for row in rows))
    return path
