# SPDX-License-Identifier: Apache-2.0
# alone: the live runs follow the wall clock
"""One fleet equals one wire: packets dealt out to three sensors give the rows one sensor gives.

Every column of a row is compared but those that say who saw it and when it was told (sensor, boot,
numbers of records, the sensor's immediate windows, why the record ended): the 41 KDD columns, the
fleet's score, times, states, counts.
"""
import collections
import gzip
import struct
import subprocess
import time

import pytest

from tests.golden.captures import ping_of_death, teardrop
from tests.integration.fleet import (KDD, SENSOR, TRAINER, Fleet, by_address, by_random_pair,
                                     data_folder, events, host_pair, make_traffic, read_pcap,
                                     span_of, split)
from tests.support.postgres import Cluster, bin_folder

SEED = 20260105
NAMES = ("orig_h orig_p resp_h resp_p proto ts end_ts duration_us orig_bytes resp_bytes orig_pkts "
         "resp_pkts orig_ip_bytes resp_ip_bytes missed_bytes tcp_anomaly vlan ip_version "
         "has_vector conn_state flag early_flag service orig_l2 resp_l2 community_id conn_tag "
         "history "
         "icmp_orig_messages icmp_orig_bytes icmp_resp_messages icmp_resp_bytes reason "
         "fleet_model fleet_score fleet_flagged").split()
ALL = NAMES + ["kdd." + name for name in KDD]
LIVE_S = 12  # how long a live replay takes, whatever its capture covers


@pytest.fixture(name="cluster", scope="module")
def cluster_fixture():
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster() as cluster:
        yield cluster


def add_attacks(path, attacks):
    """Puts packets, (seconds, raw IP) each, into a capture, from a minute after its start on."""
    header, packets = read_pcap(path)
    begin_us = packets[0][0] + 60 * 1000000
    for attack in attacks:
        for seconds, data in attack:
            frame = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + data
            time_us = begin_us + round(seconds * 1000000)
            packets.append((time_us, struct.pack("<IIII", *divmod(time_us, 1000000), len(frame),
                                                 len(frame)) + frame, frame))
    packets.sort(key=lambda packet: packet[0])
    path.write_bytes(header + b"".join(record for _, record, _ in packets))


@pytest.fixture(name="generated", scope="module")
def generated_fixture(tmp_path_factory):
    """A capture of our own generator, the attacks by wrong fragments that it does not know, and proof
    that it holds what the promise names."""
    path = make_traffic(tmp_path_factory.mktemp("traffic"), connections=3000) / "whole.pcap"
    add_attacks(path, [teardrop(), ping_of_death()])
    frames = [frame for _, _, frame in read_pcap(path)[1] if host_pair(frame) is not None]
    ipv4 = [frame[14:] for frame in frames if frame[12:14] == b"\x08\x00"]
    fragments = [ip for ip in ipv4 if ip[6] & 0x3F or ip[7]]
    assert sum(ip[9] == 1 for ip in ipv4) > 100, "want ICMP"
    assert {17, 1} <= {ip[9] for ip in fragments}, "want fragments of UDP and of ICMP"
    return path


@pytest.fixture(name="template", scope="module")
def template_fixture(cluster, generated, tmp_path_factory):
    """A database with a fleet model in force, learnt from the capture's own 41 columns."""
    folder = tmp_path_factory.mktemp("model")
    done = subprocess.run([SENSOR, "--read", generated, "--format", "kdd", "--output", "-"],
                          check=True, capture_output=True, text=True)
    with open(folder / "labelled.txt", "w", encoding="ascii") as out:
        for line in done.stdout.splitlines():
            columns = line.split(",")
            attack = columns[3] in ("S0", "REJ") or int(columns[22]) > 20
            out.write(f"{line},{'anomaly' if attack else 'normal'}\n")
    with Fleet(cluster, folder / "fleet", sensors=0, database="prepared") as fleet:
        subprocess.run([TRAINER, "--nsl-kdd", folder / "labelled.txt", "--database",
                        cluster.dsn(database="prepared"), "--trees", "20", "--folds", "0", "--name",
                        "one-wire"], check=True, capture_output=True)
        fleet.sql("INSERT INTO weir.model_activation (target, version)"
                  " SELECT 'fleet', max(version) FROM weir.model")
    return "prepared"


