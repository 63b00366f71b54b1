"""Small captures in, stored records out; and the same records however the packets come."""
# sanitizers: run
import json
import os
import subprocess

import pytest

from tests.golden.captures import CASES, EXPECTED, FORMATS, START, Talk, build, pcap
from tests.reference.sensor_run import SENSOR, generated, run


def output(*arguments, stdin=None):
    done = run(*arguments, "--output", "-", stdin=stdin)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(name="traffic", scope="module")
def traffic_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traffic")
    generated(folder, "--profile", "fresh", "--seed", 3, "--connections", 600)
    return folder


@pytest.mark.parametrize("name", CASES)
def test_each_case_has_the_state_worked_out_by_hand(name, tmp_path):
    path = tmp_path / f"{name}.pcap"
    path.write_bytes(build(name))
    records = [json.loads(line) for line in
               output("--read", path, "--format", "jsonl").splitlines()]
    records.sort(key=lambda record: (record["start_us"], record["flow_id"]))
    assert [(record["conn_state"], record["flag"]) for record in records] == CASES[name][1]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_each_case_gives_the_stored_records(name, form, tmp_path):
    path = tmp_path / f"{name}.pcap"
    path.write_bytes(build(name))
    stored = (EXPECTED / f"{name}.{form}").read_bytes()
    assert output("--read", path, "--format", form) == stored


@pytest.mark.parametrize("form", (*FORMATS, "csv"))
def test_the_same_file_gives_the_same_bytes(traffic, form):
    path = traffic / "whole.pcap"
    first = output("--read", path, "--format", form)
    assert len(first) > 10000
    assert output("--read", path, "--format", form) == first
    assert output("--read", path, "--format", form, "--replay-speed", "0") == first


def test_standard_input_equals_the_file(traffic):
    path = traffic / "whole.pcap"
    assert output("--read", "-", "--format", "jsonl", stdin=path.read_bytes()) == \
        output("--read", path, "--format", "jsonl")


def test_files_merged_by_time_equal_the_whole(traffic):
    whole = output("--read", traffic / "whole.pcap", "--format", "kdd")
    files = [traffic / f"branch-{i}.pcap" for i in (1, 2, 3)]
    parts = [part for file in files for part in ("--read", file)]
    assert output(*parts, "--format", "kdd") == whole
    assert output("--read", *files, "--format", "kdd") == whole


def test_a_file_written_equals_standard_output(traffic, tmp_path):
    path = tmp_path / "out.csv"
    done = run("--read", traffic / "whole.pcap", "--output", path, "--format", "csv")
    assert done.returncode == 0
    assert path.read_bytes() == output("--read", traffic / "whole.pcap", "--format", "csv")


def test_the_filter_keeps_what_it_names(traffic):
    path = traffic / "whole.pcap"
    everything = output("--read", path, "--format", "jsonl").splitlines()
    kept = output("--read", path, "--format", "jsonl", "--filter", "udp port 53").splitlines()
    records = [json.loads(line) for line in kept]
    assert 0 < len(kept) < len(everything)
    assert all(record["proto"] == "udp" and 53 in (record["orig_p"], record["resp_p"])
               for record in records)


def test_the_none_format_prints_nothing_but_counts(traffic):
    done = run("--read", traffic / "whole.pcap", "--output", "-", "--format", "none")
    assert done.returncode == 0
    assert done.stdout == b""
    assert b"flows.final" in done.stderr


def test_what_cannot_be_understood_is_a_usage_error(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(build("normal_close"))
    for arguments, sentence in [
            (["--nonsense"], b"--nonsense"),
            (["--read", path, "--output", "-", "--format", "xml"], b"xml"),
            (["--read", path, "--flow-udp-idle", "0 s"], b"flow"),
            ([], b"--read"),
            (["--read", path, "--output", "-", "--stream", "x y"], b"without blanks"),
            (["--interface", "lo", "--output", "-", "--format", "kdd"], b"whole input"),
            (["--interface", "lo", "stray"], b"stray")]:
        done = run(*arguments)
        assert done.returncode == 64, (arguments, done.stderr)
        assert sentence in done.stderr


def test_a_filter_that_does_not_parse_is_named(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(build("normal_close"))
    done = run("--read", path, "--output", "-", "--filter", "port port")
    assert done.returncode == 64
    assert b"port port" in done.stderr


def test_a_file_that_is_absent_is_named(tmp_path):
    done = run("--read", tmp_path / "absent.pcap", "--output", "-")
    assert done.returncode == 74
    assert b"absent.pcap" in done.stderr


def test_a_file_that_is_no_capture_is_bad_data(tmp_path):
    path = tmp_path / "text.pcap"
    path.write_bytes(b"this is no capture, whatever its name says\n")
    done = run("--read", path, "--output", "-")
    assert done.returncode == 65
    assert b"text.pcap" in done.stderr
    assert b"zcat" in done.stderr


def test_a_damaged_file_gives_what_came_before_the_damage(tmp_path):
    first = Talk().open().chat().packets
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap(first)[:-7])
    done = run("--read", path, "--output", "-", "--format", "jsonl")
    assert done.returncode == 65
    record = json.loads(done.stdout)
    assert record["start_us"] == START
    assert record["orig_pkts"] + record["resp_pkts"] == len(first) - 1
    assert b"damaged" in done.stderr


def test_what_the_log_holds_back_is_counted_at_the_end(tmp_path):
    paths = [tmp_path / f"{number}.pcap" for number in range(60)]
    for path in paths:
        path.write_bytes(build("normal_close")[:-7])
    done = run("--read", *paths, "--output", "-", "--format", "none")
    said = [line for line in done.stderr.decode().splitlines() if " capture.damaged " in line]
    held = [int(line.partition("suppressed=")[2]) for line in said if "suppressed=" in line]
    assert len(said) - len(held) + sum(held) == len(paths)
    assert sum(held) > 0


def test_an_output_that_cannot_be_written_is_said(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(build("normal_close"))
    done = run("--read", path, "--output", tmp_path / "absent" / "out.csv")
    assert done.returncode == 74
    assert b"out.csv" in done.stderr
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SENSOR, "--read", path, "--output", "-"], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        assert done.returncode == 74
        assert b"not whole" in done.stderr


def test_a_capture_is_never_overwritten_by_its_own_records(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(build("normal_close"))
    link = tmp_path / "link.pcap"
    link.symlink_to(path)
    for form in FORMATS:
        done = run("--read", path, "--output", link, "--format", form)
        assert done.returncode == 64
        assert b"overwritten" in done.stderr
    assert path.read_bytes() == build("normal_close")


def test_a_reader_that_has_seen_enough_is_no_failure(traffic):
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run([SENSOR, "--read", traffic / "whole.pcap", "--output", "-"],
                          stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert done.returncode == 0
    assert b"not whole" not in done.stderr


def test_zeek_conn_says_when_its_first_and_last_packet_were(traffic):
    lines = output("--read", traffic / "whole.pcap", "--format", "zeek-conn").decode().splitlines()
    stamps = [line.split("\t")[1] for line in lines if line.startswith(("#open", "#close"))]
    assert len(stamps) == 2
    assert "2000" < stamps[0][:4] and stamps[0] < stamps[1]
