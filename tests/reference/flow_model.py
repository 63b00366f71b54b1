"""Specification 1.2 to 1.7 and 6.2 to 6.3 once more, in plain slow Python straight from packets.

Nothing here is shared with the sensor, and nothing is fast: intervals are lists, states are words.
UDP datagrams whose fragments come once each and in order are counted; flows with other fragments carry
`fragments`, those that had more than 16 holes `many_holes`, and a comparison leaves both out.
"""
import re

from tests.reference.packet import (ACK, ECHO, FIN, ICMP, ICMPV6, RST, SYN, TCP, UDP, URG,
                                    metered)

from tests.reference.statistics_model import Seen

S = 1_000_000
LIKELY_SERVER_PORTS = set(map(int, """
    7 9 13 21 22 23 25 37 43 53 67 69 79 80 88 110 111 113 119 123 135 137 138 139 143 161 179 389
    443 445 465 500 512 513 514 515 543 544 587 636 853 873 993 995 1433 1521 1723 1883 1900 3128 3306
    3389 5060 5061 5190 5353 5432 5900 6379 6667 8080 8443 11211 27017""".split()))
TCP_SERVICES = {int(port): name for name, port in (entry.split() for entry in """
    echo 7,discard 9,systat 11,daytime 13,netstat 15,ftp_data 20,ftp 21,ssh 22,telnet 23,smtp 25,
    time 37,name 42,whois 43,domain 53,mtp 57,gopher 70,remote_job 71,rje 77,finger 79,http 80,ctf 84,
    link 87,supdup 95,hostnames 101,iso_tsap 102,csnet_ns 105,pop_2 109,pop_3 110,sunrpc 111,auth 113,
    uucp_path 117,nntp 119,netbios_ns 137,netbios_dgm 138,netbios_ssn 139,imap4 143,sql_net 150,
    vmnet 175,bgp 179,Z39_50 210,ldap 389,nnsp 433,http_443 443,exec 512,login 513,shell 514,
    printer 515,efs 520,courier 530,uucp 540,klogin 543,kshell 544,http_2784 2784,aol 5190,
    http_8001 8001,harvest 3128""".split(","))}
TCP_SERVICES.update({port: "X11" for port in range(6000, 6064)})
TCP_SERVICES.update({port: "IRC" for port in range(6665, 6670)})
NO_VECTOR_ICMPV6 = {130, 131, 132, 133, 134, 135, 136, 143}
SHR_AND_RSTRH = {"SHR": "SH", "RSTRH": "RSTR"}


def icmp_service(proto, kind, code):
    if proto == ICMP:
        names = {8: "eco_i", 0: "ecr_i", 5: "red_i", 11: "tim_i"}
        if kind == 3:
            return "urp_i" if code in (2, 3) else "urh_i"
    else:
        names = {128: "eco_i", 129: "ecr_i", 137: "red_i", 3: "tim_i"}
        if kind == 1:
            return "urp_i" if code == 4 else "urh_i"
    return names.get(kind, "other")


class Side:
    """One direction of a flow."""

    def __init__(self):
        self.packets = self.ip_bytes = self.bytes = self.messages = 0
        self.state = "INACTIVE"
        self.closed_before_reset = False
        self.first_syn = None
        self.segments = []  # (flags, payload bytes) up to the outcome
        self.next = None  # highest sequence number seen, or None before the first segment
        self.holes = []
        self.told = {}  # letter of history: last number or times
        self.first_us = self.last_us = None
        self.kind = self.code = 0