def rows_of(fleet, begin_us=0):
    """Counter of all rows; times relative to begin_us."""
    values = [f"f.{name}" for name in NAMES] + [f"k.{name}" for name in KDD]
    for name in ("ts", "end_ts"):
        values[NAMES.index(name)] = f"weir.micros(f.{name}) - {begin_us}"
    rows = fleet.sql(f"SELECT {', '.join(values)} FROM weir.flow f LEFT JOIN weir.kdd k USING"
                     " (sensor_id, boot, flow_id)")
    return collections.Counter(map(tuple, rows))


def words_of(parts, begin_us):
    """Options of sensors that share one live replay: all times are moved by the same amount."""
    spans = [span_of(part) for part in parts]
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    return ["--stream", "live", "--replay-speed", str(round((last - first) / 1e6 / LIVE_S)),
            "--replay-span", f"{first}:{last}",
            "--replay-begin", str(begin_us), "--collector-heartbeat", "200 ms"]


def replay(fleet, parts, lead_s=None):
    """Replays the parts, one sensor each, live when lead_s is given, and gives the rows stored.
    None when not all had joined a live replay when it began: the machine is too busy."""
    log = fleet.folder / "collector.log"
    expect = ["--max-lag", "600 s"] if lead_s else ["--expect-sensors", str(len(parts))]
    collector = fleet.start_collector(*expect)
    wait_for(lambda: events(log, "score.model_active"), 30)
    begun = time.monotonic()
    begin_us = time.time_ns() // 1000 + lead_s * 1000000 if lead_s else 0
    words = words_of(parts, begin_us) if lead_s else ["--stream", "replay"]
    sensors = [fleet.start_sensor(i, [part], *words) for i, part in enumerate(parts)]
    if lead_s:
        wait_for(lambda: len(events(log, "ingest.sensor_joined")) >= len(parts), 60)
        if time.time_ns() // 1000 >= begin_us:
            return None
    fleet.wait(sensors, 120)
    print(f"{fleet.database}: {time.monotonic() - begun:.1f} s", flush=True)
    assert collector.end() == 0, fleet.tail()
    assert fleet.sql("SELECT count(*) FROM weir.flow_open") == [["0"]]
    if len(parts) > 1:  # windows did mix what several sensors saw
        mixed = fleet.sql("SELECT count(*) FROM weir.flow WHERE count > imm_count"
                          " OR dst_host_count > imm_dst_host_count")
        assert int(mixed[0][0]) > 100
    return rows_of(fleet, begin_us)


def run(cluster, folder, template, parts, live=False):
    for lead_s in (4, 12, 40) if live else (None,):
        name = f"{folder.name}_{lead_s or 0}".replace("-", "_")
        with Fleet(cluster, folder / name, sensors=len(parts), database=name,
                   template=template) as fleet:
            rows = replay(fleet, parts, lead_s)
        if rows is not None:
            return rows
    raise AssertionError("the sensors did not join in 40 s")


def wait_for(condition, timeout_s):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def explain(one, fleet):
    """The first differences, column by column, of rows that are one connection."""
    lost, extra = one - fleet, fleet - one
    if not lost and not extra:
        return ""
    near = collections.defaultdict(list)
    for row in extra:
        near[row[:6]].append(row)
    lines = [f"{sum(lost.values())} of {sum(one.values())} rows differ,"
             f" {sum(extra.values())} of {sum(fleet.values())} in the fleet"]
    for row in sorted(lost, key=lambda r: r[5])[:8]:
        lines.append(" ".join(row[:6]))
        for other in near[row[:6]][:1]:
            lines += [f"    {name}: {a} here, {b} in the fleet"
                      for name, a, b in zip(ALL, row, other) if a != b]
        if not near[row[:6]]:
            lines.append("    not in the fleet")
    for row in [r for r in extra if r[:6] not in {l[:6] for l in lost}][:4]:
        lines.append(" ".join(row[:6]) + "\n    only in the fleet")
    return "\n".join(lines)


