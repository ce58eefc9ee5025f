"""Runs the floor (tests/bench/floor)."""

import json
import subprocess

from figures import place
from figures.blipd import FIRST

# How long blipd gathers what is due (ProbingEngine::quantum_); the floor does as it does.
GATHER_MS = 5


def run_floor(bench, traffic, hosts, rate, seconds, *more, first=None, apart=True):
    command = [f"{bench.build}/tests/bench/bench_floor", f"--rate={rate}", f"--seconds={seconds}", f"--hosts={hosts}",
               f"--first={first or FIRST[traffic]}", f"--gather={GATHER_MS}", *more]
    if traffic == "tcp_syn":
        command.append("--tcp-syn")
    command = bench.cores.bound(command)
    return json.loads(subprocess.run(place.apart(command) if apart else command, check=True, capture_output=True,
                                     text=True).stdout)
