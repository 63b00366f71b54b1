"""The sensor beside Argus and Zeek on one capture.

As a program, prints the table of README.md: python3 -m tests.reference.comparison
"""
import collections
import csv
import gzip
import ipaddress
import tempfile

from tests.reference.conversation import Capture, key
from tests.reference.difference_classes import class_of
from tests.reference.packet import TCP, UDP
from tests.reference.sensor_run import capture, data_folder, records

PROTOCOLS = {"tcp": 6, "udp": 17, "rtp": 17, "rtcp": 17, "icmp": 1, "ipv6-icmp": 1, "icmp6": 1,
             "igmp": 2, "sctp": 132}
# As the receiver of an IGMPv3 report Argus writes its number of records: 0.0.0.1, 0.0.0.2. Such
# reports go to this address only (RFC 3376 section 4.2.14).
ARGUS_IGMP3, IGMP3 = "0.0.0.", "224.0.0.22"

Difference = collections.namedtuple("Difference", "conversation ours theirs kind")
Outcome = collections.namedtuple("Outcome", "name conversations differences")


def protocol(text):
    return PROTOCOLS[text] if text in PROTOCOLS else int(text)


def names(suffix):
    """Names of the captures that have such a reference; none without the folder of captures."""
    folder = data_folder()
    if folder is None:
        return []
    found = (path.name.split(".")[0] for path in (folder / "pcap" / "reference").iterdir()
             if suffix in path.name)
    return sorted(found)


def reference(name, suffix):
    folder = data_folder() / "pcap" / "reference"
    path = next(path for path in folder.iterdir() if path.name.startswith(name + suffix))
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="ascii")
    return open(path, encoding="ascii")


def _add(totals, found, counts):
    """Adds packets and bytes of the two directions, given as (packets, packets, bytes, bytes)."""
    conversation, forward = found
    if not forward:
        counts = (counts[1], counts[0], counts[3], counts[2])
    for i, count in enumerate(counts):
        totals[conversation][i] += count


def _argus_totals(name, packets):
    totals = collections.defaultdict(lambda: [0, 0, 0, 0])
    with reference(name, ".argus.csv") as file:
        for row in csv.DictReader(file):
            proto = protocol(row["Proto"])
            ends = []
            for address, port in (("SrcAddr", "Sport"), ("DstAddr", "Dport")):
                text = row[address]
                is_report = proto == 2 and address == "DstAddr" and text.startswith(ARGUS_IGMP3)
                text = IGMP3 if is_report else text
                with_port = proto in (TCP, UDP) and row[port] != ""
                ends += [str(ipaddress.ip_address(text)), int(row[port], 0) if with_port else 0]
            counts = [int(row[column]) for column in ("SrcPkts", "DstPkts", "SrcBytes", "DstBytes")]
            _add(totals, key(proto, *ends), counts)
    overhead = packets.link_overhead()
    for conversation, counts in totals.items():
        counts[2] -= overhead[conversation][0] if counts[0] else 0
        counts[3] -= overhead[conversation][1] if counts[1] else 0
    return totals


def sensor_key(record):
    return key(protocol(record["proto"]), record["orig_h"], record["orig_p"], record["resp_h"],
               record["resp_p"])


def _sensor_totals(path):
    totals = collections.defaultdict(lambda: [0, 0, 0, 0])
    for record in records(path):
        _add(totals, sensor_key(record), [record[field] for field in (
            "orig_pkts", "resp_pkts", "orig_ip_bytes", "resp_ip_bytes")])
    return totals


def _zeek_states(name):
    states, fields = collections.defaultdict(list), []
    with reference(name, ".zeek-conn.log") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if cells[0] == "#fields":
                fields = cells[1:]
            elif not line.startswith("#"):
                row = dict(zip(fields, cells))
                conversation, _ = key(
                    protocol(row["proto"]),
                    str(ipaddress.ip_address(row["id.orig_h"])), int(row["id.orig_p"]),
                    str(ipaddress.ip_address(row["id.resp_h"])), int(row["id.resp_p"]))
                states[conversation].append(row["conn_state"])
    return {conversation: sorted(found) for conversation, found in states.items()}


def _sensor_states(path):
    # Zeek's logs are those of its own test suite, which reads captures with checksums ignored (-C).
    states = collections.defaultdict(list)
    for record in records(path, "--flow-checksums=ignore"):
        states[sensor_key(record)[0]].append(record["conn_state"])
    return {conversation: sorted(found) for conversation, found in states.items()}


def _outcome(name, who, packets, ours, theirs):
    differences = []
    for conversation in sorted(set(ours) | set(theirs), key=str):
        if ours.get(conversation) != theirs.get(conversation):
            differences.append(Difference(conversation, ours.get(conversation),
                                          theirs.get(conversation),
                                          class_of(who, packets, conversation)))
    return Outcome(name, len(set(ours) | set(theirs)), differences)


def beside_argus(name, folder):
    path = capture(name, folder)
    packets = Capture(path)
    return _outcome(name, "argus", packets, _sensor_totals(path), _argus_totals(name, packets))


def beside_zeek(name, folder):
    path = capture(name, folder)
    return _outcome(name, "zeek", Capture(path), _sensor_states(path), _zeek_states(name))


def _print_table(title, outcomes):
    print(f"| {title} | conversations | differ | classes |\n| --- | ---: | ---: | --- |")
    agreeing = [outcome for outcome in outcomes if not outcome.differences]
    for outcome in outcomes:
        if outcome.differences:
            kinds = collections.Counter(difference.kind for difference in outcome.differences)
            text = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=str))
            print(f"| {outcome.name} | {outcome.conversations} | {len(outcome.differences)} | {text} |")
    print(f"| the other {len(agreeing)} | {sum(outcome.conversations for outcome in agreeing)} | 0 | |")
    print(f"| all {len(outcomes)} | {sum(outcome.conversations for outcome in outcomes)} | "
          f"{sum(len(outcome.differences) for outcome in outcomes)} | |\n")


def main():
    with tempfile.TemporaryDirectory() as folder:
        _print_table("beside Argus", [beside_argus(name, folder) for name in names(".argus.csv")])
        _print_table("beside Zeek", [beside_zeek(name, folder) for name in names(".zeek-conn.log")])


if __name__ == "__main__":
    main()
