"""SYNs beside echo requests, through the lab's losses, errors and lies, held against its own count. About 60 s."""

import unittest

import support

# Dark at the end, so that all counts come to rest and can be compared.
QUIET_FROM = 40

SCENARIO = """
seed: 7
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: lossy, prefixes: [198.18.1.0/28], delay: 20ms, loss_forward: 0.3, loss_back: 0.3, tcp: {open: [80]}, outages: [{from: %(quiet)ds, to: 1h}]}
  - {name: lossy6, prefixes: ["2001:db8:1::/124"], delay: 20ms, loss_forward: 0.3, loss_back: 0.3, tcp: {open: [80]}, outages: [{from: %(quiet)ds, to: 1h}]}
  - {name: closed, prefixes: [198.18.2.0/29, "2001:db8:2::/125"], delay: 20ms, tcp: {}}
  - {name: filtered, prefixes: [198.18.3.0/29], delay: 20ms, tcp: {open: [443], closed: silent}}
  - {name: unreachable, prefixes: [198.18.4.0/29], delay: 10ms, tcp: {open: [80]}, error: {probability: 1, type: 3, code: 1, from: 198.18.0.254}}
  - {name: unreachable8, prefixes: [198.18.5.0/29], delay: 10ms, tcp: {open: [80]}, error: {probability: 1, type: 3, code: 13, from: 198.18.0.253, quote: 8}}
  - {name: unreachable6, prefixes: ["2001:db8:6::/125"], delay: 10ms, tcp: {open: [80]}, error: {probability: 1, type6: 1, code6: 3, from6: "2001:db8::fe"}}
  - {name: impostor, prefixes: [198.18.7.0/29, "2001:db8:7::/125"], delay: 20ms, tcp: {open: [80]}, loss: 1, forge: 1}
  - {name: lied_to, prefixes: [198.18.8.0/29, "2001:db8:8::/125"], delay: 20ms, tcp: {open: [80]}, forge: 1, stray: 1}
  - {name: noisy, prefixes: [198.18.9.0/28, "2001:db8:9::/124"], delay: 20ms, jitter: 20ms, tcp: {open: [80]}, duplicate: 0.2, late: {probability: 0.2, delay: 3s}, outages: [{from: %(quiet)ds, to: 1h}]}
""" % {"quiet": QUIET_FROM}

NETWORKS = {
    "lossy": (["198.18.1.0/28"], ["ping", "syn80"]),
    "lossy6": (["2001:db8:1::/124"], ["ping", "syn80"]),
    "closed": (["198.18.2.0/29", "2001:db8:2::/125"], ["syn80", "open80"]),
    "filtered": (["198.18.3.0/29"], ["ping", "syn80"]),
    "unreachable": (["198.18.4.0/29"], ["syn80"]),
    "unreachable8": (["198.18.5.0/29"], ["syn80"]),
    "unreachable6": (["2001:db8:6::/125"], ["syn80"]),
    "impostor": (["198.18.7.0/29", "2001:db8:7::/125"], ["syn80"]),
    "lied_to": (["198.18.8.0/29", "2001:db8:8::/125"], ["syn80"]),
    "noisy": (["198.18.9.0/28", "2001:db8:9::/124"], ["syn80"]),
}

CONFIG = """
vantage:
  name: lab
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
windows: [1m, 5m]
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
  syn80: {prober: tcp_syn, port: 80, interval: 1s, timeout: 900ms}
  open80: {prober: tcp_syn, port: 80, interval: 1s, timeout: 900ms, require_open: true}
networks:
""" + support.networks_yaml(NETWORKS)