class Flow:
    """One connection of specification 1.2."""

    def __init__(self, packet, now, number):
        self.proto, self.version, self.number = packet.proto, packet.version, number
        self.start_us = self.last_us = self.end_us = now
        flipped = receiver_is_originator(packet)
        ends = [(packet.src, packet.sport), (packet.dst, packet.dport)]
        self.orig, self.resp = reversed(ends) if flipped else ends
        self.sides = [Side(), Side()]
        self.history = "^" if flipped else ""
        self.decided_us = None
        self.early = None
        self.urgent = 0
        self.service = self.announced = None
        self.reason = None
        self.pending, self.overflowed = [], False
        self.fragments = self.many_holes = False
        self.dump_bytes = b""
        self.seen = []  # every packet, for statistics_model
        self.land = packet.src == packet.dst and (packet.is_icmp or packet.sport == packet.dport)

    def from_orig(self, packet):
        if self.orig[0] != self.resp[0] or self.proto in (ICMP, ICMPV6):
            return packet.src == self.orig[0]
        return packet.sport == self.orig[1]

    # -- 1.5 --

    def conn_state(self):
        if self.proto == UDP:
            sent = [side.packets > 0 for side in self.sides]
            return "SF" if all(sent) else "S0" if sent[0] else "SHR"
        if self.proto != TCP:
            return "OTH"
        o, r = self.sides[0].state, self.sides[1].state
        quiet = ("INACTIVE", "PARTIAL")
        payload = any(size > 0 and not flags & RST
                      for side in self.sides for flags, size in side.segments)
        table = [
            (r == "RESET" and (o in ("SYN_SENT", "SYN_ACK_SENT") or
                               (o == "RESET" and not payload)), "REJ"),
            (r == "RESET" and o in quiet, "RSTRH"),
            (r == "RESET", "RSTR"),
            (o == "RESET" and r in quiet and self._only_syn_before_reset(), "RSTOS0"),
            (o == "RESET" and r in quiet, "OTH"),
            (o == "RESET", "RSTO"),
            (o == "CLOSED" and r == "CLOSED", "SF"),
            (o == "CLOSED" and r in quiet, "SH"),
            (o == "CLOSED", "S2"),
            (r == "CLOSED" and o in quiet, "SHR"),
            (r == "CLOSED", "S3"),
            (o == "SYN_SENT" and r == "INACTIVE", "S0"),
            (o == "ESTABLISHED" and r == "ESTABLISHED", "S1"),
        ]
        return next((state for holds, state in table if holds), "OTH")

    def _only_syn_before_reset(self):
        seen = False
        for flags, size in self.sides[0].segments:
            if flags & RST:
                return seen and not flags & FIN
            if flags & (SYN | ACK | FIN) == SYN:
                seen = True
            elif flags & FIN or (flags & ACK and size == 0):
                seen = False
        return False

    def flag(self):
        if self.proto != TCP:
            return "SF" if self.proto in (UDP, ICMP, ICMPV6) else "OTH"
        state = self.conn_state()
        return SHR_AND_RSTRH.get(state, state)

    def early_flag(self):
        flag = self.flag()
        return "OPEN" if self.decided_us is None and flag in ("S1", "OTH") else flag

    def duration_s(self):
        if self.proto in (ICMP, ICMPV6) or self.flag() in ("S0", "S1", "SH", "OTH"):
            return 0
        return (self.end_us - self.start_us) // S

    # -- 6.3 --

    def expiry_us(self):
        if self.decided_us is not None:
            return self.decided_us + 5 * S
        if self.proto in (ICMP, ICMPV6):
            return self.start_us + 5 * S - 1
        if self.proto != TCP:
            return self.last_us + 60 * S
        o, r = (side.state for side in self.sides)
        only_syns = all(flags & SYN for flags, _ in self.sides[0].segments)
        if (o == "CLOSED") != (r == "CLOSED"):
            span = 120
        elif (o in ("SYN_SENT", "SYN_ACK_SENT") and r == "INACTIVE") or \
                (o == r == "ESTABLISHED" and only_syns):
            span = 30
        else:
            span = 3600 if self.resp[1] in (21, 22, 23, 513) else 300
        return self.last_us + span * S

    # -- 6.2.1 --

    def tell(self, side, letter, number=None):
        from_orig = side is self.sides[0]
        if letter in "adiq":
            new = letter not in side.told
            side.told[letter] = True
        elif letter in "fhrs":
            new = side.told.get(letter) != number
            side.told[letter] = number
        else:
            side.told[letter] = side.told.get(letter, 0) + 1
            new = side.told[letter] in (1, 10, 100, 1000, 10000)
        if new:
            self.history += letter.upper() if from_orig else letter


