"""Ten networks, each ill in its own way, watched by one blipd beside the lab's own count. About 50 s."""

import unittest

import support

SCENARIO = """
seed: 42
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: healthy, prefixes: [198.18.1.0/28], delay: 20ms, jitter: 5ms}
  - {name: lossy, prefixes: [198.18.2.0/28], delay: 20ms, loss: 0.3}
  - {name: lossy6, prefixes: ["2001:db8:2::/124"], delay: 20ms, loss: 0.3}
  - {name: dark, prefixes: [198.18.3.0/28], silent: true}
  # Quiet at the end, so that all counts come to rest and can be compared exactly.
  - name: noisy
    prefixes: [198.18.4.0/28, "2001:db8:4::/124"]
    delay: 20ms
    jitter: 20ms
    loss: 0.1
    duplicate: 0.2
    late: {probability: 0.2, delay: 3s}
    forge: 0.2
    stray: 0.2
    outages: [{from: 30s, to: 1h}]
  - {name: unreachable, prefixes: [198.18.5.0/28], delay: 10ms, error: {probability: 1, type: 3, code: 1, from: 198.18.0.254}}
  - {name: unreachable8, prefixes: [198.18.6.0/28], delay: 10ms, error: {probability: 1, type: 3, code: 1, from: 198.18.0.253, quote: 8}}
  - {name: unreachable6, prefixes: ["2001:db8:7::/124"], delay: 10ms, error: {probability: 1, type6: 1, code6: 3, from6: "2001:db8::fe"}}
"""

# `nowhere` is not in the scenario: the lab has no route to it.
NETWORKS = {
    "healthy": "198.18.1.0/28", "lossy": "198.18.2.0/28", "lossy6": "2001:db8:2::/124", "dark": "198.18.3.0/28",
    "unreachable": "198.18.5.0/28", "unreachable8": "198.18.6.0/28", "unreachable6": "2001:db8:7::/124",
    "nowhere": "198.18.99.0/28",
}

CONFIG = """
vantage:
  name: lab
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
windows: [1m, 5m]
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
networks:
  - {name: noisy, prefixes: [198.18.4.0/28, "2001:db8:4::/124"], modules: [ping], discover: false, mine: true}
""" + "".join('  - {name: %s, prefixes: ["%s"], modules: [ping], discover: false, mine: true}\n' % item
              for item in NETWORKS.items())


