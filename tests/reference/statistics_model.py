"""Specification 3.2 to 3.5 once more, in plain slow Python straight from the packets of one flow.

Nothing is accumulated: each field is computed at the end from the list of the flow's packets, as
(packet, time, from_orig, before) in order of arrival; `before` is what the byte count knew then.
The rules the specification leaves open are those of sensor/meter/decisions/0004.
"""
import collections
import math
import struct

from tests.reference.packet import ACK, FIN, ICMP, ICMPV6, PSH, RST, SYN, TCP, UDP, URG

S = 1_000_000
ECE, CWR = 64, 128
M32 = 2 ** 32


def ahead_of(a, b):
    """a - b in sequence space."""
    return (a - b + 2 ** 31) % M32 - 2 ** 31


class Seen:
    """One packet of a flow, and the state of its direction when it came."""

    def __init__(self, packet, now, from_orig, index):
        self.packet, self.now, self.from_orig, self.index = packet, now, from_orig, index
        self.good = False  # TCP: its header counts
        self.before = None  # TCP: the byte expected of its direction before it, None: none yet
        self.next = None  # the same, and its own first byte where there was none
        self.peer_next = None
        self.peer_holes = ()
        self.fresh, self.repeated, self.filled, self.ahead, self.below = 0, False, False, 0, False
        self.far = False
        self.decided = False  # the outcome was known before it


def options_of(packet):
    """(kinds in order for JA4T, options counted as [(kind, value)], corrupt)."""
    data = packet.options_bytes
    kinds, found, at, corrupt = [], [], 0, False
    while at < len(data):
        kind = data[at]
        found.append((kind, b""))
        kinds.append(kind)
        if kind == 0:
            kinds += [0] * (len(data) - at - 1)
            break
        if kind == 1:
            at += 1
            continue
        if at + 1 >= len(data):
            corrupt = len(data) == packet.options_size
            break
        size = data[at + 1]
        if size < 2 or at + size > packet.options_size:
            corrupt = True
            break
        if at + size > len(data):
            break
        found[-1] = (kind, data[at + 2:at + size])
        at += size
    return kinds[:16], found, corrupt


def deviation(values):
    if not values:
        return 0.0
    count, total = len(values), sum(values)
    return math.sqrt(count * sum(value * value for value in values) - total * total) / count


def fragment_flags(packet):
    """ip_flags of a fragment that came in order."""
    first = packet.offset == 0
    flags = 0x0020 if packet.more else 0
    flags |= 0x0008 if first and packet.ip_bytes < 576 else 0
    flags |= 0x0010 if packet.offset + packet.ip_payload > 65535 else 0
    flags |= 0x0100 if packet.more and packet.ip_payload % 8 else 0
    return flags


STATUS_MASK = sum(1 << bit for bit in (14, 15, 36, 44, 50, 51))


def status_of(flow):
    """flow_status, of the bits in STATUS_MASK."""
    bits = 1 << 14 if flow.version == 4 else 1 << 15
    bits |= 1 << 36 if any(seen.packet.is_fragment for seen in flow.seen) else 0
    bits |= 1 << 50 if flow.land else 0
    bits |= 1 << 51 if any(seen.packet.time_us != seen.now for seen in flow.seen) else 0
    for side in (True, False):
        own = [seen.packet for seen in flow.seen if seen.from_orig == side]
        if any(before.ip_id == after.ip_id and after.version == 4 and not after.is_fragment
               for before, after in zip(own, own[1:])):
            bits |= 1 << 44
    return bits


