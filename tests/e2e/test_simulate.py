#!/usr/bin/env python3
"""`blipd simulate`: a scenario in virtual time, as people and as programs read it. Seconds."""

import json
import os
import subprocess
import tempfile
import unittest

import support

SCENARIO = """
seed: 3
length: 2h
starts: 2014-12-22T16:15:00Z
networks:
  - name: star-jv
    prefixes: [175.45.176.0/24, 175.45.177.0/24]
    hosts: [{count: 16}]
    delay: 180ms
    incidents:
      - {kind: outage, at: 30m, for: 10m}
      - {kind: random_loss, at: 1h, for: 20m, loss: 0.3}
blipd:
  modules: {ping: {prober: icmp, interval: 10s, timeout: 3s}}
"""


class Simulate(unittest.TestCase):
    def run_(self, text, *flags):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            return subprocess.run([support.BLIPD, "simulate", file.name, *flags], capture_output=True, text=True,
                                  timeout=120)

    def events(self, *flags):
        run = self.run_(SCENARIO, "--json", *flags)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        return json.loads(run.stdout)

    def test_the_story(self):
        run = self.run_(SCENARIO)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        lines = run.stdout.splitlines()
        self.assertIn("2014-12-22 16:15:00 UTC  begins", lines[0])
        self.assertRegex(run.stdout, r"16:4\d:\d\d UTC  star-jv   outage    since 2014-12-22 16:4[45]:")
        self.assertRegex(run.stdout, r"star-jv   outage    over, lasted (9|10) min")
        self.assertRegex(run.stdout, r"star-jv   spotty    over, lasted")
        self.assertLessEqual(max(len(line) for line in lines), 120)

    def test_the_events_are_those_of_the_truth(self):
        told = self.events()
        dark = [event for event in told["events"] if event["class"] == "outage"]
        self.assertEqual(len(dark), 1)
        self.assertEqual(dark[0]["network"], "star-jv")
        self.assertRegex(dark[0]["start"], r"^2014-12-22T16:4(4:5|5:0)")
        self.assertRegex(dark[0]["end"], r"^2014-12-22T16:5(4:5|5:0)")
        self.assertEqual(dark[0]["hosts_affected"], 16)
        self.assertLess(dark[0]["success_ratio"], 0.05)
        self.assertTrue(any(event["class"] == "spotty" for event in told["events"]))
        self.assertIn("score", told)

    def test_the_same_seed_tells_the_same_and_another_one_does_not(self):
        self.assertEqual(self.events()["events"], self.events()["events"])
        self.assertNotEqual(self.events()["events"], self.events("--seed=4")["events"])

    def test_the_truth_accounts_for_each_packet(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "truth.json")
            self.events("--truth=" + path)
            with open(path, encoding="utf-8") as file:
                truth = json.load(file)
            self.assertEqual(self.run_(SCENARIO, "--truth=" + directory).returncode, 1)
        self.assertEqual([incident["kind"] for incident in truth["incidents"]], ["outage", "random loss"])
        columns, rows = truth["counts"]["columns"], truth["counts"]["networks"]["star-jv"]
        self.assertEqual(truth["counts"]["bucket_s"], 1)
        told = [dict(zip(columns, row)) for row in rows]
        self.assertTrue(all(row["asked"] == sum(row[name] for name in columns[2:]) for row in told))
        dark = [row for row in told if 1800 <= row["bucket"] < 2400]
        self.assertGreater(sum(row["asked"] for row in dark), 600)
        self.assertEqual(sum(row["answered"] for row in dark), 0)
        self.assertEqual(sum(row["incident"] for row in dark), sum(row["asked"] for row in dark))

    def test_the_printed_configuration_is_one(self):
        run = self.run_(SCENARIO, "--print-config", "--vantage=tokyo")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("name: tokyo", run.stdout)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(run.stdout)
            file.flush()
            check = subprocess.run([support.BLIPD, "check", "--config.file=" + file.name], capture_output=True, text=True)
        self.assertEqual(check.returncode, 0, check.stderr)
        self.assertRegex(check.stdout, r"star-jv +.*\b16\b")
        self.assertEqual(self.run_(SCENARIO, "--print-config", "--json").returncode, 2)

    def test_a_bad_scenario_is_told_with_its_place(self):
        run = self.run_("length: 2h\nnetworks:\n  - {name: n, prefixes: [192.0.2.0/24], incidents: [{kind: storm}]}\n")
        self.assertEqual(run.returncode, 2)
        self.assertRegex(run.stderr, r"yaml:3:\d+: .*storm")
        missing = subprocess.run([support.BLIPD, "simulate", "no-such-file"], capture_output=True, text=True)
        self.assertEqual(missing.returncode, 2)
        self.assertIn("no-such-file", missing.stderr)


if __name__ == "__main__":
    unittest.main()
