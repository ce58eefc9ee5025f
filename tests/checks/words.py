#!/usr/bin/env python3
"""Fails on words that have no place in the tree, each with the reason."""

import re

import tree

# (where: pattern of the path, what: pattern of the line, why). One letter of each word stands in brackets so that this
# file does not hold the words itself.
RULES = [
    (r"(?<!\.md)$", r"\b(T[O]DO|FIX[M]E|X[X]X)\b|not[ ]implemented|\bfor[ ]now\b|simpli[f]ied|\bplace[h]older\b",
     "promises work for later: do it, or say in docs what blipd does not do"),
    (r"\.(cc|h)$", r"\bco_(await|return|yield|spawn)\b",
     "no coroutines: g++ 12.2 miscompiles them (docs/decisions/0002-no-coroutines.md)"),
    (r"^tests/unit/.*\.(cc|h)$", r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(",
     "a unit test does not wait: the time is a parameter"),
    (r"^tests/.*_test\.cc$", r'"\[[^"]*(\.|!mayfail|!shouldfail)[^"]*\]"',
     "a test is either run or removed"),
    (r"\.(cc|h)$", r"[^\x00-\x7f]", "sources are ASCII"),
    (r"^(probes|daemon|systemd|deploy|docs|README|CONTRIBUTING|CHANGELOG|SECURITY)", r"(?<![\w.])/(home|root|Users)/\w",
     "the path of somebody's machine"),
]
RULES = [(re.compile(where), re.compile(what), why) for where, what, why in RULES]


def main():
    top = tree.root()
    problems = []
    checked = 0
    for path in tree.files(top):
        if path == "LICENSE" or "/corpus/" in path:
            continue
        text = tree.text(top, path)
        if text is None:
            continue
        checked += 1
        rules = [(what, why) for where, what, why in RULES if where.search(path)]
        for number, line in enumerate(text.splitlines(), 1):
            for what, why in rules:
                match = what.search(line)
                if match:
                    problems.append(f"{path}:{number}: '{match.group(0).strip()}': {why}")
    tree.finish(problems, checked)


if __name__ == "__main__":
    main()
