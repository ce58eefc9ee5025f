"""Reloads under load: 2,000 probes a second and more, none lost or taken for forged. About 25 s."""

import signal
import unittest

import support

SCENARIO = """
networks:
  - {name: wide, prefixes: [198.18.16.0/20], delay: 200ms}
  - {name: rest, prefixes: [198.18.1.0/24], delay: 10ms}
"""

HEAD = """
vantage: {name: lab}
limits: {packets_per_second: 20000}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 2s}
networks:
"""
NETWORK = "  - {name: %s, prefixes: [%s], exclude: [%s], modules: [ping], discover: false, mine: true}\n"
SMALL = NETWORK % ("small", "198.18.1.0/28", "")
GONE = NETWORK % ("gone", "198.18.1.16/28", "")
EXTRA = NETWORK % ("extra", "198.18.1.32/28", "")

BEGIN = HEAD + NETWORK % ("wide", "198.18.16.0/21", "") + SMALL + GONE
GROWN = HEAD + NETWORK % ("wide", "198.18.16.0/20", "") + SMALL + GONE + EXTRA
SHRUNK = HEAD + NETWORK % ("wide", "198.18.16.0/20", "198.18.24.0/21") + SMALL + EXTRA


class Reload(unittest.TestCase):
    def setUp(self):
        self.run_ = support.LabRun(SCENARIO, BEGIN)
        self.addCleanup(self.run_.close)

    def sent_by(self, network, hosts, rounds, seconds):
        """A page on which `network` has sent so many rounds more than now, to so many hosts."""
        before = self.run_.page().sum("blipd_probes_sent_total", network=network)
        return self.run_.page_when(
            lambda page: page.sum("blipd_probes_sent_total", network=network) >= before + rounds * hosts, seconds,
            "%d rounds of %s" % (rounds, network))

    def assert_nothing_lost(self, page):
        for network, _ in page.blocks():
            self.assertEqual(page.failures(network), 0, support.summary(page))
        self.assertEqual(page.value("blipd_replies_forged_total"), 0)

    def test_reloads(self):
        page = self.sent_by("wide", 2048, 4, 40)
        self.assertFalse(page.has("blipd_probes_sent_total", network="extra"))
        self.assertEqual(page.value("blipd_targets"), 2048 + 32)

        # SIGHUP: more hosts and one more network.
        self.run_.write_config(GROWN)
        self.run_.signal_blipd(signal.SIGHUP)
        self.run_.page_when(lambda p: p.value("blipd_targets") == 4096 + 48, 30, "the new hosts")
        page = self.sent_by("wide", 4096, 4, 40)
        self.assertGreater(page.sum("blipd_probe_replies_total", network="extra"), 0)
        self.assertEqual(page.value("blipd_config_last_reload_successful"), 1)
        self.assert_nothing_lost(page)
        for network in ("wide", "small", "gone", "extra"):
            self.assertEqual(page.voids(network), 0)

        # Bad configurations change nothing but say where they are wrong.
        bad = {GROWN + "  - {name: x, prefixes: [\n": r"blipd\.yaml:\d+:\d+: ",
               GROWN + "windoes: [1m]\n": r'blipd\.yaml:\d+:1: .*"windoes"'}
        for text, message in bad.items():
            self.run_.write_config(text)
            status, body = self.run_.reload()
            self.assertEqual(status, 500, body)
            self.assertRegex(body, message)
            self.assertEqual(self.run_.page().value("blipd_config_last_reload_successful"), 0)
        page = self.sent_by("wide", 4096, 2, 30)
        self.assertEqual(page.value("blipd_targets"), 4096 + 48)

        # POST: fewer hosts and one network less. The 200 ms of delay keep hundreds of probes in flight at any time.
        self.run_.write_config(SHRUNK)
        self.assertEqual(self.run_.reload()[0], 200)
        page = self.run_.page_when(lambda p: p.value("blipd_targets") == 2048 + 32, 30, "the old hosts gone")
        self.assertEqual(page.value("blipd_config_last_reload_successful"), 1)
        self.assertEqual([key for key in page.series if ("network", "gone") in key[1]], [])
        self.sent_by("wide", 2048, 3, 40)
        page = self.run_.page_when(lambda p: p.voids("wide", "removed") > 0, 30, "the probes to removed hosts void")
        self.assertEqual(page.voids("wide"), page.voids("wide", "removed"))
        self.assertLess(page.voids("wide"), 4096)
        # A timeout of 2 s and the 5 s for the verdict later nothing has turned into a failure.
        self.assert_nothing_lost(self.sent_by("wide", 2048, 8, 60))


