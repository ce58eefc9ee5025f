#!/usr/bin/env python3
"""Adds up the reports of ctest and prints what failed, what was skipped and why, and one line of totals.

    summary.py FOLDER [BROKEN-STEP ...]

FOLDER holds JUnit reports of ctest. A test of Catch2 is one case there. A Python script is one case with the output of
unittest in it, and counts as the tests it ran. Each BROKEN-STEP (a build, for instance) counts as one failed test.
"""

import glob
import os
import re
import sys
import xml.etree.ElementTree as xml

RAN = re.compile(r"^Ran (\d+) tests? in ", re.M)
VERDICT = re.compile(r"^(?:OK|FAILED)(?: \((.*)\))?$", re.M)
SKIP_REASON = re.compile(r"skipped:? *(.+)", re.I)


class Totals:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def add_unittest(self, name, output, status):
        """A Python script: counts from its own last lines. False if it printed none."""
        ran = RAN.findall(output)
        verdict = VERDICT.findall(output)
        if not ran or not verdict:
            return False
        parts = dict(part.split("=") for part in verdict[-1].split(", ") if "=" in part)
        failures = [int(parts.get(key, 0)) for key in ("failures", "errors", "unexpected successes")]
        skipped = int(parts.get("skipped", 0))
        names = re.findall(r"^(?:FAIL|ERROR): (.+)$", output, re.M)
        failed = sum(failures)
        if status == "fail" and failed == 0:
            failed = 1
        self.passed += max(0, int(ran[-1]) - failed - skipped)
        self.failed += [f"{name}: {names[i] if i < len(names) else 'see its output'}" for i in range(failed)]
        reasons = [line for line in output.splitlines() if "... skipped" in line]
        for i in range(skipped):
            reason = reasons[i].strip() if i < len(reasons) else "see its output"
            self.skipped.append(f"{name}: {reason}")
        return True

    def add(self, suite, case):
        name = f"{suite}: {case.get('name')}"
        status = case.get("status")
        output = case.findtext("system-out") or ""
        if status in ("run", "fail") and self.add_unittest(name, output, status):
            return
        if status == "run":
            self.passed += 1
        elif status in ("notrun", "disabled"):
            reason = SKIP_REASON.search(output)
            skipped = case.find("skipped")
            message = skipped.get("message") if skipped is not None else None
            if not reason and message not in (None, "", "SKIP_RETURN_CODE=77"):
                # ctest says "not run" of a test whose program is not there: that is a failure.
                self.failed.append(f"{name}: {message}")
            else:
                self.skipped.append(f"{name}: {reason.group(1).strip() if reason else 'no reason given'}")
        else:
            self.failed.append(name)


def add_up(folder, broken):
    totals = Totals()
    for report in sorted(glob.glob(os.path.join(folder, "*.xml"))):
        suite = os.path.splitext(os.path.basename(report))[0]
        for case in xml.parse(report).getroot().iter("testcase"):
            totals.add(suite, case)
    totals.failed += broken
    return totals


def main():
    totals = add_up(sys.argv[1], sys.argv[2:])
    for reason in totals.skipped:
        print(f"skipped  {reason}")
    for name in totals.failed:
        print(f"FAILED   {name}")
    if totals.passed == 0 and not totals.failed:
        totals.failed.append("no test was run")
        print("FAILED   no test was run")
    line = f"{totals.passed} passed, {len(totals.failed)} failed"
    if totals.skipped:
        line += f", {len(totals.skipped)} skipped"
    print(line)
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
