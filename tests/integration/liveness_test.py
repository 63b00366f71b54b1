# SPDX-License-Identifier: Apache-2.0
"""What SQL shows of live sensors: markers with the age of things at each stage, and the loss ledger.

One sensor hears traffic, the other a card on which nothing comes. Both put a marker into their
records each minute, so this takes a little more than one.
"""
import subprocess
import time

import pytest

from tests.integration import veth
from tests.integration.fleet import Fleet, make_traffic, read_pcap
from tests.support.postgres import Cluster

NO_CARDS = veth.usable()
pytestmark = pytest.mark.skipif(NO_CARDS is not None, reason=str(NO_CARDS))

TOLD_S = 100     # a marker each minute, the second tells when the first was sent
STAGES = ("in_batch", "to_spool", "in_spool", "to_collector", "in_order", "to_row", "whole_way")
ONE_STAGE_MAX_S = 45


class Branches:
    """Two live sensors and their collector in a namespace."""

    def __init__(self, cluster, wire, folder):
        self.wire = wire
        self.fleet = Fleet(cluster, folder / "live", sensors=2)
        self.fleet.inside = wire.inside()
        veth.run("ip", "-n", wire.name, "link", "set", "lo", "up")
        self.capture = make_traffic(folder / "traffic", "calm", 300, duration_s=60) / "whole.pcap"

    def start(self):
        self.fleet.start_collector()
        self.sensors = [self.fleet.start_sensor(i, [], "--interface", f"in-{i}") for i in (0, 1)]

    def rows(self, sql):
        return self.fleet.sql(f"SET ROLE weir_analyst; {sql}")

    def wait_for(self, sql, wanted, timeout_s):
        deadline = time.monotonic() + timeout_s
        while self.rows(sql) != wanted:
            assert time.monotonic() < deadline, f"{sql}: {self.rows(sql)}\n{self.fleet.tail()}"
            time.sleep(0.5)

    def send(self):
        """Over out-0 alone; returns how many packets."""
        return int(subprocess.run(
            self.wire.inside("/usr/bin/env", "python3", veth.__file__, self.capture, 1, 20, 1),
            check=True, capture_output=True, text=True).stdout)


@pytest.fixture(name="branches", scope="module")
def branches_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("liveness")
    with Cluster() as cluster, veth.Namespace(cards=2) as wire:
        branches = Branches(cluster, wire, folder)
        with branches.fleet:
            branches.start()
            branches.wait_for("SELECT count(*) FROM weir.pipeline_liveness WHERE number = 1",
                              [["2"]], 60)
            branches.sent = branches.send()
            branches.wait_for("SELECT count(*) FROM weir.pipeline_liveness WHERE number >= 2",
                              [["2"]], TOLD_S)
            yield branches


def ages(columns):
    return ", ".join(f"extract(epoch FROM {column})" for column in columns)


def test_a_sensor_that_hears_nothing_sends_markers_too(branches):
    rows = branches.rows("SELECT sensor, number FROM weir.pipeline_liveness ORDER BY 1")
    assert [row[0] for row in rows] == ["live-0", "live-1"]
    assert all(int(row[1]) >= 2 for row in rows)
    assert branches.fleet.sql("SELECT count(*) FROM weir.flow f JOIN weir.sensor s"
                              " ON s.id = f.sensor_id WHERE s.name = 'live-1'") == [["0"]]


def test_every_stage_of_every_marker_has_an_age_that_can_be(branches):
    """Those of the newest one; how long it waited in the spool is told of the one before."""
    for sensor, silent_for, *row in branches.rows(
            f"SELECT sensor, {ages(('silent_for', *STAGES))} FROM weir.pipeline_liveness"):
        assert 0 <= float(silent_for) < 70
        for stage, age in zip(STAGES, row):
            assert age != "" and 0 <= float(age) < ONE_STAGE_MAX_S, (sensor, stage, age)


def test_a_later_marker_tells_when_an_earlier_one_was_sent(branches):
    stages = ages(("spooled_at - batch_closed_at", "sent_at - spooled_at", "received_at - sent_at"))
    rows = branches.fleet.sql(f"SELECT sensor_id, {stages} FROM weir.marker WHERE number = 1")
    assert len(rows) == 2
    for row in rows:
        assert all(value != "" and 0 <= float(value) < ONE_STAGE_MAX_S for value in row[1:]), row


def test_markers_are_counted_from_one_without_a_gap(branches):
    rows = branches.fleet.sql("SELECT count(*), max(number), count(DISTINCT number), count(DISTINCT boot)"
                              " FROM weir.marker GROUP BY sensor_id")
    for count, newest, numbers, boots in rows:
        assert count == newest == numbers and boots == "1"


def test_a_minute_is_one_row_of_a_sensor_with_every_packet_in_one_column(branches):
    sent = branches.sent
    branches.wait_for("SELECT sum(seen) FROM weir.sensor_loss WHERE sensor = 'live-0'",
                      [[str(sent)]], 30)
    assert sent == len(read_pcap(branches.capture)[1])
    rows = branches.rows(
        "SELECT sensor, count(*), count(DISTINCT minute), sum(seen), sum(dropped), sum(decoded),"
        " sum(undecodable), bool_and(unaccounted = 0), bool_and(flows_unaccounted = 0),"
        " count(*) - count(dropped), count(*) - count(interface_dropped)"
        " FROM weir.sensor_loss GROUP BY 1 ORDER BY 1")
    heard, silent = rows
    assert int(heard[1]) >= 2 and int(silent[1]) >= 2
    for row in rows:
        assert row[1] == row[2], f"more than one row a minute: {row}"
        assert row[7:] == ["t", "t", "0", "0"], row
    assert int(heard[3]) == sent == sum(int(value) for value in heard[4:7])
    assert silent[3:7] == ["0", "0", "0", "0"]


def test_what_the_platform_cannot_tell_is_null(branches):
    """The kernel does not count what a socket's filter refused."""
    assert branches.rows("SELECT count(filtered) FROM weir.sensor_loss") == [["0"]]
    assert branches.rows("SELECT count(*) FROM weir.sensor_health"
                         " WHERE counters ? 'packets_filtered'") == [["0"]]
