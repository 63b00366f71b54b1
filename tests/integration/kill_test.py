# SPDX-License-Identifier: Apache-2.0
# alone: it is paced by progress, and kills are to hit a fleet that moves
"""kill -9 of the collector, of PostgreSQL and of sensors during a replay of 200,000 flows.

No flow is lost, none is stored twice, and no window changes: what is stored equals what the sensors
print without any collector, and the 41 columns equal those of an undisturbed fleet. The kills are
paced by progress, so that a fast machine is hit as often as a slow one. Two of the moments that
matter are rare by chance and are brought about: a collector that has copied and not committed (it
stops itself there), and a commit that is done while nobody hears of it (PostgreSQL is made to wait
for a standby that does not exist, after the commit is on disk and before it answers).
"""
import collections
import json
import os
import random
import shutil
import subprocess
import time

import pytest

from tests.integration.fleet import KDD, SENSOR, Fleet, events
from tests.integration.tiny_flows import write_tiny_flows
from tests.support.postgres import Cluster, bin_folder

SEED = int(os.environ.get("WEIR_KILL_SEED", "1"))
FLOWS = 200000
SENSORS = 3
KILLS = 10              # of each kind
HELD_COMMITS = 3        # of the kills of PostgreSQL: the commit is on disk, the answer is not out
STOP_POINTS = (1, 4, 7)  # after so many kills the next collector dies between COPY and COMMIT
RARE_S = 40             # how long one of the rare moments may take to come
STALL_S = 60
REPLAY = ["--stream", "replay", "--resume", "--spool-policy", "block", "--spool-limit", "1 MiB",
          "--flow-checksums", "ignore"]
KEY = ("orig_h orig_p resp_h resp_p proto start_us end_us orig_bytes resp_bytes orig_pkts "
       "resp_pkts conn_state history").split()


@pytest.fixture(name="cluster", scope="module")
def cluster_fixture():
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster(durable=True) as cluster:
        yield cluster


@pytest.fixture(name="captures", scope="module")
def captures_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("captures")
    yield write_tiny_flows(folder, FLOWS, SENSORS, SEED)
    shutil.rmtree(folder)


def expected_flows(captures):
    """What the sensors see, printed by themselves."""
    flows = collections.Counter()
    for capture in captures:
        done = subprocess.run([SENSOR, "--read", capture, "--flow-checksums", "ignore", "--format",
                               "jsonl", "--output", "-"], capture_output=True, text=True,
                              check=True)
        for line in done.stdout.splitlines():
            record = json.loads(line)
            flows[tuple(str(record[name]) for name in KEY)] += 1
    return flows


def stored_flows(fleet):
    return collections.Counter(map(tuple, fleet.sql(
        "SELECT host(orig_h), orig_p, host(resp_h), resp_p, weir.proto_name(proto),"
        " weir.micros(ts), weir.micros(end_ts), orig_bytes, resp_bytes, orig_pkts, resp_pkts,"
        " weir.conn_state_name(conn_state), history FROM weir.flow")))


def stored_windows(fleet):
    """{(sensor's number, record number): its 41 columns as text}: the same in every run."""
    rows = fleet.sql(
        "SELECT f.sensor_id - (SELECT min(id) FROM weir.sensor), f.record_no, coalesce(f.reason,"
        f" ROW({', '.join('k.' + name for name in KDD)})::text)"
        " FROM weir.flow f LEFT JOIN weir.kdd k USING (sensor_id, boot, flow_id)")
    return {(row[0], row[1]): row[2] for row in rows}


def start_sensor(fleet, captures, number):
    return fleet.start_sensor(number, [captures[number]], *REPLAY)


def progress(fleet):
    """Records in the ledger, or None while the database is away."""
    try:
        return int(fleet.sql("SELECT coalesce(sum(rows), 0) FROM weir.ledger")[0][0])
    except RuntimeError:
        return None


