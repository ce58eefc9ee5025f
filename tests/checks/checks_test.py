#!/usr/bin/env python3
"""The checks fail on trees that break the rules, and the summary counts what the reports say."""

import os
import subprocess
import sys
import tempfile
import unittest

import summary

HERE = os.path.dirname(os.path.abspath(__file__))


class Checks(unittest.TestCase):
    def run_check(self, name, files):
        """The exit status and the output of a check on a tree that holds `files`."""
        with tempfile.TemporaryDirectory() as top:
            for path, text in files.items():
                full = os.path.join(top, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            run = subprocess.run([sys.executable, "-B", os.path.join(HERE, name + ".py"), top],
                                 capture_output=True, text=True)
            return run.returncode, run.stdout + run.stderr

    def assert_found(self, name, files, expected):
        status, output = self.run_check(name, files)
        self.assertEqual(status, 1, output)
        self.assertIn(expected, output)

    def assert_clean(self, name, files):
        status, output = self.run_check(name, files)
        self.assertEqual(status, 0, output)

    def test_layers(self):
        header = {"daemon/store/a.h": "", "probes/b.h": ""}
        self.assert_found("layers", {**header, "probes/c.cc": '#include "daemon/store/a.h"\n'},
                          "probes/c.cc:1: probes may not know daemon/store")
        self.assert_found("layers", {"daemon/store/a.cc": "\n#include <yaml-cpp/yaml.h>\n"}, "daemon/store/a.cc:2")
        self.assert_found("layers", {"probes/wire/a.cc": "#include <boost/system/result.hpp>\n"}, "probes/wire/a.cc:1")
        self.assert_found("layers", {"daemon/attic/a.cc": ""}, "not in the list of layers")
        self.assert_found("layers", {"probes/a.cc": '#include "nowhere.h"\n'}, "no file of the tree")
        self.assert_found("layers", {**header, "tests/lab/a.cc": '#include "daemon/store/a.h"\n'}, "the lab may not")
        world = {"daemon/simulate/a.h": "", "daemon/store/a.h": "", "tests/lab/world/a.h": ""}
        self.assert_found("layers", {**world, "tests/lab/a.cc": '#include "tests/lab/world/a.h"\n'}, "the lab may not")
        self.assert_found("layers", {**world, "tests/lab/world/a.cc": '#include "daemon/store/a.h"\n'}, "the lab may not")
        self.assert_clean("layers", {**world, "tests/lab/world/a.cc": '#include "daemon/simulate/a.h"\n'})
        self.assert_clean("layers", {**header, "daemon/store/c.cc": '#include "probes/b.h"\n#include <vector>\n',
                                     "tests/unit/store/c_test.cc": '#include "daemon/store/a.h"\n'})

    def test_sizes(self):
        self.assert_found("sizes", {"probes/a.cc": "int a;\n" * 401}, "probes/a.cc: 401 lines")
        self.assert_clean("sizes", {"probes/a.cc": "int a;\n" * 400})

    def test_words(self):
        self.assert_found("words", {"probes/a.cc": "// TO" "DO: later\n"}, "probes/a.cc:1")
        self.assert_found("words", {"probes/a.cc": "co_" "await x();\n"}, "miscompiles")
        self.assert_found("words", {"tests/unit/a_test.cc": "sleep_" "for(1s);\n"}, "does not wait")
        self.assert_found("words", {"probes/a.cc": "// \u2013\n"}, "ASCII")
        self.assert_clean("words", {"probes/a.cc": "int todo_list;\n"})

    def test_scripts(self):
        self.assert_found("scripts", {"deploy/x": "#!/bin/bash\nif true\n"}, "syntax error")
        self.assert_found("scripts", {"deploy/x": "#!/bin/bash\ntrue\n"}, "not executable")
        self.assert_found("scripts", {"deploy/x.py": "def f(:\n"}, "deploy/x.py:1")

    def test_links(self):
        self.assert_found("links", {"README.md": "[a](docs/a.md)\n"}, "README.md:1: link to docs/a.md")
        self.assert_found("links", {"README.md": "`daemon/a.cc`\n"}, "names daemon/a.cc")
        self.assert_clean("links", {"README.md": "[a](docs/a.md#b) [b](https://example.net)\n", "docs/a.md": "\n"})

    def test_an_empty_tree_is_no_success(self):
        for name in ("layers", "sizes", "words", "links"):
            self.assert_found(name, {}, "nothing to check")


REPORT = """<testsuite>
<testcase name="a" status="run"><system-out>fine</system-out></testcase>
<testcase name="b" status="fail"><failure/><system-out>wrong</system-out></testcase>
<testcase name="c" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/><system-out>SKIPPED: no tool</system-out>
</testcase>
<testcase name="d" status="notrun"><skipped message="Unable to find executable: d"/><system-out></system-out></testcase>
<testcase name="e" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/><system-out>skipped: no module
</system-out></testcase>
<testcase name="py" status="run"><system-out>test_x (p.T.test_x) ... skipped 'no tun'

Ran 4 tests in 1.0s

OK (skipped=1)</system-out></testcase>
<testcase name="py2" status="fail"><failure/><system-out>FAIL: test_y (p.T.test_y)
Ran 3 tests in 1.0s

FAILED (failures=1)</system-out></testcase>
<testcase name="py3" status="fail"><failure/><system-out>Ran 3 tests in 1.0s

OK
crashed at exit</system-out></testcase>
</testsuite>"""


class Summary(unittest.TestCase):
    def test_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "unit.xml"), "w", encoding="utf-8") as file:
                file.write(REPORT)
            totals = summary.add_up(folder, ["build (asan)"])
        self.assertEqual(totals.passed, 1 + 3 + 2 + 2)
        self.assertEqual(len(totals.failed), 5, totals.failed)
        self.assertIn("unit: b", totals.failed)
        self.assertIn("unit: py2: test_y (p.T.test_y)", totals.failed)
        self.assertIn("build (asan)", totals.failed)
        self.assertEqual(totals.skipped, ["unit: c: no tool", "unit: e: no module",
                                          "unit: py: test_x (p.T.test_x) ... skipped 'no tun'"])


if __name__ == "__main__":
    unittest.main()
