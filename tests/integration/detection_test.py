"""What happens to networks of sixteen hosts, each asked every second, and what is told of it. About 200 s."""

import datetime
import time
import unittest

import support
from world_test import simulate

WORLD = """
seed: 21
length: 400s
vantage:
  name: lab
  references: {hosts: [192.0.2.1, 192.0.2.2, 192.0.2.3], delay: 5ms}
networks:
  - name: dark
    prefixes: [198.18.1.0/27]
    hosts: [{count: 16, loss: 0}]
    incidents: [{kind: outage, at: 20s, for: 360s}]
  - name: short
    prefixes: [198.18.2.0/27]
    hosts: [{count: 16, loss: 0}]
    incidents: [{kind: blip, at: 20s, for: 4s}]
  # One echo reply in three seconds for each host, and every SYN is answered.
  - name: limited
    prefixes: [198.18.3.0/27]
    hosts: [{count: 16, loss: 0}]
    incidents: [{kind: rate_limited, at: 20s, for: 370s, hosts: 16, every: 3s, burst: 1}]
blipd:
  modules:
    ping: {prober: icmp, interval: 1s, timeout: 1s}
    syn80: {prober: tcp_syn, port: 80, interval: 1s}
"""

# `ghost` never answers, and somebody answers in its place; `haunted` answers too.
SCENARIO = """
seed: 22
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: ghost, prefixes: [198.18.1.0/28], delay: 20ms, loss: 1, forge: 1, tcp: {open: [80]}}
  - {name: haunted, prefixes: [198.18.2.0/28], delay: 20ms, forge: 1, tcp: {open: [80]}}
"""
CONFIG = """
vantage:
  name: lab
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
  syn80: {prober: tcp_syn, port: 80, interval: 1s}
networks:
""" + support.networks_yaml({"ghost": (["198.18.1.0/28"], ["ping", "syn80"]),
                             "haunted": (["198.18.2.0/28"], ["ping", "syn80"])})


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class World(unittest.TestCase):
    def events(self, network):
        return self.run_.get_json("/api/v1/events?network=" + network)["events"]

    def test_what_is_told(self):
        self.run_ = support.LabRun(WORLD, simulate(WORLD, "--print-config"), kind="world")
        self.addCleanup(self.run_.close)
        begin = time.monotonic()

        page = self.run_.page_when(lambda page: page.state("dark") == "down", 120, "the outage in /metrics")
        self.assertGreater(page.value("blipd_event_open_timestamp_seconds", network="dark", **{"class": "outage"}), 0)
        (outage,) = self.events("dark")
        self.assertEqual((outage["class"], outage["end"]), ("outage", None))
        told_after = seconds(outage["detected_at"]) - seconds(outage["start"])
        print("the outage was told %.1f s after it began" % told_after)
        # Five seconds of a machine that keeps up.
        self.assertLess(told_after, 20)
        self.assertEqual(outage["hosts_affected"], 16)

        # The limiter counts our probes alone, and TCP tells: from sixty pairs on.
        page = self.run_.page_when(
            lambda page: page.value("blipd_rate_limited_hosts", network="limited", module="ping") == 16, 240,
            "all hosts found limited")
        self.assertEqual(page.value("blipd_rate_limited_hosts", network="limited", module="syn80"), 0)
        self.assertLess(page.ratio("limited", "ping")[1], 0.9)
        # But for what a machine that is held up delays.
        self.assertGreater(page.ratio("limited", "syn80")[1], 0.97)
        self.assertEqual(page.state("limited"), "up")
        self.assertEqual(self.events("limited"), [])

        # A blip is held open for two minutes, in case there is more of it.
        self.run_.page_when(
            lambda page: page.value("blipd_events_total", network="short", **{"class": "blip"}) == 1, 240, "the blip")
        (blip,) = self.events("short")
        self.assertEqual(blip["class"], "blip")
        lasted = seconds(blip["end"]) - seconds(blip["start"])
        self.assertLess(abs(lasted - 4), 3)
        self.assertLess(time.monotonic() - begin, 380, "the scenario was over before it was looked at")


class Forged(unittest.TestCase):
    def test_forged_answers_change_nothing(self):
        run = support.LabRun(SCENARIO, CONFIG)
        self.addCleanup(run.close)
        page = run.page_when(
            lambda page: page.state("ghost") == "down" and page.value("blipd_replies_forged_total") > 500, 120,
            "the network without true answers")
        self.assertEqual(page.state("haunted"), "up")
        for module in ("ping", "syn80"):
            self.assertEqual(page.value("blipd_probe_replies_total", network="ghost", module=module), 0)
            self.assertEqual(page.value("blipd_replies_late_total", network="ghost", module=module), 0)
            self.assertEqual(page.value("blipd_replies_duplicate_total", network="haunted", module=module), 0)
        self.assertEqual(page.failures("haunted"), 0)
        (event,) = run.get_json("/api/v1/events")["events"]
        self.assertEqual((event["network"], event["class"]), ("ghost", "outage"))


if __name__ == "__main__":
    support.main()
