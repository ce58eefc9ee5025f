"""Runs the floor (tests/bench/floor)."""

import json
import subprocess

from figures.blipd import FIRST


def gather_ms(rate):
    """How long blipd gathers what is due at that rate (ProbingEngine::quantum_); the floor does as it does."""
    return min(max(64 / rate * 1000, 1), 40) if rate else 1


def run_floor(bench, traffic, hosts, rate, seconds, *more, first=None, apart=None):
    command = [f"{bench.build}/tests/bench/bench_floor", f"--rate={rate}", f"--seconds={seconds}", f"--hosts={hosts}",
               f"--first={first or FIRST[traffic]}", f"--gather={gather_ms(rate):.3f}", *more]
    if traffic == "tcp_syn":
        command.append("--tcp-syn")
    command = bench.cores.bound(command)
    return json.loads(subprocess.run(apart.inside(command) if apart else command, check=True, capture_output=True,
                                     text=True).stdout)


def ask_all_once(bench, traffic, hosts, apart):
    """Over IPv6 loopback the kernel makes a neighbour of every address that is sent to, and keeps it: that is over
    before the floor is measured, as it is for blipd."""
    if traffic == "icmp6":
        run_floor(bench, traffic, hosts, 0, 300, f"--count={hosts}", apart=apart)
