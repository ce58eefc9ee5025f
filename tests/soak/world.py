"""What the soak runs in: a scripted network, blipd in it, and the script's own knowledge of what may be said of it."""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

import own_side  # noqa: E402
import support  # noqa: E402

WELL = ("one", "two", "three", "six", "named", "web")
FIRST_OUTAGE, PERIOD, DARK = 40.0, 180.0, 25.0

# The lab and the machine it runs on are held up now and then, which must not look like loss: so the times are long, but
# for the SYN's, whose limit it is. A reference that answers in time says that our uplink worked: its timeout is shorter.
CONFIG = """
vantage:
  name: soak
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3], timeout: 500ms}
windows: [10s, 1m]
modules:
  ping: {prober: icmp, interval: 500ms, timeout: 3s}
  syn80: {prober: tcp_syn, port: 80, interval: 1s, timeout: 900ms}
  web: {prober: http, interval: 2s, timeout: 5s, url: "http://{host}/"}
networks:
  - {name: one, prefixes: [198.18.1.0/28], modules: [ping], discover: false, mine: true, per_host_metrics: true}
  - {name: two, prefixes: [198.18.2.0/28], modules: [ping, syn80], discover: false, mine: true}
  - {name: three, prefixes: [198.18.3.0/28], modules: [ping], discover: false, mine: true}
  - {name: six, prefixes: ["2001:db8:6::/124"], modules: [ping], discover: false, mine: true}
  - {name: named, hosts: [a.example, b.example], modules: [ping], mine: true}
  - {name: web, prefixes: [198.18.5.0/30], modules: [ping, web], discover: false, mine: true}
  - {name: dark, prefixes: [198.18.9.0/28], modules: [ping], discover: false, mine: true}
"""

ZONE = {"a.example": {"A": ["198.18.4.1"], "ttl": 5}, "b.example": {"A": ["198.18.4.2"], "AAAA": ["2001:db8:4::2"]}}

SERVER = os.path.join(HERE, "..", "support", "dns_zone.py")

# Starts blipd again whenever it has died, on the socket that the lab has opened. Ends with the lab's signal.
AGAIN = ["bash", "-c", "trap 'kill -TERM $p; wait $p; exit 0' TERM; "
         "while :; do (export LISTEN_PID=$BASHPID; exec \"$@\") & p=$!; wait $p; done", "again"]


def outages(seconds):
    """Spans of the scenario's time, in seconds, in which `dark` is dark."""
    spans, at = [], FIRST_OUTAGE
    while at < seconds:
        spans.append((at, at + DARK))
        at += PERIOD
    return spans


def scenario(seconds):
    dark = ", ".join("{from: %dms, to: %dms}" % (a * 1000, b * 1000) for a, b in outages(seconds))
    return """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: one, prefixes: [198.18.1.0/28], delay: 20ms, jitter: 5ms}
  - {name: two, prefixes: [198.18.2.0/28], delay: 10ms, jitter: 5ms, tcp: {open: [80]}}
  - {name: three, prefixes: [198.18.3.0/28], delay: 200ms, duplicate: 0.01}
  - {name: six, prefixes: ["2001:db8:6::/124"], delay: 20ms}
  - {name: named, prefixes: [198.18.4.0/28, "2001:db8:4::/124"], delay: 20ms}
  - {name: web, prefixes: [198.18.5.0/30], delay: 20ms, tcp: {open: [80]}, http: {body: "hello"}}
  - {name: dark, prefixes: [198.18.9.0/28], delay: 20ms, outages: [%s]}
""" % dark


class World:
    """One run of the lab, in which blipd may die and come back."""

    def __init__(self, seconds):
        self._directory = tempfile.TemporaryDirectory(prefix="blipd-soak-")
        self.zone_path = os.path.join(self._directory.name, "zone.json")
        self.write_zone(ZONE)
        wrap = [sys.executable, "-B", SERVER, self.zone_path,
                *own_side.mounted('mount -t tmpfs -o size=8m none "$state"'), *AGAIN]
        self.run = support.LabRun(scenario(seconds), CONFIG, wrap=wrap)
        self.spans = outages(seconds)
        self.lab_stops = []  # (from, to) by the wall clock: when the lab was stopped on purpose

    def write_zone(self, zone):
        with open(self.zone_path + ".new", "w", encoding="utf-8") as file:
            json.dump(zone, file)
        os.replace(self.zone_path + ".new", self.zone_path)

    def shell(self):
        """The process that starts blipd again."""
        pid = own_side.child_named(self.run.lab.pid, "bash")
        if pid is None:
            raise AssertionError("the shell is not there:\n" + self.run.log())
        return pid

    def blipd(self):
        """blipd's process, waited for if it is just being started."""
        return self.run.wait(lambda: own_side.child_named(self.shell(), "blipd"), 30)

    def began(self):
        """The wall clock at the scenario's time zero, to a second or so."""
        truth = os.stat(self.run._truth_path).st_mtime  # pylint: disable=protected-access
        return truth - self.run.elapsed()

    def sqlite(self, program):
        """Runs Python on `database`, the connection to the file that blipd writes; what it printed.

        In a process of its own, because the file lies in a mount namespace of its own.
        """
        head = "import sqlite3, time; database = sqlite3.connect('%s/blipd.db', timeout=20, isolation_level=None); "
        done = subprocess.run([*own_side.entered(self.shell()), sys.executable, "-c", head % self.run.state + program],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout

    def inside(self, command):
        return own_side.inside(self.shell(), command)

    def close(self):
        self.run.close()
        self._directory.cleanup()
