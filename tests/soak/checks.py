"""What must hold of a blipd in the soak, whatever was done to it."""

import calendar
import contextlib
import datetime
import os
import re
import time
from dataclasses import dataclass, field

import world as scripted

# How far an event's ends may lie from the script's: the detection's own uncertainty, and a busy machine.
SLACK = 10.0
# Seconds after which a process has opened what it needs.
GROWN = 15.0
# Descriptors that an exchange and a reader may hold at any moment.
LEEWAY = 4
# A failure is booked five seconds after its timeout, of three seconds at most but for the web's, and read later.
BOOKED_AFTER = 20.0
# How well the lab's time is known.
SECOND = 1.5
# So long must the lab have stood still to be the cause: a third of the shortest timeout.
LAB_LATE = 0.3
# What was seen of an outage in part is spotty, and dated, until it has left the longest window.
WINDOW = 60.0


def seconds_of(text):
    """Unix seconds of an RFC 3339 time in UTC."""
    at = datetime.datetime.strptime(text.replace("Z", "").split(".")[0], "%Y-%m-%dT%H:%M:%S")
    fraction = re.search(r"\.(\d+)", text)
    return calendar.timegm(at.timetuple()) + (float("0." + fraction.group(1)) if fraction else 0.0)


def resident(pid):
    """Octets, or None if the process has gone."""
    with contextlib.suppress(OSError, IndexError), open("/proc/%d/statm" % pid, encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


@dataclass
class Life:
    """One process of blipd, from its first sight on."""
    pid: int
    began: float
    descriptors: int = 0
    settled: int = 0  # resident octets once it was old enough
    latest: int = 0
    age: float = 0.0
    worst: float = 0.0  # greatest share of growth after `settled`


@dataclass
class Checks:
    """Collects what broke."""
    world: scripted.World
    settle: float      # age in seconds from which the memory must be flat
    tolerance: float   # as a share
    broken: list = field(default_factory=list)
    lives: list = field(default_factory=list)
    troubles: list = field(default_factory=list)  # (from, to) by the wall clock: faults that are ours
    gaps: list = field(default_factory=list)      # (from, to): nobody watched
    told: set = field(default_factory=set)
    failures: dict = field(default_factory=dict)  # by network: how many were booked on the last page
    of_lab: list = field(default_factory=list)    # (network, failures, seconds for which the lab stood still)
    pages: int = 0

    def report(self, what):
        if what in self.told:
            return
        self.told.add(what)
        self.broken.append("%s %s" % (time.strftime("%H:%M:%S", time.gmtime()), what))
        print("BROKEN   " + self.broken[-1], flush=True)

    def look(self):
        """One page. None while nobody answers."""
        try:
            page = self.world.run.page()
        except OSError:  # of urllib and of the connection alike
            return None
        except AssertionError as error:  # the identity, a counter that went back
            self.report(str(error))
            return None
        self.pages += 1
        for network in scripted.WELL:
            if page.has("blipd_network_state", network=network, state="up"):
                self.look_at_failures(page, network)
                if page.state(network) not in ("up", "unknown"):
                    self.report("%s is %s" % (network, page.state(network)))
        self.measure()
        return page

    def look_at_failures(self, page, network):
        """None may be booked, but while the lab itself stood still: that is the network's doing as far as blipd can see,
        and is counted apart."""
        count = page.failures(network)
        more = count - self.failures.get(network, 0)
        self.failures[network] = count
        if more <= 0:
            return
        held_up = self.lab_held_up()
        if held_up >= LAB_LATE:
            self.of_lab.append((network, more, held_up))
            print("LAB      %s: %d failures were booked; the lab itself stood still for %.2f s" % (network, more, held_up),
                  flush=True)
        else:
            self.report("%s: %d failures were booked" % (network, more))

    def lab_held_up(self):
        """Seconds for which the lab got no processor when what is booked now was on its way, by nobody's will."""
        truth, began = self.world.run.truth(), self.world.began()
        willed = [(a - began - SECOND, b - began + SECOND) for a, b in self.world.lab_stops]
        return sum(span["to"] - span["from"] for span in truth["held_up"]
                   if span["to"] >= truth["elapsed_seconds"] - BOOKED_AFTER
                   and not any(a <= span["to"] and span["from"] <= b for a, b in willed))

    def measure(self):
        pid = self.world.blipd()
        if not self.lives or self.lives[-1].pid != pid:
            self.lives.append(Life(pid, time.monotonic()))
        life, octets = self.lives[-1], resident(pid)
        life.age = time.monotonic() - life.began
        if octets is None:
            return
        life.latest = octets
        if life.settled == 0 and life.age >= self.settle:
            life.settled = octets
        if life.settled:
            life.worst = max(life.worst, octets / life.settled - 1)

    def well(self, page):
        """Whether everything is as if nothing had happened."""
        return (page.value("blipd_vantage_ok") == 1 and page.value("blipd_storage_queue_length") == 0
                and page.value("blipd_names", status="unresolved") == 0
                and page.value("blipd_config_last_reload_successful") == 1
                and all(page.state(network) == "up" for network in scripted.WELL))

    def recovered(self, seconds):
        """Waits until all is well; whether it was in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            page = self.look()
            if page and self.well(page):
                return True
            time.sleep(0.5)
        return False

    def descriptors(self):
        """After a fault as many are open as before the first. Exchanges and readers come and go: the least of some looks
        counts."""
        life, deadline = self.lives[-1], time.monotonic() + 10
        count = self.open_descriptors()
        while count and 0 < life.descriptors < count - LEEWAY and time.monotonic() < deadline:
            time.sleep(0.5)
            count = self.open_descriptors()
        if count and life.descriptors == 0 and life.age > GROWN:
            life.descriptors = count
        elif count and 0 < life.descriptors < count - LEEWAY:
            self.report("%d descriptors are open, %d were" % (count, life.descriptors))

    def open_descriptors(self):
        """None if the process has gone."""
        with contextlib.suppress(OSError):
            return len(os.listdir("/proc/%d/fd" % self.world.blipd()))
        return None

    def integrity(self):
        found = self.world.sqlite("print(*database.execute('PRAGMA integrity_check').fetchone())").strip()
        if found != "ok":
            self.report("the file of the events: " + found)

    def events(self):
        """Events of networks lie where the script plays them, those of the vantage where something was done to us."""
        began = self.world.began()
        ours = [(a - began, b - began) for a, b in self.gaps + self.troubles]
        for event in self.world.run.get_json("/api/v1/events?limit=10000")["events"]:
            start = seconds_of(event["start"])
            end = seconds_of(event["end"]) if event["end"] else None
            text = "event %s: %s of %s from %.1f to %s" % (
                event["id"], event["class"], event["network"] or "the vantage", start - began,
                "%.1f" % (end - began) if end else "now")
            if event["network"] is None:
                if not any(a - SLACK <= start and start <= b + SLACK for a, b in self.troubles):
                    self.report("nothing was done to us: " + text)
            elif event["network"] != "dark" or not self.was_dark(start - began, end and end - began, ours):
                self.report("a false one: " + text)

    def was_dark(self, start, end, ours):
        """Whether outages of the script, or gaps of ours that touch them, explain the span. `end` is None while the event
        is open: a blip's end is waited for, because the next may make it flapping."""
        begins = [dark for dark, light in self.world.spans if dark - SLACK <= start <= light + WINDOW + SLACK]
        for _, light in self.world.spans:
            latest = max([light] + [b for a, b in ours if a <= light + SLACK and b >= light])
            if begins and (end is None or light - scripted.DARK - SLACK <= end <= latest + WINDOW + SLACK):
                return True
        return False

    def memory(self):
        for life in self.lives:
            if life.settled and life.latest > life.settled * (1 + self.tolerance):
                self.report("process %d: %.1f MB resident at the end, %.1f MB after %.0f s" % (
                    life.pid, life.latest / 1e6, life.settled / 1e6, self.settle))
