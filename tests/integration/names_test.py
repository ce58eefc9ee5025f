"""Hosts by their names: resolved by a real server, which changes its mind, denies and dies. About three minutes."""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

import support

SCENARIO = """
seed: 7
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: named, prefixes: [198.18.1.0/28, "2001:db8:1::/124"], delay: 20ms}
"""

CONFIG = """
vantage:
  name: lab
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
windows: [1m, 5m]
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
  ping4: {prober: icmp, interval: 1s, timeout: 1s, family: ipv4}
networks:
  - {name: both, hosts: [both.example], modules: [ping, ping4], mine: true}
  - {name: moving, hosts: [Moving.Example.], modules: [ping], mine: true, per_host_metrics: true}
  - {name: wrong, hosts: [nobody.example, 198.18.1.9], modules: [ping], mine: true}
  - {name: excluded, hosts: [inside.example], exclude: [198.18.1.0/28], modules: [ping], mine: true}
"""

ONLY_NAMES = """
vantage: {name: lab, references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
networks:
  - {name: both, hosts: [both.example], modules: [ping], mine: true}
"""

ZONE = {
    "both.example": {"A": ["198.18.1.1"], "AAAA": ["2001:db8:1::1"]},
    "moving.example": {"A": ["198.18.1.2"]},
    "inside.example": {"A": ["198.18.1.3"]},
}

SERVER = os.path.join(os.path.dirname(__file__), "..", "support", "dns_zone.py")


class Named(unittest.TestCase):
    """blipd with a name server of its own, which begins with `zone`."""
    config = zone = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="blipd-zone-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.path = os.path.join(cls.directory.name, "zone.json")
        cls.write(cls.zone)
        cls.run_ = support.LabRun(SCENARIO, cls.config, wrap=[sys.executable, "-B", SERVER, cls.path])
        cls.addClassCleanup(cls.run_.close)

    @classmethod
    def write(cls, zone):
        fresh = cls.path + ".new"
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(zone, file)
        os.replace(fresh, cls.path)

    def sent(self, page, network, module="ping"):
        return page.value("blipd_probes_sent_total", network=network, module=module)


class Names(Named):
    config, zone = CONFIG, ZONE

    def test_1_names_are_probed_on_both_families(self):
        page = self.run_.page_when(lambda p: self.sent(p, "both") >= 20, 60, "20 probes to both.example")
        # Two hosts for `ping`, one for `ping4`.
        self.assertAlmostEqual(self.sent(page, "both") / self.sent(page, "both", "ping4"), 2, delta=0.5)
        self.assertEqual(page.failures("both"), 0)
        networks = {n["name"]: n for n in self.run_.get_json("/api/v1/networks")["networks"]}
        self.assertEqual(networks["both"]["hosts"], 2)
        self.assertEqual([m["targets"] for m in networks["both"]["modules"]], [2, 1])

    def test_2_a_wrong_name_is_counted_and_is_no_loss(self):
        page = self.run_.page_when(lambda p: p.value("blipd_resolve_failures_total") >= 1, 60, "a failed lookup")
        self.assertEqual(page.value("blipd_names", status="unresolved"), 2)
        self.assertEqual(page.failures("wrong"), 0)
        self.assertGreater(self.sent(page, "wrong"), 0)
        networks = {n["name"]: n for n in self.run_.get_json("/api/v1/networks")["networks"]}
        self.assertEqual(networks["wrong"]["unresolved_names"], ["nobody.example"])
        self.assertEqual(networks["wrong"]["hosts"], 1)

    def test_3_a_name_cannot_bring_in_what_is_excluded(self):
        page = self.run_.page()
        self.assertEqual(self.sent(page, "excluded"), 0)
        self.assertEqual(page.state("excluded"), "unknown")

    def test_4_a_changed_address_is_followed_and_no_failure_invented(self):
        def probed(page, address):
            # The windows tell by send time and with the delay of booking, so a first probe is enough.
            of = {"network": "moving", "module": "ping", "host": "moving.example", "address": address, "window": "1m"}
            return page.sum("blipd_host_window_probes", **of)

        before = self.run_.page_when(lambda p: probed(p, "198.18.1.2") > 3, 60, "probes to the first address")
        self.assertFalse(before.has("blipd_host_responding", address="198.18.1.12"))
        self.write({**ZONE, "moving.example": {"A": ["198.18.1.12"]}})
        after = self.run_.page_when(lambda p: probed(p, "198.18.1.12") > 3, 80, "probes to the second address")
        self.assertFalse(after.has("blipd_host_responding", address="198.18.1.2"))
        self.assertEqual(after.failures("moving"), 0)
        self.assertLessEqual(after.voids("moving"), after.voids("moving", "removed"))
        self.assertLessEqual(after.voids("moving"), 1)

    def test_5_probing_goes_on_while_the_dns_is_dead(self):
        self.write({"": {"dead": True}})
        page = self.run_.page()
        sent, failed = self.sent(page, "both"), page.value("blipd_resolve_failures_total")
        page = self.run_.page_when(lambda p: p.value("blipd_resolve_failures_total") > failed
                                   and self.sent(p, "both") > sent + 20, 60, "probes after the DNS has died")
        self.assertEqual(page.failures("both"), 0)
        self.assertEqual(page.value("blipd_names", status="resolved"), 2)
        self.assertEqual(page.value("blipd_names", status="unresolved"), 2)
        # And it is followed again as soon as somebody answers.
        self.write({**ZONE, "nobody.example": {"A": ["198.18.1.4"]}})
        self.run_.page_when(lambda p: p.value("blipd_names", status="unresolved") == 1, 150, "the late name")

    def test_6_a_reload_keeps_what_is_known(self):
        config = CONFIG + "  - {name: again, hosts: [both.example], modules: [ping], mine: true}\n"
        self.run_.write_config(config)
        self.assertEqual(self.run_.reload()[0], 200)
        networks = {n["name"]: n for n in self.run_.get_json("/api/v1/networks")["networks"]}
        self.assertEqual((networks["again"]["hosts"], networks["both"]["hosts"]), (2, 2))


