#!/usr/bin/env python3
"""A real Prometheus scrapes a real blipd, and promtool finds nothing to complain about. About 40 s."""

import os
import subprocess
import tempfile
import unittest
import urllib.parse

import support

QUICKSTART = os.path.join(support.SOURCE, "deploy", "quickstart.d")
NETWORKS = {"stable", "spotty", "flapping", "dark", "dead-site"}
MODULES = 9  # of all networks together


class Prometheus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prometheus = support.require("prometheus")
        cls.promtool = support.require("promtool")
        cls.folder = tempfile.TemporaryDirectory(prefix="blipd-e2e-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.lab = cls.enterClassContext(support.Lab(cls.folder.name, os.path.join(QUICKSTART, "lab.yaml"),
                                                    os.path.join(QUICKSTART, "blipd.yaml")))
        cls.start_prometheus()

    @classmethod
    def start_prometheus(cls):
        """Prometheus with the example configuration, its target and interval made ours."""
        with open(os.path.join(support.SOURCE, "deploy", "prometheus", "prometheus.yml"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace("localhost:12214", f"127.0.0.1:{cls.lab.port}").replace("scrape_interval: 15s",
                                                                                     "scrape_interval: 1s")
        config = os.path.join(cls.folder.name, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        port = support.free_port()
        cls.url = f"http://127.0.0.1:{port}"
        with open(os.path.join(cls.folder.name, "prometheus.log"), "wb") as log:
            process = subprocess.Popen(
                [cls.prometheus, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}",
                 f"--storage.tsdb.path={os.path.join(cls.folder.name, 'data')}"], stdout=log, stderr=log)
        cls.addClassCleanup(support.stop, process)
        support.wait_for("Prometheus is ready", lambda: support.fetch(cls.url + "/-/ready"), 90)

    def query(self, expression):
        """The result of an instant query: a list of (labels, value)."""
        answer = support.fetch_json(f"{self.url}/api/v1/query?query={urllib.parse.quote(expression)}")
        result = answer["data"]["result"] if answer else []
        return [(series["metric"], float(series["value"][1])) for series in result]

    def test_every_target_is_up(self):
        def all_up():
            targets = (support.fetch_json(self.url + "/api/v1/targets") or {"data": {"activeTargets": []}})["data"][
                "activeTargets"]
            return targets and all(target["health"] == "up" and not target["lastError"] for target in targets)
        support.wait_for("the target is up", all_up, 60)

    def test_a_network_has_exactly_one_state(self):
        def states():
            return self.query("sum by (network) (blipd_network_state)")
        result = support.wait_for("states are stored", states, 60)
        self.assertEqual({labels["network"] for labels, _ in result}, NETWORKS)
        self.assertEqual({value for _, value in result}, {1.0})

    def test_the_states_are_those_of_the_scenario(self):
        for network, state in (("stable", "up"), ("spotty", "spotty"), ("dark", "down"), ("dead-site", "up")):
            expression = f'blipd_network_state{{network="{network}",state="{state}"}} == 1'
            support.wait_for(f"{network} is {state}", lambda e=expression: self.query(e), 120)

    def test_every_probe_is_accounted_for(self):
        support.wait_for("replies are stored", lambda: self.query("blipd_probe_replies_total > 0"), 60)
        off = self.query(
            "blipd_probes_sent_total - blipd_probe_replies_total - blipd_probes_in_flight"
            " - on (network, module) sum by (network, module) (blipd_probe_failures_total)"
            " - on (network, module) sum by (network, module) (blipd_probes_void_total)")
        self.assertEqual(len(off), MODULES)
        for labels, value in off:
            self.assertEqual(value, 0, labels)

    def test_round_trip_times_are_a_histogram(self):
        def median():
            return self.query('histogram_quantile(0.5, sum by (le) (blipd_rtt_seconds_bucket{network="stable",module="ping"}))')
        result = support.wait_for("a median", median, 60)
        # The scenario's 20 to 25 ms lie in the bucket from 12.8 to 25.6 ms, and on a busy machine in one of the next.
        self.assertGreater(result[0][1], 0.0128)
        self.assertLess(result[0][1], 0.5)

    def test_a_network_has_series_of_its_hosts_where_it_asks_for_them(self):
        def hosts():
            return self.query('count by (network) (blipd_host_rtt_seconds{quantile="0.5"}) >= 16')
        result = support.wait_for("round-trip times of all hosts", hosts, 60)
        self.assertEqual([(labels["network"], value) for labels, value in result], [("flapping", 16.0)])
        self.assertEqual(len(self.query('count by (network) (blipd_host_responding)')), 1)

    def test_promtool_has_no_complaint(self):
        page = support.fetch(self.lab.url + "/metrics")
        run = subprocess.run([self.promtool, "check", "metrics"], input=page, capture_output=True, text=True)
        self.assertEqual((run.returncode, (run.stdout + run.stderr).strip()), (0, ""))

    def test_the_example_configuration_is_valid(self):
        config = os.path.join(support.SOURCE, "deploy", "prometheus", "prometheus.yml")
        run = subprocess.run([self.promtool, "check", "config", config], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
