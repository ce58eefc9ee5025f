"""The files of the source tree, for the checks in this folder."""

import os
import sys

SKIPPED_FOLDERS = {".git", "build", "__pycache__"}
SOURCE = (".cc", ".h")


def root():
    """The tree to check: the first argument, or the tree this file is in."""
    if len(sys.argv) > 1:
        return os.path.abspath(sys.argv[1])
    return os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def files(top):
    """Paths relative to `top`, sorted, with the folders of builds and of version control left out."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
        found += [os.path.relpath(os.path.join(folder, name), top) for name in names]
    return sorted(found)


def sources(top):
    return [path for path in files(top) if path.endswith(SOURCE)]


def text(top, path):
    """The text of a file, or None if it is not text."""
    try:
        with open(os.path.join(top, path), encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        return None


def is_shell_script(top, path):
    if os.path.splitext(path)[1] not in ("", ".sh"):
        return False
    with open(os.path.join(top, path), "rb") as file:
        first = file.readline(200)
    return first.startswith(b"#!") and b"sh" in first


def finish(problems, checked):
    """Prints the problems and ends the program: 0 if there are none, else 1. Nothing checked is a problem too."""
    if checked == 0:
        problems = ["nothing to check: is this the top of the tree?"]
    for problem in problems:
        print(problem)
    print(f"{checked} checked, {len(problems)} problems")
    sys.exit(1 if problems else 0)