class Lies(Named):
    """The server answers what cannot be true: the hosts stay what they were, and nobody fails."""
    config, zone = CONFIG.replace("  - {name: excluded", "  # ").replace("nobody.example, ", ""), ZONE

    def lie(self, entries):
        """Tells the lies for some lookups, and looks at what becomes of the hosts."""
        before = self.run_.page()
        failed = before.value("blipd_resolve_failures_total")
        self.write({**ZONE, **entries})
        # A TTL of a second counts as five.
        page = self.run_.page_when(lambda p: p.value("blipd_resolve_failures_total") >= failed + 2, 60, "failed lookups")
        sent = self.sent(page, "both")
        page = self.run_.page_when(lambda p: self.sent(p, "both") >= sent + 10, 60, "more probes")
        self.assertEqual(self.addresses(), {"both.example": ["198.18.1.1", "2001:db8:1::1"],
                                            "moving.example": ["198.18.1.2"]})
        for network in ("both", "moving"):
            self.assertEqual(page.failures(network), 0)
            self.assertEqual(page.voids(network), before.voids(network))
            self.assertEqual(page.state(network), before.state(network))
        self.assertEqual(page.value("blipd_names", status="unresolved"), 0)
        self.write(ZONE)

    def addresses(self):
        hosts = {}
        for network in ("both", "moving"):
            for target in self.run_.get_json("/api/v1/networks/%s/hosts" % network)["hosts"]:
                if target["module"] == "ping":
                    hosts.setdefault(target["host"].lower().rstrip("."), []).append(target["address"])
        return {host: sorted(addresses) for host, addresses in hosts.items()}

    def test_1_it_begins_with_the_truth(self):
        self.run_.page_when(lambda p: p.state("both") == p.state("moving") == "up", 90, "both networks up")

    def test_2_names_that_exist_no_more(self):
        self.lie({"both.example": None, "moving.example": None})

    def test_3_addresses_that_are_no_hosts(self):
        nonsense = {"A": ["0.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1"],
                    "AAAA": ["::", "::1", "ff02::1", "::ffff:198.18.1.9"]}
        self.lie({"both.example": nonsense, "moving.example": nonsense})

    def test_4_records_of_the_other_family(self):
        other = {"A": ["198.18.1.9"], "AAAA": ["2001:db8:1::9"], "swapped": True}
        self.lie({"both.example": other, "moving.example": other})

    def test_5_a_thousand_addresses_are_one_host(self):
        crowd = {"A": ["198.18.1.%d" % (n % 250) for n in range(1000)]}
        self.write({**ZONE, "both.example": {**crowd, "AAAA": ["2001:db8:1::1"]}})
        sent = self.sent(self.run_.page(), "both")
        page = self.run_.page_when(lambda p: self.sent(p, "both") >= sent + 20, 60, "more probes")
        self.assertEqual(self.addresses()["both.example"], ["198.18.1.1", "2001:db8:1::1"])
        self.assertEqual(page.failures("both"), 0)

    def test_6_an_absurd_ttl_holds_nobody_up(self):
        """RFC 2181, section 8: a TTL with its highest bit set is none."""
        self.write({**ZONE, "moving.example": {"A": ["198.18.1.2"], "ttl": 0xffffffff}})
        time.sleep(8)
        self.write({**ZONE, "moving.example": {"A": ["198.18.1.12"], "ttl": 0}})
        self.run_.wait(lambda: self.addresses()["moving.example"] == ["198.18.1.12"], 90)
        self.assertEqual(self.run_.page().failures("moving"), 0)

    def test_7_one_line_is_written_for_all_of_it(self):
        self.assertEqual(self.run_.log().count("names cannot be resolved"), 1, self.run_.log())


class NobodyToAsk(Named):
    """The DNS is dead from the start, and all hosts have names."""
    config, zone = ONLY_NAMES, {"": {"dead": True}}

    def test_it_starts_and_probes_as_soon_as_somebody_answers(self):
        page = self.run_.page_when(lambda p: p.value("blipd_resolve_failures_total") >= 2, 60, "failed lookups")
        self.assertEqual(page.value("blipd_targets"), 0)
        self.assertEqual(page.value("blipd_names", status="unresolved"), 1)
        self.assertEqual(page.state("both"), "unknown")
        self.assertEqual(page.value("blipd_vantage_ok"), 1)
        self.write(ZONE)
        page = self.run_.page_when(lambda p: self.sent(p, "both") >= 10, 120, "probes to both.example")
        self.assertEqual(page.failures("both"), 0)
        self.assertEqual(page.value("blipd_targets"), 2)
        self.assertEqual(self.run_.log().count("names cannot be resolved"), 1, self.run_.log())


def no_private_mounts():
    """Why /etc/resolv.conf cannot be replaced for one program alone (in a chroot, for instance), or None."""
    how = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    tried = subprocess.run(how + ["mount", "--make-rprivate", "/"], capture_output=True, text=True, check=False)
    return tried.stderr.splitlines()[0] if tried.returncode else None


if __name__ == "__main__":
    reason = no_private_mounts()
    if reason:
        print("SKIPPED: no private mounts: " + reason)
        sys.exit(support.SKIPPED)
    support.main()
