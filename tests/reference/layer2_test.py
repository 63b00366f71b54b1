"""What the sensor says of captures below IP (specification 5.3): its own log lines, by rule."""
import re

import pytest

from tests.reference.sensor_run import capture, run

EVENT = re.compile(rb"sensor\.l2_event rule=(\S+) severity=(\S+) vlan=(\d+) mac=(\S+) address=(\S+) "
                   rb"count=(\d+) revision=(\d+)")
# By reading the packets: one station asks for 256 addresses in a second; the poisoned cache shows
# one unasked reply, below every threshold; the flood of requests is of clients, no server answers.
EXPECTED = {
    "scan-arp": {(b"A-SCAN", b"00:0c:29:20:a8:7f")},
    "arp-poison-ppa3": set(),
    "dos-dhcp-request-flood": set(),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_capture_has_the_events_that_its_packets_say(name, tmp_path):
    done = run("--read", capture(name, tmp_path), "--output", "-", "--format", "csv")
    assert done.returncode == 0, done.stderr.decode()
    found = EVENT.findall(done.stderr)
    assert {(rule, mac) for rule, _, _, mac, _, _, _ in found} == EXPECTED[name]
    firsts = [(rule, mac) for rule, _, _, mac, _, _, revision in found if revision == b"0"]
    assert len(firsts) == len(EXPECTED[name]), "an event of one subject is told once"
