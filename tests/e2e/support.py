"""What the end-to-end tests share: free ports, deadlines, and blipd running inside the lab."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

SOURCE = os.environ.get("BLIPD_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
BLIPD = os.environ.get("BLIPD", os.path.join(SOURCE, "build", "release", "daemon", "blipd"))
BLIPD_LAB = os.environ.get("BLIPD_LAB", os.path.join(SOURCE, "build", "release", "tests", "lab", "blipd-lab"))
REFUSED = re.compile(r"namespace|/dev/net/tun", re.I)


def require(program):
    """The path of a program; the test is skipped by name where it is not installed."""
    path = shutil.which(program)
    if not path:
        raise unittest.SkipTest(f"{program} is not installed")
    return path


def free_port():
    """A TCP port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, timeout=5):
    """The body at `url`, or None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, OSError):
        return None


def fetch_json(url):
    body = fetch(url)
    return None if body is None else json.loads(body)


def wait_for(what, condition, seconds):
    """The first true value of `condition`, asked again and again; AssertionError when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def stop(process, seconds=10):
    """Ends a process by SIGTERM, and by SIGKILL if it takes too long. Its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Lab:
    """blipd in blipd-lab's namespace, its web address outside of it. A context manager."""

    def __init__(self, folder, scenario, config):
        self.log_path = os.path.join(folder, "lab.log")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [BLIPD_LAB, f"--scenario={scenario}", f"--listen=127.0.0.1:{self.port}", "--", BLIPD,
                        f"--config.file={config}"]

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for("blipd is ready", self.is_ready, 40)
        except BaseException:
            stop(self.process)
            raise
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            said = self.log().strip()
            if REFUSED.search(said.splitlines()[-1] if said else ""):
                raise unittest.SkipTest(f"no network namespace here: {said.splitlines()[-1]}")
            raise AssertionError(f"the lab ended with {self.process.returncode}: {said}")
        return fetch(self.url + "/-/ready") is not None

    def __exit__(self, *_):
        stop(self.process)
