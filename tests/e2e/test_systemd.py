#!/usr/bin/env python3
"""systemd's own checks of the unit file: it is valid, and its sandbox stays as tight as it is. Seconds."""

import os
import re
import subprocess
import tempfile
import unittest

import support

UNIT = os.path.join(support.SOURCE, "systemd", "blipd.service")
# systemd's exposure level times ten: 0 is a sealed box, 100 is none. What is left is inherent: the network and
# CAP_NET_RAW. Debian's packages of comparable exporters stand at 92.
THRESHOLD = 20


class Unit(unittest.TestCase):
    def setUp(self):
        self.analyze = support.require("systemd-analyze")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # `verify` wants to see the program that the unit starts; here it is where it was built.
        with open(UNIT, encoding="utf-8") as file:
            text = file.read()
        self.unit = os.path.join(folder.name, "blipd.service")
        with open(self.unit, "w", encoding="utf-8") as file:
            file.write(text.replace("/usr/sbin/blipd", support.BLIPD))

    def test_the_unit_is_valid(self):
        run = subprocess.run([self.analyze, "verify", "--man=no", self.unit], capture_output=True, text=True)
        ours = [line for line in run.stderr.splitlines() if "blipd" in line]
        self.assertEqual((run.returncode, ours), (0, []), run.stderr)

    def test_each_exchange_may_look_up_a_name(self):
        with open(os.path.join(support.SOURCE, "probes", "http_prober.h"), encoding="utf-8") as file:
            exchanges = int(re.search(r"kMostExchanges = (\d+);", file.read())[1])
        with open(self.unit, encoding="utf-8") as file:
            limits = dict(re.findall(r"(?m)^(TasksMax|LimitNOFILE)=(\d+)$", file.read()))
        self.assertGreaterEqual(int(limits["TasksMax"]), exchanges + 64)
        # A socket, and the two ends by which a lookup says that it is over.
        self.assertGreaterEqual(int(limits["LimitNOFILE"]), 3 * exchanges + 1024)

    def test_the_sandbox_is_tight(self):
        run = subprocess.run([self.analyze, "security", "--offline=true", f"--threshold={THRESHOLD}", "--no-pager",
                              self.unit], capture_output=True, text=True)
        level = re.search(r"Overall exposure level.*", run.stdout)
        self.assertEqual(run.returncode, 0, f"{level.group(0) if level else ''}\n{run.stderr}")


if __name__ == "__main__":
    unittest.main()