class States(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = support.LabRun(SCENARIO, CONFIG)
        cls.addClassCleanup(cls.run_.close)
        # One page a second, each with its identity checked, until well after the last late reply of `noisy`.
        cls.page = cls.run_.page_when(lambda page: cls.run_.elapsed() > 48, 120, "48 s of the lab's time")
        cls.truth = cls.run_.truth()

    def ratio(self, network, window="5m"):
        of = {"network": network, "module": "ping", "window": window}
        return [self.page.value("blipd_success_ratio" + end, **of) for end in ("_lower", "", "_upper")]

    def test_the_lab_lost_nothing_by_itself(self):
        for count in ("device_drops", "write_failures", "bad_checksum", "unknown_destination"):
            self.assertEqual(self.truth[count], 0, count)

    def test_every_page_kept_the_identity(self):
        self.assertGreaterEqual(self.run_.pages, 15)

    def test_states(self):
        expected = {"healthy": "up", "lossy": "spotty", "lossy6": "spotty", "dark": "down", "unreachable": "down",
                    "unreachable8": "down", "unreachable6": "down", "nowhere": "unknown"}
        self.assertEqual({network: self.page.state(network) for network in expected}, expected)
        # Dark at the end, after nearly half a minute of loss in part: half a minute and more makes it an episode of loss
        # that the darkness belongs to until it has lasted longer.
        self.assertIn(self.page.state("noisy"), ("spotty", "down"))
        self.assertEqual(self.page.value("blipd_vantage_ok"), 1)

    def test_a_healthy_network_loses_nothing(self):
        self.assertEqual(self.ratio("healthy")[1], 1)
        self.assertEqual(self.page.failures("healthy"), 0)
        self.assertEqual(self.page.voids("healthy"), 0)
        self.assertGreater(self.page.value("blipd_window_probes", network="healthy", module="ping", window="1m"), 500)

    def test_a_dark_network_has_no_replies(self):
        self.assertEqual(self.ratio("dark")[1], 0)
        self.assertEqual(self.page.sum("blipd_probe_replies_total", network="dark"), 0)
        self.assertEqual(self.page.voids("dark"), 0)

    def test_random_loss_is_measured_as_the_lab_counts_it(self):
        for network in ("lossy", "lossy6"):
            with self.subTest(network):
                counted = self.truth["networks"][network]
                true_ratio = counted["answered"] / counted["requests"]
                lower, ratio, upper = self.ratio(network)
                self.assertLess(abs(ratio - true_ratio), 0.06)
                self.assertTrue(lower <= true_ratio <= upper, (lower, true_ratio, upper))
                self.assertGreater(counted["requests"], 500)

    def test_what_is_no_reply_is_counted_by_its_own_name(self):
        counted = self.truth["networks"]["noisy"]
        for name in ("answered", "duplicates", "late", "forged", "stray"):
            self.assertGreater(counted[name], 50, name)
        page = self.page
        got = {
            "answered": page.sum("blipd_probe_replies_total", network="noisy") + page.extra("noisy", "reply"),
            "duplicates": page.sum("blipd_replies_duplicate_total", network="noisy"),
            "forged": page.value("blipd_replies_forged_total"),
            "stray": page.value("blipd_replies_stray_total"),
        }
        self.assertEqual(got, {name: counted[name] for name in got})
        # A late answer to a probe that is in no ratio is a failure of its own kind and nothing more.
        late = page.sum("blipd_replies_late_total", network="noisy")
        self.assertLessEqual(late, counted["late"])
        self.assertGreaterEqual(late + page.extra("noisy", "failure"), counted["late"])

    def test_a_late_reply_stays_a_failure(self):
        ended = self.page.failures("noisy", "timeout")
        self.assertEqual(ended, self.page.failures("noisy"))
        counted = self.truth["networks"]["noisy"]
        before_the_outage = counted["late"] + counted["lost"] - counted["dark"]
        self.assertGreater(ended, before_the_outage)
        self.assertLessEqual(ended, before_the_outage + counted["dark"])

    def test_the_round_trip_time_is_the_labs_delay(self):
        of = {"network": "healthy", "module": "ping"}
        mean = self.page.value("blipd_rtt_seconds_sum", **of) / self.page.value("blipd_rtt_seconds_count", **of)
        # 20 ms and half of 5 ms of jitter; what a busy machine adds is less than the timeout.
        self.assertGreater(mean, 0.0215)
        self.assertLess(mean, 1)

    def test_icmp_errors_are_failures_with_their_reason_and_responder(self):
        cases = {"unreachable": ("198.18.0.254", 3, 1), "unreachable8": ("198.18.0.253", 3, 1),
                 "unreachable6": ("2001:db8::fe", 1, 3)}
        networks = {entry["name"]: entry for entry in self.run_.get_json("/api/v1/networks")["networks"]}
        for network, (responder, kind, code) in cases.items():
            with self.subTest(network):
                self.assertGreater(self.page.failures(network, "unreachable"), 300)
                self.assertEqual(self.page.failures(network), self.page.failures(network, "unreachable"))
                self.assertEqual(self.page.voids(network), 0)
                errors = networks[network]["modules"][0]["errors"]
                self.assertEqual([(e["responder"], e["type"], e["code"]) for e in errors], [(responder, kind, code)])
                self.assertGreater(errors[0]["count"], 300)

    def test_no_route_of_ours_is_not_their_loss(self):
        self.assertGreater(self.page.voids("nowhere", "local_route"), 300)
        self.assertEqual(self.page.failures("nowhere"), 0)
        self.assertEqual(self.page.value("blipd_window_probes", network="nowhere", module="ping", window="5m"), 0)


if __name__ == "__main__":
    support.main()
