"""The lab's web sites: asked by the system's own TCP, then watched by blipd, dead ones in living networks. About 90 s."""

import json
import sys
import unittest

import support

# Asks each URL of its arguments and prints what came of it, one JSON line each.
CLIENT = """
import concurrent.futures, http.client, json, sys
def ask(request):
    method, host = request.split("@")
    connection = http.client.HTTPConnection(host, 80, timeout=30)
    try:
        connection.request(method, "/some/path")
        answer = connection.getresponse()
        return {"host": host, "status": answer.status, "server": answer.getheader("Server"), "size": len(answer.read())}
    except OSError as error:
        return {"host": host, "error": type(error).__name__}
    finally:
        connection.close()
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    for answer in pool.map(ask, sys.argv[1:]):
        print(json.dumps(answer))
"""

SITES = """
seed: 5
networks:
  - {name: sound, prefixes: [198.18.1.0/28, "2001:db8:1::/124"], delay: 10ms, jitter: 5ms, http: {body: "hello", headers: {Server: lab}}}
  - {name: lossy, prefixes: [198.18.2.0/28, "2001:db8:2::/124"], delay: 10ms, jitter: 5ms, loss_forward: 0.1, loss_back: 0.1, http: {body: "%s"}}
  - {name: gone, prefixes: [198.18.3.0/28], http: {dead: [{to: 1h, answer: 503}]}}
  - {name: closed, prefixes: [198.18.4.0/28], http: {dead: [{to: 1h, answer: rst}]}}
""" % ("x" * 12000)

SCENARIO = """
seed: 11
networks:
  - {name: references, prefixes: [198.18.0.0/30], delay: 5ms}
  - {name: sound, prefixes: [198.18.1.0/30, "2001:db8:1::/126"], delay: 20ms, http: {body: "hello"}}
  - {name: lossy, prefixes: [198.18.2.0/30], delay: 20ms, loss_forward: 0.1, loss_back: 0.1, http: {body: "%s"}}
  - {name: broken, prefixes: [198.18.3.0/30], delay: 20ms, http: {status: 503}}
  - {name: mute, prefixes: [198.18.4.0/30], delay: 20ms, http: {dead: [{to: 1h}]}}
  - {name: shut, prefixes: [198.18.5.0/30], delay: 20ms, http: {dead: [{to: 1h, answer: rst}]}}
  - {name: dies, prefixes: [198.18.6.0/30], delay: 20ms, http: {dead: [{from: 25s, to: 1h, answer: 503}]}}
""" % ("x" * 4000)

NETWORKS = {
    "sound": (["198.18.1.0/30", "2001:db8:1::/126"], ["ping", "web"]),
    "lossy": (["198.18.2.0/30"], ["web"]),
    "broken": (["198.18.3.0/30"], ["ping", "web"]),
    "mute": (["198.18.4.0/30"], ["ping", "web"]),
    "shut": (["198.18.5.0/30"], ["ping", "web"]),
    "dies": (["198.18.6.0/30"], ["ping", "web"]),
}

CONFIG = """
vantage:
  name: lab
  references: {quorum: 2, hosts: [198.18.0.1, 198.18.0.2, 198.18.0.3]}
windows: [1m, 5m]
modules:
  ping: {prober: icmp, interval: 1s, timeout: 1s}
  web: {prober: http, interval: 1s, timeout: 8s, url: "http://{host}/", valid_status_codes: [200]}
networks:
""" + support.networks_yaml(NETWORKS)


