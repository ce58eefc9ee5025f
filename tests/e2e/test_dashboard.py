#!/usr/bin/env python3
"""The Grafana dashboard: its form, and every query of it against a real Prometheus that scrapes blipd. About 40 s."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

import support
import yaml

# The https site, inside the lab's namespace beside blipd. Its argument is blipd's process: it ends when that does.
SITE = """
import http.server, os, ssl, sys, threading, time
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8443), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("certificate.pem", "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
while os.getppid() == int(sys.argv[1]):
    time.sleep(0.2)
"""
SCENARIO = """
networks:
  - {name: references, prefixes: [192.0.2.0/29], delay: 4ms}
  - {name: steady, prefixes: [198.18.1.0/28], delay: 20ms}
  - {name: spotty, prefixes: [198.18.2.0/28], delay: 20ms, loss: 0.3}
  - {name: dead, prefixes: [198.18.3.0/28], silent: true}
"""
CONFIG = """
vantage: {name: lab, references: {quorum: 2, hosts: [192.0.2.1, 192.0.2.2, 192.0.2.3]}}
windows: [1m, 5m, 1h]
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
  web: {prober: http, interval: 1s, timeout: 1s, url: "https://{host}:8443/", tls: {insecure_skip_verify: true}}
networks:
  - {name: steady, prefixes: [198.18.1.0/28], modules: [ping], discover: false, mine: true}
  - {name: spotty, prefixes: [198.18.2.0/28], modules: [ping], discover: false, mine: true}
  - {name: dead, prefixes: [198.18.3.0/28], modules: [ping], discover: false, mine: true}
  - {name: site, hosts: [127.0.0.1], modules: [web], mine: true}
"""
VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|(\w+))")


def dashboard():
    return json.loads(support.shipped("grafana", "dashboards", "blipd-overview.json"))


def queries(board):
    """Every (where, expression, whether it is instant) of panels and annotations."""
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield f"{panel['title']} {target['refId']}", target["expr"], target["instant"]
    for annotation in board["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["expr"], False


def filled(expression, values):
    """The expression as Grafana sends it; a variable that is not among the values is a KeyError."""
    return VARIABLE.sub(lambda match: values[match[1] or match[2]], expression)


class Form(unittest.TestCase):
    def setUp(self):
        self.board = dashboard()
        self.panels = [panel for panel in self.board["panels"] if panel["type"] != "row"]

    def test_it_is_a_classic_dashboard_for_grafana_9_to_13(self):
        self.assertLessEqual(self.board["schemaVersion"], 42)
        self.assertNotIn("id", self.board)
        self.assertTrue(self.board["uid"])
        self.assertNotIn("__inputs", self.board)

    def test_panels_have_ids_of_their_own_and_all_that_a_reader_needs(self):
        ids = [panel["id"] for panel in self.board["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        for panel in self.panels:
            with self.subTest(panel["title"]):
                self.assertTrue(panel["description"].endswith("."))
                self.assertTrue(panel["targets"])
                references = [target["refId"] for target in panel["targets"]]
                self.assertEqual(len(references), len(set(references)))

    def test_panels_do_not_overlap_and_stay_inside(self):
        taken = {}
        for panel in self.board["panels"]:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
                self.assertNotIn(cell, taken, f"{panel['title']} lies on {taken.get(cell)}")
                taken[cell] = panel["title"]

    def test_the_data_source_is_the_variable_everywhere(self):
        found = []

        def walk(value):
            if isinstance(value, dict):
                if "datasource" in value:
                    found.append(value["datasource"])
                value = list(value.values())
            if isinstance(value, list):
                for part in value:
                    walk(part)
        walk(self.board)
        self.assertGreater(len(found), len(self.panels))
        for source in found:
            self.assertEqual(source, {"type": "prometheus", "uid": "${datasource}"})
        self.assertEqual(self.board["templating"]["list"][0]["name"], "datasource")

    def test_every_variable_in_use_is_defined_and_every_defined_one_in_use(self):
        defined = {variable["name"] for variable in self.board["templating"]["list"]}
        used = {a or b for a, b in VARIABLE.findall(json.dumps(self.board))} - {"__rate_interval", "__range", "__all"}
        self.assertEqual(used, defined)

    def test_rates_follow_the_zoom(self):
        for where, expression, _ in queries(self.board):
            for span in re.findall(r"\[([^]]+)\]", expression):
                self.assertIn(span, ("$__rate_interval", "$__range"), where)

    def test_provisioning_names_each_other(self):
        sources = yaml.safe_load(support.shipped("grafana", "provisioning", "datasources", "blipd.yml"))
        boards = yaml.safe_load(support.shipped("grafana", "provisioning", "dashboards", "blipd.yml"))
        self.assertEqual((sources["apiVersion"], boards["apiVersion"]), (1, 1))
        self.assertEqual(sources["datasources"][0]["type"], "prometheus")
        self.assertEqual(boards["providers"][0]["type"], "file")
        # What Grafana is told of the scrape interval is what Prometheus is told.
        self.assertIn(f"scrape_interval: {sources['datasources'][0]['jsonData']['timeInterval']}",
                      support.shipped("prometheus", "prometheus.yml"))


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="blipd-e2e-"))
        for name, text in (("lab.yaml", SCENARIO), ("blipd.yaml", CONFIG), ("site.py", SITE)):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        subprocess.run([support.require("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=lab", "-keyout",
                        os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "certificate.pem")],
                       check=True, capture_output=True)
        cls.lab = cls.enterClassContext(support.Lab(
            folder, os.path.join(folder, "lab.yaml"), os.path.join(folder, "blipd.yaml"),
            beside=f"cd {folder} && exec {sys.executable} site.py $$"))
        cls.prometheus = cls.enterClassContext(support.Prometheus(folder, cls.lab.port))
        # As Grafana fills them in for "All", with the interval of the shortened scrapes.
        cls.values = {"instance": ".*", "network": ".*", "module": ".*", "window": "1m",
                      "__rate_interval": "10s", "__range": "30s"}
        for alert in ("BlipdNetworkDown", "BlipdNetworkSpotty"):
            support.wait_for(f"{alert} fires", lambda a=alert: cls.prometheus.query(
                f'ALERTS{{alertname="{a}",alertstate="firing"}}'), 120)

    def result(self, expression, instant):
        now = time.time()
        if instant:
            return self.prometheus.get("query", query=expression, time=now)["result"]
        return self.prometheus.get("query_range", query=expression, start=now - 15, end=now, step=5)["result"]

    def test_every_query_finds_something(self):
        count = 0
        for where, expression, instant in queries(dashboard()):
            count += 1
            if where == "annotation Alerts on vantages":
                # The vantage is well here; the query is one that Prometheus understands.
                self.assertEqual(self.result(filled(expression, self.values), instant), [])
                continue
            with self.subTest(where):
                found = self.result(filled(expression, self.values), instant)
                self.assertTrue(found, expression)
                numbers = [value[1] for series in found for value in series.get("values", [series.get("value")])]
                self.assertTrue(any(number != "NaN" for number in numbers), f"nothing but NaN: {expression}")
        self.assertGreater(count, 40)

    def test_every_choice_of_a_variable_is_offered(self):
        offered = {}
        for variable in dashboard()["templating"]["list"]:
            if variable["type"] == "query":
                selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"]).groups()
                series = self.prometheus.get("series", **{"match[]": filled(selector, self.values)})
                offered[variable["name"]] = {one[label] for one in series}
        self.assertEqual(offered, {"instance": {f"127.0.0.1:{self.lab.port}"}, "module": {"ping", "web"},
                                   "network": {"steady", "spotty", "dead", "site"}, "window": {"1m", "5m", "1h"}})

    def test_the_numbers_are_those_of_the_scenario(self):
        panels = {panel["title"]: panel for panel in dashboard()["panels"]}

        def states(title, reference):
            """Of the networks that ping judges; of one site asked once a second little is known so early."""
            target = next(t for t in panels[title]["targets"] if t["refId"] == reference)
            found = {series["metric"]["network"]: float(series["value"][1])
                     for series in self.result(filled(target["expr"], self.values), True)}
            return {network: value for network, value in found.items() if network != "site"}
        table = "All networks, ratios over $window"
        self.assertEqual(states(table, "A"), {"steady": 1, "spotty": 2, "dead": 4})
        self.assertEqual(states(table, "C"), {"steady": 1, "spotty": 2, "dead": 4})
        self.values = self.values | {"__range": "5s"}
        support.wait_for("steady is up over the whole range", lambda: states(
            "Networks that were not up all the time", "A") == {"spotty": 2, "dead": 4}, 60)
        since = states(table, "B")
        self.assertLess(abs(since["dead"] / 1000 - time.time()), 600)
        responding = states(table, "H")
        self.assertEqual((responding["steady"], responding["dead"]), (16, 0))

    def test_the_certificate_of_the_site_is_counted_down(self):
        panel = next(p for p in dashboard()["panels"] if p["title"].startswith("Days until"))
        (series,) = self.result(filled(panel["targets"][0]["expr"], self.values), True)
        self.assertEqual(series["metric"]["network"], "site")
        self.assertAlmostEqual(float(series["value"][1]), 30, delta=0.1)


if __name__ == "__main__":
    unittest.main()
