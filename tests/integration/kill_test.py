"""blipd killed with SIGKILL again and again under load, while events open and close: what has ended is in the file, once,
for good; windows lose no more than ten seconds; and no network is ever down for it.

An event is promised to be in the file when a page that was made after it was seen says that nothing waits to be
written. BLIPD_KILL_CYCLES says how often it is killed, BLIPD_KILL_SEED where the moments come from.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time
import unittest
import urllib.error

import support

CYCLES = int(os.environ.get("BLIPD_KILL_CYCLES", "12"))
SEED = int(os.environ.get("BLIPD_KILL_SEED", "1"))
NETWORKS = range(1, 13)


def outages(number):
    """Dark for two thirds of the time, each network at another time and for another while: longer than a blip, whose end
    would be waited for."""
    dark, light = 11 + number % 3, 5 + number % 3
    spans, at = [], 2.0 + number * 0.7
    while at < 3600:
        spans.append("{from: %dms, to: %dms}" % (at * 1000, (at + dark) * 1000))
        at += dark + light
    return ", ".join(spans)


SCENARIO = """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: well, prefixes: [198.18.100.0/24], delay: 5ms}
""" + "".join("  - {name: beat%d, prefixes: [198.18.%d.0/29], delay: 5ms, outages: [%s]}\n" % (n, n, outages(n))
              for n in NETWORKS)

CONFIG = """
vantage:
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
windows: [10s, 1h]
detection: {blip: 10s}
modules:
  ping: {prober: icmp, interval: 200ms, timeout: 300ms}
networks:
""" + support.networks_yaml({"well": (["198.18.100.0/24"], ["ping"]),
                             **{"beat%d" % n: (["198.18.%d.0/29" % n], ["ping"]) for n in NETWORKS}})
# Background probes of the network that is always well.
PER_SECOND = 256 / 0.2
# Ten seconds, and what a machine that is busy with other things holds up.
MOST_SECONDS_LOST = 15


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = support.LabRun(SCENARIO, CONFIG, wrap=support.AGAIN)
        cls.addClassCleanup(cls.run_.close)
        cls.file = os.path.join(cls.run_.state, "blipd.db")
        cls.dice = random.Random(SEED)

    def blipd(self):
        """The process, which is the shell's only child."""
        return self.run_.wait(lambda: support.child_of(self.run_.blipd_pid()), 20)

    def ask(self, read):
        """What `read` returns, or None while there is no blipd to answer."""
        try:
            return read()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def page(self):
        """/metrics of this process: its counters begin anew with each."""
        self.run_.forget_last_page()
        return self.ask(self.run_.page)

    def window_of_well(self, page):
        return page.value("blipd_window_probes", network="well", module="ping", window="1h")

    def check_window(self, held):
        """The seconds of probes that went from the hour's window, of which `held` were seen before."""
        page = self.run_.wait(self.page, 30)
        lost = (held - self.window_of_well(page)) / PER_SECOND
        self.assertLess(lost, MOST_SECONDS_LOST, "seconds of window data")
        return lost

    def promised(self, seconds):
        """Watches for so long. The ended events that are certainly in the file, by id."""
        seen, certain = {}, {}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            events = self.ask(lambda: self.run_.get_json("/api/v1/events?limit=10000"))
            if events is None:
                continue
            read_at = time.time()
            seen = {event["id"]: event for event in events["events"] if event["end"]}
            page = self.page()
            while page and page.value("blipd_snapshot_timestamp_seconds") <= read_at and time.monotonic() < deadline:
                time.sleep(0.1)
                page = self.page()
            if page and page.value("blipd_snapshot_timestamp_seconds") > read_at:
                if page.value("blipd_storage_queue_length") == 0:
                    certain.update(seen)
                self.held = self.window_of_well(page)
        return certain

    def rows(self):
        """Of a file that nobody writes, after a check of the whole of it."""
        with sqlite3.connect(self.file) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            columns = "id, network, class, start, end"
            return {row[0]: row[1:] for row in database.execute("SELECT %s FROM events" % columns)}

    def check_networks(self, rows):
        """Of one network, no two events overlap, and at most one is open.

        One that turned into another class at its very start has no length. Times are microseconds; a millisecond is
        what reading two clocks one after the other may make of one moment.
        """
        for network in {row[0] for row in rows.values()}:
            events = sorted((row[2:4] + row[1:2] for row in rows.values()
                             if row[0] == network and (row[3] is None or row[3] - row[2] > 1000)), key=lambda e: e[0])
            self.assertLessEqual(sum(end is None for _, end, _ in events), 1, network)
            for (_, end, _), (start, _, _) in zip(events, events[1:]):
                self.assertIsNotNone(end, (network, events))
                self.assertLessEqual(end, start + 1000, (network, events))

    def test_nothing_that_has_ended_is_lost_or_doubled(self):
        certain, before, lost = {}, {}, []
        self.held = 0
        for cycle in range(CYCLES):
            pid = self.blipd()
            lost.append(self.check_window(self.held))
            # The shell starts the next one at once; it is stopped while the file is looked at.
            shell = self.run_.blipd_pid()
            certain.update(self.promised(self.dice.uniform(4, 15)))
            os.kill(shell, signal.SIGSTOP)
            os.kill(pid, signal.SIGKILL)
            self.run_.wait(lambda: support.is_dead(pid), 20, pause=0.01)
            with self.subTest(cycle=cycle):
                rows = self.rows()
                self.check_networks(rows)
                for number, event in certain.items():
                    self.assertIn(number, rows)
                    self.assertIsNotNone(rows[number][3], event)
                for number, row in before.items():
                    self.assertIn(number, rows)
                    if row[3] is not None:
                        self.assertEqual(rows[number], row, "an event that has ended stays as it is")
                self.assertEqual([row for row in rows.values() if row[0] == "well"], [], "a false event")
                before = rows
            os.kill(shell, signal.SIGCONT)
        self.assertGreater(len(certain), CYCLES // 2)
        self.assertEqual([name for name in os.listdir(self.run_.state) if "corrupt" in name], [])
        print("%d cycles: %d events ended for certain, %d in the file, at most %.1f s of window data gone"
              % (CYCLES, len(certain), len(before), max(lost)))
        self.stop_and_read(before)

    def stop_and_read(self, before):
        """A stopped daemon's events, by the verb."""
        self.run_.wait(lambda: self.blipd() and self.page(), 30)
        os.kill(self.run_.blipd_pid(), signal.SIGTERM)
        self.run_.lab.wait(30)
        shown = subprocess.run([support.BLIPD, "events", "--json", "--storage.path=" + self.run_.state],
                               capture_output=True, text=True, check=True)
        numbers = {event["id"] for event in json.loads(shown.stdout)["events"]}
        self.assertTrue(set(before) <= numbers, set(before) - numbers)
        self.assertFalse(os.path.exists(self.file + "-wal"), "a stop closes the file")


if __name__ == "__main__":
    support.main()
