"""The disk refuses while blipd runs: probing goes on, the fault is counted and told once, and what waited is written."""

import json
import os
import sqlite3
import unittest

import support
from own_side import inside, mounted, mounts_are_refused

SCENARIO = """
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: well, prefixes: [198.18.1.0/29], delay: 5ms}
  - {name: dark, prefixes: [198.18.2.0/29], delay: 5ms, outages: [{from: 0s, to: 1h}]}
"""

CONFIG = """
vantage: {references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}}
windows: [10s]
modules:
  ping: {prober: icmp, interval: 200ms, timeout: 300ms}
networks:
""" + support.networks_yaml({"well": (["198.18.1.0/29"], ["ping"]), "dark": (["198.18.2.0/29"], ["ping"])})


class Disk(unittest.TestCase):
    def run_on(self, *commands):
        run = support.LabRun(SCENARIO, CONFIG, wrap=mounted(*commands))
        self.addCleanup(run.close)
        return run

    def errors(self, page, reason):
        return page.value("blipd_storage_errors_total", reason=reason)

    def refused(self, run, reason):
        """Waits until the disk has refused three times, and until the dark network is seen as down all the same."""
        page = run.page_when(lambda p: self.errors(p, reason) >= 3 and p.state("dark") == "down"
                             and p.state("well") == "up", 60, reason)
        self.assertEqual(page.voids("well"), 0)
        self.assertGreater(page.value("blipd_storage_queue_length"), 0)
        self.assertEqual(run.log().count("state cannot be written"), 1, run.log())
        self.assertIn("reason=" + reason, run.log())

    def caught_up(self, run):
        page = run.page_when(lambda p: p.value("blipd_storage_queue_length") == 0
                             and p.value("blipd_storage_last_success_timestamp_seconds") > 0, 60, "all is written")
        self.assertEqual(run.log().count("state is written again"), 1, run.log())
        return page

    def events(self, run):
        """Networks of the events in the file, as the verb reads them in blipd's mount namespace."""
        shown = inside(run.blipd_pid(), "'%s' events --json '--storage.path=%s'" % (support.BLIPD, run.state))
        return [event["network"] for event in json.loads(shown)["events"]]

    def test_a_disk_that_is_mounted_read_only(self):
        run = self.run_on('mount -t tmpfs -o size=4m,ro none "$state"')
        self.refused(run, "read_only")
        inside(run.blipd_pid(), "mount -o remount,rw '%s'" % run.state)
        self.caught_up(run)
        self.assertEqual(self.events(run), ["dark"])

    def test_a_full_disk(self):
        run = self.run_on('mount -t tmpfs -o size=256k none "$state"',
                          'dd if=/dev/zero of="$state/other" bs=4k count=60 2>/dev/null || true')
        self.refused(run, "full")
        inside(run.blipd_pid(), "rm '%s/other'" % run.state)
        self.caught_up(run)
        self.assertEqual(self.events(run), ["dark"])

    def test_a_file_that_somebody_holds(self):
        run = support.LabRun(SCENARIO, CONFIG)
        self.addCleanup(run.close)
        run.page_when(lambda p: p.value("blipd_storage_last_success_timestamp_seconds") > 0, 60, "the first write")
        holder = sqlite3.connect(os.path.join(run.state, "blipd.db"), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        self.refused(run, "busy")
        holder.execute("ROLLBACK")
        holder.close()
        self.caught_up(run)

    def test_a_file_that_is_no_database(self):
        run = self.run_on('head -c 8192 /dev/urandom >"$state/blipd.db"')
        page = run.page_when(lambda p: p.value("blipd_storage_last_success_timestamp_seconds") > 0, 60, "a new file")
        self.assertEqual(self.errors(page, "corrupt"), 1)
        self.assertEqual(len([n for n in os.listdir(run.state) if n.startswith("blipd.db.corrupt-")]), 1)
        self.assertEqual(run.log().count("was moved aside"), 1)


if __name__ == "__main__":
    reason = mounts_are_refused()
    if reason:
        print("SKIPPED: no private mounts: " + reason)
        raise SystemExit(support.SKIPPED)
    support.main()
