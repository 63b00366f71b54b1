"""The columns in exact mode beside a literal reading of specification 1.9: every window is counted
from the whole list of connections, nothing is kept from one row to the next. Columns 10 to 22 are
what payload says; they are held to the ground truth of captures by content_test.py and to their
rules by the unit tests of sensor/inspect, so here the sensor's own are taken."""
import struct

import pytest

from tests.reference.capture_file import frames
from tests.reference.flow_model import NO_VECTOR_ICMPV6, flows_of, icmp_service
from tests.reference.packet import ICMP, ICMPV6, TCP, UDP, decode
from tests.reference.sensor_run import capture, data_folder, generated, kdd_rows

S = 1_000_000
CONTENT = slice(9, 22)
SYN_ERRORS, REJ_ERRORS = {"S0", "S1", "S2", "S3", "SH"}, {"REJ", "RSTO", "RSTR", "RSTOS0"}
WORDS = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "icmp"}


class Connection:
    """One connection or one ICMP message, as the windows see it."""

    def __init__(self, flow, start_us, message=0):
        self.start, self.host, self.port = start_us, flow.resp[0], flow.orig[1]
        self.row = None
        self.flag = flow.flag()
        if flow.proto == UDP:
            self.service = ("udp", flow.resp[1])
        else:
            self.service = ("tcp", "ftp_data" if flow.service == "ftp_data" else flow.resp[1])
        self.order = (start_us, flow.proto, flow.orig[0], flow.resp[0], flow.orig[1], flow.resp[1],
                      flow.number, message)

    @property
    def syn_error(self):
        return self.flag in SYN_ERRORS

    @property
    def rej_error(self):
        return self.flag in REJ_ERRORS


def message_of(flow, side, start_us, number):
    ends = [flow.orig[0], flow.resp[0]]
    source, destination = ends if side is flow.sides[0] else reversed(ends)
    message = Connection(flow, start_us)
    message.host, message.port, message.flag = destination, side.kind, "SF"
    message.service = ("icmp", icmp_service(flow.proto, side.kind, side.code))
    message.order = (start_us, flow.proto, source, destination, side.kind, side.code, flow.number,
                     number)
    return message


def first_columns(flow):
    icmp = flow.proto in (ICMP, ICMPV6)
    sent, answered = flow.sides[0].bytes, flow.sides[1].bytes
    if icmp:
        sent, answered = sent // flow.sides[0].messages, 0
    columns = [flow.duration_s(), WORDS[flow.proto], flow.service, flow.flag(), sent, answered,
               int(flow.land), 0, flow.urgent]
    return [str(value) for value in columns] + ["0"] * 13


def latest(messages):
    """1.10.5: the last 511; the originator's last message is among them, because it has the row."""
    kept = messages[-511:]
    if all(entry[1] == 1 for entry in kept):
        kept[0] = max((entry for entry in messages if entry[1] == 0), key=lambda entry: entry[0])
    return kept


def connections_of(flows):
    found = []
    for flow in flows:
        if flow.proto in (TCP, UDP):
            connection = Connection(flow, flow.start_us)
            connection.row = first_columns(flow)
            found.append(connection)
        elif flow.proto in (ICMP, ICMPV6):
            if flow.proto == ICMPV6 and flow.sides[0].kind in NO_VECTOR_ICMPV6:
                continue
            messages = []
            for side in flow.sides:
                for i in range(side.messages):
                    start = side.first_us + i * (side.last_us - side.first_us) // \
                        max(1, side.messages - 1)
                    messages.append((start, 0 if side is flow.sides[0] else 1, side))
            messages.sort(key=lambda entry: entry[:2])
            messages = latest(messages)
            made = [message_of(flow, side, start, number)
                    for number, (start, _, side) in enumerate(messages)]
            last = max(i for i, entry in enumerate(messages) if entry[1] == 0)
            made[last].row = first_columns(flow)
            found += made
    return sorted(found, key=lambda connection: connection.order)


def rate(k, n):
    quotient = struct.unpack("f", struct.pack("f", k / n))[0]
    return f"{quotient:.2f}"


def share(members, holds):
    return rate(sum(1 for member in members if holds(member)), len(members))


def distinct(members, value):
    k = len({value(member) for member in members})
    return rate(0 if k == 1 else k, len(members))


def columns_of(c, i, connections):
    """Columns 23 to 41 of connection i."""
    window = [x for x in connections[max(0, i - 510):i + 1] if x.start > c.start - 2 * S]
    host = [x for x in window if x.host == c.host]
    service = [x for x in window if x.service == c.service]
    out = [str(len(host)), str(len(service)),
           share(host, lambda x: x.syn_error), share(service, lambda x: x.syn_error),
           share(host, lambda x: x.rej_error), share(service, lambda x: x.rej_error),
           share(host, lambda x: x.service == c.service), distinct(host, lambda x: x.service),
           distinct(service, lambda x: x.host)]
    recent = [x for x in connections[:i + 1] if x.start > c.start - 14400 * S]
    own = [x for x in recent if x.host == c.host][-255:]
    others = [x for x in recent if x.host != c.host]
    fill = others[len(others) - min(len(others), 255 - len(own)):]
    service = [x for x in own + fill if x.service == c.service]
    return out + [
        str(len(own)), str(len(service)),
        share(own, lambda x: x.service == c.service), distinct(own, lambda x: x.service),
        share(own, lambda x: x.port == c.port), distinct(service, lambda x: x.host),
        share(own, lambda x: x.syn_error), share(service, lambda x: x.syn_error),
        share(own, lambda x: x.rej_error), share(service, lambda x: x.rej_error)]


def expected_rows(path):
    flows = flows_of([decode(frame) for frame in frames(path)])
    assert not any(flow.fragments or flow.many_holes for flow in flows)
    connections = connections_of(flows)
    return [c.row + columns_of(c, i, connections) for i, c in enumerate(connections)
            if c.row is not None]


def check(path):
    want, found = expected_rows(path), kdd_rows(path)
    for number, (mine, its) in enumerate(zip(want, found)):
        mine[CONTENT] = its[CONTENT]
        assert its == mine, f"row {number + 1}"
    assert len(found) == len(want)
    return len(want)


@pytest.mark.parametrize("profile", ["train", "fresh"])
def test_generated_traffic_gives_the_rows_of_the_specification(profile, tmp_path):
    path = generated(tmp_path, "--profile", profile, "--seed", 5, "--connections", 900)
    assert check(path) > 500


@pytest.mark.skipif(data_folder() is None, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", ["telnet-session", "dos-tcp-syn-optack", "sweep-icmp-256", "benign-wikipedia-zeek",
                                  "brute-ftp-zeek", "scan-nmap-udp", "scan-nmap-80-A",
                                  "dos-100-packets"])
def test_captures_give_the_rows_of_the_specification(name, tmp_path):
    check(capture(name, tmp_path))
