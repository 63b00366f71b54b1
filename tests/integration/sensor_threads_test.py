# SPDX-License-Identifier: Apache-2.0
"""A sensor of several threads and its collector: one sequence of batches, every flow a row."""
# alone: cards and sensors must keep up with the clock
import pytest

from tests.integration import veth
from tests.integration.fleet import COLLECTOR, Fleet, Process, make_traffic
from tests.support.postgres import Cluster, bin_folder

NO_CARDS = veth.usable()
pytestmark = pytest.mark.skipif(NO_CARDS is not None, reason=str(NO_CARDS))


class WiredFleet(Fleet):
    """A collector beside the cards."""

    def start_inside(self, wire):
        process = Process("collector", wire.inside(
            COLLECTOR, "--listen", self.endpoint, "--key", self.folder / "collector",
            "--database", self.cluster.dsn(database=self.database)), self.folder / "collector.log")
        self.processes.append(process)
        return process


def test_the_flows_of_all_threads_become_rows_in_one_sequence(tmp_path):
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    capture = make_traffic(tmp_path / "traffic", profile="calm", connections=2000) / "whole.pcap"
    with Cluster() as cluster, veth.Namespace() as wire, \
            WiredFleet(cluster, tmp_path / "fleet", sensors=1) as fleet:
        veth.run("ip", "-n", wire.name, "link", "set", "lo", "up")
        fleet.start_inside(wire)
        with veth.Sensor(wire, tmp_path, "--capture-threads", 3, "--collector", fleet.endpoint,
                         "--key", fleet.folder / "sensor-0", "--collector-key",
                         fleet.folder / "collector", "--spool", tmp_path / "spool",
                         "--collector-drain", "60 s") as sensor:
            sent = wire.replay(capture, speed=30)
            code = sensor.end(timeout_s=120)
            assert code == 0, f"{code}\n{sensor.text()}{fleet.tail()}"
        flows = sensor.count("flows.final")
        assert flows == sensor.count("flows.created") > 1000
        assert 0 < sent - sensor.count("packets.seen") < 100  # fragments came put together
        # A busy machine looks like an unsteady clock; a wrong low mark would make rows late.
        late = fleet.sql("SELECT count(*) FROM weir.flow WHERE reason IN ('late', 'lagging')")
        assert late == [["0"]], sensor.text() + fleet.tail()
        row = fleet.sql("SELECT count(*), count(DISTINCT flow_id), count(DISTINCT record_no),"
                        " count(DISTINCT flow_id >> 56) FROM weir.flow")
        assert [int(number) for number in row[0]] == [flows, flows, flows, 3]
