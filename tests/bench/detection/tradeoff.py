#!/usr/bin/env python3
"""What more probes an hour would bring: blipd over one scenario under several hourly caps, as a table.

usage: tradeoff.py BENCH_DETECTION SCENARIO.yaml [SEED] [CAP...]
"""

import json
import subprocess
import sys

CAPS = [10, 20, 40, 60, 120, 300]
KINDS = ("blip", "outage", "random loss", "bursty loss", "flapping", "congestion")


def run(bench, scenario, seed, cap):
    done = subprocess.run([bench, "--only=blipd", "--json", "--seed=%d" % seed, "--per-hour=%d" % cap, scenario],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]


def said(form, value):
    # What is never, or cannot be said for want of cases, is null.
    return "-" if value is None else form % value


def shares(kind):
    return "-" if kind is None else ", ".join("%.2f" % (kind[key] / kind["incidents"]) for key in ("found", "right"))


def delay(kind):
    return "-" if kind is None else said("%.0f s", kind["delay_s"]["p50"])


def row(cap, score):
    kinds = {kind["kind"].replace("_", " "): kind for kind in score["kinds"]}
    cells = [str(cap), said("%.3f", score["by_incident"]["precision"]), said("%.3f", score["macro_f1"])]
    cells += [shares(kinds.get(name)) for name in KINDS]
    cells += [delay(kinds.get("outage")), delay(kinds.get("random loss"))]
    cells.append(said("%.0f s", score["duration_error_s"]["median_size"]))
    cells.append(said("%.2f", score["flapping"]["alerts_mean"]))
    cells.append("%d of %d" % (score["spotty_called_dark"]["called_dark"], score["spotty_called_dark"]["incidents"]))
    cells.append(said("%.2f", score["false_alarms"]["per_network_month"]))
    return "| " + " | ".join(cells) + " |"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    bench, scenario = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 77
    caps = [int(cap) for cap in sys.argv[4:]] or CAPS
    # Of each kind: the share that was found, and that was found and called right.
    columns = ["probes an hour", "precision", "macro-F1", "blip", "outage", "random", "bursty", "flapping", "congestion",
               "outage p50", "random p50", "duration error", "alerts per flapping", "called dark", "false a month"]
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for cap in caps:
        print(row(cap, run(bench, scenario, seed, cap)), flush=True)


if __name__ == "__main__":
    main()
