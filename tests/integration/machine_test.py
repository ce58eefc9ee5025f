"""Our own machine is in trouble: stopped, flooded, out of descriptors, out of memory. About two minutes."""

import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import own_side
import support
from fault_case import CONFIG, CONNECTIONS, DROPS, FLOOD, FaultCase, MISSED, NETWORKS, REFUSED, SCENARIO

# Addresses enough for some hundred megabytes.
HUGE = "  - {name: huge, prefixes: [10.0.0.0/10], modules: [ping], discover: false, mine: true}\n"

WEB = "  - {name: web, prefixes: [198.18.5.0/30], modules: [ping, web], discover: false, mine: true}\n"


def no_limit_holds():
    """Whether the program does not even start within what is plenty for it."""
    return subprocess.run(["prlimit", "--as=%d" % (250 << 20), support.BLIPD, "--version"], capture_output=True,
                          check=False).returncode != 0


def limit_of(pid, what):
    """The soft and the hard one, as prlimit(1) takes them."""
    shown = subprocess.run(["prlimit", "--pid=%d" % pid, "--" + what, "--output=SOFT,HARD", "--noheadings"],
                           capture_output=True, text=True, check=True).stdout
    return shown.split()


def set_limit(pid, what, soft, hard):
    subprocess.run(["prlimit", "--pid=%d" % pid, "--%s=%s:%s" % (what, soft, hard)], check=True)


