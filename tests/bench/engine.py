#!/usr/bin/env python3
"""What blipd costs, beside a bare sendmmsg/recvmmsg loop and beside others, in one run.

Everything happens in a private network namespace, on its loopback, where the kernel answers. Absolute figures move from
machine to machine: compare only within one run. How each figure is taken: docs/measurement.md.

    tests/bench/engine.py [--build=build/release] [--rows=floor,cost,...] [--quick] [--check]

--quick takes a second for each figure: it shows that all can be taken, and nothing of their size. --check exits with 1
if anything failed or does not add up. It never judges time, nor what was missed or void for want of it.
"""
import argparse
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from figures import beside, cost, idle, memory, place, profile, round_trip, start, threads, whole  # noqa: E402

ROWS = {"floor": cost.run_floor_rows, "cost": cost.run, "memory": memory.run, "rtt": round_trip.run,
        "start": start.run, "idle": idle.run, "whole": whole.run, "threads": threads.run,
        "beside": beside.run}
ON_DEMAND = {"profile": profile.run}


def words(text):
    return [word for word in text.split(",") if word]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--rows", type=words, default=list(ROWS), help="of " + ", ".join([*ROWS, *ON_DEMAND]))
    parser.add_argument("--hosts", type=lambda text: [int(word) for word in words(text)], default=[],
                        help="only the rows of `cost` with so many targets")
    parser.add_argument("--traffic", type=words, default=[], help="only those of icmp, icmp6, tcp_syn")
    parser.add_argument("--seconds", type=float, default=10, help="for each window")
    parser.add_argument("--repeat", type=int, default=3, help="windows of each")
    parser.add_argument("--warm", type=float, default=160, help="seconds to wait at most until every target was probed")
    parser.add_argument("--nice", type=int, default=-10, help="of what is measured, where that is allowed")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    unknown = [row for row in options.rows if row not in {**ROWS, **ON_DEMAND}]
    if unknown:
        parser.error(f"no such rows: {', '.join(unknown)}")
    return options


class Bench:
    """What every row needs: options, cores, and what it found wrong."""

    def __init__(self, options):
        vars(self).update(vars(options))
        if self.quick:
            self.seconds, self.repeat = 1, 1
        self.cores = place.Cores(self.nice)
        self.wrong, self.noted = [], []

    @staticmethod
    def say(text):
        print(text, flush=True)


def main():
    options = arguments()
    place.enter_namespace()
    bench = Bench(options)
    began = time.monotonic()
    for row in bench.rows:
        {**ROWS, **ON_DEMAND}[row](bench)
    bench.say(f"{time.monotonic() - began:.0f} s, windows of {bench.seconds:g} s, {bench.repeat} of each.")
    if bench.noted:
        print("worth a look: " + "; ".join(bench.noted))
    if bench.wrong:
        print("not as it should be: " + "; ".join(bench.wrong))
        sys.exit(1 if bench.check else 0)


if __name__ == "__main__":
    main()
