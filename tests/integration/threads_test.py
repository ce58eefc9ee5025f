"""Probing threads: one and three of them see the same networks at the same time. About 80 s."""

import collections
import signal
import time
import unittest

import support

NETWORKS = ("one", "two", "three", "four", "five", "six", "seven")
CUT_FROM, CUT_TO = 16, 31
THEIRS = 50

SCENARIO = """
seed: 3
outages: [{from: %ds, to: %ds}]
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
""" % (CUT_FROM, CUT_TO) + "".join(
    "  - {name: %s, prefixes: [198.18.%d.0/28], delay: 20ms, tcp: {open: [80]}%s}\n" % (name, i + 1, {
        "two": ", outages: [{from: %ds, to: 1h}]" % THEIRS, "five": ", outages: [{from: %ds, to: 1h}]" % THEIRS,
    }.get(name, "")) for i, name in enumerate(NETWORKS)) + """
  - {name: new, prefixes: [198.18.77.0/28], delay: 20ms, tcp: {open: [80]}}
"""


def config(threads, networks=NETWORKS):
    number = {name: i + 1 for i, name in enumerate(NETWORKS)} | {"new": 77}
    prefixes = {name: ["198.18.%d.0/28" % number[name]] for name in networks}
    return """
vantage:
  name: lab
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
engine_threads: %d
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
  syn: {prober: tcp_syn, interval: 2s, port: 80}
networks:
""" % threads + support.networks_yaml({name: (prefix, ("ping", "syn")) for name, prefix in prefixes.items()})


class Threads(unittest.TestCase):
    def start(self, threads):
        run = support.LabRun(SCENARIO, config(threads))
        self.addCleanup(run.close)
        return run

    def nobody_is_blamed(self, page):
        for network in NETWORKS:
            self.assertNotIn(page.state(network), ("down", "spotty"), network)
            self.assertEqual(page.failures(network), 0, network)

    def test_one_and_three(self):
        runs = {threads: self.start(threads) for threads in (1, 3)}
        deadline = time.monotonic() + 120
        while min(run.elapsed() for run in runs.values()) < THEIRS - 4:
            self.assertLess(time.monotonic(), deadline)
            for run in runs.values():
                page = run.page()
                if run.elapsed() < THEIRS - 2:
                    self.nobody_is_blamed(page)
            time.sleep(1)

        told = {}
        for threads, run in runs.items():
            with self.subTest(threads=threads):
                told[threads] = self.ends_alike(run)
        wanted = collections.Counter([(None, "vantage"), ("two", "outage"), ("five", "outage")])
        self.assertEqual(told, {1: wanted, 3: wanted})
        self.reloads(runs[3], runs[1])

        for run in runs.values():
            run.signal_blipd(signal.SIGTERM)
            self.assertEqual(run.lab.wait(60), 0)

    def ends_alike(self, run):
        """Two networks are down and the others are not; what was told."""
        dark = ("two", "five")
        page = run.page_when(lambda page: all((page.state(n) == "down") == (n in dark) for n in NETWORKS), 90,
                             "two networks down")
        self.assertEqual(page.value("blipd_vantage_ok"), 1)
        for network in NETWORKS:
            # Each probe that our own outage left without an answer is void, and nothing else is.
            self.assertGreater(page.voids(network, "vantage"), 100, network)
            self.assertEqual(page.voids(network), page.voids(network, "vantage"), network)
            hosts = run.get_json("/api/v1/networks/%s/hosts" % network)
            self.assertEqual(len({host["address"] for host in hosts["hosts"]}), 16, network)
        # Every raw socket is shown every answer, and takes only its own. (A SYN-ACK that our reset does not reach in time
        # is repeated, and may be stray.)
        self.assertEqual(page.value("blipd_replies_forged_total"), 0)
        self.assertLess(page.value("blipd_replies_stray_total"), page.sum("blipd_probe_replies_total") / 100)
        self.assertEqual(page.value("blipd_targets"), 2 * 16 * len(NETWORKS))
        return collections.Counter((event["network"], event["class"]) for event in run.get_json("/api/v1/events")["events"])

    def reloads(self, three, one):
        """A network more: every other goes on where it is. Another number of threads is refused, and nothing changes."""
        before = three.page()
        three.write_config(config(3, ("new",) + NETWORKS))
        self.assertEqual(three.reload()[0], 200)
        # `page` finds that no counter has gone back.
        page = three.page()
        self.assertTrue(page.has("blipd_network_state", network="new"))
        for network in NETWORKS:
            self.assertEqual(page.state(network), before.state(network))
            self.assertEqual(page.sum("blipd_network_state_changes_total", network=network),
                             before.sum("blipd_network_state_changes_total", network=network))
        three.page_when(lambda page: page.state("new") == "up", 40, "the new network up")
        names = [network["name"] for network in three.get_json("/api/v1/networks")["networks"]]
        self.assertEqual(names, ["new", *NETWORKS])

        for run, threads in ((three, 1), (one, 2)):
            run.write_config(config(threads, ("new",)))
            status, body = run.reload()
            self.assertEqual(status, 500)
            self.assertIn("needs a restart", body)
            self.assertTrue(run.page().has("blipd_network_state", network="one"))


if __name__ == "__main__":
    support.main()
