"""Where the processor time of a probe goes: perf, sampling the whole process. Not part of a run unless it is asked for."""

import re
import shutil
import subprocess
import tempfile
import time

from figures import blipd, cost, table

LINE = re.compile(r"^\s*([\d.]+)%\s+(\S+)\s+\[(.)\]\s+(.+?)[\s-]*$")
MOST = 15


def sample(bench, row):
    traffic, hosts, networks, rate = row
    text = blipd.configuration(traffic, hosts, networks, rate)
    with blipd.Blipd(bench, text) as daemon, tempfile.NamedTemporaryFile(suffix=".perf") as data:
        cost.warm_up(bench, daemon, hosts, rate)
        got = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o", data.name, "-p",
                              str(daemon.pid), "--", "sleep", str(bench.seconds)], capture_output=True, text=True)
        if got.returncode != 0:
            raise RuntimeError("perf: " + got.stderr.strip())
        time.sleep(0.1)
        report = subprocess.run(["perf", "report", "--stdio", "-q", "-i", data.name, "--sort", "dso,symbol"],
                                check=True, capture_output=True, text=True).stdout
    return [match.groups() for match in map(LINE.match, report.splitlines()) if match]


def run(bench):
    if not shutil.which("perf"):
        bench.say("perf is not installed: no profile\n")
        return
    for row in cost.wanted_rows(bench):
        lines = sample(bench, row)
        rows = []
        # The kernel's part is mostly the floor's as well; ours is listed apart.
        for ours in (True, False):
            part = [line for line in lines if (line[2] != "k") == ours]
            rows.append([f"**{sum(float(share) for share, *_ in part):.1f}**", "user space" if ours else "kernel", ""])
            rows += [[share, "kernel" if where == "k" else dso, f"`{symbol}`"]
                     for share, dso, where, symbol in part[:MOST]]
        traffic, hosts, _, rate = row
        bench.say(table.markdown(f"Profile: {cost.NAMES[traffic]}, {hosts:,} targets at {rate:,} probes/s",
                                 ["%", "of", "function"], rows))
