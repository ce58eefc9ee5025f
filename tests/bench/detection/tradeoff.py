#!/usr/bin/env python3
"""What more probes an hour would bring: blipd over one scenario under several hourly caps, as a table.

usage: tradeoff.py BENCH_DETECTION SCENARIO.yaml [SEED] [CAP...]
"""

import json
import subprocess
import sys


def share(part, whole):
    return "%.2f" % (part / whole)


def run(bench, scenario, seed, cap):
    done = subprocess.run([bench, "--only=blipd", "--json", "--seed=%d" % seed, "--per-hour=%d" % cap, scenario],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


def row(cap, score):
    kinds = {kind["kind"].replace("_", " "): kind for kind in score["kinds"]}
    cells = [str(cap), "%.3f" % score["by_incident"]["precision"], "%.3f" % score["macro_f1"]]
    for name in ("blip", "outage", "random loss", "bursty loss", "flapping"):
        kind = kinds.get(name)
        found = "-" if kind is None else ", ".join(share(kind[key], kind["incidents"]) for key in ("found", "right"))
        cells.append(found)
    cells.append("%.0f s" % score["duration_error_s"]["median_size"])
    return "| " + " | ".join(cells) + " |"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    bench, scenario = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 77
    caps = [int(cap) for cap in sys.argv[4:]] or [20, 60, 200, 1000]
    # Of each kind: the share that was found, and that was found and called right.
    print("| probes an hour | precision | macro-F1 | blip | outage | random | bursty | flapping | duration error |")
    print("|---|---|---|---|---|---|---|---|---|")
    for cap in caps:
        print(row(cap, run(bench, scenario, seed, cap)), flush=True)


if __name__ == "__main__":
    main()
