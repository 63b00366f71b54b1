"""The parts of the collector that need a database: each C test in a database of its own."""
# sanitizers: run
import os
import pathlib
import subprocess

import pytest

from tests.support.postgres import Cluster, bin_folder

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev"))
PROGRAMS = ["lost_flow", "recovery", "store_worker"]


@pytest.fixture(name="cluster", scope="module")
def cluster_fixture():
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster() as cluster:
        yield cluster


@pytest.mark.parametrize("name", PROGRAMS)
def test_against_a_database(cluster, name):
    cluster.execute(f"CREATE DATABASE test_{name}")
    done = subprocess.run(
        [BUILD / "tests" / f"collector_{name}_test"], capture_output=True, text=True, timeout=300,
        check=False, env={**os.environ, "WEIR_TEST_CONNINFO": cluster.dsn(database=f"test_{name}")})
    assert done.returncode == 0, done.stdout + done.stderr
