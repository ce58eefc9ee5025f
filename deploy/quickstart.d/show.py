#!/usr/bin/env python3
"""Runs blipd inside blipd-lab and prints what it sees, network by network and module by module,
until Ctrl-C or for --for seconds."""

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BINARIES = os.path.join(TOP, "build", "release")
LOG = os.path.join(TOP, "build", "quickstart.log")
WINDOW = "1m"
PRINT_EVERY = 10.0  # seconds, and at once when a state changes
STARTUP = 60.0
MANY_CHANGES = 3  # The first is from unknown to what the network is.
PR_SET_PDEATHSIG = 1
# What a module that is down sees most, by the reason of its failures.
REASONS = {
    "timeout": "no answer in time",
    "refused": "refuses connections",
    "unreachable": "unreachable, says a router",
    "bad_reply": "answers something else",
    "tls": "no trust in its certificate",
    "status": "answers with an error page",
    "body": "answers with the wrong page",
}


class Stop(Exception):
    """Asked to end, by a signal or because the time is up."""


def start_lab(port, log):
    """The lab with blipd in it, in a session of its own: Ctrl-C reaches this program alone, which then ends the lab.
    Should this program be killed, the kernel ends the lab."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def die_with_parent():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    here = os.path.dirname(os.path.abspath(__file__))
    return subprocess.Popen(
        [os.path.join(BINARIES, "tests", "lab", "blipd-lab"), f"--scenario={os.path.join(here, 'lab.yaml')}",
         f"--listen=:{port}", "--", os.path.join(BINARIES, "daemon", "blipd"),
         f"--config.file={os.path.join(here, 'blipd.yaml')}", "--storage.path=none"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent)


def stop_lab(lab):
    if lab.poll() is None:
        lab.terminate()
        try:
            lab.wait(10)
        except subprocess.TimeoutExpired:
            lab.kill()
            lab.wait()


def fetch(port):
    """The networks as blipd serves them, or None while it does not serve yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/networks", timeout=5) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None


def clock(rfc3339):
    """The time of day in a time like 2026-01-31T12:00:00.123Z."""
    return rfc3339[11:19] if rfc3339 else "-"


def milliseconds(seconds):
    """Two digits: a quantile estimated from the buckets of a histogram carries no more."""
    return "-" if seconds is None else f"~{seconds * 1000:.2g} ms"


def percent(ratio):
    return f"{100 * ratio:.4g}"


def window_of(module):
    return next((w for w in module["windows"] if w["window"] == WINDOW), None)


def network_in_words(network):
    """One network in plain words."""
    down = [module["module"] for module in network["modules"] if module["state"] == "down"]
    state = {
        "up": "answers" + (f", though {' and '.join(down)} is down" if down else ""),
        "spotty": "answers now and then",
        "flapping": "goes dark and comes back",
        "down": "does not answer",
        "unknown": "too few probes so far to say",
    }[network["state"]]
    if network["state_changes"] >= MANY_CHANGES:
        return f"on and off, {network['state_changes']} changes of state so far"
    return state


def module_in_words(module):
    """What is wrong with what a module sees, in plain words."""
    window = window_of(module)
    if module["state"] == "spotty" and window and window["success_ratio"] is not None:
        return f"{100 * (1 - window['success_ratio']):.0f} of 100 probes fail"
    failures = module["probes"]["failures"]
    if module["state"] != "down" or not any(failures.values()):
        return ""
    reason = max(failures, key=failures.get)
    return REASONS.get(reason, reason)


def network_row(network):
    # A host counts as silent after three failures; before that the number of the others means little.
    unknown = network["state"] == "unknown"
    hosts = "-" if unknown else f"{network['hosts_responding']} of {network['hosts']} hosts"
    return [network["name"], network["state"], clock(network["since"]), hosts, "", "", network_in_words(network)]


def module_row(module):
    window = window_of(module)
    answered = interval = "-"
    if window and window["success_ratio"] is not None:
        answered = f"{percent(window['success_ratio'])} % of {window['probes']}"
        interval = f"{percent(window['lower'])} - {percent(window['upper'])} %"
    return ["  " + module["module"], module["state"], "", answered, interval,
            milliseconds(module["rtt"]["p50_seconds"]), module_in_words(module)]


HEADINGS = ["network", "state", "since", f"answered, last {WINDOW}", "95 % interval", "median RTT", "in words"]


def table(report):
    rows = [HEADINGS]
    for network in report["networks"]:
        rows.append(network_row(network))
        rows.extend(module_row(module) for module in network["modules"])
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip() for cells in rows)


def show(report):
    sight = "is fine" if report["vantage_ok"] else "is ill: nothing is held against the networks"
    print(f"{clock(report['taken'])} UTC, our own connection {sight}\n{table(report)}\n", flush=True)


def watch(lab, port, seconds):
    started = time.monotonic()
    printed = None
    states = None
    while True:
        now = time.monotonic()
        if lab.poll() is not None:
            raise RuntimeError("blipd or the lab ended by itself")
        report = fetch(port)
        if report is None and now - started > STARTUP:
            raise RuntimeError(f"blipd does not answer on port {port}")
        over = seconds and now - started >= seconds
        if report and report["networks"]:
            seen = [(network["state"], [module["state"] for module in network["modules"]])
                    for network in report["networks"]]
            if over or printed is None or seen != states or now - printed >= PRINT_EVERY:
                show(report)
                printed, states = now, seen
        if over:
            raise Stop
        time.sleep(min(1.0, seconds - (now - started)) if seconds else 1.0)


def on_signal(*_):
    raise Stop


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--for", dest="seconds", type=float, default=0)
    parser.add_argument("--port", type=int, default=12214)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)

    status = 0
    with open(LOG, "wb") as log:
        lab = start_lab(options.port, log)
        try:
            print(f"blipd probes a simulated network. Ctrl-C stops everything. Log: {os.path.relpath(LOG)}\n"
                  f"Page: http://localhost:{options.port}/   metrics: http://localhost:{options.port}/metrics\n",
                  flush=True)
            watch(lab, options.port, options.seconds)
        except Stop:
            pass
        except RuntimeError as error:
            print(f"deploy/quickstart: {error}; its last words:", file=sys.stderr)
            status = 1
        finally:
            stop_lab(lab)
    if status:
        with open(LOG, encoding="utf-8", errors="replace") as log:
            print("".join(log.readlines()[-5:]), end="", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
