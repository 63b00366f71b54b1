"""Runs the sensor on captures, and finds the captures."""
import csv
import io
import json
import os
import pathlib
import subprocess

import pytest

from tests.reference.capture_file import content

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", ROOT / "build" / "dev"))
SENSOR = BUILD / "sensor" / "weir-sensor"
TRAFFIC = BUILD / "deploy" / "weir-traffic"


def data_folder():
    """The folder of captures, or None."""
    folder = pathlib.Path(os.environ.get("WEIR_DATA", ROOT.parent / "shared" / "data"))
    return folder if (folder / "pcap").is_dir() else None


def capture(name, folder):
    """The path of data/pcap/NAME.*, unpacked into folder when it is packed. Skips without it."""
    data = data_folder()
    if data is None:
        pytest.skip("no folder of captures: set WEIR_DATA to the folder that holds pcap/")
    for path in sorted((data / "pcap").glob(name + ".pcap*")):
        if path.name.split(".")[0] != name:
            continue
        if path.suffix != ".gz":
            return path
        unpacked = pathlib.Path(folder) / path.stem
        if not unpacked.exists():
            unpacked.write_bytes(content(path))
        return unpacked
    pytest.skip(f"no capture {name} in {data / 'pcap'}")
    return None


def run(*arguments, stdin=None, timeout=120):
    return subprocess.run([SENSOR, *map(str, arguments)], input=stdin, capture_output=True,
                          timeout=timeout, check=False)


def records(path, *arguments):
    done = run("--read", path, "--output", "-", "--format", "jsonl", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def kdd_rows(path, *arguments):
    done = run("--read", path, "--output", "-", "--format", "kdd", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    return list(csv.reader(io.StringIO(done.stdout.decode())))


def generated(folder, *arguments):
    """One capture of the project's own traffic generator."""
    done = subprocess.run([TRAFFIC, "--out", str(folder), *map(str, arguments)], capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr.decode()
    return pathlib.Path(folder) / "whole.pcap"
