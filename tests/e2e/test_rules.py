#!/usr/bin/env python3
"""The shipped rules: promtool finds nothing to complain about, their tests pass, and each alert is complete. Seconds."""

import glob
import os
import re
import subprocess
import unittest

import support
import yaml

FOLDER = os.path.join(support.SOURCE, "deploy", "prometheus")
TESTS = sorted(glob.glob(os.path.join(FOLDER, "tests", "*.yml")))
UNITS = {"s": 1, "m": 60}


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def rules(name):
    return [rule for group in load(os.path.join(FOLDER, name))["groups"] for rule in group["rules"]]


def seconds(duration):
    return int(duration[:-1]) * UNITS[duration[-1]]


class Promtool(unittest.TestCase):
    def run_promtool(self, *arguments):
        run = subprocess.run([support.require("promtool"), *arguments], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_the_rules_are_valid(self):
        self.run_promtool("check", "rules", os.path.join(FOLDER, "blipd.rules.yml"),
                          os.path.join(FOLDER, "blipd.alerts.yml"))

    def test_the_configuration_finds_them(self):
        self.run_promtool("check", "config", os.path.join(FOLDER, "prometheus.yml"))
        named = load(os.path.join(FOLDER, "prometheus.yml"))["rule_files"]
        self.assertEqual(sorted(named), sorted(os.path.basename(path) for path in
                                               glob.glob(os.path.join(FOLDER, "blipd.*.yml"))))

    def test_the_tests_of_the_rules_pass(self):
        self.assertTrue(TESTS)
        self.run_promtool("test", "rules", *TESTS)


class Alerts(unittest.TestCase):
    def setUp(self):
        self.alerts = rules("blipd.alerts.yml")
        self.names = {alert["alert"] for alert in self.alerts}

    def test_every_alert_is_complete(self):
        scrape = seconds(load(os.path.join(FOLDER, "prometheus.yml"))["global"]["scrape_interval"])
        for alert in self.alerts:
            with self.subTest(alert["alert"]):
                self.assertTrue(alert["alert"].startswith("Blipd"))
                self.assertGreaterEqual(seconds(alert["for"]), 2 * scrape)
                self.assertIn(alert["labels"]["severity"], ("critical", "warning", "info"))
                self.assertEqual(set(alert["annotations"]), {"summary", "description", "runbook_url"})

    def test_every_alert_has_a_section_of_its_own_to_read(self):
        with open(os.path.join(support.SOURCE, "docs", "alerting.md"), encoding="utf-8") as file:
            sections = re.findall(r"(?m)^### (Blipd\w+)$", file.read())
        self.assertEqual(sorted(sections), sorted(self.names))
        for alert in self.alerts:
            self.assertEqual(alert["annotations"]["runbook_url"], f"docs/alerting.md#{alert['alert'].lower()}")

    def test_every_alert_is_shown_firing_and_not_firing(self):
        firing, quiet = set(), set()
        for path in TESTS:
            for test in load(path)["tests"]:
                for case in test.get("alert_rule_test", []):
                    for expected in case["exp_alerts"]:
                        self.assertEqual(set(expected["exp_annotations"]), {"summary", "description", "runbook_url"})
                        firing.add((case["alertname"], expected["exp_labels"]["severity"]))
                    if not case["exp_alerts"]:
                        quiet.add(case["alertname"])
        self.assertEqual(firing, {(alert["alert"], alert["labels"]["severity"]) for alert in self.alerts})
        self.assertEqual(quiet, self.names)

    def test_the_inhibitions_name_alerts_that_exist(self):
        for rule in yaml.safe_load(support.shipped("alertmanager", "alertmanager.yml"))["inhibit_rules"]:
            self.assertIn("instance", rule["equal"])
            for matcher in rule["source_matchers"] + rule["target_matchers"]:
                for name in re.fullmatch(r'alertname=~?"([\w|]+)"', matcher)[1].split("|"):
                    self.assertIn(name, self.names)


class Names(unittest.TestCase):
    def setUp(self):
        self.recorded = {rule["record"]: rule["expr"] for rule in rules("blipd.rules.yml")}

    def test_recording_rules_are_named_by_level_metric_and_operations(self):
        for name in self.recorded:
            self.assertRegex(name, r"^(instance_)?network(_module)?:blipd_\w+:\w+$")

    def test_every_metric_in_use_is_one_that_blipd_exports(self):
        with open(os.path.join(support.SOURCE, "daemon", "export", "metric_names.h"), encoding="utf-8") as file:
            exported = set(re.findall(r'"((?:blipd|process)_\w+)"', file.read()))
        histograms = {name + suffix for name in exported if name.endswith("_seconds")
                      for suffix in ("_bucket", "_sum", "_count")}
        texts = [support.shipped("prometheus", "blipd.alerts.yml"), support.shipped("prometheus", "blipd.rules.yml"),
                 support.shipped("grafana", "dashboards", "blipd-overview.json")]
        used = {name for text in texts for name in re.findall(r"[\w:]*\b(?:blipd|process)_\w[\w:]*", text)}
        self.assertGreater(len(used), 30)
        self.assertEqual(used - exported - histograms - set(self.recorded), set())


if __name__ == "__main__":
    unittest.main()
