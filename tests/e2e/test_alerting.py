#!/usr/bin/env python3
"""From an outage to the pager: blipd, Prometheus with the shipped rules, Alertmanager, a webhook. About 120 s."""

import json
import os
import subprocess
import tempfile
import time
import unittest

import support

# One run holds all: `branch` has an outage, then everything has one together with the references, the web site of
# `shop` fails from the start and `dead` never answers.
SCENARIO = """
seed: 7
outages: [{from: 64s, to: 78s}]
networks:
  - {name: references, prefixes: [192.0.2.0/29], delay: 4ms}
  - {name: branch, prefixes: [198.18.1.0/28], delay: 20ms, outages: [{from: 24s, to: 44s}]}
  - {name: steady, prefixes: [198.18.2.0/28], delay: 20ms}
  - {name: dead, prefixes: [198.18.3.0/28], silent: true}
  - {name: shop, prefixes: [198.18.4.0/29], delay: 20ms, tcp: {open: [80]}, http: {ports: [80], status: 503}}
"""
CONFIG = """
vantage: {name: lab, references: {quorum: 2, hosts: [192.0.2.1, 192.0.2.2, 192.0.2.3]}}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
  web: {prober: http, interval: 1s, timeout: 1s, url: "http://{host}/", valid_status_codes: [200]}
networks:
  - {name: branch, prefixes: [198.18.1.0/28], modules: [ping], discover: false, mine: true}
  - {name: steady, prefixes: [198.18.2.0/28], modules: [ping], discover: false, mine: true}
  - {name: dead, prefixes: [198.18.3.0/28], modules: [ping], discover: false, mine: true}
  - {name: shop, prefixes: [198.18.4.0/29], modules: [ping, web], discover: false, mine: true}
"""


class Alerting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for program in ("prometheus", "prometheus-alertmanager"):
            support.require(program)
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="blipd-e2e-"))
        paths = {}
        for name, text in (("lab.yaml", SCENARIO), ("blipd.yaml", CONFIG)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "w", encoding="utf-8") as file:
                file.write(text)
        cls.webhook = cls.enterClassContext(support.Webhook())
        cls.alertmanager = cls.enterClassContext(support.Alertmanager(folder, cls.webhook))
        with support.Lab(folder, paths["lab.yaml"], paths["blipd.yaml"]) as lab:
            cls.instance = f"127.0.0.1:{lab.port}"
            cls.prometheus = cls.enterClassContext(support.Prometheus(folder, lab.port, cls.alertmanager.port))
            told = cls.webhook.told
            support.wait_for("the outage is told", lambda: told(network="branch"), 90)
            support.wait_for("its end is told", lambda: len(told(network="branch")) > 1, 90)
            support.wait_for("the vantage is told", lambda: told(instance=cls.instance), 90)
            support.wait_for("its recovery is told", lambda: len(told(instance=cls.instance)) > 1, 90)
            # Two intervals of a group, in which something might be told twice.
            time.sleep(8)
        support.wait_for("the end of blipd is told", lambda: len(told(instance=cls.instance)) > 2, 90)
        time.sleep(8)

    def test_an_outage_is_told_once_and_its_end_once(self):
        self.assertEqual(self.webhook.told(network="branch"),
                         [("firing", ["BlipdNetworkDown"]), ("resolved", ["BlipdNetworkDown"])])

    def test_the_notification_carries_the_evidence(self):
        alert = next(n for n in self.webhook.notifications if n["groupLabels"] == {"network": "branch"})["alerts"][0]
        self.assertEqual(alert["labels"], {"alertname": "BlipdNetworkDown", "severity": "critical", "job": "blipd",
                                           "network": "branch", "instance": self.instance})
        self.assertEqual(alert["annotations"]["summary"], "Network branch is down")
        self.assertRegex(alert["annotations"]["description"],
                         # The state comes within seconds; hosts are silent when three failures in a row are booked.
                         r"^down since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC\. \d+ hosts responding\. \d+ hosts silent\. "
                         r"ping: [\d.]+% of \d+ probes in \d+[mh] answered \(95% interval [\d.]+% to [\d.]+%\)\. "
                         rf"Seen from {self.instance}\.$")

    def test_our_own_outage_is_told_as_ours(self):
        told = self.webhook.told(instance=self.instance)
        self.assertEqual(told[:2], [("firing", ["BlipdVantageIll"]), ("resolved", ["BlipdVantageIll"])])

    def test_nothing_is_told_of_a_network_that_was_well(self):
        self.assertEqual(self.webhook.told(network="steady"), [])

    def test_a_dead_site_is_told_as_that(self):
        self.assertEqual(self.webhook.told(network="shop"), [("firing", ["BlipdWebSiteDown"])])
        down = 'count_over_time(ALERTS{alertname="BlipdNetworkDown",network="%s"}[10m])'
        self.assertEqual(self.prometheus.query(down % "shop"), [])
        self.assertNotEqual(self.prometheus.query(down % "branch"), [])

    def test_the_end_of_blipd_is_told_and_is_no_recovery(self):
        self.assertEqual(self.webhook.told(instance=self.instance)[2:], [("firing", ["BlipdDown"])])
        self.assertEqual(self.webhook.told(network="dead"), [("firing", ["BlipdNetworkDown"])])