def ip_fields(packets):
    first = packets[0].packet
    ttls = [seen.packet.ttl for seen in packets]
    toses = [seen.packet.tos for seen in packets]
    flags = 0
    deltas = []
    for before, after in zip(packets, packets[1:]):
        if first.version == 4:
            delta = (after.packet.ip_id - before.packet.ip_id) % 65536
            deltas.append(delta)
            if delta >= 32768:
                flags |= 0x0002
            elif after.packet.ip_id < before.packet.ip_id:
                flags |= 0x0004
        if after.now == before.now:
            flags |= 0x4000
    for seen in packets:
        flags |= 0x0040 if seen.packet.dont_fragment else 0
        flags |= 0x0080 if seen.packet.reserved else 0
        flags |= 0x0400 if seen.packet.bad_ip_checksum else 0
        flags |= 0x0800 if seen.packet.bad_l4_checksum else 0
        flags |= 0x8000 if seen.now != seen.packet.time_us else 0
        flags |= fragment_flags(seen.packet) if seen.packet.is_fragment else 0
    lengths = [seen.packet.ip_bytes for seen in packets]
    gaps = [after.now - before.now for before, after in zip(packets, packets[1:])]
    changes = sum(a != b for a, b in zip(ttls, ttls[1:]))
    tos_changes = sum(a != b for a, b in zip(toses, toses[1:]))
    tos_or = 0
    for tos in toses:
        tos_or |= tos
    return {
        "first_us": packets[0].now, "last_us": packets[-1].now,
        "ttl_min": min(ttls), "ttl_max": max(ttls), "ttl_changes": min(255, changes),
        "tos_or": tos_or, "tos_first": toses[0], "tos_changes": min(255, tos_changes),
        "ip_flags": flags,
        "ipid_delta_min": min(deltas, default=None), "ipid_delta_max": max(deltas, default=None),
        "ip_options": sum(1 for seen in packets if seen.packet.options or seen.packet.extensions),
        "pkt_len_min": min(lengths), "pkt_len_max": max(lengths),
        "pkt_len_mean": sum(lengths) / len(lengths), "pkt_len_std": deviation(lengths),
        "iat_min_us": min(gaps, default=0), "iat_max_us": max(gaps, default=0),
        "iat_mean_us": sum(gaps) / len(gaps) if gaps else 0.0, "iat_std_us": deviation(gaps),
    }


def first_syn(packets):
    return next((seen for seen in packets
                 if seen.good and seen.packet.flags & SYN and not seen.packet.flags & RST), None)


def value_of(found, kind, size):
    return next((value for each, value in found if each == kind and len(value) == size), None)


def offers(seen):
    """(mss, scale) of a SYN, each None if it was not offered."""
    if seen is None:
        return None, None
    found = options_of(seen.packet)[1]
    mss, scale = value_of(found, 2, 2), value_of(found, 3, 1)
    return (None if mss is None else struct.unpack(">H", mss)[0],
            None if scale is None else scale[0])


def ja4t(seen):
    kinds = options_of(seen.packet)[0]
    mss, scale = offers(seen)
    text = f"{seen.packet.window}_"
    for i, kind in enumerate(kinds):
        if len(text) >= 48:
            break
        text += f"-{kind}" if i else str(kind)
    return text + ("" if kinds else "00") + f"_{mss or '00'}_{scale or '00'}"


def windows_of(own, peer):
    """(seen, window in bytes) of a direction's segments without RST."""
    mine, theirs = first_syn(own), first_syn(peer)
    shift, since = 0, None
    if mine is not None and theirs is not None:
        scales = offers(mine)[1], offers(theirs)[1]
        if None not in scales:
            shift, since = min(14, scales[0]), max(mine.index, theirs.index)
    found = []
    for seen in own:
        if seen.good and not seen.packet.flags & RST:
            scaled = since is not None and seen.index > since and not seen.packet.flags & SYN
            found.append((seen, seen.packet.window << (shift if scaled else 0)))
    return found


def window_fields(windows):
    values = [window for _, window in windows]
    steps = [b - a for a, b in zip(values, values[1:])]
    signs = [step > 0 for step in steps if step]
    mean = None
    for value in values:
        mean = value if mean is None else 0.7 * mean + 0.3 * value
    return {
        "win_init": values[0] if values else None, "win_avg": mean,
        "win_min": min(values, default=None), "win_max": max(values, default=None),
        "win_down": sum(step < 0 for step in steps), "win_up": sum(step > 0 for step in steps),
        "win_dir_changes": sum(a != b for a, b in zip(signs, signs[1:])),
        "win_low_ratio": values.count(0) / len(values) if values else None,
    }


def uptime(own):
    stamps = []
    for seen in own:
        if seen.good:
            stamp = [value for kind, value in options_of(seen.packet)[1]
                     if kind == 8 and len(value) == 8]
            if stamp:
                stamps.append((struct.unpack(">I", stamp[-1][:4])[0], seen.now))
    if not stamps:
        return None
    span, ticks = stamps[-1][1] - stamps[0][1], ahead_of(stamps[-1][0], stamps[0][0])
    return stamps[-1][0] * span // (ticks * S) if span >= S and ticks > 0 else None


def flag_fields(own):
    segments = [seen for seen in own if seen.good]
    fields = {}
    together = 0
    for name, bit in (("fin", FIN), ("syn", SYN), ("rst", RST), ("psh", PSH), ("ack", ACK),
                      ("urg", URG), ("ece", ECE), ("cwr", CWR)):
        fields["tcp_" + name] = sum(1 for seen in segments if seen.packet.flags & bit)
        together |= bit if fields["tcp_" + name] else 0
    found = [option for seen in segments for option in options_of(seen.packet)[1]]
    mask = 0
    for kind, _ in found:
        mask |= 1 << min(31, kind)
    fields.update(tcp_flags_or=together, tcp_opt_count=len(found), tcp_opt_mask=mask)
    return fields


