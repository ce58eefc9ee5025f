"""Our own way out is broken: a firewall, routes, the interface, the address, the queue below. About three minutes.

Nothing of it is the networks' loss, and all of it is over as soon as it is over.
"""

import os
import signal
import time

import own_side
import support
from fault_case import CONFIG, FaultCase, NETWORKS, REFUSED, UNROUTABLE, VANTAGE


class WayOut(FaultCase):
    def ill(self, cause, networks=NETWORKS):
        """Waits until probes of all of these are void for that cause and the vantage says so itself."""
        return self.run_.page_when(lambda p: p.value("blipd_vantage_ok") == 0 and all(
            self.grown(p, "blipd_probes_void_total", network=n, cause=cause) >= 3 for n in networks), 60, cause)

    def test_a_firewall_that_drops_what_we_send(self):
        with own_side.refused_output(self.run_.blipd_pid(), "198.18.0.0/15", "2001:db8::/32"):
            self.ill("send")
        self.check_over(*REFUSED)
        self.assertIn('error="Operation not permitted', self.told(REFUSED[0]))

    def test_a_firewall_that_drops_what_we_send_to_one_network(self):
        with own_side.refused_output(self.run_.blipd_pid(), "198.18.3.1/32"):
            self.run_.page_when(lambda p: self.grown(p, "blipd_probes_void_total", network="small", cause="send") >= 20,
                                60, "void probes to small")
        page = self.check_over(*REFUSED)
        for network in ("near", "far", "six"):
            self.assertEqual(self.grown(page, "blipd_probes_void_total", network=network), 0)

    def test_no_route(self):
        with own_side.no_routes(self.run_.blipd_pid()):
            self.ill("local_route")
        self.check_over(*UNROUTABLE)
        self.assertIn('error="Network is unreachable', self.told(UNROUTABLE[0]))

    def test_no_route_to_one_network(self):
        with own_side.no_routes(self.run_.blipd_pid(), "198.18.1.0/28"):
            self.run_.page_when(
                lambda p: self.grown(p, "blipd_probes_void_total", network="near", cause="local_route") >= 100,
                60, "void probes to near")
            page = self.run_.page()
            self.assertEqual(page.value("blipd_vantage_ok"), 1)
        page = self.check_over(*UNROUTABLE)
        self.assertEqual(self.grown(page, "blipd_probes_void_total", network="six"), 0)

    def test_the_interface_goes_down_and_comes_up(self):
        with own_side.link_down(self.run_.blipd_pid()):
            self.ill("local_route")
        self.check_over(*UNROUTABLE)

    def test_an_interface_that_is_down_for_a_moment(self):
        """What is in flight to `far` has no way in meanwhile, and nobody who looks now and then would know."""
        for _ in range(5):
            with own_side.link_down(self.run_.blipd_pid()):
                time.sleep(0.4)
            time.sleep(1.5)
        time.sleep(8)
        self.well("all is well after the fault")
        self.told("an interface of ours went down; probes on their way are void")
        page = self.check_unblamed()
        self.assertGreater(self.grown(page, "blipd_probes_void_total", network="far", cause="vantage"), 0)

    def test_another_address(self):
        """What is in flight to `far` is answered to an address that is no longer there."""
        gone = "an address of ours has gone; probes sent from it are void"
        own_side.change_address(self.run_.blipd_pid(), "198.51.100.9", "198.51.100.10")
        self.run_.page_when(lambda p: self.grown(p, "blipd_probes_void_total", network="far", cause="vantage") >= 5,
                            60, "void probes to far")
        self.assertIn("address=198.51.100.9", self.told(gone))
        self.mark = len(self.run_.log())
        own_side.change_address(self.run_.blipd_pid(), "198.51.100.10", "198.51.100.9")
        self.told(gone)
        self.check_over(gone, VANTAGE[1])


class BoundSource(FaultCase):
    """The address we are told to send from goes, and comes back."""
    config = CONFIG.replace("name: lab,", "name: lab, source: 198.51.100.9,")

    def test_the_address_of_the_vantage_goes_and_comes_back(self):
        own_side.change_address(self.run_.blipd_pid(), "198.51.100.9", "198.51.100.10")
        self.run_.page_when(lambda p: p.value("blipd_vantage_ok") == 0 and
                            self.grown(p, "blipd_probes_void_total", network="far", cause="local_route") >= 3 and
                            self.grown(p, "blipd_probes_void_total", network="near", cause="local_route") >= 3,
                            60, "probes without a source")
        own_side.change_address(self.run_.blipd_pid(), "198.51.100.10", "198.51.100.9")
        self.check_over(*UNROUTABLE)


class FullQueue(FaultCase):
    """Without CAP_NET_ADMIN the send buffer is small, and a device that is slow fills it: the kernel says ENOBUFS."""
    config = CONFIG.replace("timeout: 900ms}", "timeout: 900ms, payload_size: 1400}", 1)
    wrap = ["setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin"]

    def test_a_send_buffer_that_is_full(self):
        with own_side.slow_device(self.run_.blipd_pid()):
            self.run_.page_when(lambda p: p.value("blipd_vantage_ok") == 0 and
                                self.grown(p, "blipd_probes_void_total", cause="send") >= 20, 120, "refused sends")
        self.check_over(*REFUSED)
        self.assertIn('error="No buffer space available', self.told(REFUSED[0]))


class DeadDevice(FaultCase):
    """Nobody reads the device any more: what waits in it is answered late, or never."""
    lab_is_stopped = True

    def test_an_uplink_that_holds_everything_up(self):
        os.kill(self.run_.lab.pid, signal.SIGSTOP)
        try:
            self.run_.wait(lambda: self.run_.page().value("blipd_vantage_ok") == 0, 60)
        finally:
            os.kill(self.run_.lab.pid, signal.SIGCONT)
        self.check_over(*VANTAGE)


if __name__ == "__main__":
    support.main()
