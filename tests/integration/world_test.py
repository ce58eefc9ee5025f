"""One scenario in virtual time and in real packets: the same events. About 200 s."""

import datetime
import json
import os
import subprocess
import tempfile
import time
import unittest

import support

SCENARIO = """
seed: 11
length: 190s
vantage:
  name: lab
  references: {hosts: [192.0.2.1, 192.0.2.2, "2001:db8:9::1"], delay: 5ms}
networks:
  - name: short
    prefixes: [198.18.1.0/27]
    hosts: [{count: 16, loss: 0}]
    jitter: gamma(2ms 2)
    incidents: [{kind: blip, at: 15s, for: 20s}]
  - name: told-by-a-router
    prefixes: [198.18.2.0/27]
    hosts: [{count: 16, loss: 0}]
    delay: 60ms
    incidents: [{kind: outage, at: 20s, for: 30s, errors: {share: 0.5, what: net_unreachable, from: outside}}]
  - name: lossy
    prefixes: [198.18.3.0/27]
    hosts: [{count: 16, loss: 0}]
    incidents: [{kind: random_loss, at: 15s, for: 40s, loss: 0.3}]
  - name: both-families
    prefixes: [198.18.4.0/27, "2001:db8:4::/64"]
    hosts: [{count: 16, loss: 0}]
    delay: 30ms
    incidents: [{kind: outage, at: 12s, for: 126s}]
  - name: refusing
    prefixes: [198.18.5.0/27]
    hosts: [{count: 16, loss: 0, tcp: refused}]
    incidents: [{kind: filter, at: 20s, for: 40s}]
  - {name: quiet, prefixes: [198.18.6.0/27], hosts: [{count: 16, loss: 0}]}
blipd:
  modules:
    ping: {prober: icmp, interval: 1s, timeout: 1s}
    syn80: {prober: tcp_syn, port: 80, interval: 1s}
"""
LENGTH_S = 190
# What may pass between the end of an incident and the end of its event.
PATIENCE_S = 90
# A lab that was held up for longer than this delayed answers, and that is what blipd then saw.
HELD_UP_S = 0.3
START_ERROR_S = 2
# A loss in part begins with its first lost probe, and which probe is lost is drawn anew.
PARTIAL_START_ERROR_S = 6


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def ended(events):
    """(network, class) -> starts, of the events that ended and stand."""
    found = {}
    for event in events:
        if event["end"] is not None and not event["evidence"].get("retracted"):
            found.setdefault((event["network"], event["class"]), []).append(seconds(event["start"]))
    return {key: sorted(starts) for key, starts in found.items()}


def simulate(scenario, *flags):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "scenario.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(scenario)
        done = subprocess.run([support.BLIPD, "simulate", path, *flags], capture_output=True, text=True, timeout=120,
                              check=False)
    if done.returncode or done.stderr:
        raise AssertionError("ended with %d: %s" % (done.returncode, done.stderr))
    return done.stdout


class SameEvents(unittest.TestCase):
    def play(self):
        """(events by start since the scenario's start, truth) of a run in real packets."""
        run = support.LabRun(SCENARIO, simulate(SCENARIO, "--print-config"), kind="world")
        try:
            begin = time.monotonic()
            run.wait(lambda: time.monotonic() - begin > LENGTH_S - 20, LENGTH_S, pause=1)
            run.page()
            wanted = set(self.virtual)
            try:
                run.wait(lambda: wanted <= set(ended(run.get_json("/api/v1/events")["events"])), PATIENCE_S, pause=1)
            except AssertionError:
                if run.lab.poll() is not None:
                    raise
                # What is missing is told by the comparison.
            events = run.get_json("/api/v1/events")["events"]
            run.page()
            truth = run.end()
        finally:
            run.close()
        began = truth["lab"]["began_s"]
        return {key: [start - began for start in starts] for key, starts in ended(events).items()}, truth

    def test_the_same_scenario_gives_the_same_events(self):
        self.virtual = ended(json.loads(simulate(SCENARIO, "--json"))["events"])
        self.assertLessEqual({("short", "blip"), ("told-by-a-router", "blip"), ("lossy", "spotty"),
                              ("both-families", "outage")}, set(self.virtual))
        # No network has two incidents.
        self.assertEqual({key: 1 for key in self.virtual}, {key: len(starts) for key, starts in self.virtual.items()})
        for _ in range(3):
            real, truth = self.play()
            self.check_truth(truth)
            if truth["lab"]["latest_s"] < HELD_UP_S:
                break
            print("the machine held the lab up for %.1f s: again" % truth["lab"]["latest_s"])
        told = "virtual: %r\nreal:    %r\nlab:     %r" % (self.virtual, real, truth["lab"])
        self.assertEqual(set(real), set(self.virtual), told)
        for key, starts in self.virtual.items():
            self.assertEqual(len(real[key]), len(starts), told)
            most = PARTIAL_START_ERROR_S if key[1] == "spotty" else START_ERROR_S
            for mine, theirs in zip(real[key], starts):
                self.assertLess(abs(mine - theirs), most, told)

    def check_truth(self, truth):
        """What the lab counted is what the scenario says, second by second."""
        lab = truth["lab"]
        for key in ("bad_checksum", "unknown_destination", "no_room", "device_drops", "write_failures"):
            self.assertEqual(lab[key], 0, key)
        columns = truth["counts"]["columns"]
        spans = {incident["network"]: (incident["start_s"], incident["end_s"]) for incident in truth["incidents"]}
        self.assertEqual(truth["counts"]["bucket_s"], 1)
        for network, rows in truth["counts"]["networks"].items():
            rows = [dict(zip(columns, row)) for row in rows]
            self.assertGreater(sum(row["asked"] for row in rows), 32 * (LENGTH_S - 30), network)
            for row in rows:
                with self.subTest(network=network, second=row["bucket"]):
                    self.assertEqual(row["asked"], row["answered"] + row["incident"])
                    start, end = spans.get(network, (0, 0))
                    if not start <= row["bucket"] < end:
                        self.assertEqual(row["incident"], 0)
                    elif network not in ("lossy", "refusing"):
                        self.assertEqual(row["answered"], 0)
            self.assertEqual(sum(row["incident"] for row in rows) > 0, network in spans, network)
        of_networks = sum(row[columns.index("asked")] for rows in truth["counts"]["networks"].values() for row in rows)
        self.assertGreater(lab["requests"], of_networks)  # the references
        self.assertLessEqual(lab["answers"], lab["requests"])


if __name__ == "__main__":
    support.main()
