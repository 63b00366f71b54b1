"""The application of every conversation, beside nDPI's flow tables and Zeek's `service`.

As a program, prints the table of README.md: python3 -m tests.reference.application
"""
import collections
import ipaddress
import re
import tempfile

from tests.reference.application_classes import class_of
from tests.reference.comparison import Difference, Outcome, names, protocol, reference, sensor_key
from tests.reference.conversation import Capture, key
from tests.reference.sensor_run import capture, records

NOT_NAMED = {"none", "unknown"}

# nDPI's names, without what it says of the site (TLS.Google is TLS); None: not one of ours.
NDPI = {"HTTP": "http", "HTTP_Proxy": "http", "HTTP_Connect": "http", "TLS": "tls", "QUIC": "quic",
        "DNS": "dns", "MDNS": "mdns", "LLMNR": "llmnr", "NetBIOS": "netbios-ns", "SSDP": "ssdp",
        "DHCP": "dhcp", "NTP": "ntp", "SNMP": "snmp", "TFTP": "tftp", "Syslog": "syslog",
        "FTP_CONTROL": "ftp", "FTPS": "ftp", "Telnet": "telnet", "SSH": "ssh", "SMTP": "smtp",
        "SMTPS": "smtp", "POP3": "pop3", "POPS": "pop3", "IMAP": "imap", "IMAPS": "imap",
        "SMBv1": "smb", "SMBv23": "smb", "RDP": "rdp", "LDAP": "ldap", "Kerberos": "kerberos",
        "MySQL": "mysql", "PostgreSQL": "postgres", "MsSQL-TDS": "mssql", "RPC": "rpc", "IRC": "irc",
        "SOCKS": "socks", "BitTorrent": "bittorrent", "Modbus": "modbus", "MQTT": "mqtt",
        "SIP": "sip", "STUN": "stun", "Radius": "radius", "WireGuard": "wireguard",
        "OpenVPN": "openvpn", "IPSec": "ike", "DHCPV6": None, "Unknown": None}

# Zeek's names; its dns reads all messages of that form. teredo and ftp-data are not ours.
ZEEK = {"dns": "dns", "http": "http", "ftp": "ftp", "pop3": "pop3", "smtp": "smtp", "imap": "imap",
        "ssl": "tls", "ssh": "ssh", "dhcp": "dhcp", "ntp": "ntp", "snmp": "snmp", "quic": "quic",
        "smb": "smb", "rdp": "rdp", "ldap_tcp": "ldap", "krb_tcp": "kerberos", "krb": "kerberos",
        "mysql": "mysql", "irc": "irc", "socks": "socks", "modbus": "modbus", "mqtt": "mqtt",
        "sip": "sip", "radius": "radius", "syslog": "syslog",
        "teredo": None, "ftp-data": None, "-": None}
ZEEK_DNS = {5353: "mdns", 5355: "llmnr", 137: "netbios-ns"}

_FLOW = re.compile(r"\t\d+\t(?P<proto>\S+) (?P<one>\S+):(?P<one_port>\d+) <?->? (?P<two>\S+):"
                   r"(?P<two_port>\d+) .*?\[proto: [\d.]+/(?P<name>[^\]]+)\]")
_HOSTS = re.compile(r"\t\d+\t(?P<proto>ICMP\S*|IGMP) ")


def _ndpi_applications(name):
    """Conversation to the set of names, None for a name that is not ours."""
    found = collections.defaultdict(set)
    with reference(name, ".ndpi-flows.txt") as file:
        for line in file:
            match = _FLOW.match(line)
            if match is None:
                assert _HOSTS.match(line) or "[proto:" not in line, line
                continue
            conversation, _ = key(
                protocol(match["proto"].lower()),
                str(ipaddress.ip_address(match["one"].strip("[]"))), int(match["one_port"]),
                str(ipaddress.ip_address(match["two"].strip("[]"))), int(match["two_port"]))
            found[conversation].add(NDPI[match["name"].split(".")[0]])
    return found


def _zeek_applications(name):
    found, fields = collections.defaultdict(set), []
    with reference(name, ".zeek-conn.log") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if cells[0] == "#fields":
                fields = cells[1:]
            elif not line.startswith("#"):
                row = dict(zip(fields, cells))
                if row["proto"] not in ("tcp", "udp"):
                    continue
                ports = int(row["id.orig_p"]), int(row["id.resp_p"])
                conversation, _ = key(
                    protocol(row["proto"]), str(ipaddress.ip_address(row["id.orig_h"])), ports[0],
                    str(ipaddress.ip_address(row["id.resp_h"])), ports[1])
                app = ZEEK[row["service"]]
                if app == "dns" and row["proto"] == "udp":
                    app = ZEEK_DNS.get(ports[1], "dns")
                found[conversation].add(app)
    return found


def _our_applications(path):
    """Checksums are not looked at, as nDPI and the runs of Zeek do not."""
    found = collections.defaultdict(set)
    for record in records(path, "--flow-checksums=ignore"):
        if record["proto"] in ("tcp", "udp"):
            found[sensor_key(record)[0]].add(record["app"])
    return found


def _agree(ours, theirs):
    """Of a conversation that is several flows some may be too short to be named."""
    return ours - NOT_NAMED == theirs - {None}


def _outcome(name, who, packets, ours, theirs):
    differences = []
    for conversation in sorted(theirs, key=str):
        mine = ours.get(conversation, set())
        if not _agree(mine, theirs[conversation]):
            differences.append(Difference(conversation, mine, theirs[conversation],
                                          class_of(who, packets, conversation)))
    return Outcome(name, len(theirs), differences)


def beside_ndpi(name, folder):
    path = capture(name, folder)
    return _outcome(name, "ndpi", Capture(path), _our_applications(path), _ndpi_applications(name))


def beside_zeek_service(name, folder):
    path = capture(name, folder)
    return _outcome(name, "zeek", Capture(path), _our_applications(path), _zeek_applications(name))


def main():
    with tempfile.TemporaryDirectory() as folder:
        for title, outcomes in (
                ("beside nDPI: application",
                 [beside_ndpi(name, folder) for name in names(".ndpi-flows.txt")]),
                ("beside Zeek: service",
                 [beside_zeek_service(name, folder) for name in names(".zeek-conn.log")])):
            print(f"| {title} | conversations | differ | classes |\n| --- | ---: | ---: | --- |")
            for outcome in outcomes:
                kinds = collections.Counter(difference.kind for difference in outcome.differences)
                text = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=str))
                print(f"| {outcome.name} | {outcome.conversations} | {len(outcome.differences)} | "
                      f"{text} |")
            print()


if __name__ == "__main__":
    main()
