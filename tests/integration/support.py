"""Runs blipd inside the lab network and reads its pages.

BLIPD and BLIPD_LAB name the two programs. Every page that is read is checked: the identity of the counters holds at each
scrape, and no counter goes back. Waiting is polling with a deadline.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

BLIPD = os.environ.get("BLIPD", "")
BLIPD_LAB = os.environ.get("BLIPD_LAB", "")
SKIPPED = 77

SERIES = re.compile(r'^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)",?')
PER_MODULE_COUNTERS = ("blipd_probes_sent_total", "blipd_probe_replies_total", "blipd_probe_failures_total",
                       "blipd_probes_void_total", "blipd_replies_late_total", "blipd_replies_duplicate_total",
                       "blipd_probes_missed_total", "blipd_rtt_seconds_count")


class Page:
    """One page of /metrics: the Prometheus text format 0.0.4."""

    def __init__(self, text):
        self.series = {}
        for line in text.splitlines():
            if not line or line.startswith("#"):
                continue
            match = SERIES.match(line)
            if not match:
                raise AssertionError("not a line of the text format: %r" % line)
            name, labels, value = match.groups()
            key = (name, frozenset(LABEL.findall(labels or "")))
            if key in self.series:
                raise AssertionError("series twice on one page: %r" % line)
            self.series[key] = float(value)

    def all(self, name, **labels):
        """The values of all series with these labels, by their other labels."""
        wanted = set(labels.items())
        return {key[1] - wanted: value for key, value in self.series.items() if key[0] == name and wanted <= key[1]}

    def sum(self, name, **labels):
        return sum(self.all(name, **labels).values())

    def value(self, name, **labels):
        found = self.all(name, **labels)
        if len(found) != 1:
            raise AssertionError("%d series %s%r" % (len(found), name, labels))
        return next(iter(found.values()))

    def has(self, name, **labels):
        return bool(self.all(name, **labels))

    def state(self, network):
        """The network's state; exactly one of the five is 1."""
        return self._the_one("blipd_network_state", network=network)

    def module_state(self, network, module):
        return self._the_one("blipd_module_state", network=network, module=module)

    def _the_one(self, name, **labels):
        states = {dict(rest)["state"]: value for rest, value in self.all(name, **labels).items()}
        on = [state for state, value in states.items() if value == 1]
        if len(states) != 5 or len(on) != 1 or sorted(states.values()) != [0, 0, 0, 0, 1]:
            raise AssertionError("%s%r: %r" % (name, labels, states))
        return on[0]

    def failures(self, network, reason=None):
        labels = {"network": network} if reason is None else {"network": network, "reason": reason}
        return self.sum("blipd_probe_failures_total", **labels)

    def ratio(self, network, module, window="5m"):
        """The success ratio between the ends of its interval: (lower, ratio, upper)."""
        of = {"network": network, "module": module, "window": window}
        return tuple(self.value("blipd_success_ratio" + end, **of) for end in ("_lower", "", "_upper"))

    def voids(self, network, cause=None):
        labels = {"network": network} if cause is None else {"network": network, "cause": cause}
        return self.sum("blipd_probes_void_total", **labels)

    def extra(self, network, outcome):
        """Probes in no ratio (asked further on suspicion), of that outcome: reply, failure or void."""
        return self.sum("blipd_extra_probes_total", network=network, outcome=outcome)

    def blocks(self):
        """(network, module) of everything that is probed."""
        return [tuple(dict(labels)[key] for key in ("network", "module"))
                for labels in self.all("blipd_probes_sent_total")]

    def check_identity(self):
        for network, module in self.blocks():
            of = {"network": network, "module": module}
            sent = self.value("blipd_probes_sent_total", **of)
            replies = self.value("blipd_probe_replies_total", **of)
            ended = replies + self.sum("blipd_probe_failures_total", **of) + self.sum("blipd_probes_void_total", **of)
            in_flight = self.value("blipd_probes_in_flight", **of)
            if sent != ended + in_flight:
                raise AssertionError("%s/%s: sent %d, ended %d, in flight %d" % (network, module, sent, ended, in_flight))
            if replies != self.value("blipd_rtt_seconds_count", **of):
                raise AssertionError("%s/%s: the count of round-trip times is not the replies" % (network, module))

    def check_after(self, before):
        """No counter of a network and module that was there before is smaller now, and none of its series is gone."""
        still = set(self.blocks())
        for (name, labels), value in before.series.items():
            of = dict(labels)
            if name not in PER_MODULE_COUNTERS or (of["network"], of["module"]) not in still:
                continue
            now = self.series.get((name, labels))
            if now is None or now < value:
                raise AssertionError("%s%r went from %r to %r" % (name, of, value, now))


