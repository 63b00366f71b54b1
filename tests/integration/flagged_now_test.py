# SPDX-License-Identifier: Apache-2.0
"""Flows that a sensor's model flags are in SQL at once, long before their batch may be stored.

A second sensor of the stream is silent, so no row can be stored: what is seen then has gone ahead.
"""
import time

import pytest

from tests.integration.fleet import make_traffic
from tests.integration.model_push_test import Site
from tests.support.postgres import Cluster

WAIT_S = 30
HELD_S = 3  # how long nothing of the stream is stored, though it could have been
AGREE = ("orig_h", "orig_p", "resp_h", "resp_p", "ts", "sensor_score", "sensor_model", "orig_bytes",
         "resp_bytes")


@pytest.fixture(name="site", scope="module")
def site_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ahead")
    with Cluster() as cluster:
        site = Site(cluster, folder)
        with site.fleet:
            site.fleet.start_collector("--expect-sensors", "2")
            training = make_traffic(folder / "training", "train", 1200, seed=8)
            site.captures = [training / "branch-1.pcap", training / "branch-2.pcap"]
            site.replay(site.captures, "training")
            site.weirctl("label", "import", training / "labels.tsv", "--stream", "training",
                         database=True)
            site.train("sensor", "branch-sensor")
            site.weirctl("model", "push", "branch-sensor", "--to", "sensors", "--sign-key",
                         site.signing, database=True)
            yield site


def number(site, sql):
    return int(site.fleet.sql(f"SET ROLE weir_analyst; {sql}")[0][0])


def start(site, i, stream):
    return site.fleet.start_sensor(i, [site.captures[i]], "--stream", stream, "--trusted-key",
                                   f"{site.signing}.pub", "--model-folder",
                                   site.folder / f"models-{i}", "--wait-model", "30 s")


def await_flagged(site, stream, wanted):
    """Waits for so many, and a while longer."""
    deadline = time.monotonic() + WAIT_S
    flagged = f"SELECT count(*) FROM weir.flagged_now WHERE stream = '{stream}'"
    while number(site, flagged) < wanted:
        assert time.monotonic() < deadline, f"{number(site, flagged)} copies\n{site.fleet.tail()}"
        time.sleep(0.1)
    time.sleep(HELD_S)


def test_flagged_flows_are_seen_while_their_batches_are_held_back(site):
    first = start(site, 0, "ahead")
    await_flagged(site, "ahead", 10)
    assert number(site, "SELECT count(*) FROM weir.conn WHERE stream = 'ahead'") == 0
    site.fleet.wait([first, start(site, 1, "ahead")], 60)
    # each is one row in the end, and says the same
    agree = " AND ".join(f"f.{name} IS NOT DISTINCT FROM n.{name}" for name in AGREE)
    copies, stored, rows, equal = [int(value) for value in site.fleet.sql(
        "SELECT (SELECT count(*) FROM weir.flagged_now WHERE stream = 'ahead'),"
        f" count(DISTINCT (f.sensor_id, f.boot, f.flow_id)), count(*), count(*) FILTER (WHERE {agree})"
        " FROM weir.flagged_now n JOIN weir.flow f USING (sensor_id, boot, flow_id)"
        " WHERE f.stream = 'ahead' AND f.sensor_flagged")[0]]
    assert [stored, rows, equal] == [copies] * 3
    first_seen, first_stored = site.fleet.sql(
        "SELECT extract(epoch FROM min(received_at)), (SELECT extract(epoch FROM min(committed_at))"
        " FROM weir.ledger_position WHERE stream = 'ahead') FROM weir.flagged_now"
        " WHERE stream = 'ahead'")[0]
    assert float(first_stored) - float(first_seen) > HELD_S


def test_no_copy_becomes_a_second_flow(site):
    flows, distinct = site.fleet.sql(
        "SELECT count(*), count(DISTINCT (sensor_id, boot, flow_id)) FROM weir.flow")[0]
    assert flows == distinct


def test_copies_are_forgotten_after_a_day_and_flows_are_not(site):
    """As the collector's worker does each hour, by the same statement and role."""
    flows = site.fleet.sql("SELECT count(*) FROM weir.flow")
    site.fleet.sql("UPDATE weir.flagged_flow SET received_at = now() - interval '25 hours'")
    site.fleet.close()
    site.fleet.start_collector("--expect-sensors", "2")
    deadline = time.monotonic() + WAIT_S
    while number(site, "SELECT count(*) FROM weir.flagged_now") != 0:
        assert time.monotonic() < deadline, site.fleet.tail()
        time.sleep(0.2)
    assert site.fleet.sql("SELECT count(*) FROM weir.flow") == flows