class Inhibition(unittest.TestCase):
    """The shipped Alertmanager configuration by itself, given alerts by hand."""

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="blipd-e2e-"))
        self.webhook = self.enterContext(support.Webhook())
        self.alertmanager = self.enterContext(support.Alertmanager(folder, self.webhook))

    def told_after(self, *alerts):
        """The (alertname, instance, network) that are told when these come together."""
        self.alertmanager.add([{"alertname": name, "job": "blipd", "instance": instance} |
                               ({"network": network} if network else {}) for name, instance, network in alerts])

        def settled():
            present = self.alertmanager.alerts()
            return len(present) == len(alerts) and all(a["status"]["state"] != "unprocessed" for a in present)
        support.wait_for("the alerts are processed", settled, 60)
        active = [a["labels"] for a in self.alertmanager.alerts() if a["status"]["state"] == "active"]

        def told():
            return sorted((a["labels"]["alertname"], a["labels"]["instance"], a["labels"].get("network"))
                          for n in list(self.webhook.notifications) for a in n["alerts"])
        support.wait_for("every active alert is told", lambda: len(told()) >= len(active), 60)
        # All groups wait equally long, so that what should not be told would come now.
        time.sleep(1)
        return told()

    def test_an_ill_vantage_mutes_the_networks_it_watches_and_no_others(self):
        states = ("BlipdNetworkDown", "BlipdNetworkSpotty", "BlipdNetworkFlapping", "BlipdWebSiteDown")
        told = self.told_after(("BlipdVantageIll", "fra1", None), *((name, "fra1", name.lower()) for name in states),
                               ("BlipdNetworkDown", "ams2", "blipdnetworkdown"),
                               ("BlipdCertificateEnds", "fra1", "shop"))
        self.assertEqual(told, [("BlipdCertificateEnds", "fra1", "shop"),
                                ("BlipdNetworkDown", "ams2", "blipdnetworkdown"), ("BlipdVantageIll", "fra1", None)])

    def test_an_outage_mutes_the_lesser_troubles_of_its_network_alone(self):
        told = self.told_after(("BlipdNetworkDown", "fra1", "a"), ("BlipdNetworkSpotty", "fra1", "a"),
                               ("BlipdNetworkFlapping", "fra1", "a"), ("BlipdWebSiteDown", "fra1", "a"),
                               ("BlipdNetworkSpotty", "fra1", "b"), ("BlipdWebSiteDown", "ams2", "a"))
        self.assertEqual(told, [("BlipdNetworkDown", "fra1", "a"), ("BlipdNetworkSpotty", "fra1", "b"),
                                ("BlipdWebSiteDown", "ams2", "a")])

    def test_a_beat_mutes_the_ratio(self):
        told = self.told_after(("BlipdNetworkFlapping", "fra1", "a"), ("BlipdNetworkSpotty", "fra1", "a"),
                               ("BlipdNetworkSpotty", "fra1", "b"))
        self.assertEqual(told, [("BlipdNetworkFlapping", "fra1", "a"), ("BlipdNetworkSpotty", "fra1", "b")])

    def test_vantages_share_the_notification_of_a_network(self):
        self.told_after(("BlipdNetworkDown", "fra1", "a"), ("BlipdNetworkDown", "ams2", "a"),
                        ("BlipdVantageIll", "lon3", None), ("BlipdDown", "nyc4", None))
        self.assertEqual(sorted((len(n["alerts"]), json.dumps(n["groupLabels"], sort_keys=True))
                                for n in self.webhook.notifications),
                         [(1, '{"instance": "lon3", "job": "blipd"}'), (1, '{"instance": "nyc4", "job": "blipd"}'),
                          (2, '{"network": "a"}')])

    def test_amtool_has_no_complaint(self):
        path = os.path.join(support.SOURCE, "deploy", "alertmanager", "alertmanager.yml")
        run = subprocess.run([support.require("amtool"), "check-config", path], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
