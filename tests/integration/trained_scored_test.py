# SPDX-License-Identifier: Apache-2.0
"""Trained equals scored: what a model learns from stored flows is what sensors score, bit for bit.

The statistics of each flow are held against what the same sensor writes as text; then a model is
trained on stored flows, pushed, and every score that came back is computed again from its row.
"""
import json
import math
import subprocess

import pytest

from tests.integration.fleet import SENSOR, data_folder, make_traffic, read_pcap
from tests.integration.model_push_test import Site
from tests.support.postgres import Cluster

NAMING = ("ts", "sensor_id", "boot", "flow_id")
RENAMED = {"header_stacks": "hdr_stack", "ja4t": "orig_ja4t", "ja4ts": "resp_ja4t"}
EMPTY = {"header_stacks": [], "len_seq": [], "iat_seq": []}
OTHER_CAPTURES = 12
CAPTURE_MAX_BYTES = 400_000
# Nothing tells these labels apart, so the trees look at everything there is, and scores differ.
RANDOM_LABELS = """INSERT INTO weir.label (label, who, sensor_id, boot, flow_id)
    SELECT CASE WHEN hashint8(flow_id) % 2 = 0 THEN 'odd' ELSE 'normal' END, 'dice', sensor_id, boot,
        flow_id FROM weir.flow WHERE stream = 'training'"""


@pytest.fixture(name="site", scope="module")
def site_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored")
    with Cluster() as cluster:
        site = Site(cluster, folder)
        with site.fleet:
            site.fleet.start_collector("--expect-sensors", "2")
            training = make_traffic(folder / "training", "train", 1200, seed=5)
            fresh = make_traffic(folder / "fresh", "fresh", 1200, seed=6)
            site.captures = [training / "branch-1.pcap", training / "branch-2.pcap"]
            site.fresh = [fresh / "branch-1.pcap", fresh / "branch-2.pcap"]
            site.replay(site.captures, "training")
            site.fleet.sql(RANDOM_LABELS)
            yield site


def written(capture):
    """{flow_id: record} of the finished flows of a capture, as the sensor writes them."""
    text = subprocess.run([SENSOR, "--read", capture, "--output", "-", "--format", "jsonl",
                           "--run-user", "root"], check=True, capture_output=True, text=True).stdout
    return {record["flow_id"]: record for record in map(json.loads, text.splitlines())}


def stored(site, stream, sensor):
    """{flow_id: {column: value}} of the view weir.statistics."""
    name = f"{site.fleet.folder.name}-{sensor}"
    rows = site.fleet.sql(
        "SELECT to_jsonb(s) FROM weir.flow f JOIN weir.statistics s"
        " USING (ts, sensor_id, boot, flow_id) JOIN weir.sensor n ON n.id = sensor_id"
        f" WHERE f.stream = '{stream}' AND n.name = '{name}'")
    parsed = [json.loads(row[0]) for row in rows]
    assert all("byte_asym" in row for row in parsed)
    return {row["flow_id"]: row for row in parsed}


def same(in_row, in_text):
    """Counters as integers, 64 bits without a sign; what is no integer in the seven digits of text."""
    if isinstance(in_row, int) and isinstance(in_text, int):
        return (in_row - in_text) % 2**64 == 0
    if isinstance(in_row, (int, float)) and isinstance(in_text, (int, float)):
        return math.isclose(in_row, in_text, rel_tol=1e-6)
    return in_row == in_text


def differences(row, record):
    statistics = record.get("statistics", {})
    for column, value in row.items():
        if column not in NAMING:
            text = statistics.get(RENAMED.get(column, column),
                                  record.get(column, EMPTY.get(column)))
            if not same(value, text):
                yield f"flow {row['flow_id']}: {column} is {value} in the row, {text} at the sensor"


def compare(site, stream, sensor, capture):
    rows, records = stored(site, stream, sensor), written(capture)
    assert sorted(rows) == sorted(key for key, record in records.items() if "statistics" in record)
    found = [line for key, row in rows.items() for line in differences(row, records[key])]
    assert found == [], found[:20]
    return len(rows)


def test_statistics_in_the_rows_are_what_the_sensors_measured(site):
    assert sum(compare(site, "training", i, capture)
               for i, capture in enumerate(site.captures)) > 500


def test_the_loss_ledger_of_a_replay_has_every_packet(site):
    """A replay takes less than a minute, and its totals at the end are the ones that are stored."""
    rows = site.fleet.sql("SELECT sensor, sum(seen), sum(decoded) + sum(undecodable), max(abs(unaccounted)),"
                          " max(abs(flows_unaccounted)), sum(flows_final), count(dropped)"
                          " FROM weir.sensor_loss GROUP BY 1 ORDER BY 1")
    for row, capture, sensor in zip(rows, site.captures, (0, 1)):
        packets, flows = len(read_pcap(capture)[1]), len(stored(site, "training", sensor))
        assert row[1:] == [str(packets), str(packets), "0", "0", str(flows), "0"]


def test_odd_captures_are_stored_as_they_were_measured(site):
    folder = data_folder()
    if folder is None:
        pytest.skip("no folder of captures: set WEIR_DATA")
    captures = sorted(path for path in (folder / "pcap").rglob("*.pcap")
                      if path.stat().st_size < CAPTURE_MAX_BYTES)
    step = max(1, len(captures) // OTHER_CAPTURES)
    chosen = captures[::step]
    for number, pair in enumerate(zip(chosen[::2], chosen[1::2])):
        site.replay(pair, f"odd-{number}")
        for sensor, capture in enumerate(pair):
            compare(site, f"odd-{number}", sensor, capture)


@pytest.mark.parametrize("schema,target", [("sensor", "sensors"), ("fleet", "fleet")])
def test_every_stored_score_is_the_score_of_its_stored_row(site, schema, target):
    site.train(schema, f"by-{schema}")
    site.weirctl("model", "push", f"by-{schema}", "--to", target, "--sign-key", site.signing,
                 database=True)
    wait = ("--wait-model", "30 s") if schema == "sensor" else ()
    for stream, captures in ((f"again-{schema}", site.captures), (f"fresh-{schema}", site.fresh)):
        site.replay(captures, stream, *wait)
        column = "sensor_score" if schema == "sensor" else "fleet_score"
        flows, scored, scores = site.fleet.sql(
            f"SELECT count(*), count({column}), count(DISTINCT {column}) FROM weir.flow"
            f" WHERE stream = '{stream}'")[0]
        found, = json.loads(site.weirctl("models", "rescore", f"by-{schema}", "--stream", stream,
                                         "--format", "json", database=True))
        assert int(scores) > 200, "a model that says the same of everything proves nothing"
        assert (found["scored"], found["different"]) == (int(scored), 0), found
        assert found["same"] == int(flows) and found["greatest_difference"] == 0, found


def test_a_changed_row_is_found(site):
    """The proof proves something: a length that was changed in the store is noticed."""
    site.fleet.sql("UPDATE weir.flow_statistics SET len_seq = array_fill(1499, ARRAY[16]),"
                   " iat_seq = array_fill(7::bigint, ARRAY[16]), orig_ttl_min = 3,"
                   " orig_pkt_len_mean = 3, resp_pkt_len_mean = 3, orig_iat_mean_us = 9e8,"
                   " orig_pkt_len_max = 3, resp_pkt_len_max = 3, active_peers_src = 3000")
    said = site.weirctl("models", "rescore", "by-sensor", database=True, code=65)
    assert "are not what the stored flow gives" in said