def receiver_is_originator(packet):
    if packet.proto == TCP and packet.flags & SYN:
        return bool(packet.flags & ACK)
    return packet.proto in (TCP, UDP) and packet.sport in LIKELY_SERVER_PORTS and \
        packet.dport not in LIKELY_SERVER_PORTS


def key_of(packet):
    """1.2.2; ICMP by pair and echo id, with who asked, or type and code."""
    if packet.is_icmp:
        request = ECHO[packet.proto].get(packet.sport)
        pair = tuple(sorted((packet.src, packet.dst)))
        if request is not None and packet.icmp_id is not None:
            return packet.proto, pair, packet.src if request else packet.dst, packet.icmp_id
        return packet.proto, pair, (packet.sport, packet.dport)
    ends = sorted([(packet.src, packet.sport), (packet.dst, packet.dport)])
    return packet.proto, packet.version, *ends


def is_reuse(flow, packet, now):
    """1.2.4 (iii)."""
    if packet.flags & (SYN | ACK | FIN | RST) != SYN:
        return False
    from_orig = flow.from_orig(packet)
    side = flow.sides[0 if from_orig else 1]
    if side.first_syn == packet.seq:
        return False
    if flow.decided_us is not None:
        return True
    simultaneous = side.packets == 0 and flow.sides[0].state == "SYN_SENT"
    return not simultaneous and now - flow.last_us >= S


def next_state(x, y, from_orig, flags, size):
    """The table of 1.5.1: the new state of the sender, and whether the other end is now ESTABLISHED."""
    syn, ack, fin, rst = (bool(flags & bit) for bit in (SYN, ACK, FIN, RST))
    if rst:
        return ("RESET" if not (x == "CLOSED" and y == "CLOSED") else x), False
    if x == "INACTIVE":
        if from_orig and syn:
            return ("SYN_ACK_SENT" if ack else "SYN_SENT"), False
        if syn:
            return "ESTABLISHED", y == "SYN_SENT"
        if fin:
            return "CLOSED", False
        if not from_orig and size == 0 and y == "SYN_SENT":
            return x, False
        return ("ESTABLISHED" if ack and y == "ESTABLISHED" else "PARTIAL"), False
    if x in ("SYN_SENT", "SYN_ACK_SENT"):
        return ("CLOSED" if fin else x), False
    if x == "PARTIAL" and syn and not ack and y == "INACTIVE":
        return "SYN_SENT", False
    if x in ("ESTABLISHED", "PARTIAL") and fin:
        return "CLOSED", False
    return x, False


def add_bytes(flow, side, sequence, size, opens, seen):
    """1.4: counts bytes above `next` or in a hole. Numbers are taken nearest to `next`."""
    if side.next is None:
        side.next = sequence
    seen.next, seen.far = side.next, False
    ahead = (sequence - side.next + 2 ** 31) % 2 ** 32 - 2 ** 31
    if abs(ahead) > 2 ** 30:
        seen.far = size > 0 or opens
        return
    if size == 0 and not opens:
        return
    begin = side.next + ahead
    end = begin + size
    fresh, holes = 0, []
    for low, high in side.holes:
        inside = max(0, min(high, end) - max(low, begin))
        if inside == 0:
            holes.append((low, high))
            continue
        fresh += inside
        holes += [hole for hole in ((low, max(low, begin)), (min(high, end), high))
                  if hole[0] < hole[1]]
    below = max(0, min(end, side.next) - begin)
    repeated = below > fresh
    seen.repeated, seen.filled, seen.below = repeated, fresh > 0, end <= side.next
    seen.ahead = max(0, begin - side.next)
    if begin > side.next:
        holes.append((side.next, begin))
    fresh += max(0, end - max(side.next, begin))
    side.next = max(side.next, begin, end)
    side.holes = holes
    side.bytes += fresh
    seen.fresh = fresh
    flow.many_holes = flow.many_holes or len(holes) >= 16
    if repeated:
        flow.tell(side, "t")


