#!/usr/bin/env python3
"""What blipd costs per probe, beside the floor, in one run.

Runs the bare sendmmsg/recvmmsg loop and blipd one after the other in a private network namespace, on the same hosts of
127.0.0.0/8 and at the same rate, and prints one table. CPU is the whole process, all threads, user and system; on
loopback that includes the kernel's work for the answer. Absolute figures move from machine to machine: compare only
within one run.

    tests/bench/engine.py [--build=build/release] [--hosts=10000] [--rate=10000] [--seconds=60] [--check]

--check exits with 1 if anything failed, was void, or does not add up. It never judges time, nor what was missed for want of it.
"""
import argparse
import fcntl
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default=str(ROOT / "build" / "release"))
    parser.add_argument("--hosts", type=int, default=10000)
    parser.add_argument("--rate", type=int, default=10000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


def enter_namespace():
    """Goes on inside a network namespace of its own, with its loopback up."""
    if os.environ.get("BLIPD_BENCH_INSIDE"):
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
        return
    os.environ["BLIPD_BENCH_INSIDE"] = "1"
    options = ["-n"] if os.geteuid() == 0 else ["-Urn"]
    if subprocess.run(["unshare", *options, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: network namespaces are refused here")
        sys.exit(77)
    os.execvp("unshare", ["unshare", *options, sys.executable, *sys.argv])


def cpu_seconds(pid):
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def scrape(url):
    values = {}
    with urllib.request.urlopen(url, timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
    return values


def total(values, family):
    return sum(v for name, v in values.items() if name.split("{")[0] == family)


def configuration(options):
    interval_ms = round(options.hosts / options.rate * 1000)
    return f"""
limits: {{packets_per_second: {options.rate * 2}}}
modules:
  ping: {{prober: icmp, interval: {interval_ms}ms, timeout: 1s}}
networks:
  - name: loopback
    hosts_file: hosts.txt
    mine: true
    modules: [ping]
"""


def run_blipd(options, directory):
    hosts = [f"127.{1 + (i >> 16)}.{(i >> 8) & 255}.{i & 255}" for i in range(options.hosts)]
    (directory / "hosts.txt").write_text("\n".join(hosts) + "\n")
    (directory / "blipd.yaml").write_text(configuration(options))
    url = "http://127.0.0.1:12214/metrics"
    daemon = subprocess.Popen([f"{options.build}/daemon/blipd", f"--config.file={directory}/blipd.yaml",
                               "--web.listen-address=127.0.0.1:12214", "--storage.path=none"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if total(scrape(url), "blipd_probes_sent_total") > 0:
                    break
            except OSError:
                pass
            if time.monotonic() > deadline or daemon.poll() is not None:
                sys.exit("blipd did not start probing")
            time.sleep(0.1)
        time.sleep(1)
        sent = total(scrape(url), "blipd_probes_sent_total")
        cpu = cpu_seconds(daemon.pid)
        time.sleep(options.seconds)
        values = scrape(url)
        cpu = cpu_seconds(daemon.pid) - cpu
        rss = next(int(line.split()[1]) for line in pathlib.Path(f"/proc/{daemon.pid}/status").read_text().splitlines()
                   if line.startswith("VmRSS"))
        return values, cpu * 1e6 / (total(values, "blipd_probes_sent_total") - sent), rss
    finally:
        daemon.terminate()
        daemon.wait(timeout=60)


def main():
    options = arguments()
    enter_namespace()
    floor = json.loads(subprocess.run([f"{options.build}/tests/bench/bench_floor", f"--rate={options.rate}",
                                       f"--seconds={options.seconds}", f"--hosts={options.hosts}"],
                                      check=True, capture_output=True).stdout)
    with tempfile.TemporaryDirectory() as directory:
        values, per_probe, rss = run_blipd(options, pathlib.Path(directory))
    failures, missed = total(values, "blipd_probe_failures_total"), total(values, "blipd_probes_missed_total")
    void = total(values, "blipd_probes_void_total")
    sent, replies = total(values, "blipd_probes_sent_total"), total(values, "blipd_probe_replies_total")
    unexplained = sent - replies - failures - void - total(values, "blipd_probes_in_flight")
    print(f"{options.hosts} hosts, {options.rate} probes/s, {options.seconds} s each\n")
    print(f"{'':8}{'CPU per probe':>15}{'to the floor':>14}{'sent':>10}{'failed':>8}{'missed':>8}{'void':>6}")
    print(f"{'floor':8}{floor['cpu_us_per_probe']:>12.2f} us{1:>14.2f}{floor['sent']:>10}"
          f"{floor['sent'] - floor['replies']:>8}")
    print(f"{'blipd':8}{per_probe:>12.2f} us{per_probe / floor['cpu_us_per_probe']:>14.2f}{sent:>10.0f}"
          f"{failures:>8.0f}{missed:>8.0f}{void:>6.0f}   {rss} KiB resident")
    wrong = [f"{name} {value:.0f}" for name, value in
             (("failed", failures), ("void", void), ("unexplained", unexplained),
              ("forged", values["blipd_replies_forged_total"])) if value != 0]
    if missed:
        print(f"a processor too slow or too busy for the plan: missed {missed:.0f}")
    if wrong:
        print("not as it should be: " + ", ".join(wrong))
        sys.exit(1 if options.check else 0)


if __name__ == "__main__":
    main()
