"""`blipd status` and `blipd events`: a running daemon, the file of a stopped one, and what they say when neither is there."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import unittest

import support

SCENARIO = """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: well, prefixes: [198.18.1.0/29], delay: 5ms}
  - {name: dark, prefixes: [198.18.2.0/29], delay: 5ms, outages: [{from: 0s, to: 1h}]}
"""

CONFIG = """
vantage: {name: lab, references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}}
windows: [10s]
modules:
  ping: {prober: icmp, interval: 200ms, timeout: 300ms}
networks:
""" + support.networks_yaml({"well": (["198.18.1.0/29"], ["ping"]), "dark": (["198.18.2.0/29"], ["ping"])})


def blipd(*words):
    """Exit code, stdout and stderr."""
    done = subprocess.run([support.BLIPD, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


class Verbs(unittest.TestCase):
    def assert_refused(self, code, message, *words):
        """One line on stderr, nothing on stdout."""
        status, out, err = blipd(*words)
        self.assertEqual((status, out), (code, ""), err)
        self.assertRegex(err, message)
        self.assertEqual(err.count("\n"), 1, err)

    def test_a_running_daemon_and_its_file_when_it_has_stopped(self):
        run = support.LabRun(SCENARIO, CONFIG)
        self.addCleanup(run.close)
        run.page_when(lambda p: p.state("dark") == "down" and p.state("well") == "up", 60)

        status, table, err = blipd("status", "--url=" + run.url)
        self.assertEqual((status, err), (0, ""))
        lines = table.splitlines()
        self.assertRegex(lines[0], r"^lab, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, our own connection is fine$")
        self.assertRegex(lines[1], r"^network +state +since \(UTC\) +answered, 10s +median RTT +hosts answering +open event$")
        self.assertRegex(lines[2], r"^dark +down ")
        self.assertRegex(lines[2], r"outage since ")
        self.assertRegex(lines[4], r"^well +up ")
        column = lines[1].index("state")
        self.assertEqual([line[column:].split()[0] for line in lines[2:]], ["down", "down", "up", "up"])
        self.assertNotIn("\x1b", table)
        document = json.loads(blipd("status", "--json", "--url=" + run.url)[1])
        self.assertEqual(document["vantage"], "lab")

        status, table, err = blipd("events", "--url=" + run.url + "/")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(table.splitlines()[0], r"^start \(UTC\) +lasted +network +class ")
        self.assertRegex(table.splitlines()[1], r" open +dark +outage +8 of 8 ")
        self.assertEqual(blipd("events", "--network=well", "--url=" + run.url), (0, "No events.\n", ""))
        running = json.loads(blipd("events", "--json", "--url=" + run.url)[1])["events"]
        self.assertEqual([event["network"] for event in running], ["dark"])
        self.assert_refused(1, "/api/v1/nothing|404", "status", "--url=" + run.url + "/nothing")

        run.signal_blipd(signal.SIGTERM)
        run.lab.wait(30)
        self.assert_refused(1, r"^blipd: http://.*/api/v1/networks: .*[Cc]onnect", "status", "--url=" + run.url)
        stopped = json.loads(blipd("events", "--json", "--storage.path=" + run.state)[1])["events"]
        self.assertEqual([(e["id"], e["start"]) for e in stopped], [(e["id"], e["start"]) for e in running])
        status, table, _ = blipd("events", "--network=dark", "--since=1h", "--storage.path=" + run.state)
        self.assertEqual(status, 0)
        self.assertIn("dark", table)
        self.assertEqual(blipd("events", "--network=well", "--storage.path=" + run.state), (0, "No events.\n", ""))

        # A file that a newer blipd wrote is left alone.
        with sqlite3.connect(os.path.join(run.state, "blipd.db")) as database:
            database.execute("PRAGMA user_version = 1000")
        before = sorted(os.listdir(run.state))
        self.assert_refused(1, "newer", "events", "--storage.path=" + run.state)
        self.assertEqual(sorted(os.listdir(run.state)), before)

    def test_nobody_and_nothing_is_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            nobody = "http://127.0.0.1:%d" % free.getsockname()[1]
            for verb in ("status", "events"):
                self.assert_refused(1, "^blipd: " + nobody + r"/api/v1/\w+.*: .*[Cc]onnect", verb, "--url=" + nobody)
        with tempfile.TemporaryDirectory() as directory:
            self.assert_refused(1, "blipd.db", "events", "--storage.path=" + directory)
            self.assertEqual(os.listdir(directory), [])
            self.assert_refused(1, "nowhere", "events", "--storage.path=" + directory + "/nowhere")
            with open(directory + "/blipd.db", "wb") as file:
                file.write(os.urandom(8192))
            self.assert_refused(1, "blipd.db", "events", "--storage.path=" + directory)

    def test_bad_usage(self):
        for words in (("events", "--since=yesterday"), ("events", "--storage.path=x", "--url=http://y"),
                      ("status", "--network=x"), ("status", "--storage.path=x"), ("statos",)):
            with self.subTest(words=words):
                status, out, err = blipd(*words)
                self.assertEqual((status, out), (2, ""), err)
                self.assertEqual(err.count("\n"), 1, err)


if __name__ == "__main__":
    support.main()