class Segments:
    """What the segments of both directions say of each other: acknowledgements and round trips."""

    def __init__(self, packets, windows):
        self.anomaly = 0
        self.count = {side: collections.Counter() for side in (True, False)}
        self.samples = {True: [], False: []}
        self.highest = {True: None, False: None}
        self.repeated = {True: 0, False: 0}
        self.fin = {True: False, False: False}
        self.window = {True: None, False: None}
        self.flight = {True: [], False: []}  # [end, time, size, payload, twice]
        size_of = {id(seen): window for side in windows for seen, window in side}
        for seen in packets:
            if seen.good:
                self.add(seen, size_of.get(id(seen)))

    def add(self, seen, window):
        packet, own, peer = seen.packet, seen.from_orig, not seen.from_orig
        if packet.flags & RST:
            if self.highest[peer] is not None:
                room = max(1, self.window[peer])
                if (packet.seq - self.highest[peer]) % M32 >= room:
                    self.anomaly |= 1 << 27
            return
        if packet.payload_bytes > 0:
            self.add_payload(seen, own, peer)
        self.fin[own] = self.fin[own] or bool(packet.flags & FIN)
        if packet.flags & ACK:
            self.add_ack(seen, own, peer, window)
        self.window[own] = window

    def add_payload(self, seen, own, peer):
        packet = seen.packet
        begin = packet.seq + (1 if packet.flags & SYN else 0)
        if seen.next is None or ahead_of(begin, seen.next) == 0:
            self.count[own]["seq_ok"] += 1
            if not packet.flags & (SYN | FIN) and len(self.flight[own]) < 8:
                self.flight[own].append([(begin + packet.payload_bytes) % M32, seen.now,
                                         packet.payload_bytes, packet.payload, False])
            return
        self.count[own]["seq_fault"] += 1
        if self.window[peer] is not None and seen.ahead > self.window[peer]:
            self.anomaly |= 1 << 13
        if seen.repeated or seen.filled:
            if self.highest[peer] is not None and self.repeated[peer] >= 3 and \
                    begin % M32 == self.highest[peer]:
                self.anomaly |= 1 << 16
            self.repeat(own, begin, packet)

    def repeat(self, own, begin, packet):
        for sent in self.flight[own]:
            if ahead_of(sent[0], begin) > 0:
                sent[4] = True
            whole = len(packet.payload) == packet.payload_bytes and len(sent[3]) == sent[2]
            if sent[0] == (begin + packet.payload_bytes) % M32 and \
                    sent[2] == packet.payload_bytes and whole and sent[3] != packet.payload:
                self.anomaly |= 1 << 26

    def add_ack(self, seen, own, peer, window):
        packet = seen.packet
        end = None if seen.peer_next is None else seen.peer_next + (1 if self.fin[peer] else 0)
        ahead = 1 if self.highest[own] is None else ahead_of(packet.ack, self.highest[own])
        beyond = end is not None and ahead_of(packet.ack, end) > 0
        self.count[own]["ack_fault" if ahead < 0 or beyond else "ack_ok"] += 1
        if ahead < 0:
            self.anomaly |= 1 << 14
        elif ahead > 0:
            self.highest[own], self.repeated[own] = packet.ack, 0
            self.acknowledge(peer, packet.ack, seen.now)
        elif packet.payload_bytes == 0 and self.window[own] == window and \
                not packet.flags & (SYN | FIN) and end is not None and \
                ahead_of(end, packet.ack) > 0:
            self.anomaly |= 1 << 15
            self.repeated[own] += 1

    def acknowledge(self, side, number, now):
        covered = []
        while self.flight[side] and ahead_of(number, self.flight[side][0][0]) >= 0:
            covered.append(self.flight[side].pop(0))
        if covered and covered[-1][0] == number and not any(sent[4] for sent in covered):
            self.samples[side].append(now - covered[-1][1])


def flags_anomaly(flags):
    syn, fin, rst, ack = (bool(flags & bit) for bit in (SYN, FIN, RST, ACK))
    six = flags & (FIN | SYN | RST | PSH | ACK | URG)
    rules = [(0, fin and ack), (1, syn and ack), (2, rst and ack), (3, syn and fin and not rst),
             (4, syn and fin and rst), (5, fin and rst and not syn), (6, six == 0),
             (7, six == FIN | PSH | URG)]
    return sum(1 << bit for bit, holds in rules if holds)


