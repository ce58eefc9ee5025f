#!/usr/bin/env python3
"""The quickstart as a newcomer runs it, for a minute; then Ctrl-C, which leaves nothing behind. About 80 s."""

import os
import re
import signal
import socket
import subprocess
import unittest

import support

QUICKSTART = os.path.join(support.SOURCE, "deploy", "quickstart")
FOR_SECONDS = 60


def tables(output):
    """What was printed, table by table: a network or (network, module) -> its cells."""
    found = []
    for block in output.split("\n\n"):
        lines = block.splitlines()
        heads = [i for i, line in enumerate(lines) if line.startswith("network ")]
        if heads:
            table, network = {}, None
            for line in lines[heads[0] + 1:]:
                cells = re.split(r"  +", line.strip())
                if line.startswith("  "):
                    table[network, cells[0]] = cells
                else:
                    network = cells[0]
                    table[network] = cells
            found.append(table)
    return found


MODULES = {"stable": ["ping", "syn80", "web"], "spotty": ["ping", "syn80"], "flapping": ["ping"], "dark": ["ping"],
           "dead-site": ["ping", "web"]}


def skip_if_refused(output):
    if support.REFUSED.search(output):
        raise unittest.SkipTest(f"no network namespace here: {output.strip().splitlines()[-1]}")


class Quickstart(unittest.TestCase):
    def command(self, *options):
        return [QUICKSTART, "--no-install", f"--port={support.free_port()}", *options]

    def test_it_says_what_it_sees(self):
        run = subprocess.run(self.command(f"--for={FOR_SECONDS}"), capture_output=True, text=True, timeout=500)
        if run.returncode:
            skip_if_refused(run.stderr)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        printed = tables(run.stdout)
        # Every ten seconds, and whenever a state changes.
        self.assertGreaterEqual(len(printed), FOR_SECONDS // 10 - 1, run.stdout)
        last = printed[-1]
        self.assertEqual(set(last), set(MODULES) | {(n, m) for n, modules in MODULES.items() for m in modules}, run.stdout)
        states = {network: last[network][1] for network in MODULES if network != "flapping"}
        self.assertEqual(states, {"stable": "up", "spotty": "spotty", "dark": "down", "dead-site": "up"}, run.stdout)
        # 14 s of every 24 s it answers, so it has been both by now.
        seen = {table["flapping"][1] for table in printed}
        self.assertLessEqual({"up", "down"}, seen, run.stdout)
        self.assertIn("on and off", last["flapping"][-1], run.stdout)
        self.assertEqual(last["stable"][3], "32 of 32 hosts")
        self.assertEqual(last["dark"][3], "0 of 16 hosts")
        for module in MODULES["stable"]:
            self.assertEqual(last["stable", module][1], "up", run.stdout)
        for module in MODULES["spotty"]:
            answered = float(re.match(r"([\d.]+) %", last["spotty", module][2]).group(1))
            self.assertAlmostEqual(answered, 70, delta=6)
        self.assertEqual(last["dead-site", "web"][1], "down", run.stdout)
        self.assertEqual(last["dead-site", "web"][-1], "answers with an error page", run.stdout)
        self.assertIn("web is down", last["dead-site"][-1])
        self.assertLessEqual(max(len(line) for line in run.stdout.splitlines()), 120, run.stdout)

    def test_ctrl_c_leaves_nothing_behind(self):
        command = self.command()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(support.stop, process)
        port = command[2].split("=")[1]

        def serves():
            if process.poll() is not None:
                output = process.stdout.read()
                skip_if_refused(output)
                raise AssertionError(output)
            return support.fetch(f"http://127.0.0.1:{port}/-/healthy")
        support.wait_for("blipd serves", serves, 300)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(list(processes_with(f"--listen=:{port}")), [])

    def test_a_taken_port_is_told(self):
        with socket.socket(socket.AF_INET6) as taken:
            taken.bind(("::", 0))
            taken.listen()
            port = taken.getsockname()[1]
            run = subprocess.run([QUICKSTART, "--no-install", f"--port={port}", "--for=5"], capture_output=True,
                                 text=True, timeout=500)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("in use", run.stderr)


def processes_with(argument):
    """Numbers of the processes that were started with this argument."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if argument.encode() in file.read().split(b"\0"):
                    yield int(pid)
        except OSError:
            continue  # It has ended meanwhile.


if __name__ == "__main__":
    unittest.main()
