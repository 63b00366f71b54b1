# SPDX-License-Identifier: Apache-2.0
"""A collector that cannot start says in one sentence what helps."""
import re
import shutil
import subprocess

import pytest

from tests.integration.fleet import COLLECTOR, ROOT, WEIRCTL
from tests.support.postgres import Cluster

MIGRATIONS = sorted((ROOT / "collector" / "store" / "migrations").glob("*.sql"))


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        yield running


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "collector.key"
    subprocess.run([WEIRCTL, "key", "collector", path], check=True, capture_output=True)
    return path


def start(key_file, dsn, *arguments):
    done = subprocess.run(
        [COLLECTOR, "--listen", "tcp://127.0.0.1:*", "--key", key_file, "--database", dsn,
         *arguments], capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stderr


def test_program_knows_its_last_migration():
    header = (ROOT / "collector" / "store" / "migration.h").read_text()
    assert int(re.search(r"MIGRATION_CURRENT (\d+)", header)[1]) == len(MIGRATIONS)


def test_database_without_schema(cluster, key):
    cluster.execute("CREATE DATABASE bare; CREATE ROLE weir_ingest;")
    code, said = start(key, cluster.dsn(database="bare"))
    assert code == 65 and "run `weirctl db init`" in said


def test_database_of_an_older_program(cluster, key, tmp_path):
    for file in MIGRATIONS[:-1]:
        shutil.copy(file, tmp_path)
    cluster.execute("CREATE DATABASE older")
    dsn = cluster.dsn(database="older")
    subprocess.run([WEIRCTL, "db", "init", "--migrations", tmp_path, "--database", dsn], check=True,
                   capture_output=True)
    code, said = start(key, dsn)
    assert code == 65 and "run `weirctl db migrate`" in said


def test_endpoint_that_is_none(cluster, key):
    code, said = start(key, cluster.dsn(), "--listen", "foo")
    assert code == 64 and "tcp://HOST:PORT" in said


def test_key_that_others_may_read(cluster, key, tmp_path):
    loose = tmp_path / "loose.key"
    shutil.copy(key, loose)
    loose.chmod(0o644)
    code, said = start(loose, cluster.dsn())
    assert code == 77 and "chmod" in said and str(loose) in said


def test_no_secret_is_ever_said(cluster, key):
    secret = re.search(r"weir-curve-secret (\S+)", key.read_text())[1]
    _, said = start(key, cluster.dsn(database="bare"), "--log-level", "debug")
    assert secret not in said