def add_tcp(flow, packet, now, from_orig, seen):
    side, other = flow.sides[0 if from_orig else 1], flow.sides[1 if from_orig else 0]
    flags, size = packet.flags, packet.payload_bytes
    if packet.bad_checksum:
        flow.tell(side, "c")
        return
    if not packet.transport:
        return
    if flow.decided_us is None:
        side.segments.append((flags, size))
        side.state, opened = next_state(side.state, other.state, from_orig, flags, size)
        if opened:
            other.state = "ESTABLISHED"
    seen.good, seen.peer_next, seen.before = True, other.next, side.next
    syn, fin, rst = flags & SYN, flags & FIN, flags & RST
    if syn and (fin or rst):
        flow.tell(side, "q")
    elif fin and rst:
        flow.tell(side, "i")
    if syn:
        flow.tell(side, "h" if flags & ACK else "s", packet.seq)
        if side.first_syn is None:
            side.first_syn = packet.seq
    elif not fin and not rst and size == 0 and flags & ACK:
        flow.tell(side, "a")
    if size > 0 and not rst:
        flow.tell(side, "d")
    if fin:
        flow.tell(side, "f", packet.seq)
    if rst:
        flow.tell(side, "r", packet.seq)
    flow.urgent += 1 if flags & URG else 0
    if not rst:
        if packet.window == 0 and not syn:
            flow.tell(side, "w")
        add_bytes(flow, side, packet.seq + (1 if syn else 0), size, bool(fin), seen)
    states = [each.state for each in flow.sides]
    if flow.decided_us is None and ("RESET" in states or states == ["CLOSED", "CLOSED"]):
        flow.decided_us = flow.end_us = now
    if flow.resp[1] == 111 and from_orig and len(flow.dump_bytes) < 28:
        flow.dump_bytes += packet.payload


def add_udp(flow, packet, now, from_orig):
    side = flow.sides[0 if from_orig else 1]
    side.bytes += packet.payload_bytes
    if packet.payload_bytes > 0:
        flow.tell(side, "c" if packet.bad_checksum else "d")
    if flow.resp[1] != 53 or flow.decided_us is not None or len(packet.payload) < 12 or \
            packet.offset > 0:
        return
    number, answer = packet.payload[:2], packet.payload[2] & 0x80
    if from_orig and not answer and number not in flow.pending:
        if len(flow.pending) == 4:
            flow.overflowed = True
        else:
            flow.pending.append(number)
    elif not from_orig and answer and number in flow.pending:
        flow.pending.remove(number)
        if not flow.pending and not flow.overflowed:
            flow.decided_us = flow.end_us = now


def add_icmp(side, packet, now):
    side.bytes += packet.payload_bytes
    if side.messages == 0:
        side.first_us, side.kind, side.code = now, packet.sport, packet.dport
    side.messages += 1
    side.last_us = now


class FtpEndpoints:
    """Data channels that an FTP session announced (1.6.1)."""

    def __init__(self):
        self.at = {}

    def read(self, flow, packet, now, from_orig):
        speaker, peer = (flow.orig[0], flow.resp[0]) if from_orig else (flow.resp[0], flow.orig[0])
        text = packet.payload.decode("latin-1")
        six = r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)"
        form = r"(?im)^PORT " + six if from_orig else r"(?m)^227 [^0-9\n]*" + six
        for found in re.finditer(form, text):
            numbers = [int(number) for number in found.groups()]
            if max(numbers) < 256 and bytes(numbers[:4]) == speaker:
                self.at[speaker, peer, numbers[4] * 256 + numbers[5]] = now
        form = r"(?im)^EPRT \|\d\|[^|]*\|(\d+)\|" if from_orig else r"(?m)^229 .*\(\|\|\|(\d+)\|"
        for found in re.finditer(form, text):
            self.at[speaker, peer, int(found.group(1))] = now

    def announced(self, flow, now):
        told = self.at.get((flow.resp[0], flow.orig[0], flow.resp[1]))
        return told is not None and now - told <= 300 * S


