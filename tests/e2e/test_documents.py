#!/usr/bin/env python3
"""The configurations that the documents show are good ones: `blipd check` takes them. Seconds."""

import os
import re
import subprocess
import tempfile
import unittest

import support


class Documents(unittest.TestCase):
    def check(self, path):
        run = subprocess.run([support.BLIPD, "check", f"--config.file={path}"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_the_readme(self):
        with open(os.path.join(support.SOURCE, "README.md"), encoding="utf-8") as file:
            blocks = re.findall(r"```yaml\n(.*?)```", file.read(), re.S)
        self.assertEqual(len(blocks), 1)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(blocks[0])
            file.flush()
            self.assertIn("branch-offices", self.check(file.name))

    def test_the_example(self):
        self.check(os.path.join(support.SOURCE, "deploy", "blipd.example.yaml"))

    def test_the_quickstart(self):
        self.assertIn("flapping", self.check(os.path.join(support.SOURCE, "deploy", "quickstart.d", "blipd.yaml")))


if __name__ == "__main__":
    unittest.main()
