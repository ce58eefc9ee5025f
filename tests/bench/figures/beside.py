"""Other probers on the same packets: what a probe costs them, at the rate each can reach."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from statistics import median

from figures import blipd, floor, place, table

FIRST, PREFIX = "198.19.0.0", "198.19.0.0/16"
ALL, SOME = 65536, 1000
# fping runs out of sequence numbers past 65,536 probes in ten seconds.
FPING_HOSTS, FPING_ROUNDS = 20000, 3
LISTEN = "127.0.0.1:19374"
PATIENCE = 60
LACKS = {
    "floor": "keeps nothing, checks nothing",
    "blipd": "storage, detection and a scrape in each window included",
    "fping": "keeps minimum, mean and maximum of a host; no metrics, no detection; ends when it has asked all",
    "zmap": "keeps nothing; one probe to each address, then it ends",
    "smokeping_prober": "a histogram for each host; no detection",
}


class OtherFailed(Exception):
    """Another prober did not do what it should. That is told, and no fault of blipd's."""


class Veth(place.Apart):
    """A pair of virtual links to a namespace whose kernel owns 198.19.0.0/16 and answers. zmap writes whole frames,
    which loopback does not take."""

    def __enter__(self):
        super().__enter__()
        for command in (f"ip link add here type veth peer name there netns {self.holder.pid}",
                        "ip addr add 198.18.0.1/30 dev here", "ip link set here up"):
            subprocess.run(command.split(), check=True)
        for command in ("ip addr add 198.18.0.2/30 dev there", "ip link set there up",
                        f"ip route add local {PREFIX} dev lo"):
            self.run(*command.split())
        subprocess.run(["ip", "route", "add", PREFIX, "via", "198.18.0.2"], check=True)
        return self

    def probes(self):
        """Echo requests that have arrived there."""
        lines = pathlib.Path(f"/proc/{self.holder.pid}/net/snmp").read_text().splitlines()
        names, values = (line.split() for line in lines if line.startswith("Icmp:"))
        return int(values[names.index("InEchos")])

    def gateway(self):
        """The link address of the far end."""
        shown = subprocess.run(self.inside(["ip", "-o", "link", "show", "there"]), check=True, capture_output=True,
                               text=True).stdout.split()
        return shown[shown.index("link/ether") + 1]