def probe_kind(flags):
    if flags & RST:
        return "rst"
    if flags & SYN and flags & ACK:
        return "syn-ack"
    if flags & (SYN | FIN) == SYN:
        return "syn"
    if not flags & ACK and (flags & FIN or not flags & (SYN | PSH | URG)):
        return "probe"
    return "other"


def scan_anomaly(good):
    sent = {side: {probe_kind(seen.packet.flags) for seen in good if seen.from_orig == side}
            for side in (True, False)}
    payload = any(seen.packet.payload_bytes and not seen.packet.flags & RST and not seen.decided
                  for seen in good)
    if payload or not sent[True]:
        return 0
    if sent[True] <= {"syn", "probe"} and sent[False] <= {"rst"}:
        return 1 << 20
    if sent[True] - {"rst"} == {"syn"} and "syn-ack" in sent[False] and \
            sent[False] <= {"syn-ack", "rst"}:
        return 1 << 21
    return 0


def anomaly_of(flow, segments):
    """tcp_anomaly."""
    bits = segments.anomaly
    bits |= 1 << 29 if any(seen.packet.bad_l4_checksum for seen in flow.seen) else 0
    good = [seen for seen in flow.seen if seen.good]
    opened, asked, syns = False, {True: False, False: False}, {True: None, False: None}
    for seen in good:
        packet, own = seen.packet, seen.from_orig
        flags, size = packet.flags, packet.payload_bytes
        kinds, _, corrupt = options_of(packet)
        syn, rst = bool(flags & SYN), bool(flags & RST)
        bits |= flags_anomaly(flags) | (1 << 8 if corrupt else 0)
        if syn:
            opened = opened or 34 in kinds or any(
                kind == 254 and value[:2] == b"\xf9\x89" for kind, value in options_of(packet)[1])
            bits |= 1 << 9 if syns[own] == packet.seq else 0
            bits |= 1 << 22 if size and not opened else 0
            syns[own] = packet.seq if syns[own] is None else syns[own]
        bits |= 1 << 23 if seen.decided and (syn or size) and not rst else 0
        bits |= 1 << 24 if packet.window == 0 and not syn and not rst else 0
        bits |= 1 << 25 if bool(flags & URG) != (packet.urgent != 0) else 0
        turning = flags & (SYN | FIN | RST)
        keep_alive = size <= 1 and not turning and seen.before is not None and \
            ahead_of(packet.seq, seen.before) == -1
        bits |= 1 << 17 if keep_alive else 0
        if size <= 1 and not keep_alive:
            if asked[not own] and size == 0 and flags & ACK and not turning and \
                    ahead_of(packet.ack, seen.peer_next) == 0:
                bits |= 1 << 18
            asked[not own] = False
        asked[own] = keep_alive
        if rst:
            continue
        bits |= 1 << 10 if seen.repeated and seen.below and not keep_alive else 0
        bits |= 1 << 11 if seen.filled else 0
        bits |= 1 << 19 if seen.ahead else 0
        bits |= 1 << 13 if seen.far else 0
    return bits | scan_anomaly(good) | lost(flow, segments)


def lost(flow, segments):
    """Bit 12."""
    if not all(any(seen.from_orig == side for seen in flow.seen) for side in (True, False)):
        return 0
    for own in (True, False):
        peer = flow.sides[1 if own else 0]
        highest = segments.highest[own]
        if highest is None or peer.next is None:
            continue
        end = peer.next + (1 if segments.fin[not own] else 0)
        if ahead_of(highest, end) > 0 or \
                any(ahead_of(highest, low % M32) > 0 for low, _ in peer.holes[:1]):
            return 1 << 12
    return 0


def handshake(flow):
    """(server side, client side) in us, None where unknown."""
    good = [seen for seen in flow.seen if seen.good]
    syns = {side: [seen for seen in good if seen.from_orig == side and seen.packet.flags & SYN]
            for side in (True, False)}
    if len(syns[True]) != 1 or len(syns[False]) != 1:
        return None, None
    syn, answer = syns[True][0], syns[False][0]
    if syn.packet.flags & ACK or not answer.packet.flags & ACK or syn.index > answer.index:
        return None, None
    for seen in good:
        if seen.index > answer.index and seen.from_orig and \
                seen.packet.flags & (SYN | ACK | RST) == ACK and \
                seen.packet.ack == (answer.packet.seq + 1) % M32:
            return answer.now - syn.now, seen.now - answer.now
    return answer.now - syn.now, None


