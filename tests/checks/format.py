#!/usr/bin/env python3
"""Checks that every source file is as clang-format 14 writes it. Exit status 77 (skipped) without that version:
others break lines in other places."""

import os
import re
import shutil
import subprocess
import sys

import tree

VERSION = "14"
SKIPPED = 77


def find_clang_format():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(rf"version {VERSION}\.", said):
                return path
    return None


def main():
    top = tree.root()
    clang_format = find_clang_format()
    if not clang_format:
        print(f"SKIPPED: clang-format {VERSION} is not installed")
        sys.exit(SKIPPED)
    sources = tree.sources(top)
    problems = []
    for path in sources:
        run = subprocess.run([clang_format, "--dry-run", "-Werror", os.path.join(top, path)],
                             capture_output=True, text=True)
        if run.returncode:
            first = run.stderr.splitlines()[0] if run.stderr else ""
            line = re.search(r":(\d+):\d+:", first)
            problems.append(f"{path}:{line.group(1) if line else 1}: not formatted; run clang-format -i {path}")
    tree.finish(problems, len(sources))


if __name__ == "__main__":
    main()
