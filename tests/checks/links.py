#!/usr/bin/env python3
"""Checks that links between the documents, and the paths they name in code spans, lead to files of the tree."""

import os
import re

import tree

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:probes|daemon|deploy|docs|systemd|tests|\.ci)/[\w./-]*[\w/])`")


def main():
    top = tree.root()
    documents = [path for path in tree.files(top) if path.endswith(".md")]
    problems = []
    for path in documents:
        for number, line in enumerate(tree.text(top, path).splitlines(), 1):
            for target in LINK.findall(line):
                target = target.split("#")[0]
                if not target or re.match(r"[a-z]+:", target):
                    continue
                if not os.path.exists(os.path.join(top, os.path.dirname(path), target)):
                    problems.append(f"{path}:{number}: link to {target}, which does not exist")
            for target in PATH.findall(line):
                if not os.path.exists(os.path.join(top, target)):
                    problems.append(f"{path}:{number}: names {target}, which does not exist")
    tree.finish(problems, len(documents))


if __name__ == "__main__":
    main()
