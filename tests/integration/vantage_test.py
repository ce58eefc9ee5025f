"""Them or us: everything dark with the references, then every network dark while the references answer. About 60 s."""

import unittest

import support

NETWORKS = ("one", "two", "three", "four", "five", "six")

SCENARIO = """
seed: 3
outages: [{from: 16s, to: 31s}]
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
""" + "".join("  - {name: %s, prefixes: [198.18.%d.0/28], delay: 20ms, outages: [{from: 49s, to: 1h}]}\n" % (name, i + 1)
              for i, name in enumerate(NETWORKS))

CONFIG = """
vantage:
  name: lab
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
networks:
""" + "".join("  - {name: %s, prefixes: [198.18.%d.0/28], modules: [ping], discover: false, mine: true}\n" % (name, i + 1)
              for i, name in enumerate(NETWORKS))


class ThemOrUs(unittest.TestCase):
    def setUp(self):
        self.run_ = support.LabRun(SCENARIO, CONFIG)
        self.addCleanup(self.run_.close)

    def page_when(self, check, seconds, what):
        """As LabRun's; until the networks' own outage no page may blame one of them."""
        def and_blames_nobody(page):
            if self.run_.elapsed() < 46:
                for network in NETWORKS:
                    self.assertNotEqual(page.state(network), "down", network)
                    self.assertEqual(page.failures(network), 0, network)
            return check(page)
        return self.run_.page_when(and_blames_nobody, seconds, what)

    def test_our_own_outage_and_theirs(self):
        self.page_when(lambda page: all(page.state(n) == "up" for n in NETWORKS), 40, "every network up")
        self.page_when(lambda page: page.value("blipd_vantage_ok") == 0, 40, "the vantage ill")
        page = self.page_when(lambda page: page.value("blipd_vantage_ok") == 1, 40, "the vantage well again")
        # The outage ends at 31 s; what the lab says of its time may be some seconds old.
        self.assertGreater(self.run_.elapsed(), 26)

        # Each probe that the lab left without an answer is void, once its 1 s and the 5 s of waiting for the verdict
        # are over, and nothing else is.
        page = self.page_when(lambda page: self.run_.elapsed() > 42, 30, "the probes of the outage booked")
        counted = self.run_.truth()["networks"]
        for network in NETWORKS:
            with self.subTest(network):
                self.assertGreater(counted[network]["lost"], 150)
                extra = page.extra(network, "void")
                self.assertEqual(page.voids(network, "vantage") + extra, counted[network]["lost"])
                self.assertEqual(page.voids(network) + extra, counted[network]["lost"])
                self.assertEqual(page.extra(network, "failure"), 0)

        # Now it is them, however many.
        page = self.page_when(lambda page: all(page.state(n) == "down" for n in NETWORKS), 90, "every network down")
        self.assertEqual(page.value("blipd_vantage_ok"), 1)
        # The state comes with the first seconds of it, the books five seconds after the timeout.
        page = self.page_when(lambda page: all(page.failures(n) > 0 for n in NETWORKS), 30, "the failures booked")
        for network in NETWORKS:
            self.assertEqual(page.voids(network) + page.extra(network, "void"), counted[network]["lost"])


if __name__ == "__main__":
    support.main()
