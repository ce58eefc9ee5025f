"""The wall clock is set by an hour while a network is dark, and back while it is dark again; the machine is suspended.
About three minutes.

The kernel's stamps are readings of that clock. A program that is preloaded (tests/support/wall_clock_shim.cc) sets it for
blipd alone, because nobody may set this machine's, nor put it to sleep: the program does what the clocks then do.
"""

import calendar
import datetime
import os
import re
import signal
import struct
import sys
import tempfile
import time
import unittest

import fault_case
import own_side
import support

SHIM = os.environ.get("BLIPD_WALL_CLOCK_SHIM", "")
HOUR = 3600.0

# In the lab's time. Longer than a blip, whose end would be waited for.
OUTAGES = ((20.0, 40.0), (62.0, 82.0))

SCENARIO = """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: well, prefixes: [198.18.1.0/28, "2001:db8:1::/126"], delay: 30ms, tcp: {open: [80]}}
  - {name: dark, prefixes: [198.18.2.0/28], delay: 30ms, outages: [%s]}
""" % ", ".join("{from: %dms, to: %dms}" % (a * 1000, b * 1000) for a, b in OUTAGES)

CONFIG = """
vantage: {name: lab, references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}}
windows: [10s]
detection: {blip: 10s}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 900ms}
  syn80: {prober: tcp_syn, port: 80, interval: 1s}
networks:
""" + support.networks_yaml({"well": (["198.18.1.0/28", "2001:db8:1::/126"], ["ping", "syn80"]),
                             "dark": (["198.18.2.0/28"], ["ping"])})


def seconds_of(text):
    """Unix seconds of an RFC 3339 time in UTC."""
    at = datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    fraction = re.search(r"\.(\d+)", text)
    return calendar.timegm(at.timetuple()) + (float("0." + fraction.group(1)) if fraction else 0.0)


class WallClock(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="blipd-clock-")
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "clock")
        self.shift = 0.0
        self.set_clock(0.0)
        self.run_ = support.LabRun(SCENARIO, CONFIG, wrap=["env", "LD_PRELOAD=" + SHIM, "BLIPD_WALL_CLOCK=" + self.path])
        self.addCleanup(self.run_.close)

    def set_clock(self, shift):
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as file:
            file.write(struct.pack("=qqqq", int(shift * 1e9), time.time_ns(), int(self.shift * 1e9), 0))
        self.shift = shift

    def began(self):
        """True time of the scenario's start, to a second or so."""
        return os.stat(self.run_._truth_path).st_mtime - self.run_.elapsed()  # pylint: disable=protected-access

    def events(self):
        return [e for e in self.run_.get_json("/api/v1/events?limit=1000")["events"] if e["network"]]

    def check_dark(self, event, outage, shift):
        """The event is that outage, in times of a clock that is so far off."""
        began = self.began() + shift
        self.assertEqual(event["network"], "dark")
        self.assertAlmostEqual(seconds_of(event["start"]) - began, outage[0], delta=5)
        if event["end"]:
            self.assertAlmostEqual(seconds_of(event["end"]) - seconds_of(event["start"]), outage[1] - outage[0], delta=5)

    def check_sane(self, page, steps):
        self.assertEqual(page.failures("well"), 0)
        self.assertEqual(page.voids("well"), 0)
        self.assertEqual(page.value("blipd_vantage_ok"), 1)
        self.assertGreaterEqual(page.value("blipd_clock_steps_total"), steps)
        self.assertEqual(self.run_.log().count("the wall clock was set"), steps)
        for module in ("ping", "syn80"):
            of = {"network": "well", "module": module}
            mean = page.value("blipd_rtt_seconds_sum", **of) / page.value("blipd_rtt_seconds_count", **of)
            # The lab delays by 30 ms; what a stamp of another hour would make of it is far from that.
            self.assertTrue(0.029 < mean < 0.3, mean)

    def test_an_hour_forward_and_back(self):
        self.run_.page_when(lambda p: p.state("dark") == "down", 60, "the first outage")
        self.check_dark(self.events()[0], OUTAGES[0], 0)
        self.set_clock(HOUR)
        page = self.run_.page_when(lambda p: p.sum("blipd_events_total", network="dark") == 1, 60, "its end")
        self.check_sane(page, 1)
        self.check_dark(self.events()[0], OUTAGES[0], HOUR)
        self.assertIn("seconds=3600", self.run_.log())
        self.run_.page_when(lambda p: p.state("dark") == "up", 60, "the network up again")
        self.run_.page_when(lambda p: p.state("dark") == "down", 60, "the second outage")
        self.check_dark(self.events()[1], OUTAGES[1], HOUR)
        self.set_clock(0.0)
        page = self.run_.page_when(lambda p: p.sum("blipd_events_total", network="dark") == 2, 60, "its end")
        self.check_sane(page, 2)
        # The first has ended: it stays where it was told.
        first, second = sorted(self.events(), key=lambda event: event["id"])
        self.check_dark(first, OUTAGES[0], HOUR)
        self.check_dark(second, OUTAGES[1], 0)
        self.assertAlmostEqual(page.value("blipd_snapshot_timestamp_seconds"), time.time(), delta=10)


class Suspended(fault_case.FaultCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="blipd-clock-")
        cls.addClassCleanup(directory.cleanup)
        cls.path = os.path.join(directory.name, "clock")
        with open(cls.path, "wb") as file:
            file.write(struct.pack("=qqqq", 0, time.time_ns(), 0, 0))
        cls.wrap = ["env", "LD_PRELOAD=" + SHIM, "BLIPD_WALL_CLOCK=" + cls.path]
        super().setUpClass()

    def test_a_minute_and_a_half_asleep(self):
        """What comes in has no power to be received by, and the clocks but the monotonic one go on."""
        asleep, pid = 90, self.run_.blipd_pid()
        with own_side.deaf(pid):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(1)
            with open(self.path, "r+b") as file:
                file.write(struct.pack("=qqqq", asleep * 10**9, time.time_ns(), 0, asleep * 10**9))
        os.kill(pid, signal.SIGCONT)
        self.well("all is well after the sleep")
        page = self.run_.page()
        self.assertAlmostEqual(page.value("blipd_suspended_seconds_total"), asleep, delta=1)
        # Near, far and six at four a second, less what is sent late.
        self.assertGreater(self.grown(page, "blipd_probes_missed_total"), (asleep - 5) * 4 * 36)
        time.sleep(10)
        page = self.check_unblamed()
        self.assertGreater(self.grown(page, "blipd_probes_void_total", network="far", cause="vantage"), 0)
        self.told("the machine was suspended; probes that were on their way are void")
        self.assertNotIn("the wall clock was set", self.run_.log())


if __name__ == "__main__":
    if not os.path.exists(SHIM):
        sys.exit("BLIPD_WALL_CLOCK_SHIM=%s is not there" % SHIM)
    support.main()