def service_of(flow):
    if flow.proto in (ICMP, ICMPV6):
        return icmp_service(flow.proto, flow.sides[0].kind, flow.sides[0].code)
    port = flow.resp[1]
    other = "private" if port < 1024 else "other"
    if flow.proto == UDP:
        return {53: "domain_u", 69: "tftp_u", 123: "ntp_u"}.get(port, other)
    if flow.proto != TCP:
        return None
    call = flow.dump_bytes
    if port == 111 and len(call) >= 28 and call[8:12] == b"\0\0\0\0" and \
            call[16:20] == (100000).to_bytes(4, "big") and call[24:28] == (4).to_bytes(4, "big"):
        return "pm_dump"
    if flow.orig[1] == 20 or port == 20 or flow.announced:
        return "ftp_data"
    return TCP_SERVICES.get(port, other)


class Model:
    """Packets in, finished flows out, in no particular order."""

    def __init__(self):
        self.live, self.finished = {}, []
        self.clock, self.number = None, 0
        self.ftp = FtpEndpoints()
        self.datagrams = {}

    def _join(self, packet):
        """Gives a later fragment the ports of its first one. False when it is none in order."""
        datagram = (packet.src, packet.dst, packet.proto, packet.ip_id)
        if packet.proto != UDP:
            return False
        if packet.offset == 0:
            fresh = datagram not in self.datagrams
            self.datagrams[datagram] = (packet.sport, packet.dport, packet.ip_payload)
            return fresh
        sport, dport, end = self.datagrams.get(datagram, (0, 0, None))
        packet.sport, packet.dport = sport, dport
        self.datagrams[datagram] = (sport, dport, packet.offset + packet.ip_payload)
        return packet.offset == end

    def _end(self, key, reason):
        flow = self.live.pop(key)
        ended = flow.decided_us is not None or (flow.proto in (ICMP, ICMPV6) and reason == 1)
        flow.reason = 3 if ended else reason
        if flow.early is None:
            over = reason != 4 and flow.proto == TCP
            flow.early = flow.flag() if over or flow.decided_us is not None else flow.early_flag()
        flow.service = service_of(flow)
        self.finished.append(flow)

    def add(self, packet):
        packet = metered(packet)
        if packet.problem is not None or packet.version == 0:
            return
        self.clock = packet.time_us if self.clock is None else max(self.clock, packet.time_us)
        in_order = not packet.is_fragment or self._join(packet)
        now, key = self.clock, key_of(packet)
        flow = self.live.get(key)
        if flow is not None:
            if flow.early is None and now >= flow.start_us + 5 * S and flow.decided_us is None:
                flow.early = flow.early_flag()
            if now > flow.expiry_us():
                self._end(key, 1)
                flow = None
            elif packet.proto == TCP and is_reuse(flow, packet, now):
                self._end(key, 1)
                flow = None
        if flow is None:
            self.number += 1
            flow = self.live[key] = Flow(packet, now, self.number)
            flow.announced = flow.proto == TCP and self.ftp.announced(flow, now)
        flow.fragments = flow.fragments or not in_order
        self._count(flow, packet, now)

    def _count(self, flow, packet, now):
        from_orig = flow.from_orig(packet)
        side = flow.sides[0 if from_orig else 1]
        seen = Seen(packet, now, from_orig, len(flow.seen))
        seen.decided = flow.decided_us is not None
        flow.seen.append(seen)
        if packet.proto == TCP:
            add_tcp(flow, packet, now, from_orig, seen)
            if flow.resp[1] == 21 and not packet.bad_checksum:
                self.ftp.read(flow, packet, now, from_orig)
        elif packet.proto == UDP:
            add_udp(flow, packet, now, from_orig)
        elif packet.is_icmp:
            add_icmp(side, packet, now)
        side.packets += 1
        side.ip_bytes += packet.ip_bytes
        flow.last_us = now
        if flow.decided_us is None:
            flow.end_us = now

    def drain(self):
        for key, flow in list(self.live.items()):
            if flow.early is None and self.clock >= flow.start_us + 5 * S and \
                    flow.decided_us is None:
                flow.early = flow.early_flag()
            self._end(key, 1 if self.clock > flow.expiry_us() else 4)
        return self.finished


def flows_of(packets):
    model = Model()
    for packet in packets:
        model.add(packet)
    return model.drain()