def assert_equal(one, fleet):
    difference = explain(one, fleet)
    assert not difference, difference


def column(rows, name):
    at = ALL.index(name)
    return collections.Counter({value: sum(n for row, n in rows.items() if row[at] == value)
                                for value in {row[at] for row in rows}})


def assert_worth_comparing(rows):
    """What is compared is there: windows, scores, the connections the promise names."""
    total = sum(rows.values())
    assert column(rows, "reason")[""] > 0.9 * total
    assert column(rows, "fleet_score")[""] < 0.1 * total
    assert len(column(rows, "fleet_score")) > 10
    assert column(rows, "kdd.protocol_type")["icmp"] > 50
    assert column(rows, "kdd.service")["ftp_data"] > 0
    assert {"1", "3"} <= set(column(rows, "kdd.wrong_fragment")), "want both attacks by fragments"


@pytest.fixture(name="one", scope="module")
def one_fixture(cluster, template, generated, tmp_path_factory):
    rows = run(cluster, tmp_path_factory.mktemp("one"), template, [generated])
    assert_worth_comparing(rows)
    return rows


@pytest.mark.parametrize("dealing", ["address", "pair"])
def test_a_replay_dealt_to_three_sensors_gives_the_rows_of_one(
        cluster, template, generated, one, tmp_path_factory, dealing):
    deal = by_address(3) if dealing == "address" else by_random_pair(3, SEED)
    parts = split(generated, 3, deal, tmp_path_factory.mktemp("parts"))
    assert_equal(one, run(cluster, tmp_path_factory.mktemp(f"by-{dealing}"), template, parts))


def test_a_live_stream_dealt_to_three_sensors_gives_the_rows_of_one(
        cluster, template, generated, one, tmp_path_factory):
    parts = split(generated, 3, by_random_pair(3, SEED + 1), tmp_path_factory.mktemp("parts"))
    single = run(cluster, tmp_path_factory.mktemp("live-one"), template, [generated], live=True)
    assert_worth_comparing(single)
    fleet = run(cluster, tmp_path_factory.mktemp("live-fleet"), template, parts, live=True)
    assert_equal(single, fleet)
    assert sum(single.values()) == sum(one.values())


@pytest.fixture(name="composite", scope="module")
def composite_fixture(tmp_path_factory):
    folder = data_folder()
    packed = folder / "pcap" / "composite-A.pcap.gz" if folder else None
    if packed is None or not packed.exists():
        pytest.skip("data/pcap/composite-A.pcap.gz is not here (WEIR_DATA)")
    path = tmp_path_factory.mktemp("composite") / "composite-A.pcap"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    yield path
    path.unlink()


@pytest.fixture(name="composite_one", scope="module")
def composite_one_fixture(cluster, template, composite, tmp_path_factory):
    return run(cluster, tmp_path_factory.mktemp("composite-one"), template, [composite])


@pytest.mark.parametrize("dealing", ["address", "pair"])
def test_a_capture_of_real_traffic_dealt_to_three_sensors_gives_the_rows_of_one(
        cluster, template, composite, composite_one, tmp_path_factory, dealing):
    deal = by_address(3) if dealing == "address" else by_random_pair(3, SEED + 2)
    parts = split(composite, 3, deal, tmp_path_factory.mktemp("parts"))
    folder = tmp_path_factory.mktemp(f"composite-by-{dealing}")
    assert_equal(composite_one, run(cluster, folder, template, parts))


def test_a_live_stream_of_real_traffic_dealt_to_three_sensors_gives_the_rows_of_one(
        cluster, template, composite, composite_one, tmp_path_factory):
    parts = split(composite, 3, by_random_pair(3, SEED + 3), tmp_path_factory.mktemp("parts"))
    single = run(cluster, tmp_path_factory.mktemp("composite-live-one"), template, [composite],
                 live=True)
    folder = tmp_path_factory.mktemp("composite-live-fleet")
    assert_equal(single, run(cluster, folder, template, parts, live=True))
    assert sum(single.values()) == sum(composite_one.values())