# Words before blipd's: starts it again whenever it has ended, on the socket that the lab has opened.
AGAIN = ["bash", "-c", "trap 'kill -TERM $p; wait $p; exit 0' TERM; "
         "while :; do (export LISTEN_PID=$BASHPID; exec \"$@\") & p=$!; wait $p; done", "again"]


def hosts_of(prefix, numbers):
    """hosts_of("198.18.1.", range(16)) as a YAML list."""
    return "[%s]" % ", ".join("%s%d" % (prefix, n) for n in numbers)


def networks_yaml(networks):
    """The `networks:` of a configuration from name -> (prefixes, modules): every address a host, and ours to load."""
    return "".join("  - {name: %s, prefixes: %s, modules: [%s], discover: false, mine: true}\n" % (
        name, json.dumps(prefixes), ", ".join(modules)) for name, (prefixes, modules) in networks.items())


class LabRun:
    """blipd in the lab, from construction to `close`."""

    def __init__(self, scenario, config, wrap=(), kind="scenario"):
        """`wrap`: words before blipd's command line, inside the lab's namespace. `kind`: of the scenario, as the lab's
        option names it."""
        self._directory = tempfile.TemporaryDirectory(prefix="blipd-integration-")
        self.config_path = self._path("blipd.yaml")
        self._truth_path = self._path("truth.json")
        self._log_path = self._path("log")
        self._write(self._path("scenario.yaml"), scenario)
        self.write_config(config)
        self.state = self._path("state")
        os.mkdir(self.state)
        self._last = None
        self.pages = 0
        with open(self._log_path, "w", encoding="utf-8") as log:
            self.lab = subprocess.Popen(
                [BLIPD_LAB, "--%s=%s" % (kind, self._path("scenario.yaml")), "--truth=" + self._truth_path,
                 "--listen=127.0.0.1:0", "--", *wrap, BLIPD, "--config.file=" + self.config_path,
                 "--storage.path=" + self.state, "--log.format=logfmt"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.url = "http://" + self.wait(lambda: re.search(r"^listening on (\S+)$", self.log(), re.M), 30).group(1)
            self.page_when(lambda page: True, 60)
        except BaseException:
            self.close()
            raise

    def _path(self, name):
        return os.path.join(self._directory.name, name)

    @staticmethod
    def _write(path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def write_config(self, text):
        self._write(self.config_path, text)

    def log(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, check, seconds, pause=0.2):
        """The first true result of `check`, asked until the deadline and as long as blipd lives."""
        deadline = time.monotonic() + seconds
        while True:
            result = check()
            if result:
                return result
            if self.lab.poll() is not None:
                raise AssertionError("ended with %d:\n%s" % (self.lab.returncode, self.log()))
            if time.monotonic() > deadline:
                raise AssertionError("not within %d s:\n%s" % (seconds, self.log()))
            time.sleep(pause)

    def page(self):
        """/metrics, checked."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as answer:
            page = Page(answer.read().decode())
        page.check_identity()
        if self._last:
            page.check_after(self._last)
        self._last = page
        self.pages += 1
        return page

    def page_when(self, check, seconds, what="the page"):
        """The first page that passes `check`; one a second."""
        last = []

        def ask():
            try:
                page = self.page()
            except (urllib.error.URLError, ConnectionError):
                return None
            last[:] = [page]
            return page if check(page) else None

        try:
            return self.wait(ask, seconds, pause=1)
        except AssertionError as error:
            shown = summary(last[0]) if last else "no page"
            raise AssertionError("waiting for %s: %s\n%s" % (what, error, shown)) from None

    def truth(self):
        """What really happened, as the lab counted it at most a second or so ago."""
        with open(self._truth_path, encoding="utf-8") as file:
            return json.load(file)

    def elapsed(self):
        return self.truth()["elapsed_seconds"]

    def lab_held_up(self):
        """Seconds for which the lab itself got no processor, the longest time of all."""
        return max((span["to"] - span["from"] for span in self.truth()["held_up"]), default=0.0)

    def get_json(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def reload(self):
        """(status, body) of POST /-/reload."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + "/-/reload", method="POST"),
                                        timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def forget_last_page(self):
        """The next page may be one of another process, whose counters begin anew."""
        self._last = None

    def blipd_pid(self):
        """The lab's only child."""
        pid = child_of(self.lab.pid)
        if pid is None:
            raise AssertionError("blipd is not there:\n" + self.log())
        return pid

    def signal_blipd(self, number):
        os.kill(self.blipd_pid(), number)

    def end(self):
        """Ends it; what really happened. To be closed all the same."""
        self._stop()
        return self.truth()

    def close(self):
        """Ends it; the exit status."""
        self._stop()
        self._directory.cleanup()
        return self.lab.returncode

    def _stop(self):
        if self.lab.poll() is None:
            self.lab.send_signal(signal.SIGTERM)
            try:
                self.lab.wait(30)
            except subprocess.TimeoutExpired:
                self.lab.kill()
                self.lab.wait(15)


def run_in_lab(scenario, command, seconds=120):
    """Runs a command in the lab to its end: what it printed, and the lab's count."""
    with tempfile.TemporaryDirectory(prefix="blipd-integration-") as directory:
        scenario_path, truth_path = (os.path.join(directory, name) for name in ("scenario.yaml", "truth.json"))
        with open(scenario_path, "w", encoding="utf-8") as file:
            file.write(scenario)
        done = subprocess.run([BLIPD_LAB, "--scenario=" + scenario_path, "--truth=" + truth_path, "--", *command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False)
        if done.returncode:
            raise AssertionError("ended with %d:\n%s%s" % (done.returncode, done.stdout, done.stderr))
        with open(truth_path, encoding="utf-8") as file:
            return done.stdout, json.load(file)


def stat_of(pid):
    """The fields of /proc/PID/stat after the name, or None: the first is the state, the second the parent."""
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def child_of(parent):
    """The process id of a child, or None."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        stat = stat_of(entry)
        if stat and int(stat[1]) == parent and stat[0] != "Z":
            return int(entry)
    return None


def is_dead(pid):
    """Whether there is no such process, or only what its parent has not asked after yet."""
    stat = stat_of(pid)
    return stat is None or stat[0] == "Z"


def summary(page):
    """A line for each network and module, for messages."""
    lines = ["vantage ok: %r, stray %r, forged %r" % tuple(
        page.sum(name) for name in ("blipd_vantage_ok", "blipd_replies_stray_total", "blipd_replies_forged_total"))]
    for network, module in sorted(page.blocks()):
        of = {"network": network, "module": module}
        failures = {dict(k)["reason"]: v for k, v in page.all("blipd_probe_failures_total", **of).items() if v}
        voids = {dict(k)["cause"]: v for k, v in page.all("blipd_probes_void_total", **of).items() if v}
        lines.append("%s/%s: %s, sent %d, replies %d, failures %r, void %r, in flight %d" % (
            network, module, page.state(network), page.value("blipd_probes_sent_total", **of),
            page.value("blipd_probe_replies_total", **of), failures, voids,
            page.value("blipd_probes_in_flight", **of)))
    return "\n".join(lines)


def lab_refused():
    """Why no lab can be made here, or None."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as scenario:
        scenario.write("networks: [{name: none, prefixes: [198.18.0.0/32]}]\n")
        scenario.flush()
        tried = subprocess.run([BLIPD_LAB, "--scenario=" + scenario.name, "--", "true"], stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, check=False)
    refused = re.search(r"refused|cannot be opened|cannot be mapped", tried.stderr)
    return tried.stderr.strip() if tried.returncode == 1 and refused else None


def main():
    """Runs the tests of the calling script. Exit status 77: skipped, with the reason on the last line."""
    for name, program in (("BLIPD", BLIPD), ("BLIPD_LAB", BLIPD_LAB)):
        if not os.access(program, os.X_OK):
            sys.exit("%s=%s is not a program" % (name, program))
    reason = lab_refused()
    if reason:
        print("SKIPPED: no private network namespace: " + reason)
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
