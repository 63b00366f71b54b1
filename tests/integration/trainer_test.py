# SPDX-License-Identifier: Apache-2.0
"""weir-trainer on stored flows: every schema is learnt from the database and registered in it."""
import json
import os
import pathlib
import subprocess

import pytest

from tests.support.postgres import Cluster, bin_folder

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev"))
TRAINER = BUILD / "collector" / "weir-trainer"


@pytest.fixture(name="cluster", scope="module")
def cluster_fixture():
    """A database in which the store's own test has left a thousand flows, some of them labelled."""
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster() as cluster:
        cluster.execute("CREATE DATABASE stored")
        done = subprocess.run(
            [BUILD / "tests" / "collector_store_database_test"], capture_output=True, text=True,
            env={**os.environ, "WEIR_TEST_CONNINFO": cluster.dsn(database="stored")}, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        cluster.execute(
            "INSERT INTO weir.label (label, who, sensor_id, boot, flow_id)"
            " SELECT 'scan', 'test', sensor_id, boot, flow_id FROM weir.flow"
            " WHERE orig_bytes < 30000", database="stored")
        yield cluster


def train(cluster, *arguments):
    return subprocess.run(
        [TRAINER, "--database", cluster.dsn(database="stored"), "--folds", "2", "--report", "json",
         *arguments], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("schema", ["sensor", "fleet", "kdd41"])
def test_a_model_of_each_schema_is_learnt_and_registered(cluster, schema):
    done = train(cluster, "--schema", schema, "--unlabelled", "normal", "--name", f"of-{schema}")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    flows, labelled = cluster.execute(
        "SELECT count(*), count(*) FILTER (WHERE orig_bytes < 30000) FROM weir.flow",
        database="stored")[0]
    assert (report["rows"], report["attack"]) == (int(flows), int(labelled))
    assert report["agreement"] <= 1e-6
    assert report["held_out"]["accuracy"] > 0.9
    row = cluster.execute(
        "SELECT name, schema_name, data_digest, training_rows, data_from = (SELECT min(ts) FROM"
        f" weir.flow) FROM weir.model WHERE version = {report['version']}", database="stored")[0]
    assert row == [f"of-{schema}", schema, report["digest"], str(report["training_rows"]), "t"]
    figures = cluster.execute(
        "SELECT count(*), count(DISTINCT part) FROM weir.model_evaluation"
        f" WHERE version = {report['version']}", database="stored")[0]
    assert figures == ["12", "2"]


def test_flows_without_both_classes_are_refused_and_nothing_is_registered(cluster):
    before = cluster.execute("SELECT count(*) FROM weir.model", database="stored")
    done = train(cluster, "--schema", "sensor", "--name", "none")
    assert done.returncode == 64
    assert "both classes" in done.stderr
    done = train(cluster, "--schema", "sensor", "--from", "2099-01-01")
    assert done.returncode != 0
    assert "no labelled flow" in done.stderr
    assert cluster.execute("SELECT count(*) FROM weir.model", database="stored") == before


def test_a_server_that_is_not_there_is_unavailable():
    done = subprocess.run([TRAINER, "--database", "host=/nonexistent", "--schema", "sensor"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 69, done.stderr
