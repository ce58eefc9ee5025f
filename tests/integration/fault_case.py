"""The frame of tests of one fault of our own side: what must be true before, during and after each of them."""

import re
import unittest

import support

# A reference that answers in time says that our uplink worked: so its timeout is shorter than the modules' by more than
# a round-trip time.
CONFIG = """
vantage: {name: lab, references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3], timeout: 250ms}}
windows: [10s]
modules:
  ping: {prober: icmp, interval: 250ms, timeout: 900ms}
  syn80: {prober: tcp_syn, port: 80, interval: 1s, timeout: 900ms}
networks:
""" + support.networks_yaml({
    "near": (["198.18.1.0/28"], ["ping", "syn80"]),
    "far": (["198.18.2.0/28"], ["ping"]),
    "six": (["2001:db8:1::/126"], ["ping"]),
    "small": (["198.18.3.1/32"], ["ping"])})

SCENARIO = """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: near, prefixes: [198.18.1.0/28], delay: 20ms, tcp: {open: [80]}}
  - {name: far, prefixes: [198.18.2.0/28], delay: 600ms}
  - {name: six, prefixes: ["2001:db8:1::/126"], delay: 20ms}
  - {name: small, prefixes: [198.18.3.1/32], delay: 20ms}
"""

# What the log says when a fault begins, and when it is over.
REFUSED = ("our kernel refuses packets; their probes are void", "our kernel takes packets again")
UNROUTABLE = ("our kernel has no way for packets; their probes are void", "our kernel has a way for packets again")
DROPS = ("the receive queue was full; the probes of that time are void", "the receive queue is no longer full")
MISSED = ("probes are missed: this machine is held up, or too slow for the plan", "no probes are missed any more")
FLOOD = ("a flood of answers to nothing we sent", "the flood of answers is over")
CONNECTIONS = ("the web server can accept no connections", "the web server accepts connections again")
NAMES = ("names cannot be resolved; their last addresses stay in use", "names can be resolved again")
VANTAGE = ("vantage is ill: probes prove nothing about networks", "vantage is well again")
ENDING = (REFUSED, UNROUTABLE, DROPS, MISSED, FLOOD, CONNECTIONS, VANTAGE)

NETWORKS = ("near", "far", "six", "small")

# Seconds: what `far` leaves of its timeout.
LAB_LATE = 0.3


class FaultCase(unittest.TestCase):
    """blipd among networks that are always well; a test makes a fault, and `check_over` takes leave of it."""
    scenario, config, wrap, networks = SCENARIO, CONFIG, (), NETWORKS
    lab_is_stopped = False  # by the test itself

    @classmethod
    def setUpClass(cls):
        cls.run_ = support.LabRun(cls.scenario, cls.config, wrap=cls.wrap)
        cls.addClassCleanup(cls.run_.close)

    mark = 0

    def setUp(self):
        # A fault that is not over for the log would go on with the next one, and one may begin of itself meanwhile.
        def all_over():
            return all(len(self.lines(begins)) == len(self.lines(over)) for begins, over in ENDING)

        for _ in range(5):
            self.run_.wait(all_over, 60)
            self.before = self.well("all is well before the fault")
            mark = len(self.run_.log())
            if all_over():
                break
        else:
            self.fail("this machine has faults of its own all the time")
        self.mark = mark

    def well(self, what):
        return self.run_.page_when(lambda p: p.value("blipd_vantage_ok") == 1 and all(
            p.state(network) == "up" for network in self.networks), 60, what)

    def grown(self, page, name, **labels):
        return page.sum(name, **labels) - self.before.sum(name, **labels)

    def lines(self, message):
        """Lines of the log since the test began."""
        return re.findall('.* msg="?%s"? .*' % re.escape(message), self.run_.log()[self.mark:])

    def told(self, message):
        """The one line that says so, waited for."""
        lines = self.run_.wait(lambda: self.lines(message), 60)
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def check_over(self, begins, over):
        """All is well by itself, each line was written once, and no network was blamed: no failure, no event."""
        self.well("all is well after the fault")
        self.told(over)
        self.told(begins)
        # Failures are booked five seconds after the timeout, and each `over` line comes ten after the fault.
        return self.check_unblamed()

    def check_unblamed(self):
        """When all is booked: no failure, no event of a network."""
        page = self.run_.page()
        failures = sum(page.failures(network) for network in self.networks)
        if failures and not self.lab_is_stopped and self.run_.lab_held_up() >= LAB_LATE:
            self.skipTest("%d failures, but the lab itself got no processor for %.2f s: it was late, as a network is" % (
                failures, self.run_.lab_held_up()))
        for network in self.networks:
            self.assertEqual(page.failures(network), 0, (network, support.summary(page), self.run_.log()))
            self.assertEqual(page.extra(network, "failure"), 0, network)
        blamed = [e for e in self.run_.get_json("/api/v1/events?limit=1000")["events"] if e["network"]]
        self.assertEqual(blamed, [])
        return page