def entropy(packets, proto):
    data = b""
    for seen in packets:
        packet = seen.packet
        if proto == TCP:
            new = seen.good and packet.payload_bytes and seen.fresh == packet.payload_bytes
            data += packet.payload if new else b""
        elif packet.transport and packet.offset == 0:
            data += packet.payload[8 if proto in (ICMP, ICMPV6) else 0:]
    data = data[:4096]
    if len(data) < 64:
        return None
    return -sum(times / len(data) * math.log2(times / len(data))
                for times in collections.Counter(data).values()) + 0.0


def icmp_fields(flow):
    messages = [seen.packet for seen in flow.seen if seen.packet.transport]
    echo = {8: True, 0: False} if flow.proto == ICMP else {128: True, 129: False}
    requests = sum(echo.get(packet.sport) is True for packet in messages)
    replies = sum(echo.get(packet.sport) is False for packet in messages)
    sizes = [packet.payload_bytes for packet in messages if packet.sport in echo]
    masks = [0, 0, 0]
    for packet in messages:
        masks[0] |= 1 << packet.sport if packet.sport < 64 else 0
        masks[1] |= 1 << (packet.sport - 128) if 128 <= packet.sport < 192 else 0
        masks[2] |= 1 << min(31, packet.dport)
    return {
        "icmp_msg_count": len(messages),
        "icmp_typecode_count": min(8, len({(each.sport, each.dport) for each in messages})),
        "icmp_type_mask": masks[0], "icmp_type_mask_high": masks[1], "icmp_code_mask": masks[2],
        "icmp_echo_req": requests, "icmp_echo_rep": replies,
        "icmp_echo_succ_ratio": replies / requests if requests else -replies,
        "icmp_echo_len_min": min(sizes, default=None),
        "icmp_echo_len_max": max(sizes, default=None),
    }


def side_fields(flow, side, windows, segments):
    own = [seen for seen in flow.seen if seen.from_orig == side]
    if not own:
        return {}
    fields = ip_fields(own)
    fields["payload_entropy"] = entropy(own, flow.proto)
    if flow.proto == TCP:
        fields.update(flag_fields(own))
        fields.update(window_fields(windows))
        for name in ("seq_ok", "seq_fault", "ack_ok", "ack_fault"):
            fields[name] = segments.count[side][name]
        fields["mss"], fields["wscale"] = offers(first_syn(own))
        fields["tcp_uptime_s"] = uptime(own)
        samples = segments.samples[side]
        fields["rtt_ack_samples"] = len(samples)
        fields["rtt_ack_min_us"] = min(samples, default=None)
        fields["rtt_ack_max_us"] = max(samples, default=None)
        fields["rtt_ack_mean_us"] = sum(samples) / len(samples) if samples else None
    return fields


def statistics_of(flow):
    """(fields named as in the sensor's output, tcp_anomaly); None stands for absent."""
    fields, anomaly, segments, windows = {}, 0, None, ([], [])
    if flow.proto == TCP:
        sides = [[seen for seen in flow.seen if seen.from_orig == side] for side in (True, False)]
        windows = (windows_of(sides[0], sides[1]), windows_of(sides[1], sides[0]))
        segments = Segments(flow.seen, windows)
        anomaly = anomaly_of(flow, segments)
        fields["handshake_server_us"], fields["handshake_client_us"] = handshake(flow)
        samples = segments.samples
        fields["rtt_ack_jitter_us"] = math.hypot(deviation(samples[True]), deviation(samples[False])) \
            if samples[True] or samples[False] else None
        for prefix, own in (("orig", sides[0]), ("resp", sides[1])):
            syn = first_syn(own)
            fields[prefix + "_ja4t"] = None if syn is None else ja4t(syn)
    elif flow.proto in (ICMP, ICMPV6):
        fields.update(icmp_fields(flow))
    for prefix, side, own in (("orig", True, windows[0]), ("resp", False, windows[1])):
        for name, value in side_fields(flow, side, own, segments).items():
            fields[f"{prefix}_{name}"] = value
    fields["frag_count"] = sum(seen.packet.is_fragment for seen in flow.seen)
    latest = {(seen.from_orig, seen.packet.ip_id): seen.packet for seen in flow.seen
              if seen.packet.is_fragment}
    fields["frag_errors"] = sum(packet.more for packet in latest.values())  # in order: the end misses
    first = flow.seen[:16]
    fields["len_seq"] = [seen.packet.ip_bytes if seen.from_orig else -seen.packet.ip_bytes
                         for seen in first]
    fields["iat_seq"] = [0] + [b.now - a.now for a, b in zip(first, first[1:])]
    return fields, anomaly
