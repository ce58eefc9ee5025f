"""The process: how it ends, and what it says when it may not send. About 5 s."""

import ctypes
import os
import signal
import subprocess
import tempfile
import unittest

import support

SCENARIO = """
networks:
  - {name: healthy, prefixes: [198.18.1.0/28], delay: 20ms}
  - {name: dark, prefixes: [198.18.2.0/28], silent: true}
"""
# A probe to `dark` and its exchange are under way for two minutes.
CONFIG = """
vantage: {name: lab}
modules:
  ping: {prober: icmp, interval: 1s, timeout: 3s}
  patient: {prober: icmp, interval: 1s, timeout: 2m}
  web: {prober: http, interval: 1s, timeout: 2m}
networks:
  - {name: healthy, prefixes: [%s], modules: [ping], discover: false, mine: true}
  - {name: dark, prefixes: [198.18.2.0/28], modules: [patient, web], discover: false, mine: true}
"""

PR_CAPBSET_DROP = 24
CAP_NET_RAW = 13


def drop_net_raw():
    """Root gets no CAP_NET_RAW back at exec; anybody else has none."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "PR_CAPBSET_DROP")


class Process(unittest.TestCase):
    def test_a_signal_ends_it_and_it_waits_for_no_answer(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                run = support.LabRun(SCENARIO, CONFIG % "198.18.1.0/28")
                self.addCleanup(run.close)
                run.page_when(lambda page: page.sum("blipd_probe_replies_total") > 0 and all(
                    page.value("blipd_probes_in_flight", network="dark", module=module) > 0
                    for module in ("patient", "web")), 30, "replies, and probes in flight")
                run.signal_blipd(number)
                self.assertEqual(run.lab.wait(60), 0)

    def test_without_the_capability_it_says_so(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write(CONFIG % "127.1.0.0/28")
            config.flush()
            os.chmod(config.name, 0o644)
            ended = subprocess.run(
                [support.BLIPD, "--config.file=" + config.name, "--web.listen-address=127.0.0.1:0",
                 "--storage.path=none"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False,
                preexec_fn=drop_net_raw)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertIn("CAP_NET_RAW", ended.stderr)
        self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)


if __name__ == "__main__":
    support.main()
