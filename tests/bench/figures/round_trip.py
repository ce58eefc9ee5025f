"""How far blipd's round-trip times are from those of a packet capture of the same traffic."""

import json
import pathlib
import subprocess
import tempfile

from figures import blipd, place, table

RATES = (1000, 50000, 100000)
QUICK_RATES = (1000,)


def measure(bench, rate, seconds):
    hosts = max(rate // 2, 1000)
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory) / "blipd.yaml"
        config.write_text(blipd.configuration("icmp", hosts, max(hosts // 1000, 1), rate, references=False))
        command = [f"{bench.build}/tests/bench/bench_round_trip", f"--config={config}", f"--seconds={seconds}",
                   f"--rate={rate}", f"--capture-core={bench.cores.other}"]
        with place.Apart() as apart:
            got = subprocess.run(apart.inside(bench.cores.bound(command)), capture_output=True, text=True)
    if got.returncode != 0:
        raise RuntimeError(got.stderr)
    return json.loads(got.stdout)


def run(bench):
    rows = []
    for rate in QUICK_RATES if bench.quick else RATES:
        for _ in range(bench.repeat):
            got = measure(bench, rate, max(min(bench.seconds, 10), 2))
            if not got["compared"] or got["refused"]:
                bench.wrong.append(f"round trips at {rate}/s: {got['compared']} compared, {got['refused']} refused")
            rows.append([table.count(rate), table.count(got["sent"]), table.count(got["compared"]),
                         table.count(got["capture_drops"]), f"{got['captured_p50']:.1f}", f"{got['captured_p99']:.1f}",
                         f"**{got['error_p50']:.2f}**", f"**{got['error_p99']:.2f}**", f"{got['error_most']:.1f}",
                         f"{got['bias']:+.2f}", table.count(got["below_zero"])])
    bench.say(table.markdown(
        "Round-trip times against a packet capture, microseconds",
        ["probes/s", "sent", "compared", "lost by the capture", "captured, p50", "captured, p99", "error, p50",
         "error, p99", "error, most", "median of error with its sign", "below zero"], rows))