EVENTS_SCENARIO = """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: well, prefixes: [198.18.1.0/28], delay: 5ms}
  - {name: dark, prefixes: [198.18.2.0/28], delay: 5ms, outages: [{from: 3s, to: 1h}]}
  - {name: lost, prefixes: [198.18.3.0/28], delay: 5ms, outages: [{from: 3s, to: 1h}]}
"""
EVENTS_HEAD = """
vantage: {references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}}
windows: [10s, 1h]
modules:
  ping: {prober: icmp, interval: 500ms, timeout: 500ms}
  more: {prober: icmp, interval: 1s, timeout: 500ms, payload_size: 100}
networks:
"""


class ReloadOfEvents(unittest.TestCase):
    def setUp(self):
        networks = {"well": (["198.18.1.0/28"], ["ping"]), "dark": (["198.18.2.0/28"], ["ping"]),
                    "lost": (["198.18.3.0/28"], ["ping"])}
        self.run_ = support.LabRun(EVENTS_SCENARIO, EVENTS_HEAD + support.networks_yaml(networks))
        self.addCleanup(self.run_.close)

    def events(self, network):
        return self.run_.get_json("/api/v1/events?network=" + network)["events"]

    def window(self, page, network):
        return page.value("blipd_window_probes", network=network, module="ping", window="1h")

    def test_open_events_and_windows(self):
        before = self.run_.page_when(lambda p: p.state("dark") == "down" and p.state("lost") == "down"
                                     and p.state("well") == "up" and self.window(p, "well") > 0, 60)
        left = {network: self.events(network) for network in ("dark", "lost")}

        # A file with an error deep in it changes nothing.
        self.run_.write_config(EVENTS_HEAD + "  - {name: well, hosts: [198.18.1.1], modules: [ping], mine: true}\n"
                               "  - {name: dark, hosts: [198.18.2.1], modules: [pong], mine: true}\n")
        status, body = self.run_.reload()
        self.assertEqual(status, 500)
        self.assertRegex(body, r"blipd\.yaml:9:\d+: ")
        page = self.run_.page()
        self.assertEqual(page.value("blipd_targets"), 48)
        self.assertEqual([page.state(n) for n in ("well", "dark", "lost")], ["up", "down", "down"])

        # Another order, one module more, and one network less.
        self.run_.write_config(EVENTS_HEAD + support.networks_yaml({
            "dark": (["198.18.2.0/28"], ["more", "ping"]), "well": (["198.18.1.0/28"], ["more", "ping"])}))
        self.assertEqual(self.run_.reload()[0], 200)
        page = self.run_.page()
        self.assertEqual([page.state(n) for n in ("well", "dark")], ["up", "down"])
        self.assertGreaterEqual(self.window(page, "well"), self.window(before, "well"))
        self.assertEqual([key for key in page.series if ("network", "lost") in key[1]], [])
        lost = self.run_.wait(lambda: [e for e in self.events("lost") if e["end"]], 30)
        self.assertEqual([event["id"] for event in lost], [event["id"] for event in left["lost"]])
        self.run_.page_when(lambda p: p.value("blipd_probe_replies_total", network="well", module="more") > 32
                            and p.value("blipd_probe_failures_total", network="dark", module="more",
                                        reason="timeout") > 32, 60)
        self.assertEqual([(e["id"], e["end"]) for e in self.events("dark")],
                         [(e["id"], None) for e in left["dark"]])
        self.assertEqual(self.events("well"), [])


if __name__ == "__main__":
    support.main()