def slow_down(fleet):
    """A batch takes 12 ms more, so that the replay is not over before the kills are."""
    fleet.sql("CREATE FUNCTION weir.slow_down() RETURNS trigger LANGUAGE plpgsql AS"
              " $$ BEGIN PERFORM pg_sleep(0.012); RETURN NULL; END $$;"
              "CREATE TRIGGER slow_down AFTER INSERT ON weir.ledger FOR EACH ROW"
              " EXECUTE FUNCTION weir.slow_down()")


class Killer:
    """Runs a fleet, kills what its seed says, starts it again, and counts."""

    def __init__(self, fleet, captures, cluster):
        self.fleet, self.captures, self.cluster = fleet, captures, cluster
        self.dice = random.Random(SEED)
        self.kills = collections.Counter()
        self.committed = 0
        self.began = time.monotonic()
        self.collector = self.start_collector()
        self.sensors = [start_sensor(fleet, captures, i) for i in range(SENSORS)]

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def start_collector(self, **environment):
        return self.fleet.start_collector("--expect-sensors", str(SENSORS), "--store-commit-rows",
                                          "2000", environment=environment)

    def kill_collector(self):
        assert self.collector.kill(), "the collector had ended by itself\n" + self.fleet.tail()
        self.kills["collector"] += 1
        if self.kills["collector"] in STOP_POINTS:
            self.kill_before_commit()
        self.collector = self.start_collector()

    def kill_before_commit(self):
        """A collector that stops itself in one of its first transactions is killed there."""
        self.collector = self.start_collector(
            WEIR_TEST_STOP_BEFORE_COMMIT=str(self.dice.randrange(1, 4)))
        deadline = time.monotonic() + RARE_S
        while self.collector.state() != "T" and time.monotonic() < deadline:
            time.sleep(0.01)
        is_stopped = self.collector.state() == "T"
        self.say("    between COPY and COMMIT" if is_stopped else "    no commit came")
        assert self.collector.kill(), "the collector had ended by itself\n" + self.fleet.tail()
        self.kills["collector"] += 1
        self.kills["stop point"] += is_stopped

    def kill_sensor(self):
        running = [i for i, sensor in enumerate(self.sensors) if sensor.runs()]
        assert running, "the replay was over before the kills were"
        number = self.dice.choice(running)
        if self.sensors[number].kill():
            self.kills["sensor"] += 1
            self.sensors[number] = start_sensor(self.fleet, self.captures, number)

    def hold_commit(self):
        """Makes PostgreSQL wait, in a COMMIT of the collector that is on disk, before it answers.
        Other transactions that wait so are let go."""
        self.wait_for(self.committed + 1)  # the collector is at it
        self.cluster.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        self.cluster.execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + RARE_S
        while time.monotonic() < deadline:
            held = self.cluster.execute(
                "SELECT CASE WHEN query = 'COMMIT' THEN 'commit'"
                " ELSE pg_cancel_backend(pid)::text END"
                " FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            if ["commit"] in held:
                self.say("    in a commit that is on disk")
                return True
            time.sleep(0.02)
        return False

    def kill_postgres(self):
        if self.kills["postgres"] % 3 == 1 and self.kills["held commit"] < HELD_COMMITS:
            self.kills["held commit"] += self.hold_commit()
        self.cluster.kill()
        self.kills["postgres"] += 1
        settings = self.cluster.folder / "db" / "postgresql.auto.conf"
        settings.write_text("")
        for attempt in range(5):
            try:
                self.cluster.start()
                return
            except RuntimeError:  # a child of the one before is not yet gone
                assert attempt < 4
                time.sleep(0.2)

    def check(self):
        """Nothing but us may end a process."""
        for sensor in self.sensors:
            assert sensor.runs() or sensor.popen.returncode == 0, \
                f"{sensor.name} ended with {sensor.popen.returncode}\n{self.fleet.tail()}"
        assert self.collector.runs(), "the collector ended\n" + self.fleet.tail()

    def wait_for(self, threshold):
        """Until so many records are committed."""
        best, heard = -1, time.monotonic()
        while True:
            self.check()
            now = progress(self.fleet)
            if now is not None and now > best:
                best, heard = now, time.monotonic()
            if best >= threshold:
                self.committed = best
                return
            assert time.monotonic() - heard < STALL_S, \
                f"standstill at {best} records\n{self.fleet.tail(30)}"
            time.sleep(0.05)

    def run(self, total):
        """Kills, spread over nine tenths of all records; then the fleet may finish."""
        victims = ["collector"] * (KILLS - len(STOP_POINTS)) + ["postgres", "sensor"] * KILLS
        self.dice.shuffle(victims)
        for left, victim in zip(range(len(victims), 0, -1), victims):
            gap = self.dice.uniform(0, 2) * max(0.9 * total - self.committed, 0) / (left + 1)
            is_at_once = self.dice.random() < 0.2  # else something is committed in between
            self.wait_for(self.committed + (0 if is_at_once else max(gap, 1)))
            time.sleep(self.dice.uniform(0, 0.1))
            self.say(f"{self.committed / total:4.0%} of the records: kill {victim}")
            getattr(self, "kill_" + victim)()
        deadline = time.monotonic() + 2 * STALL_S
        while any(sensor.runs() for sensor in self.sensors):
            self.check()
            assert time.monotonic() < deadline, "no end\n" + self.fleet.tail(30)
            time.sleep(0.05)
        self.check()


def total_of(fleet, event):
    """Sum of batches= over all logs' events of this name."""
    return sum(int(text.partition("batches=")[2].split()[0])
               for log in fleet.folder.glob("*.log") for _, text in events(log, event))


def undisturbed(folder, captures):
    """In a cluster of its own: the other one's recoveries are quicker with less to look through."""
    with Cluster() as cluster, Fleet(cluster, folder, sensors=SENSORS) as fleet:
        began = time.monotonic()
        collector = fleet.start_collector("--expect-sensors", str(SENSORS))
        fleet.wait([start_sensor(fleet, captures, i) for i in range(SENSORS)], 120)
        print(f"undisturbed: {time.monotonic() - began:.1f} s", flush=True)
        assert collector.end() == 0
        return stored_windows(fleet), progress(fleet)


def test_no_flow_is_lost_or_stored_twice_by_kills(cluster, captures, tmp_path_factory):
    expected = expected_flows(captures)
    assert sum(expected.values()) >= 0.99 * FLOWS
    windows, total = undisturbed(tmp_path_factory.mktemp("calm"), captures)
    with Fleet(cluster, tmp_path_factory.mktemp("killed"), sensors=SENSORS) as fleet:
        slow_down(fleet)
        killer = Killer(fleet, captures, cluster)
        killer.run(total)
        killer.collector.end()
        skips, resent = total_of(fleet, "store.ledger_skips"), total_of(fleet, "uplink.resent")
        killer.say(f"{dict(killer.kills)}; batches: {skips} in the ledger, {resent} sent again")
        stored = stored_flows(fleet)
        lost, extra = expected - stored, stored - expected
        assert not lost and not extra, \
            f"{sum(lost.values())} flows lost, {sum(extra.values())} too many; the first:\n" \
            f"{sorted(lost, key=lambda k: k[5])[:5]}\n{sorted(extra, key=lambda k: k[5])[:5]}"
        for table in ("flow_open", "flow_late", "flow_rejected"):
            assert fleet.sql(f"SELECT count(*) FROM weir.{table}") == [["0"]], table
        for kind in ("collector", "postgres", "sensor"):
            assert killer.kills[kind] >= KILLS
        assert killer.kills["stop point"] > 0, "no collector was killed between COPY and COMMIT"
        assert skips > 0, "no batch was found in the ledger"
        assert resent > 0, "no batch was sent again"
        after = stored_windows(fleet)
        changed = [key for key in windows if windows[key] != after.get(key)]
        assert not changed, f"{len(changed)} of {len(windows)} rows have other columns:\n" \
            + "\n".join(f"{key}\n  {windows[key]}\n  {after.get(key)}" for key in changed[:3])
