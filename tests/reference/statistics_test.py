"""Field by field: the sensor's statistics and anomalies beside a slow model of specification 3."""
import struct

import pytest

from tests.reference.capture_file import frames
from tests.reference.flow_model import flows_of
from tests.reference.flags_test import PROTOCOLS, expected, place
from tests.reference.packet import decode
from tests.reference.sensor_run import capture, data_folder, generated, records
from tests.reference.statistics_model import STATUS_MASK, statistics_of, status_of

CAPTURES = """benign-wikipedia-zeek benign-web-espn brute-ftp-zeek brute-ssh-slips c2-periodic-2s
    crawler-bing-ndpi dns-bad-traffic exploit-honeynet-lsass ftp-ipv4-zeek malware-cerber-rig
    malware-hancitor-panda malware-trickbot pop3-zeek scan-nmap-80-A scan-nmap-xmas scan-nmap-version
    sweep-icmp-256 synthetic-kdd-dos telnet-session webshell-antsword-php benign-http-tryzeek
    dos-tcp-syn-optack scan-xscan malware-ursnif backscatter composite-A benign-1kxun sip-honeypot-scan
    dos-web-cicddos2019 scan-nmap-tcp-connect malware-emotet-2017-10 dos-amp-snmp encap-vlan-mpls
    dos-rsmurf6 scan-nmap-udp dos-amp-dns-fragmented frag-ipv4-reassembly frag-ipv6-malformed""".split()
REALS = 1e-5  # relative; the record holds 32-bit floats


def same(want, got):
    if want is None or got is None:
        return want is None and got is None
    if isinstance(want, float) or isinstance(got, float):
        return abs(want - got) <= REALS * max(1.0, abs(want))
    return want == got


def differences(path):
    """(flows compared, [(flow's place, field, expected, found)])."""
    flows = [flow for flow in flows_of([decode(frame) for frame in frames(path)])
             if flow.proto in PROTOCOLS.values()]
    judged = {place(expected(flow)) + (flow.proto,): flow for flow in flows}
    count, found = 0, []
    for record in records(path):
        proto = PROTOCOLS.get((record["proto"], record["ip_version"]))
        flow = judged.pop(place(record) + (proto,), None)
        if flow is None or flow.fragments or flow.many_holes:
            continue
        count += 1
        want, anomaly = statistics_of(flow)
        got = record["statistics"]
        found += [(place(record), name, value, got.get(name)) for name, value in want.items()
                  if not same(value, got.get(name))]
        if anomaly != record["tcp_anomaly"]:
            found.append((place(record), "tcp_anomaly", hex(anomaly), hex(record["tcp_anomaly"])))
        status = status_of(flow)
        if status != int(record["flow_status"], 16) & STATUS_MASK:
            found.append((place(record), "flow_status", hex(status), record["flow_status"]))
    return count, found


@pytest.mark.parametrize("profile", ["train", "fresh"])
def test_generated_traffic_has_the_statistics_of_the_model(profile, tmp_path):
    path = generated(tmp_path, "--profile", profile, "--seed", 12, "--connections", 1500)
    count, found = differences(path)
    assert count > 1000
    assert not found


def test_stamps_that_go_back_have_the_statistics_of_the_model(tmp_path):
    """Every eleventh stamp lies 3 ms before the one it should bear."""
    data = bytearray(generated(tmp_path, "--profile", "fresh", "--seed", 13, "--connections",
                               400).read_bytes())
    at, number = 24, 0
    while at < len(data):
        seconds, micros, captured = struct.unpack_from("<III", data, at)
        stamp = seconds * 1000000 + micros - (3000 if number % 11 == 10 else 0)
        struct.pack_into("<II", data, at, stamp // 1000000, stamp % 1000000)
        at, number = at + 16 + captured, number + 1
    path = tmp_path / "unordered.pcap"
    path.write_bytes(data)
    count, found = differences(path)
    assert count > 300
    assert not found
    flows = [record for record in records(path) if int(record["flow_status"], 16) >> 51 & 1]
    assert len(flows) > 20
    assert any(record["statistics"]["orig_ip_flags"] & 0x8000 for record in flows)


@pytest.mark.skipif(data_folder() is None, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", CAPTURES)
def test_captures_have_the_statistics_of_the_model(name, tmp_path):
    count, found = differences(capture(name, tmp_path))
    assert count > 0
    assert not found