def run_once(bench, veth, command, **more):
    """(CPU seconds, seconds, probes that arrived) of a program that ends by itself."""
    before, began = veth.probes(), time.monotonic()
    process = subprocess.Popen(bench.cores.bound(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    # At a real-time priority zmap keeps its own threads from the core, and never ends.
    patience = threading.Timer(PATIENCE, process.kill)
    patience.start()
    _, status, usage = os.wait4(process.pid, 0)
    patience.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if os.WIFSIGNALED(status):
        raise OtherFailed(f"did not end within {PATIENCE} s")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, veth.probes() - before


def run_floor(bench, veth, hosts, rate, seconds):
    got = floor.run_floor(bench, "icmp", hosts, rate, seconds, first=FIRST)
    return got["cpu_us_per_probe"], got["replies_per_second"], got["sent"] - got["replies"]


def run_blipd(bench, veth, hosts, rate, seconds):
    text = blipd.configuration("icmp", hosts, max(hosts // 1024, 1), rate, first=FIRST)
    with blipd.Blipd(bench, text) as daemon:
        daemon.wait_ready()
        time.sleep(1 if bench.quick else hosts / rate * 1.5)
        began, probes, cpu = time.monotonic(), veth.probes(), daemon.cpu()
        time.sleep(seconds / 2)
        daemon.fetch()
        time.sleep(seconds / 2)
        cpu, probes = daemon.cpu() - cpu, veth.probes() - probes
        elapsed = time.monotonic() - began
        time.sleep(7)
        accounts = daemon.accounts()
    blipd.judge(bench, "beside others", accounts)
    return cpu * 1e6 / max(probes, 1), probes / elapsed, accounts["failed"]


def run_fping(bench, veth, hosts, rate, seconds):
    rounds = FPING_ROUNDS if hosts == FPING_HOSTS else max(round(seconds), 1)
    gap, period = (1000 / rate, max(hosts * 1000 / rate, 1000)) if rate else (0, 2000)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("".join(f"{blipd.address(FIRST, offset)}\n" for offset in range(hosts)))
        names.flush()
        cpu, took, probes = run_once(bench, veth, ["fping", "-q", "-c", rounds, "-p", round(period), "-i", f"{gap:.3f}",
                                                   "-t", 1000, "-f", names.name])
    return cpu * 1e6 / max(probes, 1), probes / took, hosts * rounds - probes


def run_zmap(bench, veth, hosts, rate, seconds):
    with tempfile.TemporaryDirectory() as directory:
        empty, found = pathlib.Path(directory) / "empty", pathlib.Path(directory) / "found"
        empty.write_text("")
        cpu, took, probes = run_once(bench, veth, [
            "zmap", "-M", "icmp_echo_time", "-i", "here", "-G", veth.gateway(), "-S", "198.18.0.1", "-b", empty, "-T", 1,
            "-r", rate or 1000000, "-n", hosts, "-c", 2, "-q", "-o", found, PREFIX])
        lines = found.read_text().splitlines() if found.exists() else []
    # It waits two seconds more at the end.
    return cpu * 1e6 / max(probes, 1), probes / max(took - 2, 0.1), probes - len(set(lines))


def run_smokeping(bench, veth, hosts, rate, seconds):
    names = [blipd.address(FIRST, offset) for offset in range(hosts)]
    first = veth.probes()
    process = subprocess.Popen(bench.cores.bound(["prometheus-smokeping-prober", f"--web.listen-address={LISTEN}",
                                                  "--config.file=", "--privileged", f"--ping.interval={hosts / rate}s",
                                                  *names]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while veth.probes() == first or smokeping_answers() is None:
            if time.monotonic() > deadline or process.poll() is not None:
                raise OtherFailed("its metrics do not answer")
            time.sleep(0.2)
        time.sleep(3)
        began, probes, cpu = time.monotonic(), veth.probes(), place.cpu_seconds(process.pid)
        time.sleep(seconds)
        cpu, probes = place.cpu_seconds(process.pid) - cpu, veth.probes() - probes
        elapsed = time.monotonic() - began
        arrived, answered = veth.probes() - first, smokeping_answers()
        return cpu * 1e6 / max(probes, 1), probes / elapsed, None if answered is None else max(arrived - answered, 0)
    finally:
        process.terminate()
        process.wait()


def smokeping_answers():
    """How many answers it has counted; None if it does not say."""
    try:
        with urllib.request.urlopen(f"http://{LISTEN}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return None
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines
               if line.startswith("smokeping_response_duration_seconds_count"))


# prober, program, how, targets, probes a second (0: flat out)
RUNS = (("floor", None, run_floor, ALL, 50000), ("blipd", None, run_blipd, ALL, 50000),
        ("fping", "fping", run_fping, FPING_HOSTS, 50000), ("zmap", "zmap", run_zmap, ALL, 50000),
        ("floor", None, run_floor, ALL, 0), ("fping", "fping", run_fping, FPING_HOSTS, 0),
        ("zmap", "zmap", run_zmap, ALL, 0),
        ("floor", None, run_floor, SOME, 1000), ("blipd", None, run_blipd, SOME, 1000),
        ("fping", "fping", run_fping, SOME, 1000),
        ("smokeping_prober", "prometheus-smokeping-prober", run_smokeping, SOME, 1000))


def missing(lost):
    known = [number for number in lost if number is not None]
    return table.count(max(known)) if known else "not told"


def run(bench):
    got, absent = {}, set()
    with Veth() as veth:
        for _ in range(bench.repeat):
            for number, (name, program, how, hosts, rate) in enumerate(RUNS):
                if bench.quick and (hosts != SOME and name != "zmap" or name == "zmap" and not rate):
                    continue
                if program and not shutil.which(program):
                    absent.add(f"{name} is not installed")
                    continue
                try:
                    figures = how(bench, veth, min(hosts, SOME) if bench.quick else hosts, rate, bench.seconds)
                except OtherFailed as error:
                    absent.add(f"{name}: {error}")
                    continue
                got.setdefault(number, []).append(figures)
    rows, base = [], {}
    for number, (name, _, _, hosts, rate) in enumerate(RUNS):
        if number not in got:
            continue
        hosts = min(hosts, SOME) if bench.quick else hosts
        costs, rates, lost = zip(*got[number])
        if name == "floor":
            base[rate] = median(costs)
        ratio = f"{median(costs) / base[rate]:.2f}" if rate in base else ""
        rows.append([name, table.count(hosts), table.count(rate) if rate else "flat out", table.count(median(rates)),
                     table.spread(costs), ratio, missing(lost), LACKS[name]])
    bench.say(table.markdown(
        "Beside others, over a pair of virtual links",
        ["prober", "targets", "probes/s wanted", "reached", "CPU per probe, us", "to the floor", "missing at most", ""],
        rows, sorted(absent)))
