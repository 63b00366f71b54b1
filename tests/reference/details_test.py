"""What records say of protocols, beside nDPI's flow tables and beside fingerprints computed twice."""
import collections
import ipaddress
import re

import pytest

from tests.reference.comparison import names, protocol, reference, sensor_key
from tests.reference.conversation import key
from tests.reference.fingerprints import fingerprints
from tests.reference.sensor_run import capture, data_folder, records

NDPI_NAMES = names(".ndpi-flows.txt")
STREAMS = ["malware-trickbot", "malware-hancitor-panda", "malware-cerber-kovter", "benign-1kxun",
           "brute-ssh-slips", "westermo-right-1"]
_FLOW = re.compile(r"\t\d+\t(?P<proto>TCP|UDP) (?P<one>\S+):(?P<one_port>\d+) <?->? (?P<two>\S+):"
                   r"(?P<two_port>\d+) ")
_FIELDS = {"name": r"\[Hostname/SNI: ([^\]]*)\]", "user_agent": r"\[User-Agent: ([^\]]*)\]",
           "status": r"\[StatusCode: (\d+)\]", "ja3": r"\[JA3C: (\w+)",
           "ja3s": r"\[JA3S: (\w+)", "ja4": r"\[JA4: (\w+)"}


def _ndpi_fields(name):
    """(conversation, fields that it shows) of every flow."""
    with reference(name, ".ndpi-flows.txt") as file:
        for line in file:
            match = _FLOW.match(line)
            if match is not None:
                conversation, _ = key(
                    protocol(match["proto"].lower()),
                    str(ipaddress.ip_address(match["one"].strip("[]"))), int(match["one_port"]),
                    str(ipaddress.ip_address(match["two"].strip("[]"))), int(match["two_port"]))
                found = {field: re.search(pattern, line) for field, pattern in _FIELDS.items()}
                yield conversation, {field: hit[1] for field, hit in found.items() if hit}


def _our_fields(record):
    tls, http = record.get("tls", {}), record.get("http", {})
    dns, dhcp = record.get("dns", {}), record.get("dhcp", {})
    name = (tls.get("server_name") or http.get("host", "").split(":")[0].lower() or
            dns.get("query") or dhcp.get("host_name"))
    ours = {"name": name, "user_agent": http.get("user_agent"), "ja3": tls.get("ja3"),
            "ja3s": tls.get("ja3s"), "ja4": tls.get("ja4"),
            "status": str(http["status_code"]) if "status_code" in http else None}
    return {field: value for field, value in ours.items() if value}


def _agree(field, ours, theirs, record):
    """Where the two mean different things, the reason."""
    if field == "name":
        several = record.get("dns", {}).get("queries", 0) > 1 or "dhcp" in record
        return several or ours == theirs.split(":")[0].lower()  # ours is the first, theirs the last
    if field == "user_agent":
        return ours[:100] == theirs[:100]
    if field == "ja4":  # theirs says "no name" of a name that is an address
        return ours[:3] + ours[4:] == theirs[:3] + theirs[4:]
    if field == "status":
        return ours == theirs or theirs in ("0", "100")  # 100 is no answer yet
    return ours == theirs


@pytest.mark.skipif(not NDPI_NAMES, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", NDPI_NAMES)
def test_what_both_see_of_a_flow_is_the_same(name, tmp_path):
    ours = collections.defaultdict(list)
    for record in records(capture(name, tmp_path), "--flow-checksums=ignore"):
        if record["proto"] in ("tcp", "udp"):
            ours[sensor_key(record)[0]].append(record)
    differences, compared = [], collections.Counter()
    for conversation, theirs in _ndpi_fields(name):
        if len(ours[conversation]) != 1:
            continue
        record = ours[conversation][0]
        mine = _our_fields(record)
        for field in theirs.keys() & mine.keys():
            compared[field] += 1
            if not _agree(field, mine[field], theirs[field], record):
                differences.append((conversation, field, mine[field], theirs[field]))
    assert not differences
    if name == "benign-1kxun":
        assert compared["name"] >= 30 and compared["status"] >= 15, compared
        assert compared["ja3"] >= 4 and compared["ja3s"] >= 4 and compared["ja4"] >= 4, compared


@pytest.mark.skipif(data_folder() is None, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", STREAMS)
def test_fingerprints_are_those_computed_a_second_time(name, tmp_path):
    path = capture(name, tmp_path)
    ours = collections.defaultdict(dict)
    for record in records(path, "--flow-checksums=ignore"):
        if record["proto"] == "tcp":
            ours[sensor_key(record)[0]].update(record.get("tls", {}) | record.get("ssh", {}))
    wanted = fingerprints(path)
    assert wanted
    differences = [(conversation, field, ours[conversation].get(field), value)
                   for conversation, values in wanted.items() for field, value in values.items()
                   if ours[conversation].get(field) != value]
    assert not differences
