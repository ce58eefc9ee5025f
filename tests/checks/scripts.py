#!/usr/bin/env python3
"""Checks every script without running it: shell scripts by `bash -n` and, where it is installed, shellcheck; Python by
its compiler; and the executable bit of what is meant to be run."""

import os
import shutil
import subprocess

import tree


def run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    return "" if result.returncode == 0 else (result.stdout + result.stderr).strip()


def check_python(top, path):
    try:
        compile(tree.text(top, path), path, "exec")
    except SyntaxError as error:
        return f"{path}:{error.lineno}: {error.msg}"
    return ""


def main():
    top = tree.root()
    problems = []
    shell = [path for path in tree.files(top) if tree.is_shell_script(top, path)]
    python = [path for path in tree.files(top) if path.endswith(".py")]
    for path in shell:
        full = os.path.join(top, path)
        problems.append(run(["bash", "-n", full]))
        if shutil.which("shellcheck"):
            problems.append(run(["shellcheck", "--severity=warning", full]))
        if not os.access(full, os.X_OK):
            problems.append(f"{path}: is a script and not executable")
    problems += [check_python(top, path) for path in python]
    tree.finish([problem for problem in problems if problem], len(shell) + len(python))


if __name__ == "__main__":
    main()