class TcpSyn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = support.LabRun(SCENARIO, CONFIG)
        cls.addClassCleanup(cls.run_.close)
        # One page a second, each with its identity checked.
        cls.lively = cls.run_.page_when(lambda page: cls.run_.elapsed() > QUIET_FROM - 3, 100, "the lively time")
        cls.lively_truth = cls.run_.truth()
        cls.page = cls.run_.page_when(lambda page: cls.run_.elapsed() > QUIET_FROM + 12, 80, "counts at rest")
        cls.truth = cls.run_.truth()

    def counted(self, network, module="syn80", truth=None):
        entry = (truth or self.truth)["networks"][network]
        return entry["tcp"] if module.startswith(("syn", "open")) else entry

    def of(self, name, network, module="syn80", **labels):
        return self.page.sum(name, network=network, module=module, **labels)

    def test_the_lab_lost_nothing_by_itself(self):
        for count in ("device_drops", "write_failures", "bad_checksum", "unknown_destination", "untracked"):
            self.assertEqual(self.truth[count], 0, count)

    def test_states(self):
        states = {"lossy": ("spotty", {"ping": "spotty", "syn80": "spotty"}),
                  "lossy6": ("spotty", {"ping": "spotty", "syn80": "spotty"}),
                  "closed": ("up", {"syn80": "up", "open80": "down"}),
                  "filtered": ("up", {"ping": "up", "syn80": "down"}),
                  "unreachable": ("down", {"syn80": "down"}),
                  "unreachable8": ("down", {"syn80": "down"}),
                  "unreachable6": ("down", {"syn80": "down"}),
                  "impostor": ("down", {"syn80": "down"}),
                  "lied_to": ("up", {"syn80": "up"})}
        for network, (state, modules) in states.items():
            with self.subTest(network):
                self.assertEqual(self.lively.state(network), state)
                self.assertEqual({m: self.lively.module_state(network, m) for m in modules}, modules)

    def test_loss_in_both_directions_is_measured_as_the_lab_counts_it(self):
        for network in ("lossy", "lossy6"):
            for module in ("ping", "syn80"):
                with self.subTest(network=network, module=module):
                    counted = self.counted(network, module, self.lively_truth)
                    self.assertGreater(counted["requests"], 400)
                    true_ratio = counted["answered"] / counted["requests"]
                    self.assertAlmostEqual(true_ratio, 0.7 * 0.7, delta=0.1)
                    lower, ratio, upper = self.lively.ratio(network, module)
                    self.assertTrue(lower <= true_ratio <= upper, (lower, ratio, true_ratio, upper))

    def test_a_repeated_syn_ack_hides_no_loss(self):
        for network in ("lossy", "lossy6"):
            with self.subTest(network):
                counted = self.counted(network)
                replies = self.of("blipd_probe_replies_total", network)
                # A SYN whose first answer was lost is a failure, though a repeat came.
                self.assertLessEqual(replies, counted["answered"])
                extra = self.of("blipd_extra_probes_total", network, outcome="reply")
                self.assertLessEqual(replies + extra, counted["answered"])
                self.assertGreater(replies + extra, 0.98 * counted["answered"])
                failures = self.of("blipd_probe_failures_total", network)
                failures += self.of("blipd_extra_probes_total", network, outcome="failure")
                self.assertGreaterEqual(failures, counted["requests"] - counted["dark"] - replies - extra)
                # 0.7 x 0.3 x 0.7 of the SYNs get their first repeat and nothing before.
                came = counted["repeats"] - counted["repeats_lost"]
                late = self.of("blipd_replies_late_total", network)
                self.assertGreater(late, 0.08 * (counted["requests"] - counted["dark"]))
                self.assertLessEqual(late, came + counted["answered"] - replies)
                # Where the kernel's reset was lost, the repeat is a second answer.
                duplicate = self.of("blipd_replies_duplicate_total", network)
                self.assertGreater(duplicate, 0)
                self.assertLessEqual(duplicate, came)
                self.assertGreater(counted["resets"], 100)

    def test_a_closed_port_is_a_reply_unless_it_has_to_be_open(self):
        self.assertGreater(self.of("blipd_probe_replies_total", "closed"), 300)
        self.assertEqual(self.of("blipd_probe_failures_total", "closed"), 0)
        self.assertEqual(self.of("blipd_probe_replies_total", "closed", "open80"), 0)
        refused = self.page.sum("blipd_probe_failures_total", network="closed", module="open80", reason="refused")
        self.assertGreater(refused, 300)
        self.assertEqual(self.of("blipd_probe_failures_total", "closed", "open80"), refused)
        counted = self.counted("closed")
        self.assertEqual(counted["refused"], counted["answered"])

    def test_a_silent_port_is_a_timeout(self):
        timeouts = self.page.sum("blipd_probe_failures_total", network="filtered", module="syn80", reason="timeout")
        self.assertGreater(timeouts, 200)
        self.assertEqual(self.of("blipd_probe_failures_total", "filtered"), timeouts)
        self.assertEqual(self.of("blipd_probe_replies_total", "filtered"), 0)
        self.assertEqual(self.page.sum("blipd_probe_failures_total", network="filtered", module="ping"), 0)

    def test_icmp_errors_that_quote_the_syn_are_unreachable(self):
        cases = {"unreachable": ("198.18.0.254", 3, 1), "unreachable8": ("198.18.0.253", 3, 13),
                 "unreachable6": ("2001:db8::fe", 1, 3)}
        networks = {entry["name"]: entry for entry in self.run_.get_json("/api/v1/networks")["networks"]}
        for network, expected in cases.items():
            with self.subTest(network):
                self.assertGreater(self.page.failures(network, "unreachable"), 200)
                self.assertEqual(self.page.failures(network), self.page.failures(network, "unreachable"))
                self.assertEqual(self.page.voids(network), 0)
                errors = networks[network]["modules"][0]["errors"]
                self.assertEqual([(e["responder"], e["type"], e["code"]) for e in errors], [expected])

    def test_a_forged_syn_ack_changes_nothing(self):
        self.assertEqual(self.of("blipd_probe_replies_total", "impostor"), 0)
        self.assertEqual(self.page.failures("impostor"), self.page.failures("impostor", "timeout"))
        self.assertGreater(self.page.failures("impostor"), 300)
        self.assertEqual(self.page.failures("lied_to"), 0)
        forged = [self.counted(network)["forged"] for network in ("impostor", "lied_to")]
        self.assertGreater(min(forged), 300)
        seen = self.lively.value("blipd_replies_stray_total") + self.lively.value("blipd_replies_forged_total")
        self.assertGreater(seen, 600)
        for network in ("impostor", "lied_to"):
            for name in ("blipd_replies_late_total", "blipd_replies_duplicate_total"):
                self.assertEqual(self.of(name, network), 0, (network, name))

    def test_late_and_second_answers_are_counted_by_their_own_names(self):
        counted = self.counted("noisy")
        for name in ("answered", "duplicates", "late"):
            self.assertGreater(counted[name], 50, name)
        self.assertEqual(counted["repeats"], 0)
        extra = self.of("blipd_extra_probes_total", "noisy", outcome="reply")
        got = {"answered": self.of("blipd_probe_replies_total", "noisy") + extra,
               "duplicates": self.of("blipd_replies_duplicate_total", "noisy")}
        self.assertEqual(got, {name: counted[name] for name in got})
        # A late answer to a probe that is in no ratio is a failure of its own kind and nothing more.
        late = self.of("blipd_replies_late_total", "noisy")
        self.assertLessEqual(late, counted["late"])
        self.assertGreaterEqual(late + self.of("blipd_extra_probes_total", "noisy", outcome="failure"),
                                counted["late"])


if __name__ == "__main__":
    support.main()
