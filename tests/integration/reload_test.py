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


if __name__ == "__main__":
    support.main()