def cpu_seconds(pid):
    stat = support.stat_of(pid)
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def virtual_size(pid):
    with open("/proc/%d/statm" % pid, encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


class Machine(FaultCase):
    scenario = SCENARIO + '  - {name: web, prefixes: [198.18.5.0/30], delay: 20ms, tcp: {open: [80]}, http: {body: "b"}}\n'
    config = CONFIG.replace("networks:", '  web: {prober: http, interval: 1s, timeout: 5s, url: "http://{host}/"}\n'
                            "networks:") + WEB
    networks = NETWORKS + ("web",)

    def test_a_process_that_is_stopped(self):
        """What it would have sent is missed; what came meanwhile was stamped by the kernel.

        But not what curl waited for: the exchanges that were under way are void, and no fault of the kernel's.
        """
        pid = self.run_.blipd_pid()
        os.kill(pid, signal.SIGSTOP)
        time.sleep(13)
        os.kill(pid, signal.SIGCONT)
        page = self.check_over(*MISSED)
        # Thirteen seconds of near, far and six at four a second, less what is sent late.
        self.assertGreater(self.grown(page, "blipd_probes_missed_total"), 8 * 4 * 36)
        for network in NETWORKS:
            self.assertEqual(self.grown(page, "blipd_probes_void_total", network=network), 0, network)
        void = self.grown(page, "blipd_probes_void_total", network="web")
        self.assertEqual(self.grown(page, "blipd_probes_void_total", network="web", module="web", cause="vantage"), void)
        self.assertLessEqual(void, 4)
        self.assertEqual(self.lines(REFUSED[0]), [])

    def test_a_receive_queue_that_overflows(self):
        """While nobody reads, strangers fill the queue in front of the answers to `far`, which take 600 ms."""
        pid = self.run_.blipd_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            # It takes a true reply to copy, and they still come in.
            own_side.storm(pid, 2, 100000)
        finally:
            os.kill(pid, signal.SIGCONT)
        page = self.check_over(*DROPS)
        self.assertGreater(self.grown(page, "blipd_socket_receive_drops_total"), 0)
        self.assertGreater(self.grown(page, "blipd_probes_void_total", network="far", cause="receive_drop"), 0)

    def test_a_reply_storm(self):
        missed = self.before.sum("blipd_probes_missed_total")
        sent = own_side.storm(self.run_.blipd_pid(), 6, 100000)
        page = self.check_over(*FLOOD)
        stray, dropped = (self.grown(page, name) for name in ("blipd_replies_stray_total",
                                                              "blipd_socket_receive_drops_total"))
        self.assertGreater(sent, 50000)
        # Some kernels count a drop twice.
        self.assertLessEqual(stray, sent)
        self.assertGreaterEqual(stray + dropped, sent)
        # Probing went on: what was due was sent, or is told as missed.
        answered = self.grown(page, "blipd_probe_replies_total", module="ping")
        self.assertGreater(answered + page.sum("blipd_probes_missed_total") - missed, 6 * 4 * 36)
        self.assertGreater(answered, 6 * 4 * 36 / 2)

    def test_no_descriptor_left(self):
        pid = self.run_.blipd_pid()
        before = limit_of(pid, "nofile")
        # The limit is on numbers, and those that are closed meanwhile would be free again: so it lies below all of them.
        set_limit(pid, "nofile", 3, before[1])
        try:
            began, cpu = time.monotonic(), cpu_seconds(pid)
            # A reader knocks, and is let in when there is room again.
            knock = subprocess.Popen(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", self.run_.url + "/metrics"],
                                     stdout=subprocess.PIPE, text=True)
            self.told(CONNECTIONS[0])
            time.sleep(5)
            spent = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
        finally:
            set_limit(pid, "nofile", *before)
        self.assertEqual(knock.communicate(timeout=30)[0], "200")
        self.assertLess(spent, 0.7, "a loop that spins takes a whole processor")
        page = self.check_over(*CONNECTIONS)
        self.assertGreater(self.grown(page, "blipd_web_accept_failures_total"), 0)
        self.assertGreater(self.grown(page, "blipd_probes_void_total", network="web", module="web", cause="send"), 0)
        self.assertIn("Too many open files", self.told(REFUSED[0]))
        self.assertEqual(self.grown(page, "blipd_probes_void_total", network="near"), 0)

    @unittest.skipIf(no_limit_holds(), "a sanitizer takes all addresses there are")
    def test_a_configuration_that_takes_more_memory_than_there_is(self):
        pid = self.run_.blipd_pid()
        before = limit_of(pid, "as")
        set_limit(pid, "as", virtual_size(pid) + (100 << 20), before[1])
        try:
            self.run_.write_config(self.config + HUGE)
            self.assertEqual(self.run_.reload(), (500, "not enough memory for the new configuration\n"))
            page = self.run_.page_when(lambda p: p.value("blipd_config_last_reload_successful") == 0, 30, "the metric")
            self.assertFalse(page.has("blipd_network_state", network="huge"))
            self.assertEqual(self.run_.blipd_pid(), pid)
            # The old one goes on, and can be loaded again within the limit.
            self.run_.write_config(self.config)
            self.assertEqual(self.run_.reload()[0], 200)
        finally:
            set_limit(pid, "as", *before)
        self.check_over("reload failed; the old configuration stays", "reloaded")


@unittest.skipIf(no_limit_holds(), "a sanitizer takes all addresses there are")
class ScarceMemory(FaultCase):
    """An answer of many megabytes, and two left for it. With more heaps each thread has its own addresses in reserve."""
    wrap = ["env", "MALLOC_ARENA_MAX=1"]
    config = CONFIG.replace("networks:", "  slow: {prober: icmp, interval: 10m, timeout: 900ms}\nnetworks:") + (
        "  - {name: many, prefixes: [198.18.128.0/18], modules: [slow], discover: false, mine: true}\n")
    scenario = SCENARIO + "  - {name: many, prefixes: [198.18.128.0/18], delay: 20ms}\n"

    def read(self, path):
        """Its status."""
        try:
            with urllib.request.urlopen(self.run_.url + path, timeout=30) as answer:
                answer.read()
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_answers_for_which_there_is_no_memory(self):
        pid, answers = self.run_.blipd_pid(), []
        before = limit_of(pid, "as")
        set_limit(pid, "as", virtual_size(pid) + (2 << 20), before[1])
        try:
            for _ in range(10):
                answers.append(self.read("/api/v1/networks/many/hosts?limit=10000"))
                self.assertEqual(self.read("/metrics"), 200)
                time.sleep(1)
        finally:
            set_limit(pid, "as", *before)
        self.assertEqual(set(answers) - {200, 503}, set())
        self.assertIn(503, answers)
        self.assertEqual(self.run_.blipd_pid(), pid)
        self.assertEqual(self.read("/api/v1/networks/many/hosts?limit=10000"), 200)
        time.sleep(8)
        page = self.check_unblamed()
        for network in self.networks:
            self.assertGreater(self.grown(page, "blipd_probe_replies_total", network=network), 0)


@unittest.skipIf(no_limit_holds(), "a sanitizer takes all addresses there are")
class NoMemory(unittest.TestCase):
    def test_a_start_without_enough_memory_ends_with_one_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write("modules:\n  ping: {prober: icmp, interval: 10s}\nnetworks:\n" + HUGE)
            config.flush()
            with tempfile.TemporaryDirectory() as state:
                done = subprocess.run(["unshare", "-Urn", "prlimit", "--as=%d" % (250 << 20), support.BLIPD,
                                       "--config.file=" + config.name, "--storage.path=" + state,
                                       "--web.listen-address=127.0.0.1:0"],
                                      capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual((done.returncode, re.sub("^time=.*\n", "", done.stderr, flags=re.M)), (1, "blipd: out of memory\n"))


if __name__ == "__main__":
    support.main()
