"""10,000 probes a second to 127.0.0.0/8, through a reload that adds 1,000 hosts. About 15 s.

The lab gives a namespace with a loopback device; its own networks are not used.
"""

import unittest

import support

SCENARIO = "networks: [{name: unused, prefixes: [198.18.0.0/32]}]\n"

# 8,192 + 2,048 hosts, then 1,024 more.
CONFIG = """
vantage: {name: lab}
limits: {packets_per_second: 30000}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
networks:
  - {name: loopback, prefixes: [127.1.0.0/19, 127.2.0.0/21%s], modules: [ping], discover: false, mine: true}
"""
HOSTS = 8192 + 2048
ADDED = 1024


class LoopbackLoad(unittest.TestCase):
    def setUp(self):
        self.run_ = support.LabRun(SCENARIO, CONFIG % "")
        self.addCleanup(self.run_.close)

    def page_when_sent(self, hosts, rounds):
        before = self.run_.page().sum("blipd_probes_sent_total")
        return self.run_.page_when(lambda p: p.sum("blipd_probes_sent_total") >= before + rounds * hosts, 80,
                                   "%d rounds" % rounds)

    def test_nothing_is_lost(self):
        page = self.page_when_sent(HOSTS, 5)
        self.assertEqual(page.value("blipd_round_seconds", network="loopback", module="ping"), 1)
        self.run_.write_config(CONFIG % ", 127.3.0.0/22")
        self.assertEqual(self.run_.reload()[0], 200)
        self.run_.page_when(lambda p: p.value("blipd_targets") == HOSTS + ADDED, 30, "the added hosts")
        page = self.page_when_sent(HOSTS + ADDED, 9)
        self.assertEqual(page.failures("loopback"), 0, support.summary(page))
        self.assertEqual(page.voids("loopback"), 0, support.summary(page))
        self.assertEqual(page.value("blipd_replies_forged_total"), 0)
        self.assertEqual(page.value("blipd_replies_stray_total"), 0)
        self.assertEqual(page.sum("blipd_replies_late_total"), 0)
        self.assertEqual(page.state("loopback"), "up")


if __name__ == "__main__":
    support.main()
