#!/usr/bin/env python3
"""Checks which folder includes what. Dependencies point one way (docs/architecture.md); this is the list of them."""

import os
import re

import tree

# Folder -> folders of the tree it may include besides itself. A folder that is not here may not hold sources.
MAY_INCLUDE = {
    "probes/wire": set(),
    "probes": {"probes/wire"},
    "daemon/config": {"probes"},
    "daemon/schedule": {"daemon/config", "probes"},
    "daemon/store": {"probes"},
    "daemon/client": {"probes"},
    "daemon/events": {"daemon/store", "probes"},
    "daemon/detect": {"daemon/store", "daemon/config", "probes"},
    "daemon/engine": {"daemon/schedule", "daemon/store", "daemon/detect", "daemon/config", "probes"},
    "daemon/export": {"daemon/events", "daemon/store", "probes"},
    "daemon/names": {"probes"},
    "daemon/simulate": {"daemon/config", "daemon/engine", "daemon/detect", "daemon/store", "daemon/schedule", "probes"},
    "daemon/storage": {"daemon/events", "daemon/store", "probes/wire", "probes"},
    "daemon/service": {"daemon/client", "daemon/config", "daemon/schedule", "daemon/engine", "daemon/events", "daemon/export", "daemon/names", "daemon/simulate", "daemon/storage", "daemon/store", "probes"},
    "daemon": {"daemon/service"},
}

# A library -> folders that may include it. What is not here (the standard library, the kernel's headers, Boost's
# result type) is open to all.
LIBRARY_HOMES = {
    r"yaml-cpp/": {"daemon/config"},
    r"prometheus/": {"daemon/export"},
    r"boost/beast": {"daemon/export"},
    r"boost/asio": {"daemon/export", "daemon/names", "daemon/service", "probes"},
    r"nlohmann/": {"daemon/client", "daemon/export", "daemon/service", "daemon/simulate", "daemon/storage"},
    r"zlib\.h": {"daemon/export"},
    r"spdlog/": {"daemon/service"},
    r"CLI/": {"daemon/service"},
    r"sodium": {"probes"},
    r"ares\.h": {"daemon/names"},
    r"curl/": {"daemon/client", "probes"},
    r"openssl/": {"probes"},
    r"re2/": {"probes"},
    r"sqlite3": {"daemon/storage"},
}

# The lab plays the network. It shares no code with the daemon but what is here: folder -> folders, and single headers.
# tests/lab/world plays the daemon's own scenarios; what is a packet, it is told by the lab.
LAB_MAY_INCLUDE = {
    "tests/lab": ({"tests/lab", "probes/wire"}, {"probes/result.h", "tests/lab/world/world_play.h"}),
    "tests/lab/world": ({"tests/lab", "tests/lab/world", "daemon/simulate"}, {"probes/result.h"}),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def check_source(top, path):
    """The problems of one source file."""
    folder = os.path.dirname(path)
    # Tests and fuzz targets may look everywhere, the lab excepted.
    is_test = folder.startswith("tests/")
    lab_folders, lab_headers = LAB_MAY_INCLUDE.get(folder, (None, set()))
    problems = []
    if not is_test and folder not in MAY_INCLUDE:
        return [f"{path}: folder {folder or '.'} is not in the list of layers (tests/checks/layers.py)"]
    for number, line in enumerate((tree.text(top, path) or "").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        bracket, name = match.groups()
        here = f"{path}:{number}"
        if bracket == '"':
            target = os.path.dirname(name)
            if not os.path.exists(os.path.join(top, name)):
                problems.append(f'{here}: "{name}" is no file of the tree; includes are written from its top')
            elif lab_folders and target not in lab_folders and name not in lab_headers:
                problems.append(f"{here}: the lab may not know {target}: it must not share the daemon's mistakes")
            elif not is_test and target != folder and target not in MAY_INCLUDE[folder]:
                problems.append(f"{here}: {folder} may not know {target}")
        elif not is_test:
            for library, homes in LIBRARY_HOMES.items():
                if re.match(library, name) and folder not in homes:
                    problems.append(f"{here}: <{name}> belongs in {', '.join(sorted(homes))} alone")
            if folder == "probes/wire" and "/" in name and not name.startswith(("sys/", "netinet/", "arpa/")):
                problems.append(f"{here}: probes/wire needs the standard library and nothing else")
    return problems


def main():
    top = tree.root()
    sources = tree.sources(top)
    problems = [problem for path in sources for problem in check_source(top, path)]
    tree.finish(problems, len(sources))


if __name__ == "__main__":
    main()
