#!/usr/bin/env python3
"""Runs bench_store against a durable private cluster: tests/bench/store_bench.py [BUILD]."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.support.postgres import Cluster  # noqa: E402 (needs the path above)

build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "release")
with Cluster(durable=True, settings={"max_wal_size": "'8GB'", "shared_buffers": "'512MB'"}) as cluster:
    done = subprocess.run([build / "tests" / "bench_store"], check=False,
                          env={**os.environ, "WEIR_TEST_CONNINFO": cluster.dsn()})
sys.exit(done.returncode)
