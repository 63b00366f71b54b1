#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""live_bench.py [--rate N] [--seconds N] [--threads N]: a sensor on a pair of virtual cards.

Sends generated office traffic at a rate and says what became of every packet. Needs root and the
release build (WEIR_BUILD names another). Sender and sensor share the machine: a rate that is not
reached is the sender's, a packet that is lost the sensor's.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("WEIR_BUILD", str(ROOT / "build" / "release"))

from tests.integration import veth  # noqa: E402  (it looks for WEIR_BUILD)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=300000, help="packets a second")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--flows", type=int, default=20000, help="of the capture that is sent")
    parser.add_argument("--profile", default="office", choices=("office", "small"))
    parser.add_argument("sensor", nargs="*", help="more arguments for the sensor, after --")
    asked = parser.parse_args()
    reason = veth.usable()
    if reason:
        sys.exit(f"live_bench: {reason}")
    benches = pathlib.Path(os.environ["WEIR_BUILD"]) / "tests"
    with tempfile.TemporaryDirectory() as folder, veth.Namespace() as wire:
        capture = pathlib.Path(folder) / "traffic.pcap"
        subprocess.run([benches / "bench_traffic", asked.profile, str(asked.flows), capture],
                       check=True, capture_output=True)
        with veth.Sensor(wire, folder, "--output", "/dev/null", "--format", "none",
                         *asked.sensor) as sensor:
            sent = subprocess.run(
                wire.inside(benches / "bench_live", capture, "out-0", asked.rate, asked.seconds),
                check=True, capture_output=True, text=True).stdout.split()
            status = pathlib.Path(f"/proc/{sensor.popen.pid}/stat").read_text("ascii").split()
            sensor.end()
        ticks = os.sysconf("SC_CLK_TCK")
        cpu_s = (int(status[13]) + int(status[14])) / ticks
        count = sensor.count
        decoded, dropped = count("packets.decoded"), count("packets.dropped_kernel")
        print(f"sent     {sent[1]:>12} in {sent[3]} s: {sent[5]} packets/s")
        print(f"seen     {count('packets.seen'):>12}")
        print(f"decoded  {decoded:>12}")
        print(f"dropped  {dropped:>12}")
        print(f"flows    {count('flows.created'):>12}")
        print(f"sensor   {cpu_s:>12.2f} s of CPU, {cpu_s / max(decoded, 1) * 1e9:.0f} ns/packet")
        adds_up = int(sent[1]) == count("packets.seen") == dropped + decoded + sum(
            value for name, value in sensor.counts.items()
            if name in ("packets.arp", "packets.not_ip", "packets.waiting"))
        print("ledger   adds up" if adds_up else "ledger   DOES NOT ADD UP\n" + sensor.text())
        return 0 if adds_up else 1


if __name__ == "__main__":
    sys.exit(main())
