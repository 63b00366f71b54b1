# SPDX-License-Identifier: Apache-2.0
"""A sensor that was started too early, before its enrolment or the collector, or with a wrong key."""
import time

import pytest

from tests.integration.fleet import Fleet, events, make_traffic
from tests.support.postgres import Cluster, bin_folder


@pytest.fixture(name="fleet")
def fleet_fixture(tmp_path):
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster() as cluster, Fleet(cluster, tmp_path / "early", sensors=1) as fleet:
        yield fleet


def capture(fleet):
    return make_traffic(fleet.folder / "traffic", "calm", 200, duration_s=60) / "whole.pcap"


def stored(fleet):
    return int(fleet.sql("SELECT count(*) FROM weir.flow")[0][0])


def test_a_sensor_enrolled_later_is_let_in_without_a_restart(fleet):
    public = fleet.sql("SELECT encode(public_key, 'hex') FROM weir.sensor")[0][0]
    fleet.sql("DELETE FROM weir.sensor")
    fleet.start_collector()
    sensor = fleet.start_sensor(0, [capture(fleet)])
    deadline = time.monotonic() + 30
    while not events(fleet.folder / "sensor-0.log", "uplink.rejected"):
        assert time.monotonic() < deadline and sensor.runs(), fleet.tail()
        time.sleep(0.05)
    assert "enrol" in events(fleet.folder / "sensor-0.log", "uplink.rejected")[0][1]
    fleet.sql("INSERT INTO weir.sensor (name, branch, public_key) SELECT 'later', name,"
              f" '\\x{public}' FROM weir.branch")
    fleet.wait([sensor], 60)
    assert "fingerprint=weir:" in events(fleet.folder / "collector.log", "gate.unknown_key")[0][1]
    assert stored(fleet) > 100


def test_a_sensor_started_before_the_collector_delivers_when_it_is_there(fleet):
    sensor = fleet.start_sensor(0, [capture(fleet)])
    time.sleep(1.5)
    fleet.start_collector()
    fleet.wait([sensor], 60)
    assert stored(fleet) > 100


def test_a_sensor_with_the_key_of_another_collector_says_what_to_do(fleet):
    fleet.start_collector()
    deadline = time.monotonic() + 30
    while not events(fleet.folder / "collector.log", "gate.listening"):
        assert time.monotonic() < deadline, fleet.tail()
        time.sleep(0.05)
    sensor = fleet.start_sensor(0, [capture(fleet)], "--collector-key", fleet.folder / "sensor-0")
    told = []
    while not told:
        assert time.monotonic() < deadline and sensor.runs(), fleet.tail()
        time.sleep(0.05)
        told = (events(fleet.folder / "sensor-0.log", "uplink.wrong_key")
                or events(fleet.folder / "sensor-0.log", "uplink.handshake_failed"))
    assert "key" in told[0][1] and stored(fleet) == 0