class Sites(unittest.TestCase):
    """The client is the kernel's own TCP, which waits, repeats and gives up as any visitor's does."""

    @classmethod
    def setUpClass(cls):
        hosts = {"sound": ["198.18.1.1", "2001:db8:1::1"], "gone": ["198.18.3.1"], "closed": ["198.18.4.1"],
                 "lossy": ["198.18.2.%d" % n for n in range(16)] + ["2001:db8:2::%x" % n for n in range(16)]}
        requests = ["GET@" + host for name in hosts for host in hosts[name]] + ["HEAD@198.18.1.2"]
        printed, truth = support.run_in_lab(SITES, [sys.executable, "-c", CLIENT, *requests])
        answers = [json.loads(line) for line in printed.splitlines()]
        cls.answers = {name: [a for a in answers if a["host"] in hosts[name]] for name in hosts}
        cls.head = answers[-1]
        cls.tcp = {name: entry["tcp"] for name, entry in truth["networks"].items()}

    def test_a_sound_site_answers_over_both_families(self):
        self.assertEqual([(a["status"], a["size"], a["server"]) for a in self.answers["sound"]], [(200, 5, "lab")] * 2)
        self.assertEqual((self.head["status"], self.head["size"]), (200, 0))
        self.assertEqual(self.tcp["sound"]["responses"], 3)

    def test_a_dead_site_answers_otherwise(self):
        self.assertEqual([a["status"] for a in self.answers["gone"]], [503])
        self.assertEqual([a["error"] for a in self.answers["closed"]], ["ConnectionRefusedError"])
        self.assertEqual(self.tcp["closed"]["refused"], 1)

    def test_loss_is_made_up_for_by_repeats(self):
        whole = [a for a in self.answers["lossy"] if a.get("status") == 200 and a["size"] == 12000]
        # Both ends give up in the end, so one of 32 may fail.
        self.assertGreaterEqual(len(whole), 28, self.answers["lossy"])
        self.assertGreater(self.tcp["lossy"]["lost_forward"], 10)
        self.assertGreater(self.tcp["lossy"]["lost_back"], 10)
        self.assertGreater(self.tcp["lossy"]["responses_repeated"], 0)


class Watched(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = support.LabRun(SCENARIO, CONFIG)
        cls.addClassCleanup(cls.run_.close)
        # What web probes have ended is known after their timeout and 5 s more.
        cls.page = cls.run_.page_when(
            lambda page: cls.run_.elapsed() > 55 and page.module_state("dies", "web") == "down", 150, "the site's death")
        taken = cls.run_.elapsed()
        cls.truth = cls.run_.wait(lambda: cls.run_.elapsed() > taken + 1 and cls.run_.truth(), 30)

    def replies(self, network):
        return self.page.value("blipd_probe_replies_total", network=network, module="web")

    def failures(self, network):
        """Reason -> failures of the module `web` that are not zero."""
        found = self.page.all("blipd_probe_failures_total", network=network, module="web")
        return {dict(labels)["reason"]: value for labels, value in found.items() if value}

    def test_the_lab_lost_nothing_by_itself(self):
        for count in ("device_drops", "write_failures", "bad_checksum", "untracked"):
            self.assertEqual(self.truth[count], 0, count)

    def test_a_site_that_answers_is_up(self):
        self.assertEqual(self.failures("sound"), {})
        self.assertGreater(self.replies("sound"), 200)
        self.assertLessEqual(self.replies("sound"), self.truth["networks"]["sound"]["tcp"]["responses"])
        self.assertEqual(self.page.module_state("sound", "web"), "up")

    def test_tcp_makes_up_for_loss(self):
        self.assertGreater(self.replies("lossy"), 100)
        self.assertGreater(self.replies("lossy"), 10 * sum(self.failures("lossy").values()))
        self.assertGreater(self.truth["networks"]["lossy"]["tcp"]["lost_back"], 20)

    def test_a_dead_site_in_a_living_network(self):
        reasons = {"broken": "status", "mute": "timeout", "shut": "refused"}
        for network, reason in reasons.items():
            with self.subTest(network):
                self.assertEqual(self.replies(network), 0)
                failures = self.failures(network)
                self.assertEqual(set(failures), {reason})
                self.assertGreater(failures[reason], 80)
                # A timeout while the http thread had no processor says nothing of the site; that is rare.
                self.assertLess(self.page.voids(network), 0.1 * failures[reason])
                self.assertEqual(self.page.module_state(network, "web"), "down")
                self.assertEqual(self.page.module_state(network, "ping"), "up")
                self.assertEqual(self.page.state(network), "up")

    def test_a_site_that_dies(self):
        self.assertGreater(self.replies("dies"), 50)
        self.assertEqual(set(self.failures("dies")), {"status"})
        self.assertEqual(self.page.state("dies"), "up")
        self.assertEqual(self.page.module_state("dies", "ping"), "up")


if __name__ == "__main__":
    support.main()
