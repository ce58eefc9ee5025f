"""Runs blipd on the bench, everything on: storage, detection, references, and a scrape now and then."""

import gzip
import ipaddress
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from figures import place

LISTEN = "127.0.0.1:12214"
URL = f"http://{LISTEN}"
CAUSE = re.compile(r'cause="(\w+)"')
FIRST = {"icmp": "127.1.0.0", "icmp6": "fd00::", "tcp_syn": "127.1.0.0"}
REFERENCES = "references: {quorum: 2, hosts: [127.0.1.1, 127.0.1.2, 127.0.1.3]}"


def unit_environment():
    """What the unit gives it; the environment of the bench goes before."""
    unit = pathlib.Path(__file__).resolve().parents[3] / "systemd" / "blipd.service"
    lines = (line.removeprefix("Environment=") for line in unit.read_text(encoding="utf-8").splitlines()
             if line.startswith("Environment="))
    return dict(line.split("=", 1) for line in lines)


def blocks(size):
    """Powers of two that make up `size`, the largest first: the prefixes of a network of that many hosts."""
    return [1 << bit for bit in reversed(range(size.bit_length())) if size >> bit & 1]


def address(first, offset):
    return str(ipaddress.ip_address(first) + offset)


def prefixes(first, hosts, networks):
    """The prefixes of each network; together `hosts` addresses, or a few less where it does not come out even."""
    each = hosts // networks
    stride = 1 << (each - 1).bit_length()
    width = ipaddress.ip_address(first).max_prefixlen
    for network in range(networks):
        offset = network * stride
        found = []
        for block in blocks(each):
            found.append(f"{address(first, offset)}/{width - block.bit_length() + 1}")
            offset += block
        yield found


def module_line(traffic, interval):
    if traffic == "tcp_syn":
        return f"  probe: {{prober: tcp_syn, port: 80, interval: {interval}, timeout: 900ms}}"
    return f"  probe: {{prober: icmp, interval: {interval}, timeout: 1s}}"


def configuration(traffic, hosts, networks, rate, interval=None, references=True, first=None):
    """`hosts` addresses in `networks` networks at `rate` probes a second; or each once in `interval`."""
    lines = ["vantage: {name: bench%s}" % (", " + REFERENCES if references else ""),
             f"limits: {{packets_per_second: {max(rate * 2, 100)}}}",
             "modules:", module_line(traffic, interval or f"{max(round(hosts * 1000 / rate), 1)}ms"), "networks:"]
    for number, found in enumerate(prefixes(first or FIRST[traffic], hosts, networks)):
        quoted = ", ".join(f'"{prefix}"' for prefix in found)
        lines.append(f"  - {{name: n{number}, prefixes: [{quoted}], discover: false, mine: true, modules: [probe]}}")
    return "\n".join(lines) + "\n"


class Blipd:
    """A running daemon. Use it in a `with`: it is stopped at the end."""

    def __init__(self, bench, text, files=(), on_all_cores=False):
        self.directory = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.directory.name)
        for name, content in files:
            (self.path / name).write_text(content, encoding="utf-8")
        # blipd makes no directory for its state, and goes on without one.
        (self.path / "state").mkdir()
        self.config = self.path / "blipd.yaml"
        self.config.write_text(text, encoding="utf-8")
        self.log = open(self.path / "log", "wb")
        self.started = time.monotonic()
        placed = bench.cores.unbound if on_all_cores else bench.cores.bound
        self.process = subprocess.Popen(
            placed([f"{bench.build}/daemon/blipd", f"--config.file={self.config}",
                    f"--web.listen-address={LISTEN}", f"--storage.path={self.path}/state"]),
            stderr=self.log, env={**unit_environment(), **os.environ})
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        self.directory.cleanup()

    def fail(self, what):
        raise RuntimeError(f"blipd {what}: " + (self.path / "log").read_text(errors="replace")[-500:])

    def wait(self, condition, what, seconds=120, pause=0.05):
        deadline = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None:
                self.fail("ended")
            if time.monotonic() > deadline:
                self.fail(what)
            time.sleep(pause)

    def wait_ready(self):
        self.wait(lambda: self.answers("/-/ready"), "did not become ready")

    def answers(self, path):
        try:
            with urllib.request.urlopen(URL + path, timeout=10) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def fetch(self):
        """One scrape as Prometheus makes it."""
        request = urllib.request.Request(URL + "/metrics", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return gzip.decompress(answer.read()) if answer.headers["Content-Encoding"] == "gzip" else answer.read()

    def scrape(self):
        """The sum of each family of series, and of what is void by cause: family/cause."""
        sums = {}
        for line in self.fetch().decode().splitlines():
            if line and line[0] != "#":
                name, value = line.rsplit(" ", 1)
                family = name.split("{", 1)[0]
                sums[family] = sums.get(family, 0) + float(value)
                cause = CAUSE.search(name)
                if cause:
                    family += "/" + cause.group(1)
                    sums[family] = sums.get(family, 0) + float(value)
        return sums

    def accounts(self):
        values = self.scrape()
        sent, replies = values["blipd_probes_sent_total"], values["blipd_probe_replies_total"]
        failed, void = values["blipd_probe_failures_total"], values["blipd_probes_void_total"]
        return {"sent": sent, "failed": failed, "void": void, "missed": values["blipd_probes_missed_total"],
                "forged": values["blipd_replies_forged_total"],
                "causes": {name.split("/")[1]: value for name, value in values.items() if "/" in name and value},
                "unexplained": sent - replies - failed - void - values["blipd_probes_in_flight"]}

    def cpu(self):
        return place.cpu_seconds(self.pid)

    def signal(self, number):
        os.kill(self.pid, number)


def judge(bench, what, accounts):
    """Puts down what should be zero and is not. Void is our own side's word for what a busy machine did to it: it is
    told, and fails nothing. Missed probes stand in the tables."""
    bench.wrong += [f"{what}: {name} {accounts[name]:.0f}" for name in ("failed", "unexplained", "forged")
                    if accounts[name] != 0]
    bench.noted += [f"{what}: void by {cause} {value:.0f}" for cause, value in accounts["causes"].items()]
