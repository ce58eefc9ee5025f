"""blipd stopped and started again: windows, availability and hosts resume, other counters begin at 0, the gap is unknown,
and an outage that was open is one event, whether it goes on or was over when somebody watched again. With one probing
thread and with three. About three minutes.
"""

import math
import os
import signal
import time
import unittest

import support

SCENARIO = """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: well, prefixes: [198.18.1.0/28], delay: 5ms}
  - {name: dark, prefixes: [198.18.2.0/28], delay: 5ms, outages: [{from: 12s, to: 1h}]}
  - {name: back, prefixes: [198.18.3.0/28], delay: 5ms, outages: [{from: 12s, to: 40s}]}
"""

CONFIG = """
vantage: {references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}}
windows: [10s, 1h]
detection: {blip: 10s}
modules:
  ping: {prober: icmp, interval: 500ms, timeout: 500ms}
networks:
""" + support.networks_yaml({name: (["198.18.%d.0/28" % n], ["ping"])
                             for n, name in enumerate(("well", "dark", "back"), 1)})
BACK_AT = 40


class Restart(unittest.TestCase):
    threads = 1

    def setUp(self):
        config = "engine_threads: %d\n" % self.threads + CONFIG
        self.run_ = support.LabRun(SCENARIO, config, wrap=support.AGAIN)
        self.addCleanup(self.run_.close)

    def blipd(self):
        """The process, which is the shell's only child."""
        return self.run_.wait(lambda: support.child_of(self.run_.blipd_pid()), 20)

    def stop_and_start(self, until_elapsed=0):
        """The first page of the next process, and for how long there was none. Nothing is lost at a stop."""
        pid, shell = self.blipd(), self.run_.blipd_pid()
        os.kill(shell, signal.SIGSTOP)
        stopped = time.time()
        os.kill(pid, signal.SIGTERM)
        self.run_.wait(lambda: support.is_dead(pid), 20)
        self.run_.wait(lambda: self.run_.elapsed() >= until_elapsed, 60)
        os.kill(shell, signal.SIGCONT)
        self.run_.forget_last_page()
        page = self.run_.page_when(lambda page: page.blocks(), 30)
        return page, time.time() - stopped

    def events(self, network):
        return self.run_.get_json("/api/v1/events?network=" + network)["events"]

    def borders(self, network):
        return [(event["id"], event["class"], event["start"], event["end"]) for event in self.events(network)]

    def window(self, page, network):
        return page.value("blipd_window_probes", network=network, module="ping", window="1h")

    def interval_width(self, page, network):
        """Of the last hour's success ratio; and what it would be, were losses independent (Wilson)."""
        labels = {"network": network, "module": "ping", "window": "1h"}
        p, lower, upper = (page.value("blipd_success_ratio" + part, **labels) for part in ("", "_lower", "_upper"))
        n, z = self.window(page, network), 1.96
        return upper - lower, 2 * z * math.sqrt(p * (1 - p) / n + (z / n) ** 2 / 4) / (1 + z * z / n)

    def judged(self, page, network):
        return page.value("blipd_availability_intervals_total", network=network, module="ping", loss="0.20")

    def responding(self, page, network):
        return page.value("blipd_network_hosts", network=network, status="responding")

    def test_what_was_known_is_known_again(self):
        before = self.run_.page_when(lambda p: p.state("dark") == "down" and p.state("back") == "down"
                                     and p.state("well") == "up" and self.window(p, "well") > 100, 60)
        left = {network: self.events(network) for network in ("dark", "back")}
        for events in left.values():
            self.assertEqual([event["end"] for event in events], [None])
        sent_before = before.value("blipd_probes_sent_total", network="well", module="ping")
        first, gap = self.stop_and_start(until_elapsed=BACK_AT + 2)
        self.assertGreaterEqual(self.window(first, "well"), self.window(before, "well"))
        self.assertLess(first.value("blipd_probes_sent_total", network="well", module="ping"), sent_before)
        self.assertEqual([first.state(network) for network in ("well", "dark", "back")], ["unknown"] * 3)
        self.assertEqual(self.responding(first, "well"), 16)
        ratio = first.value("blipd_success_ratio", network="well", module="ping", window="1h")
        self.assertEqual(ratio, 1, "nothing was lost in the gap")

        self.run_.page_when(lambda p: p.state("dark") == "down" and p.state("back") == "up"
                            and p.state("well") == "up", 60)
        self.check_dark(left["dark"][0], gap)
        self.check_back(left["back"][0])
        self.assertEqual(self.events("well"), [])
        # Both begin in the same millisecond, perhaps; the order is finer than what is shown.
        events = self.run_.get_json("/api/v1/events?limit=100")["events"]
        self.assertEqual([e["start"] for e in events], sorted(e["start"] for e in events))
        self.assertEqual(sorted(events, key=lambda e: e["id"]),
                         sorted(self.events("dark") + self.events("back"), key=lambda e: e["id"]))
        # And once more: the gaps add up, and the event that is over is not touched.
        over = self.borders("back")
        judged = self.judged(self.run_.page_when(lambda p: self.judged(p, "well") >= 1, 90), "well")
        first, _ = self.stop_and_start()
        self.assertGreaterEqual(self.judged(first, "well"), judged, "the counter of a process begins where it was left")
        told, independent = self.interval_width(self.run_.page_when(lambda p: self.window(p, "dark") > 0, 30), "dark")
        self.assertGreater(told, 2 * independent, "one outage is one witness, after a restart too")
        self.run_.page_when(lambda p: p.state("dark") == "down" and p.state("back") == "up", 60)
        self.check_dark(left["dark"][0], gap)
        self.assertEqual(self.borders("back"), over)

    def check_dark(self, left, gap):
        """It went on, with the gap noted."""
        events = self.events("dark")
        self.assertEqual([event["id"] for event in events], [left["id"]])
        self.assertEqual((events[0]["class"], events[0]["start"], events[0]["end"]), ("outage", left["start"], None))
        self.assertEqual(events[0]["detected_at"], left["detected_at"])
        self.assertGreater(events[0]["evidence"]["unwatched_s"], 1)
        # Nobody watched since the newest snapshot before the stop.
        self.assertLess(events[0]["evidence"]["unwatched_s"], gap * 2 + 10)

    def check_back(self, left):
        """It was over by the first answers, and ended somewhere in the gap."""
        events = self.run_.wait(lambda: [e for e in self.events("back") if e["end"]], 30)
        self.assertEqual([(event["id"], event["class"], event["start"]) for event in events],
                         [(left["id"], "outage", left["start"])])
        self.assertGreater(events[0]["end_uncertainty_s"], 1)


class RestartOfThreeThreads(Restart):
    """Each network is known to the thread that has it."""
    threads = 3


if __name__ == "__main__":
    support.main()
