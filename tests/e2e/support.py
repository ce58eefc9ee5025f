"""What the end-to-end tests share: free ports, deadlines, and blipd running inside the lab."""

import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

SOURCE = os.environ.get("BLIPD_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
BLIPD = os.environ.get("BLIPD", os.path.join(SOURCE, "build", "release", "daemon", "blipd"))
BLIPD_LAB = os.environ.get("BLIPD_LAB", os.path.join(SOURCE, "build", "release", "tests", "lab", "blipd-lab"))
handed_out = set()
REFUSED = re.compile(r"namespace|/dev/net/tun", re.I)


def require(program):
    """The path of a program; the test is skipped by name where it is not installed."""
    path = shutil.which(program)
    if not path:
        raise unittest.SkipTest(f"{program} is not installed")
    return path


def free_port():
    """A TCP port that nobody has just now, and that the kernel gives nobody: it is not among those for connections."""
    while True:
        port = random.randrange(10000, 20000)
        if port in handed_out:
            continue
        handed_out.add(port)
        try:
            # Of both families, where there are both.
            with socket.create_server(("", port), family=socket.AF_INET6 if socket.has_dualstack_ipv6() else
                                      socket.AF_INET, dualstack_ipv6=socket.has_dualstack_ipv6()):
                return port
        except OSError:
            continue


def fetch(url, timeout=20):
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
    """blipd in blipd-lab's namespace, its web address outside of it. A context manager.

    `beside` is a shell command that runs as a child of blipd in the same namespace, with blipd's process id as `$$`;
    it has to end when blipd does.
    """

    def __init__(self, folder, scenario, config, beside=None):
        self.log_path = os.path.join(folder, "lab.log")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        blipd = [BLIPD, f"--config.file={config}", "--storage.path=none"]
        if beside:
            blipd = ["/bin/sh", "-c", f"({beside}) & exec \"$@\"", "sh", *blipd]
        self.command = [BLIPD_LAB, f"--scenario={scenario}", f"--listen=127.0.0.1:{self.port}", "--", *blipd]

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for("blipd is ready", self.is_ready, 90)
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


def faster(text, factor=15):
    """Rules or a configuration of Prometheus or Alertmanager with its times divided by `factor`, none below 1 s."""
    seconds = {"s": 1, "m": 60}

    def shorten(match):
        return f"{match[1]}{max(1, round(int(match[2]) * seconds[match[3]] / factor))}s"
    keys = "for|keep_firing_for|scrape_interval|evaluation_interval|group_wait|group_interval"
    return re.sub(rf"(?m)^(\s*(?:{keys}): )(\d+)([sm])$", shorten, text)


def shipped(*path):
    """The text of a file in deploy/."""
    with open(os.path.join(SOURCE, "deploy", *path), encoding="utf-8") as file:
        return file.read()


class Server:
    """A program that serves HTTP on a free port of 127.0.0.1. A context manager."""

    def __init__(self, folder, name, port, command):
        self.url = f"http://127.0.0.1:{port}"
        self.log_path = os.path.join(folder, name + ".log")
        self.name = name
        self.command = command

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_for(f"{self.name} is ready", lambda: fetch(self.url + "/-/ready") is not None, 90)
        except BaseException:
            stop(self.process)
            raise
        return self

    def __exit__(self, *_):
        stop(self.process)


class Prometheus(Server):
    """Debian's Prometheus with the shipped rules and configuration, all of its times shortened."""

    def __init__(self, folder, blipd_port, alertmanager_port=None):
        program = require("prometheus")
        port = free_port()
        files = {name: faster(shipped("prometheus", name))
                 for name in ("prometheus.yml", "blipd.rules.yml", "blipd.alerts.yml")}
        files["prometheus.yml"] = files["prometheus.yml"].replace("localhost:12214", f"127.0.0.1:{blipd_port}").replace(
            "localhost:9093", f"127.0.0.1:{alertmanager_port or free_port()}")
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        super().__init__(folder, "prometheus", port, [
            program, f"--config.file={os.path.join(folder, 'prometheus.yml')}",
            f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={os.path.join(folder, 'data')}"])

    def get(self, path, **parameters):
        """The data of an answer of the HTTP API; an error of Prometheus is an AssertionError with its words."""
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error

    def query(self, expression):
        """The result of an instant query: a list of (labels, value)."""
        return [(series["metric"], float(series["value"][1]))
                for series in self.get("query", query=expression)["result"]]


class Alertmanager(Server):
    """Debian's Alertmanager with the shipped configuration, its times shortened, telling `webhook`."""

    def __init__(self, folder, webhook):
        program = require("prometheus-alertmanager")
        self.port = free_port()
        self.config = os.path.join(folder, "alertmanager.yml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(faster(shipped("alertmanager", "alertmanager.yml")).replace("http://localhost:9099/", webhook.url))
        super().__init__(folder, "alertmanager", self.port, [
            program, f"--config.file={self.config}", f"--storage.path={os.path.join(folder, 'alertmanager')}",
            f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="])

    def alerts(self):
        """What Alertmanager has at present, inhibited or not."""
        return fetch_json(self.url + "/api/v2/alerts")

    def add(self, alerts):
        """Hands alerts over as Prometheus does: each a mapping of labels."""
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        request = urllib.request.Request(self.url + "/api/v2/alerts", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=5).close()


class Webhook:
    """Takes the notifications of an Alertmanager, in the order in which they come. A context manager."""

    def __init__(self):
        notifications = self.notifications = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                notifications.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def told(self, **group):
        """The notifications of the groups with these labels: a list of (status, alertnames), oldest first."""
        return [(n["status"], sorted({alert["labels"]["alertname"] for alert in n["alerts"]}))
                for n in list(self.notifications) if group.items() <= n["groupLabels"].items()]
